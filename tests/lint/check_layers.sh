#!/usr/bin/env bash
# Holds the includes of core/ and server/ against layers.txt: the order of the
# layers, the doors of the libraries, and no circle between files.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(find core server include -name '*.[ch]' | sort)

# One line an include: FILE HEADER, quoted or in angle brackets.
includes=$(awk 'match($0, /^#include [<"][^>"]+[>"]/) {
        print FILENAME, substr($0, 11, RLENGTH - 11)
    }' "${files[@]}")

problems=$(awk '
    function group_of(path) {
        sub(/\/[^\/]*$/, "", path)
        return path
    }
    FILENAME == ARGV[1] && $1 == "layer" {
        level++
        for (i = 2; i <= NF; i++) rank[$i] = level
    }
    FILENAME == ARGV[1] && $1 == "door" {
        for (i = 3; i <= NF; i++) door[$2] = door[$2] " " $i
    }
    FILENAME == ARGV[1] { next }
    {
        file = $1; header = $2; group = group_of(file)
        for (name in door) {
            if (index(header, name) != 1) continue
            n = split(door[name], allowed, " "); ok = 0
            for (i = 1; i <= n; i++) if (index(file, allowed[i]) == 1) ok = 1
            if (!ok) print file ": <" header "> comes in by" door[name] " only"
        }
        if (group ~ /^include/) {
            if (header ~ /\// && header !~ /^mlp\// && header !~ /^sys\//)
                print file ": a public header may include mlp/ only, not " header
            next
        }
        if (!(group in rank)) { print file ": no layer for " group; next }
        side = group; sub(/\/.*/, "", side)
        if (header ~ /^mlp\// || header !~ /\//) target = side
        else { target = side "/" header; sub(/\/[^\/]*$/, "", target) }
        if (header !~ /^mlp\// && header ~ /\// && (target in rank) &&
            target != group && rank[target] >= rank[group])
            print file ": " header " is not below " group
        other = side == "core" ? "server" : "core"
        target = other "/" header; sub(/\/[^\/]*$/, "", target)
        if (header ~ /\// && (target in rank) && !((side "/" group_of(header)) in rank))
            print file ": " header " belongs to " other "/"
    }' tests/lint/layers.txt <(echo "$includes") | sort -u)

# A module is a .c with its .h; a circle between modules is reported by tsort.
circle=$(awk '
    function module(path) { sub(/\.[ch]$/, "", path); return path }
    {
        side = $1; sub(/\/.*/, "", side)
        if ($2 !~ /^mlp\// && $2 !~ /\.h$/) next
        from = module($1)
        to = module($2 ~ /^mlp\// ? "include/" $2 : side "/" $2)
        if (from != to && system("test -e " to ".h") == 0) print from, to
    }' <(echo "$includes") | tsort 2>&1 >/dev/null | sed 's/^tsort: //' || true)

[ -z "$problems" ] || echo "$problems"
[ -z "$circle" ] || printf 'a circle of includes:\n%s\n' "$circle"
[ -z "$problems$circle" ] || exit 1
echo "layers: ${#files[@]} files, $(echo "$includes" | wc -l) includes, in order"
