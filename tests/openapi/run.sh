#!/usr/bin/env bash
# openapi.json: linted, and held against what a daemon answers. Takes node and
# npm, and installs the packages of package-lock.json below the build folder.
# Ends with the number of checks that passed and failed.
#
#   MLPD=build/mlpd BUILD=build tests/openapi/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
MLPD=${MLPD:-build/mlpd}
tools=${BUILD:-build}/openapi
work=$(mktemp -d)
pid=

stop() {
    [ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null
    [ -z "$pid" ] || wait "$pid" 2>/dev/null
    rm -rf "$work"
}
trap stop EXIT

for tool in node npm; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done

mkdir -p "$tools"
if ! cmp -s tests/openapi/package-lock.json "$tools/installed"; then
    cp tests/openapi/package.json tests/openapi/package-lock.json "$tools/"
    npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund \
        --loglevel=error || exit 1
    cp tests/openapi/package-lock.json "$tools/installed"
fi

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
lint=0
"$tools/node_modules/.bin/redocly" lint --config tests/openapi/redocly.yaml \
    --format=stylish server/handlers/openapi.json >"$work/lint" 2>&1 || {
    lint=1
    cat "$work/lint"
}

"$MLPD" serve --listen 127.0.0.1:0 --port-file "$work/port" \
    --data "$work/data" 2>"$work/log" &
pid=$!
for _ in $(seq 300); do
    [ -s "$work/port" ] && break
    sleep 0.1
done
[ -s "$work/port" ] || { cat "$work/log" >&2; exit 1; }

NODE_PATH=$tools/node_modules timeout 300 node tests/openapi/validate.js \
    "http://127.0.0.1:$(cat "$work/port")" "$lint"
