#!/usr/bin/env bash
# The program in include/mlp/mlp.h does what it says: it is cut out of the
# comment as it stands, compiled against both libraries of a build, and run.
#
#   BUILD=build CC=gcc SANITIZER= tests/integration/c_example.sh [BUILD]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-${BUILD:-build}}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

sed -n '/^ \* @example$/,/^ \* @end$/{/@/d; s/^ \*\( \{5\}\)\{0,1\}//; p}' \
    include/mlp/mlp.h >"$work/xor.c"
[ -s "$work/xor.c" ] || { echo "no example in include/mlp/mlp.h"; exit 1; }

# A library that was built to be watched needs its watchers.
flags=(-std=c17 -Wall -Wextra -Werror -Iinclude)
[ -z "${SANITIZER:-}" ] || flags+=("-fsanitize=$SANITIZER")
if [[ $(nm "$build/libmlp.a") == *__gcov_* ]]; then flags+=(--coverage); fi

expect_xor() { # NAME PROGRAM: its four answers are those of xor
    local name=$1 answers
    shift
    if answers=$("$@") && awk '
        { right += ($1 != substr($3, 1, 1)) == ($4 > 0.9) &&
                   ($1 == substr($3, 1, 1)) == ($4 < 0.1) }
        END { exit !(NR == 4 && right == 4) }' <<<"$answers"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: expected the answers of xor, got\n%s\n' "$name" "$answers"
    fi
}

"${CC:-cc}" "${flags[@]}" -o "$work/static" "$work/xor.c" \
    "$build/libmlp.a" -lm
expect_xor "static library" "$work/static"

ln -s "$build/libmlp.so" "$work/libmlp.so"
ln -s "$build/libmlp.so" "$work/libmlp.so.0"
"${CC:-cc}" "${flags[@]}" -o "$work/shared" "$work/xor.c" \
    -L"$work" -lmlp -lm
expect_xor "shared library" env LD_LIBRARY_PATH="$work" "$work/shared"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
