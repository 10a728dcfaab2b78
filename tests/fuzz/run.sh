#!/usr/bin/env bash
# Runs fuzz targets, two at a time, each from a copy of its seed corpus, and
# counts those that found nothing.
#
#   BUILD=build FUZZ_SECONDS=30 tests/fuzz/run.sh [TARGET…]
#
# A finding's input is left in $BUILD/fuzz/TARGET-*; the log beside it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
folder=${BUILD:-build}/fuzz
seconds=${FUZZ_SECONDS:-30}

if [ $# -eq 0 ]; then
    mapfile -t targets < <(find tests/fuzz -name 'fuzz_*.c' | sort |
        sed 's|.*/||; s|\.c$||')
else
    targets=("$@")
fi

# Limits: one input may take 5 s and 512 MiB. Symbols need llvm-symbolizer.
fuzz_one() {
    local target=$1 seeds=tests/fuzz/corpus/$1 words=tests/fuzz/$1.dict
    local work=$folder/corpus/$1 status
    local options=(-max_total_time="$seconds" -timeout=5 -rss_limit_mb=512
        -max_len=4096 -print_final_stats=1 -artifact_prefix="$folder/$1-")
    mkdir -p "$work" "$seeds"
    cp -n "$seeds"/* "$work" 2>/dev/null
    [ ! -e "$words" ] || options+=("-dict=$words")
    LLVM_PROFILE_FILE=/dev/null "$folder/$target" "${options[@]}" "$work" >"$folder/$target.log" 2>&1
    status=$?
    echo "$status" >"$folder/$target.status"
    awk -v target="$target" -v status="$status" '
        /stat::number_of_executed_units/ { n = $2 }
        / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
        END { printf "%-18s %9d inputs, %6d edges: %s\n", target, n, edges,
                  status == 0 ? "no finding" : "A FINDING" }' \
        "$folder/$target.log"
}
export -f fuzz_one
export folder seconds

rm -f "$folder"/*.status
printf '%s\n' "${targets[@]}" |
    xargs -P 2 -I{} bash -c 'fuzz_one "$1"' _ {}

passed=0
failed=0
for target in "${targets[@]}"; do
    if [ "$(cat "$folder/$target.status" 2>/dev/null)" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        tail -n 40 "$folder/$target.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
