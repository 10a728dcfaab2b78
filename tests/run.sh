#!/usr/bin/env bash
# Runs every test of a build and adds up what passed.
#
#   BUILD=build [INTEGRATION="tests/integration/jobs.sh …"] tests/run.sh
set -uo pipefail
cd "$(dirname "$0")/.." || exit
build=${BUILD:-build}
passed=0
failed=0

# add OUTPUT-FILE STATUS NAME: take the counts that a runner closed with.
add() {
    local ok=0 bad=0 counts
    counts=$(awk '
        /Synthesis: Tested:/ { gsub(/\033\[[0-9;]*m/, "")
            for (i = 1; i < NF; i++) {
                if ($i == "Passing:") ok += $(i + 1)
                if ($i == "Failing:") bad += $(i + 1)
                if ($i == "Crashing:") bad += $(i + 1)
            } }
        /^[0-9]+ passed, [0-9]+ failed$/ { ok = $1; bad = $3 }
        END { print ok + 0, bad + 0 }' "$1")
    read -r ok bad <<<"$counts"
    # A runner that fails without naming a test is one failure of its own.
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ $((ok + bad)) -eq 0 ]; then bad=1; fi
    printf '%s: %d passed, %d failed\n' "$3" "$ok" "$bad"
    passed=$((passed + ok))
    failed=$((failed + bad))
}

run() {
    local name=$1 log status
    shift
    log=$build/test-$name.log
    "$@" 2>&1 | tee "$log" | grep -vE '^\[(====|----)\] (Running|Criterion)' || true
    status=${PIPESTATUS[0]}
    add "$log" "$status" "$name"
}

run unit timeout 900 "$build/test-unit" -j2
run unit64 timeout 300 "$build/test-unit64" -j2
run example env BUILD="$build" tests/integration/c_example.sh
run determinism env BUILD="$build" SLOW="${SLOW:-}" tests/determinism/run.sh
# One request after the other has nothing to show to ThreadSanitizer.
[[ ${SANITIZER:-} == *thread* ]] || run malformed env SANITIZER="${SANITIZER:-}" timeout 600 "$build/malformed" "$build/mlpd"
read -ra scripts <<<"${INTEGRATION:-}" # none: all
run integration env MLPD="$build/mlpd" timeout 1200 \
    tests/integration/run.sh "${scripts[@]}"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
