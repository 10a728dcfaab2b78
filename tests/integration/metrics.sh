#!/usr/bin/env bash
# GET /metrics: by the grammar of its format, and what is counted.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
start --jobs 1

value() { awk -v key="$1" '{ n = length($0) - length($NF) - 1 }
    substr($0, 1, n) == key { print $NF }' "$work/body"; }
# counts TEXT SERIES NUMBER
counts() { is "$1: $2" "$3" "$(value "$2")"; }
well_formed() { # well_formed TEXT
    is "$1: by the grammar" "" \
        "$(awk -f tests/integration/exposition.awk "$work/body")"
}

# --- the grammar's test can fail --------------------------------------------

complains() { # complains TEXT PATTERN EXPOSITION
    check "the test sees $1" grep -q "$2" \
        <(printf '%b' "$3" | awk -f tests/integration/exposition.awk)
}
h='# HELP a_total b\n# TYPE a_total counter\n'
complains "a missing head" 'without a TYPE' 'a_total 1\n'
complains "a series twice" 'twice' "${h}a_total 1\na_total 2\n"
complains "a counter without its ending" '_total' \
    '# HELP a b\n# TYPE a counter\na 1\n'
complains "a line that is none" 'no line' "${h}a_total one\n"
complains "an open quote" 'no line' "${h}a_total{b=\"c} 1\n"
complains "a family in two parts" 'among those' \
    "${h}a_total 1\n# HELP c d\n# TYPE c gauge\nc 1\na_total{b=\"c\"} 1\n"
g='# HELP a b\n# TYPE a histogram\n'
complains "buckets that fall" 'not cumulative' \
    "${g}a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"
complains "a count that is another" 'not the count' \
    "${g}a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n"
complains "a histogram without its sum" 'without _count or _sum' \
    "${g}a_bucket{le=\"+Inf\"} 1\na_count 1\n"

# --- nothing has happened ---------------------------------------------------

get /metrics
status_is "metrics" 200
is "in the format" 'text/plain; version=0.0.4; charset=utf-8' \
    "$(header Content-Type)"
well_formed "at the start"
counts "no model" mlpd_models 0
counts "nobody waits" mlpd_jobs_queue_age_seconds 0
counts "it can be written" mlpd_storage_writable 1
check "the disk has room" [ "$(value mlpd_storage_free_bytes)" -gt 0 ]
check "there are threads" [ "$(value process_threads)" -ge 3 ]
check "it runs since a while ago" \
    awk -v now="$(date +%s)" -v at="$(value process_start_time_seconds)" \
    'BEGIN { exit !(at <= now + 1 && at > now - 600) }'

# --- trainings --------------------------------------------------------------

train iris "target=species&seed=1&epochs=20&hidden=8&validation=0.2&early_stopping=0"
train iris "target=species&seed=2&epochs=10&hidden=8&validation=0.2&early_stopping=0"
get /metrics
well_formed "after trainings"
counts "they ended" 'mlpd_jobs_ended_total{state="succeeded"}' 2
counts "and took their time" 'mlpd_job_duration_seconds_count{state="succeeded"}' 2
counts "every epoch" mlpd_trained_epochs_total 30
counts "of 96 rows" mlpd_trained_samples_total $((30 * 96))
counts "one model" mlpd_models 1
counts "of two versions" mlpd_model_versions 2
check "in memory" [ "$(value mlpd_models_memory_bytes)" -gt 0 ]

# --- predictions ------------------------------------------------------------

row='[5.1,3.5,1.4,0.2]'
post_json /predict "{\"model\":\"iris\",\"inputs\":[$row,$row]}"
post_json /predict "{\"model\":\"iris\",\"version\":1,\"inputs\":[$row]}"
post_json /predict '{"model":"iris","inputs":[[1]]}'
status_is "a bad question" 422
post_json /predict '{"model":"nobody","inputs":[[1]]}'
status_is "a model that is not there" 404
get /metrics
well_formed "after predictions"
counts "by version" 'mlpd_predict_rows_total{model="iris",version="2"}' 2
counts "by version" 'mlpd_predict_rows_total{model="iris",version="1"}' 1
counts "answers" 'mlpd_predict_requests_total{model="iris",version="2"}' 1
counts "errors" 'mlpd_predict_errors_total{model="iris",version="2"}' 1
counts "none" 'mlpd_predict_errors_total{model="iris",version="1"}' 0
check "a name that is nobody's has no series" \
    bash -c "! grep -q nobody '$work/body'"
counts "all rows" mlpd_rows_predicted_total 3
at=$(value 'mlpd_predict_last_timestamp_seconds{model="iris",version="2"}')
check "just now" [ $(($(date +%s) - at)) -lt 60 ]
counts "by code" 'mlpd_http_requests_total{route="POST /predict",code="404"}' 1
counts "all in time" \
    'mlpd_http_request_duration_seconds_count{route="POST /predict"}' 4

post_json /v1/models/iris:predict "{\"instances\":[$row,$row,$row]}"
status_is "another dialect" 200
post_json /v1/models/iris:predict '{"instances":[[1]]}'
check "and its refusal" [ "${status:0:1}" = 4 ]
get /metrics
counts "are counted as well" 'mlpd_predict_rows_total{model="iris",version="2"}' 5
counts "both" 'mlpd_predict_errors_total{model="iris",version="2"}' 2

# --- a queue ----------------------------------------------------------------

long="target=species&epochs=100000&early_stopping=0&seed=1"
post_csv "/train?model=long&$long" "@$data/iris/train.csv"
running=$(field .id)
post_csv "/train?model=long&$long" "@$data/iris/train.csv"
queued=$(field .id)
check "one runs" until_state "$running" running
ages() { get /metrics && [ "$(value mlpd_jobs_queue_age_seconds)" -ge 1 ]; }
check "the other one grows old" until_true 30 ages
counts "it waits" 'mlpd_jobs{state="queued"}' 1
counts "one runs" 'mlpd_jobs{state="running"}' 1
check "and has memory" [ "$(value mlpd_jobs_memory_bytes)" -gt 0 ]
call POST "/jobs/$queued/cancel"
get /metrics
counts "nobody waits" mlpd_jobs_queue_age_seconds 0
counts "what never ran has no time" \
    'mlpd_job_duration_seconds_count{state="cancelled"}' ""
curl -sN -o /dev/null "$url/jobs/$running/events" &
watcher=$!
watched() { get /metrics && [ "$(value mlpd_event_streams)" = 1 ]; }
check "a watcher is counted" until_true 30 watched
call POST "/jobs/$running/cancel"
wait "$watcher"
gone() { get /metrics && [ "$(value mlpd_event_streams)" = 0 ]; }
check "and counted out" until_true 30 gone
counts "a stream's time is that of its beginning" \
    'mlpd_http_request_duration_seconds_bucket{route="GET /jobs/{id}/events",le="0.5"}' 1
well_formed "at the end"
if command -v promtool >/dev/null; then
    check "promtool finds nothing" promtool check metrics <"$work/body"
fi

finish
