#!/usr/bin/env bash
# Replays the seed corpora through the targets and says how many of each
# reader's lines they reach; fails below 95 % of them all, or where one
# file falls behind.
#
#   BUILD=build tests/fuzz/cover.sh [FOLDER]     (make fuzz-cover)
#
# FOLDER holds further inputs, a folder a target, such as build/fuzz/corpus.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
folder=${BUILD:-build}/fuzz
further=${1:-}
wanted=95
least=85 # of each file

# Functions beside them in these files that read nothing foreign: they make
# keys and write files.
others='^(keys_(add|remove|save|load|lock)|write_fresh|load_descriptor|hand_over|find_place|check_mode|secret_create|write_(id|text))$'

# The files that take foreign bytes apart.
readers=(
    core/base/json_reader.c core/base/json_string.c core/base/json_token.c
    core/base/number.c core/base/utf8.c
    core/data/array.c core/data/csv.c core/data/csv_records.c core/data/idx.c
    core/data/npy.c core/data/npy_header.c core/data/numeral.c
    core/data/table_read.c core/data/zip.c core/npz/{naming,npz,weights}.c
    core/data/ndjson.c core/data/records.c
    core/model/encoder_text.c core/model/metadata.c core/model/metadata_check.c
    core/model/model_read.c core/model/safetensors.c
    core/model/safetensors_header.c
    core/nn/checkpoint.c
    server/handlers/v1_body.c server/handlers/v1_bytes.c
    server/handlers/v1_columns.c server/handlers/v1_records.c
    server/handlers/v1_tensor.c server/handlers/v1_values.c
    server/handlers/v2_body.c server/handlers/v2_data.c
    server/handlers/v2_request.c server/handlers/v2_tensor.c
    server/http/access.c server/http/framing.c server/http/gunzip.c
    server/http/head.c server/http/infinite.c server/http/json_body.c
    server/http/json_brief.c server/http/json_cells.c
    server/http/json_matrix.c server/http/json_records.c
    server/http/json_text.c server/http/query.c
    server/http/router.c
    server/store/keys.c server/store/keys_file.c server/store/secret.c
    server/training/spec_network.c server/training/spec_parse.c
    server/training/spec_parts.c server/training/spec_promote.c
    server/training/spec_training.c
)

rm -f "$folder"/*.profraw "$folder/all.profdata"
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
    -show-functions "${readers[@]}" 2>/dev/null |
    awk -v wanted="$wanted" -v least="$least" -v others="$others" '
        function told() {
            if (lines > 0) {
                share = 100 * (lines - missed) / lines
                printf "%-36s %6d lines %8.2f %%\n", file, lines, share
                bad += share < least
            }
            all += lines; all_missed += missed
            lines = missed = 0
        }
        # Name, then total, missed and share of regions, lines, branches
        /^File / { told(); split($0, part, "\047"); file = part[2]
                   sub(/^.*\/core\//, "core/", file)
                   sub(/^.*\/server\//, "server/", file) }
        NF >= 7 && $1 ~ /^[a-z_.0-9]+(:[a-z_0-9]+)?$/ && $5 ~ /^[0-9]+$/ {
            name = $1; sub(/.*:/, "", name)
            if (name !~ others) { lines += $5; missed += $6 }
        }
        END {
            told()
            share = 100 * (all - all_missed) / all
            printf "readers: %.2f %% of %d lines, expected %d\n", share, all, wanted
            reached = share >= wanted && bad == 0
            printf "%d passed, %d failed\n", reached, !reached
            exit !reached
        }'
