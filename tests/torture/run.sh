#!/usr/bin/env bash
# Pulls the plug, fills the disk, takes the memory, drips and floods, moves
# aliases under load: runs the
# torture tests of a build and adds up what passed.
#
#   BUILD=build tests/torture/run.sh [ci]
#
# `ci` is a share of some three minutes; all of it takes half an hour.
# TORTURE_KEEP=1 keeps the folders of tests that failed. SEED=N chooses moments.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
build=${BUILD:-build}
mlpd=$build/mlpd
share=${1:-all}
seed=${SEED:-1}
passed=0
failed=0

run() { # run NAME SECONDS ARGUMENT…: a program of $build/torture
    local name=$1 begun=$SECONDS output status ok bad
    output=$(timeout -k 10 "$2" "$build/torture/$name" --mlpd "$mlpd" \
        --seed "$seed" "${@:3}" 2>&1)
    status=$?
    read -r ok bad < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ {
        ok = $1; bad = $3 } END { print ok + 0, bad + 0 }' <<<"$output")
    # One that breaks off is a failure of its own.
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    grep -vE '^[0-9]+ passed, [0-9]+ failed$' <<<"$output" | grep . || true
    printf '%-12s %5d ok %4d bad %4d s\n' "$name" "$ok" "$bad" \
        $((SECONDS - begun))
    passed=$((passed + ok))
    failed=$((failed + bad))
}

# has SYMBOL: is the daemon built with this sanitizer?
has() { nm -D "$mlpd" 2>/dev/null | grep -q "__$1_init"; }
library=(--library "$build/torture/fail.so")

if [ "$share" = ci ]; then
    run kill 170 --kills 25
    run sigterm 120 --stops 4
    # ThreadSanitizer cannot share malloc with a preloaded library.
    has tsan || run sweep 100 "${library[@]}" --what files --step 11 --seconds 40
    has tsan || run sweep 100 "${library[@]}" --what memory --step 37 --seconds 40
    if has asan || has tsan || [ -n "${SLOW:-}" ]; then
        run moves 60 --seconds 5 --clients 16
    else
        run moves 60 --seconds 10
    fi
    run slow 150 --drips 200 --idle 1000 --overload-s 2
    # A sanitizer's memory is not the daemon's.
    has asan || has tsan || run memory 100 --seconds 5
else
    run kill 1200 --kills 200
    run sigterm 600 --stops 20
    has tsan || run sweep 3700 "${library[@]}" --what files --seconds 3600
    has tsan || run sweep 3700 "${library[@]}" --what memory --seconds 3600
    run moves 700 --each 1000 --seconds 600
    # On a machine that is quiet: a good client must not feel the others.
    run slow 400 --drips 1000 --idle 5000 --overload-s 10 --strict 1
    has asan || has tsan || run memory 300 --seconds 120
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
