#!/usr/bin/env bash
# /jobs: states, waiting, history, lists, cancelling, forgetting.
. "$(dirname "$0")/lib.sh"
start --jobs 1 --queue-max 3
iris=$tag-iris
# A job that runs until it is told to stop.
long="target=species&epochs=100000&early_stopping=0&seed=1"

submit() { # submit NAME QUERY: $job is its number
    post_csv "/train?model=$1&$2" "@$data/iris/train.csv"
    job=$(field .id)
}

# --- one that succeeds ------------------------------------------------------

submit "$iris" "target=species&seed=1&epochs=20&hidden=8&validation=0.2"
status_is "a job is accepted" 202
is "and has a place" "/jobs/$job" "$(header Location)"
get "/jobs/$job?wait=50"
json_is "it succeeds" .state '"succeeded"'
json_is "with a version" .result '{"version":1}'
json_is "without an error" .error null
json_is "all of it" .progress 1
json_is "and says that its epochs were over" .stopped '"epochs"'
json_is "its epochs" '[.epoch, .epochs]' '[20,20]'
json_is "its parameters, apart" .parameters '{"weights":56,"biases":11}'
json_is "its rows" .rows '{"training":96,"validation":24}'
json_is "nobody is before it" .queue_position null
json_is "no time is left" .eta_s null
json_is "it was never restarted" .restarts 0
holds "its figures are numbers" \
    '.metrics | [.loss, .accuracy, .validation_loss, .validation_accuracy]
        | all(type == "number")'
holds "the best epoch is one of them" '.best.epoch >= 1 and .best.epoch <= 20'
holds "its times are in order" \
    '.created_at <= .started_at and .started_at <= .finished_at'
holds "in UTC with milliseconds" \
    '.created_at | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z$")'
holds "the spec has every choice that was made" \
    '.spec | .training.optimizer.name == "adam" and .network.hidden == [8]
        and .training.seed == 1 and .task == "classification"'
first=$(body)
get "/jobs/$job"
is "reading consumes nothing" "$first" "$(body)"

get "/jobs/$job/history"
status_is "a history" 200
json_is "of every epoch" '.epoch' "$(jq -nc '[range(1; 21)]')"
holds "all arrays are as long" '[.[] | length] | all(. == 20)'
holds "the loss fell" '.loss | .[0] > .[-1]'
json_is "the last loss is the job's" '.loss[-1]' "$(jq -c .metrics.loss <<<"$first")"

# --- running and waiting ----------------------------------------------------

submit "$iris" "$long"
running=$job
check "it runs" until_state "$running" running
# a progress is said to four digits: on a slow machine the first epochs of
# 500,000 are still 0
has_begun() { get "/jobs/$running" && [ "$(field '.progress > 0')" = true ]; }
check "and gets on" until_true 30 has_begun
holds "it knows how long it will take" '.eta_s > 0'
json_is "nothing stopped it" .stopped null
holds "and how fast it is" '.samples_per_second > 0'
holds "how far it is" '.epoch > 0 and .progress > 0 and .progress < 1'
begun=$(date +%s%N)
get "/jobs/$running?wait=1"
json_is "waiting for it ends in time" .state '"running"'
check "after the time that was asked for" \
    [ $((($(date +%s%N) - begun) / 1000000)) -ge 900 ]
get "/jobs/$running/history"
holds "a running job has a history" '(.epoch | length) > 0'

submit "$iris" "$long"
queued=$job
json_is "the next one waits" .state '"queued"'
json_is "first in line" .queue_position 0
json_is "nothing was measured yet" .metrics.loss null
json_is "the plan is known" .epochs 100000
submit "$tag-other" "$long"
second=$job
json_is "second in line" .queue_position 1
if [ -z "$BASE_URL" ]; then
    submit "$iris" "$long"
    third=$job
    submit "$iris" "$long"
    refused "a queue that is full" 429 queue-full 'queue is full'
    check "says when to come back" [ -n "$(header Retry-After)" ]
    call POST "/jobs/$third/cancel"
fi

# --- lists ------------------------------------------------------------------

get "/jobs?model=$iris&limit=500"
json_is "a list by model, newest first" \
    ".jobs | map(.id) | . == (sort | reverse)" true
json_is "of that model alone" '[.jobs[].model] | unique' "[\"$iris\"]"
json_is "without specs" '[.jobs[] | has("spec")] | any' false
json_is "with all the rest" '.jobs[-1] | del(.spec)' \
    "$(jq -c 'del(.spec)' <<<"$first")"
