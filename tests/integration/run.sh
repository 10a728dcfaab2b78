#!/usr/bin/env bash
# Runs every integration test. Each starts daemons of its own from a binary, and
# as many run at once as there are processors: they wait more than they work. A
# running daemon that they share they meet one after the other.
#
#   MLPD=build/mlpd tests/integration/run.sh [TEST…]
#   BASE_URL=http://127.0.0.1:8080 tests/integration/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
here=tests/integration

if [ $# -gt 0 ]; then
    tests=("$@")
else
    # c_example.sh tests the library and has a call of its own. The longest
    # ones come first.
    mapfile -t tests < <({
        printf '%s\n' "$here"/{learn,checkpoint,restart,disk_full}.sh
        find "$here" -name '*.sh' | sort
    } | awk '!seen[$0]++' | grep -vE '/(lib|run|c_example)\.sh$')
fi

outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT

run_one() { # run_one TEST: what it says into a file, then how it went
    local begun=$SECONDS name status
    name=$(basename "$1" .sh)
    bash "$1" >"$outputs/$name" 2>&1
    status=$?
    read -r ok bad < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ {
        ok = $1; bad = $3 } END { print ok + 0, bad + 0 }' "$outputs/$name")
    # One that breaks off is a failure of its own.
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    echo "$ok $bad" >"$outputs/$name.counts"
    {
        grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$outputs/$name" | grep .
        printf '%-12s %4d ok %4d bad %4d s\n' "$name" "$ok" "$bad" \
            $((SECONDS - begun))
    } >"$outputs/$name.report"
    cat "$outputs/$name.report"
}
export -f run_one
export outputs

printf '%s\n' "${tests[@]}" |
    xargs -P "$([ -n "${BASE_URL:-}" ] && echo 1 || nproc)" -I{} bash -c 'run_one "$1"' _ {}

passed=0
failed=0
for test in "${tests[@]}"; do
    # One that left no counts did not even end.
    read -r ok bad < <(cat "$outputs/$(basename "$test" .sh).counts" \
        2>/dev/null || echo 0 1)
    passed=$((passed + ok))
    failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
