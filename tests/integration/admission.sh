#!/usr/bin/env bash
# Admission before work: memory, disk and bodies on their way have a budget each,
# and who is refused is told the numbers.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_own_daemon

header='Content-Type: text/csv'
csv=$work/rows.csv
{
    echo a,b,c,y
    for i in $(seq 300); do echo "$i,$((i % 7)),$((i % 11)),$((i % 2))"; done
} >"$csv"
small='target=y&hidden=8&epochs=2'
wide='target=y&hidden=4000,4000'

# --- memory -----------------------------------------------------------------

# Five eighths of it are for trainings.
start --memory-budget 64M --disk-reserve 0 --jobs 2
post_csv "/train?model=$tag&dry_run=1&$small" "@$csv"
status_is "a small training fits" 200
json_is "and is told the budget" .memory_budget_bytes $((40 << 20))
holds "and its share of it" '.memory_bytes > 1000 and .memory_bytes < 10000000'
needed=$(field .memory_bytes)

post_csv "/train?model=$tag&wait=50&$small" "@$csv"
is "it runs" '"succeeded"' "$(field .state)"
json_is "the answer says what it takes" .memory_bytes "$needed"
json_is "of how much" .memory_budget_bytes $((40 << 20))
get /jobs/1
json_is "and the job says it later" .memory_bytes "$needed"

for dry in 0 1; do
    post_csv "/train?model=$tag&dry_run=$dry&$wide" "@$csv"
    refused "16 million weights do not fit" 422 insufficient-memory \
        "take up to [0-9]{9,} bytes of memory, 41943040 are there"
done
is "nothing was written for it" "" "$(ls "$work/data/tables")"
get /jobs
json_is "and no job was made" '.jobs | length' 1
train "$tag-wide" "target=species&hidden=200,200&epochs=1"
call GET "/models/$tag-wide/versions/1/file"
cp "$work/body" "$work/wide.safetensors"

# A third of the budget each: two fit beside each other, the third waits.
post_json /train '{"model":"'"$tag"'","target":"y","data":{"columns":["a","y"],
    "rows":[[1,0],[2,1],[3,0],[4,1],[5,0],[6,1],[7,0],[8,1],[9,0],[10,1]]},
    "network":{"hidden":[800,800]},
    "training":{"epochs":100000,"early_stopping":false}}'
status_is "a large training is taken" 202
large=$(field .memory_bytes)
first=$(field .id)
stop
is "the daemon ends in order" 0 "$exit_status"

budget=$((large * 3 / 2 * 8 / 5))
start --memory-budget "$budget" --disk-reserve 0 --jobs 2
check "it goes on" until_state "$first" running
post_json /train '{"model":"'"$tag"'","target":"y","data":{"columns":["a","y"],
    "rows":[[1,0],[2,1],[3,0],[4,1],[5,0],[6,1],[7,0],[8,1],[9,0],[10,1]]},
    "network":{"hidden":[800,800]},
    "training":{"epochs":100000,"early_stopping":false}}'
status_is "another one is taken" 202
json_is "but not both fit at once" .state '"queued"'
second=$(field .id)
check "so it waits, though a place is free" job_is "$second" queued
call POST "/jobs/$first/cancel"
check "until there is room" until_state "$second" running
call POST "/jobs/$second/cancel"
check "and ends" until_state "$second" cancelled
stop
is "the daemon ends in order" 0 "$exit_status"

# --- models -----------------------------------------------------------------

# An eighth of 1 MiB is for them: a file of 160 kB would never answer.
start --memory-budget 1M --disk-reserve 0
call PUT "/models/$tag-wide" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/wide.safetensors"
refused "a model that has no place in memory" 422 insufficient-memory \
    "takes $(stat -c %s "$work/wide.safetensors") bytes of memory, 131072 are"
stop
is "the daemon ends in order" 0 "$exit_status"

# --- cells ------------------------------------------------------------------

start --max-cells 1000 --disk-reserve 0
post_csv "/train?model=$tag&$small" "@$csv"
refused "1,200 cells are too many" 413 too-large "at most 250 rows"
stop
is "the daemon ends in order" 0 "$exit_status"