get "/jobs?state=running"
holds "a list by state" "[.jobs[].id] | index($running) != null"
get "/jobs?model=$iris&limit=2"
json_is "a page" '.jobs | length' 2
next=$(field .next)
json_is "tells where the next one begins" '.next == .jobs[-1].id' true
get "/jobs?model=$iris&limit=2&after=$next"
check "which is another page" [ "$(field '.jobs[0].id')" -lt "$next" ]
get "/jobs?model=$tag-nobody"
json_is "a list of nothing" . '{"jobs":[],"next":null}'

# --- cancelling -------------------------------------------------------------

call POST "/jobs/$queued/cancel"
status_is "a queued job is cancelled" 202
json_is "at once" .state '"cancelled"'
get "/jobs/$second"
check "the ones behind it move up" [ "$(field .queue_position)" = 0 ]
call POST "/jobs/$running/cancel"
status_is "a running one is told" 202
get "/jobs/$running?wait=50"
json_is "and obeys" .state '"cancelled"'
json_is "it did not stop by itself" .stopped null
json_is "without a result" .result null
call POST "/jobs/$running/cancel"
status_is "to cancel it again does no harm" 202
get "/models/$iris"
json_is "nothing was published" .versions '[1]'
check "the next one runs" until_state "$second" running
call POST "/jobs/$second/cancel"

# --- failing ----------------------------------------------------------------

post_csv "/train?model=$tag-bad&target=y&optimizer=sgd&learning_rate=1e6\
&task=regression&scaling=none&epochs=50&wait=50" "x,y
1,1e9
2,2e9
3,5e9
4,9e9"
json_is "a loss that is not finite fails the job" .state '"failed"'
json_is "with a reason" .error.reason '"diverged"'
holds "and a sentence" '.error.detail | length > 10'
json_is "without a result" .result null
get "/models/$tag-bad"
status_is "and publishes nothing" 404

# --- forgetting -------------------------------------------------------------

get "/jobs?model=$iris&limit=1"
call DELETE "/jobs/$queued"
status_is "an ended job can be forgotten" 204
is "without a body" 0 "$(wc -c <"$work/body" | tr -d ' ')"
get "/jobs/$queued"
refused "then it is gone" 404 not-found "no job $queued"
submit "$iris" "$long"
call DELETE "/jobs/$job"
refused "one that has not ended stays" 409 conflict 'has not ended'
call POST "/jobs/$job/cancel"
get "/jobs/$job?wait=50"
submit "$iris" "target=species&epochs=1&seed=1&wait=50"
get "/jobs?model=$iris&state=succeeded"
done_job=$(field '.jobs[0].id')
call POST "/jobs/$done_job/cancel"
refused "one that has ended cannot be cancelled" 409 conflict 'has ended'

# --- stopped before its last epoch --------------------------------------------

submit "$iris" "target=species&seed=1&epochs=100000&patience=1&min_delta=1"
get "/jobs/$job?wait=50"
json_is "who runs out of patience says so" '[.state, .stopped]' \
    '["succeeded","early"]'
submit "$iris" "$long&time_limit_s=0.2"
get "/jobs/$job?wait=50"
json_is "and who runs out of time" '[.state, .stopped]' '["succeeded","time"]'

# --- refusals ---------------------------------------------------------------

for id in 999999999 0 -1 x 1.5 99999999999999999999; do
    get "/jobs/$id"
    refused "job $id" 404 not-found "no job"
done
get /jobs/999999999/history
refused "history of nobody" 404 not-found "no job"
call POST /jobs/999999999/cancel
refused "cancel nobody" 404 not-found "no job"
call DELETE /jobs/999999999
refused "forget nobody" 404 not-found "no job"
get "/jobs/$done_job?wait=56"
refused "too long a wait" 422 invalid 'wait: expected a whole number'
get "/jobs/$done_job?wait=soon"
refused "no time at all" 422 invalid 'wait'
get '/jobs?state=lost'
refused "no state" 422 invalid "queued, running.*got 'lost'"
get '/jobs?limit=501'
refused "too long a list" 422 invalid 'limit'
get '/jobs?limit=0'
refused "too short a list" 422 invalid 'limit'
get '/jobs?colour=red'
refused "an unknown key" 422 unknown-key 'colour'
call PUT "/jobs/$done_job" -d x
status_is "PUT is not for jobs" 405
check "what is, is said" grep -qw GET <<<"$(header Allow)"

finish
