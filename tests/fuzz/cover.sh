#!/usr/bin/env bash
# Replays the seed corpora through targets built for coverage and says how many
# of each reader's lines they reach; fails below 95 % of them all.
#
#   BUILD=build tests/fuzz/cover.sh [FOLDER]     (make fuzz-cover)
#
# FOLDER holds further inputs, a folder a target, such as build/fuzz/corpus.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
folder=${BUILD:-build}/fuzz-cover
further=${1:-}
wanted=95

# The files that take foreign bytes apart.
readers=(
    core/base/json_reader.c core/base/json_string.c core/base/json_token.c
    core/base/number.c core/base/utf8.c
    core/data/array.c core/data/csv.c core/data/csv_records.c core/data/idx.c
    core/data/npy.c core/data/npy_header.c core/data/numeral.c
    core/data/table_read.c
    core/model/metadata.c core/model/model_file.c core/model/safetensors.c
    core/model/safetensors_header.c
    core/nn/checkpoint.c
    server/http/access.c server/http/framing.c server/http/gunzip.c
    server/http/head.c server/http/json_body.c server/http/json_cells.c
    server/http/json_matrix.c server/http/json_text.c server/http/query.c
    server/http/router.c
    server/store/keys.c server/store/keys_file.c server/store/secret.c
    server/training/spec_network.c server/training/spec_parse.c
    server/training/spec_parts.c server/training/spec_training.c
)

rm -f "$folder"/*.profraw
binaries=()
for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    inputs=("tests/fuzz/corpus/$target")
    [ ! -d "$further/$target" ] || inputs+=("$further/$target")
    LLVM_PROFILE_FILE=$folder/$target.profraw "$folder/$target" -runs=0 \
        "${inputs[@]}" >"$folder/$target.log" 2>&1 ||
        { tail -n 20 "$folder/$target.log"; exit 1; }
    binaries+=("-object" "$folder/$target")
done
llvm-profdata merge -o "$folder/all.profdata" "$folder"/*.profraw || exit 1
llvm-cov report "${binaries[@]:1}" -instr-profile="$folder/all.profdata" \
    "${readers[@]}" 2>/dev/null |
    awk -v wanted="$wanted" '
        # Filename, then total, missed and share of regions, functions, lines
        $1 ~ /\.c$/ || $1 == "TOTAL" {
            printf "%-36s %6d lines %8s\n", $1, $8, $10
        }
        $1 == "TOTAL" { share = $10 + 0 }
        END {
            reached = share >= wanted
            printf "readers: %.2f %% of the lines, expected %d\n", share, wanted
            printf "%d passed, %d failed\n", reached, !reached
            exit !reached
        }'
