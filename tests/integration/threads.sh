#!/usr/bin/env bash
# Threads within a training: how many a job gets, that its model does not depend
# on them, and that they stand back for those that answer.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
wdbc=$data/wdbc/train.csv
work_for_all="target=diagnosis&seed=3&hidden=256,256&batch_size=full&early_stopping=0&dropout=0.1"

sha256_of() { # sha256_of VERSION: of the file as it is downloaded
    get "/models/tumour/versions/$1/file"
    sha256sum <"$work/body" | cut -d' ' -f1
}
# Threads of the daemon that stand back: those of the pool that have worked, and
# those of their teams.
n_standing_back() {
    cat "/proc/$pid"/task/*/stat 2>/dev/null |
        sed 's/.*) //' | awk '$17 == 10' | wc -l
}
team_has() { [ "$(n_standing_back)" -eq "$1" ]; }

# --- what may be asked for --------------------------------------------------

start --jobs 2 --threads 4 --checkpoint-interval 0.2
post_csv "/train?model=tumour&$work_for_all&threads=5" "@$wdbc"
refused "more than there are" 422 invalid \
    '^threads: expected at most 4, the --threads of this daemon, got 5$'
post_json '/train' '{"model":"x","target":"t","data":{"columns":["a","t"],
    "rows":[[1,"u"],[2,"v"]]},"training":{"threads":5}}'
refused "in JSON, too" 422 invalid 'at most 4' /training/threads
post_json '/train' '{"model":"x","target":"t","data":{"columns":["a","t"],
    "rows":[[1,"u"],[2,"v"]]},"training":{"threads":0}}'
refused "none at all" 422 invalid 'from 1 to 256|between 1 and 256' \
    /training/threads
post_csv "/train?model=tumour&$work_for_all&threads=4&dry_run=1" "@$wdbc"
json_is "what was asked for is shown" .spec.training.threads 4
post_csv "/train?model=tumour&$work_for_all&dry_run=1" "@$wdbc"
json_is "what was not is whatever there will be" \
    '.spec.training | has("threads")' false

# --- one model --------------------------------------------------------------

for threads in 1 2 3 4 ""; do
    train tumour "$work_for_all&epochs=20${threads:+&threads=$threads}" "$wdbc"
done
expected=$(sha256_of 1)
for version in 2 3 4 5; do
    is "version $version has the bytes of the first" "$expected" \
        "$(sha256_of "$version")"
done

# --- how many there are -----------------------------------------------------

# Until it is stopped.
long="$work_for_all&epochs=100000"
count_threads() { # count_threads QUERY: a job's own and those of its team
    local idle job
    idle=$(n_standing_back)
    post_csv "/train?model=long&$long$1" "@$wdbc"
    job=$(field .id)
    check "a job with '$1' runs" until_state "$job" running
    check "with $2 more that stand back" until_true 30 \
        team_has "$((idle + $2))"
    call POST "/jobs/$job/cancel"
    check "it ends" until_state "$job" cancelled
    check "and they with it" until_true 30 team_has "$idle"
}
# The pool has two threads for jobs and two beside them, which stand back from
# their first work on.
all_have_worked() {
    local asked=()
    for _ in 1 2 3 4; do
        curl -s -o /dev/null --data-binary "@$wdbc" -H 'Content-Type: text/csv' \
            "$url/train?model=long&$long&dry_run=1" &
        asked+=($!)
    done
    wait "${asked[@]}"
    team_has 4
}
check "all of the pool have worked" until_true 30 all_have_worked
count_threads "" 1
count_threads "&threads=1" 0
count_threads "&threads=4" 3

# --- those that answer go before --------------------------------------------

post_csv "/train?model=long&$long&threads=4" "@$wdbc"
job=$(field .id)
check "a job runs on all threads" until_state "$job" running
for _ in {1..50}; do
    post_csv "/predict?model=tumour" "@$data/wdbc/test.csv"
    [ "$status" = 200 ] || break
done
status_is "predictions are answered meanwhile" 200
get "/jobs/$job"
json_is "which did not stop it" .state '"running"'
call POST "/jobs/$job/cancel"
check "and it can be" until_state "$job" cancelled

# --- fewer after a restart ----------------------------------------------------

has_checkpoint() {
    find "$work/data/checkpoints" -name "$1-*.ckpt" | grep -q .
}
get /jobs/1
rate=$(field '.samples_per_second | floor')
epochs=$((rate * 3 / 455))
config="$work_for_all&epochs=$((epochs < 40 ? 40 : epochs))"
train tumour "$config&threads=1" "$wdbc"
expected=$(sha256_of 6)
post_csv "/train?model=tumour&$config&threads=4" "@$wdbc" \
    -H 'Idempotency-Key: threads'
status_is "a job of four threads is taken" 202
job=$(field .id)
check "it leaves a checkpoint" until_true 30 has_checkpoint "$job"
{
    kill -KILL "$pid"
    wait "$pid"
} 2>/dev/null
start --threads 1
is "it goes on from there with the one that there is" '"checkpoint"' \
    "$(until_true 30 grep -q '"event":"training_begun","job":'"$job"',.*"from":"checkpoint"' \
        "$work/log" && echo '"checkpoint"')"
get "/jobs/$job?wait=55"
json_is "to its end" '[.state, .restarts, .spec.training.threads]' \
    '["succeeded",1,4]'
is "and to the same bytes" "$expected" "$(sha256_of 7)"
post_csv "/train?model=tumour&$config&threads=4" "@$wdbc" \
    -H 'Idempotency-Key: threads'
json_is "a retry is told of that job" .id "$job"
post_csv "/train?model=tumour&$config&threads=1" "@$wdbc" \
    -H 'Idempotency-Key: threads'
refused "another number is another request" 409 conflict "job $job"

finish
