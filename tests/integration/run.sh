#!/usr/bin/env bash
# Runs every integration test against a binary or a running daemon.
#
#   MLPD=build/mlpd tests/integration/run.sh [TEST…]
#   BASE_URL=http://127.0.0.1:8080 tests/integration/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
here=tests/integration

if [ $# -gt 0 ]; then
    tests=("$@")
else
    # c_example.sh tests the library and has a call of its own.
    mapfile -t tests < <(find "$here" -name '*.sh' | sort |
        grep -vE '/(lib|run|c_example)\.sh$')
fi

passed=0
failed=0
for test in "${tests[@]}"; do
    begun=$SECONDS
    output=$(bash "$test" 2>&1)
    status=$?
    read -r ok bad < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ {
        ok = $1; bad = $3 } END { print ok + 0, bad + 0 }' <<<"$output")
    # One that breaks off is a failure of its own.
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    grep -vE '^[0-9]+ passed, [0-9]+ failed$' <<<"$output" | grep . || true
    printf '%-12s %4d ok %4d bad %4d s\n' "$(basename "$test" .sh)" "$ok" \
        "$bad" $((SECONDS - begun))
    passed=$((passed + ok))
    failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
