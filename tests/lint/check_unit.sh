#!/usr/bin/env bash
# The service file is well formed, and its exposure, as systemd rates it, is at
# most 2.0 of 10.
set -euo pipefail
cd "$(dirname "$0")/../.."
unit=deploy/systemd/mlpd.service
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# The binary need not be installed here.
sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' "$unit" >"$copy/mlpd.service"
systemd-analyze verify "$copy/mlpd.service"
rating=$(systemd-analyze security --no-pager --offline=yes --threshold=20 "$unit") || {
    grep '✗' <<<"$rating" || true
    echo "$unit: exposed to more than 2.0"
    exit 1
}
tail -n 1 <<<"$rating"

# Without this call the daemon's own filters cannot be installed.
grep -qE '^SystemCallFilter=([a-z]+ )*seccomp( |$)' "$unit" || {
    echo "$unit: does not allow seccomp"
    exit 1
}