# --- disk -------------------------------------------------------------------

start --disk-reserve 1000000G
post_csv "/train?model=$tag&$small" "@$csv"
refused "a training" 507 insufficient-storage \
    "the disk has [0-9]+ free, of which 1073741824000000 are kept"
check "and when to come back" test "$(header Retry-After)" -gt 0
post_json /train '{"model":"x","target":"y","data":{"inputs":[[1]],"targets":[1]}}'
refused "a training with its data" 507 insufficient-storage "in reserve"
call PUT "/datasets/$tag" -H "$header" --data-binary "@$csv"
refused "an upload" 507 insufficient-storage "no room for $(stat -c %s "$csv") bytes"
call PUT "/datasets/$tag" -H "$header" -H 'Transfer-Encoding: chunked' \
    --data-binary "@$csv"
refused "one of unknown length" 507 insufficient-storage "in reserve"
call PUT "/models/$tag" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$csv"
refused "a model" 507 insufficient-storage "in reserve"
post_json /predict '{"model":"'"$tag"'","inputs":[[1,2,3]]}'
status_is "predictions go on" 200
stop
is "the daemon ends in order" 0 "$exit_status"

# --- bodies on their way ----------------------------------------------------

# A quarter of 4 MiB for all of them.
start --memory-budget 4M --disk-reserve 0
long=1.$(printf '%050d' 0)
{ echo a,b,c; yes "$long,$long,$long" | head -n 4000; } >"$work/predict.csv"
check "the test's body is half of it or more" \
    test "$(stat -c %s "$work/predict.csv")" -gt 600000
port=$(cat "$work/port")

# What is declared takes no place before it comes.
hold_body() { # hold_body FD BYTES: so much of it, and then nothing
    eval "exec $1<>/dev/tcp/127.0.0.1/$port"
    {
        printf 'POST /predict?model=x HTTP/1.1\r\nHost: localhost\r\n'
        printf 'Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n'
        head -c "$2" /dev/zero | tr '\0' 1
    } >&"$1"
}
hold_body 4 1
predict() { post_csv "/predict?model=$tag" "@$work/predict.csv" -H 'Accept: text/csv'; }
predict
status_is "a body that was promised is in nobody's way" 200
exec 4>&-

# Most of a body, and then nothing: its place is taken all the while.
hold_body 3 800000
body_is_refused() {
    predict
    [ "$status" = 503 ]
}
check "a second such body has no place beside it" until_true 10 body_is_refused
refused "it" 503 overloaded "may have 1048576, and have [0-9]{6,7}"
check "and is told when to come back" test "$(header Retry-After)" -gt 0
post_json /predict '{"model":"'"$tag"'","inputs":[[1,2,3]]}'
status_is "a small one has" 200
call PUT "/datasets/$tag" -H "$header" --data-binary "@$csv"
status_is "and one that goes to disk" 201
exec 3>&-
body_is_answered() { ! body_is_refused && [ "$status" = 200 ]; }
check "when the first one has gone, the second is answered" \
    until_true 10 body_is_answered

# A tree counts by what it takes, not by its text; an answer has half of all.
tree='{"model":"x","z":['$(printf '{},%.0s' $(seq 4050))'{}]}'
post_json /train "$tree"
refused "settings that are small, and large in memory" 413 too-large \
    "takes [0-9]+ bytes of memory or more, all bodies and answers"
post_csv "/predict?model=$tag" "$(echo a,b,c; yes 1,2,3 | head -n 20000)"
refused "an answer of more than half" 413 too-large "answer would be too large"

head -c 1100000 /dev/zero | tr '\0' ' ' >"$work/blank"
post_json /predict "@$work/blank"
refused "one that has no place even alone" 413 too-large \
    "1100000 bytes or more, all bodies and answers together may have 1048576"
gzip -c "$work/blank" >"$work/blank.gz"
call POST /predict -H 'Content-Type: application/json' \
    -H 'Content-Encoding: gzip' --data-binary "@$work/blank.gz"
refused "nor unpacked" 413 too-large "1048576"

finish
