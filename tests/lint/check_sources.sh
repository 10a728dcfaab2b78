#!/usr/bin/env bash
# What the compiler does not look at: each source opens with its licence, no
# function and no file is too long, no marker was left, nothing names a folder
# of one machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
complain() {
    [ -z "$1" ] || { printf '%s:\n%s\n' "$2" "$1"; status=1; }
}

mapfile -t sources < <(find core server include tests/unit tests/fuzz \
    tests/bench tests/malformed tests/torture tests/determinism -name '*.[ch]' | sort)
mapfile -t product < <(find core server include -name '*.[ch]' | sort)
mapfile -t units < <(find core server -name '*.c' | sort)

complain "$(for f in "${sources[@]}"; do
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: MIT' || echo "  $f"
done)" "no SPDX line"

complain "$(wc -l "${product[@]}" | awk '$2 != "total" && $1 > 500 {
    print "  " $2 ": " $1 " lines" }')" "files over 500 lines"

complain "$(wc -l include/mlp/*.h | awk '$2 != "total" && $1 > 150 {
    print "  " $2 ": " $1 " lines" }')" "public headers over 150 lines"

complain "$(awk '
    FNR == 1 { open = 0 }
    /^[A-Za-z_].*\(/ && !/;[ \t]*$/ { name = $0 }
    /^\{/ { open = FNR }
    /^\}/ { if (open && FNR - open > 60)
                printf "  %s:%d %d lines: %s\n", FILENAME, open, FNR - open, name
            open = 0 }' "${units[@]}")" \
    "functions over 60 lines"

complain "$(grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${sources[@]}" | cut -c1-100 || :)" \
    "left-over markers"

complain "$(grep -nE '\b(alloca|strcpy|strcat|sprintf|strtok|gets|atoi|atof|system)[ ]?\(' \
    "${product[@]}" | cut -c1-100 || :)" "calls that are not used here"

exit $status
