#!/usr/bin/env bash
# Killed without warning, the daemon comes back with everything that it had
# acknowledged; a job that was running ends with the bytes that it would have
# ended with.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
wdbc=$data/wdbc/train.csv
settings="target=diagnosis&seed=3&early_stopping=0&hidden=64,64"

submit() { # always the same: one name, one data, one seed
    post_csv "/train?model=tumour&$settings" "@$wdbc"
    job=$(field .id)
}
has_begun() { job_is "$1" running && [ "$(field .epoch)" -gt 3 ]; }

# Epochs for about a second and a half, so that a job can be caught in the
# middle of it, however fast this build is on this machine.
choose_epochs() {
    post_csv "/train?model=probe&$settings&epochs=20&wait=50" "@$wdbc"
    local epochs=$(($(field .samples_per_second) * 3 / 2 / 364))
    settings="$settings&epochs=$((epochs < 20 ? 20 : epochs))"
}

# --- what there was ---------------------------------------------------------

start
choose_epochs
train iris "target=species&seed=1&epochs=20"
train iris "target=species&seed=2&epochs=20"
call PUT /datasets/flowers -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/train.csv"
status_is "a data set is kept" 201
post_csv "/predict?model=iris" "@$data/iris/test.csv"
predictions=$(body)
get /jobs/2
first=$(body)
json_is "a job says why it stopped" .stopped '"epochs"'
get /jobs/2/history
history=$(body)
get /models/iris
model=$(body)
get /datasets
datasets=$(body)

submit
get "/jobs/$job?wait=55"
json_is "an undisturbed job" .state '"succeeded"'
get /models/tumour/versions/1
expected=$(text_field .sha256)

# --- kill -9 while one runs and one waits -----------------------------------

submit
running=$job
submit
waiting=$job
check "a job gets on" until_true 30 has_begun "$running"
{
    kill -KILL "$pid"
    wait "$pid"
} 2>/dev/null
start

get /readyz
status_is "it is back" 200
get /jobs/2
is "jobs that had ended are as they were" "$first" "$(body)"
get /jobs/2/history
is "and so are their histories" "$history" "$(body)"
get /models/iris
is "models are as they were" "$model" "$(body)"
get /datasets
is "data sets are as they were" "$datasets" "$(body)"
post_csv "/predict?model=iris" "@$data/iris/test.csv"
is "predictions are as they were" "$predictions" "$(body)"

get "/jobs/$running?wait=55"
json_is "the job that ran goes on to its end" .state '"succeeded"'
json_is "and says that it was interrupted" .restarts 1
get /models/tumour/versions/2
is "with the same bytes" "$expected" "$(text_field .sha256)"
get "/jobs/$waiting?wait=55"
json_is "the job that waited runs as well" .state '"succeeded"'
json_is "and was never interrupted" .restarts 0
get /models/tumour/versions/3
is "with the same bytes, too" "$expected" "$(text_field .sha256)"

# --- an orderly stop while one runs -----------------------------------------

submit
check "a job gets on" until_true 30 has_begun "$job"
stop TERM
is "SIGTERM ends in order" 0 "$exit_status"
start
get "/jobs/$job?wait=55"
json_is "the job goes on" .state '"succeeded"'
get /models/tumour/versions/4
is "to the same bytes" "$expected" "$(text_field .sha256)"

# --- what is no model is left alone -----------------------------------------

stop
cp "$work/data/models/iris/2.safetensors" "$work/2"
echo nonsense >"$work/data/models/iris/3.safetensors"
mkdir "$work/data/models/dropped"
cp "$work/2" "$work/data/models/dropped/7.safetensors"
start
get /models/iris
json_is "a broken file is not served" .versions '[1,2]'
check "but left where it is" test -s "$work/data/models/iris/3.safetensors"
get /models/dropped
json_is "a file that was dropped in is" '[.latest, .task]' \
    '[7,"classification"]'
train dropped "target=species&seed=1&epochs=1"
json_is "the next version is above it" .result.version 8

# --- one daemon at a time ---------------------------------------------------

timeout 20 "$MLPD" --listen 127.0.0.1:0 --data "$work/data" 2>"$work/second"
is "a second daemon on the same folder does not start" 1 $?
get /readyz
status_is "and does not disturb the first" 200

finish
