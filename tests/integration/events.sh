#!/usr/bin/env bash
# GET /jobs/{id}/events: replay, going on live, coming again, slow readers, the
# end of jobs and of the daemon.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
start --jobs 1
long="target=species&epochs=100000&early_stopping=0&seed=1"

submit() { # submit NAME QUERY: $job is its number
    post_csv "/train?model=$1&$2" "@$data/iris/train.csv"
    job=$(field .id)
}

# watch FILE PATH [CURL-ARGUMENT…]: a stream into a file, in the background;
# $watcher is its pid.
watch() {
    curl -sN --max-time 90 -o "$1" "${@:3}" "$url$2" &
    watcher=$!
}
# lines FILTER FILE: of events as lines, what jq makes of them, compactly.
lines() { jq -c "$1" <"$2" 2>/dev/null; }
ids() { sed -n 's/^id: \([0-9]*\)$/\1/p' "$1"; }
events() { sed -n 's/^event: //p' "$1"; }
# Are these numbers each the one before and one more? The first one is $2.
in_a_row() { awk -v next_one="$2" '$1 != next_one++ { exit 1 }
    END { exit NR == 0 }' <<<"$1"; }
has_events() { [ -s "$1" ] && [ "$(grep -c '^id: ' "$1")" -ge "$2" ]; }

# --- one that has ended -----------------------------------------------------

submit iris "target=species&seed=1&epochs=200&early_stopping=0&hidden=8"
get "/jobs/$job?wait=50"
json_is "a job" .state '"succeeded"'
epochs=$(field .epochs)
final=$(field .)
get "/jobs/$job/history"
history=$(field '. as $all | .epoch | to_entries | map(.key as $i |
    $all | map_values(.[$i]))')

get "/jobs/$job/events"
status_is "its events" 200
is "are a stream" text/event-stream "$(header Content-Type)"
is "that nobody keeps" no-store "$(header Cache-Control)"
is "nor collects" no "$(header X-Accel-Buffering)"
check "all epochs, in a row" in_a_row "$(ids "$work/body")" 1
is "no more and no less" "$epochs" "$(ids "$work/body" | wc -l)"
is "then the state" "epoch state" "$(events "$work/body" | uniq | xargs)"
is "which is the end" end "$(sed -n 's/^id: \([a-z]*\)$/\1/p' "$work/body")"
is "the epochs are those of the history" "$history" \
    "$(sed -n 's/^data: //p' "$work/body" | head -n -1 | jq -sc .)"
is "the state is the job" "$final" \
    "$(sed -n 's/^data: //p' "$work/body" | tail -n 1 | jq -c .)"
stream=$(body)

get "/jobs/$job/events" -H 'Last-Event-ID: 150'
check "one who comes again goes on" in_a_row "$(ids "$work/body")" 151
is "to the end" $((epochs - 150)) "$(ids "$work/body" | wc -l)"
get "/jobs/$job/events?after=150"
check "?after= says the same" in_a_row "$(ids "$work/body")" 151
get "/jobs/$job/events?after=3" -H 'Last-Event-ID: 150'
check "who comes again knows better" in_a_row "$(ids "$work/body")" 151
get "/jobs/$job/events?after=$epochs"
is "behind the last epoch there is the state" state "$(events "$work/body")"
get "/jobs/$job/events" -H 'Last-Event-ID: end'
status_is "behind the end there is nothing, and a browser stops" 204
get "/jobs/$job/events"
is "reading consumes nothing" "$stream" "$(body)"

get "/jobs/$job/events" -H 'Accept: application/x-ndjson'
is "as lines" application/x-ndjson "$(header Content-Type)"
is "one for each event" $((epochs + 1)) "$(wc -l <"$work/body")"
is "with their numbers" "$(seq "$epochs")" \
    "$(lines 'select(.event == "epoch") | .id' "$work/body")"
is "and the same data" "$history" \
    "$(lines 'select(.event == "epoch") | .data' "$work/body" | jq -sc .)"
is "and the job" "$final" "$(tail -n 1 "$work/body" | jq -c .data)"
get "/jobs/$job/events" -H 'Accept: text/event-stream, application/x-ndjson'
is "a stream is preferred" text/event-stream "$(header Content-Type)"
call HEAD "/jobs/$job/events" -I
status_is "HEAD" 200

# --- what is wrong ----------------------------------------------------------

get /jobs/99999/events
refused "a job that is not there" 404 not-found 'no job 99999'
get /jobs/x/events
refused "a job that is no number" 404 not-found "no job 'x'"
get "/jobs/$job/events?after=-1"
refused "a number out of range" 422 invalid 'query after: expected'
get "/jobs/$job/events?after=99999999999999999999"
refused "a number beyond all" 422 invalid 'query after: expected'
get "/jobs/$job/events?since=3"
refused "an unknown key" 422 unknown-key 'since'
for id in x 1x -1 1.5 99999999999999999999 End; do
    get "/jobs/$job/events" -H "Last-Event-ID: $id"
    refused "an id that is none: $id" 422 invalid 'Last-Event-ID: expected'
done

# --- live -------------------------------------------------------------------

submit iris "$long"
running=$job
submit other "target=species&seed=1&epochs=30"
queued=$job
watch "$work/live" "/jobs/$running/events"
live=$watcher
watch "$work/lines" "/jobs/$running/events" -H 'Accept: application/x-ndjson'
live_lines=$watcher
watch "$work/queued" "/jobs/$queued/events"
waiting=$watcher
check "epochs come as they are" until_true 30 has_events "$work/live" 200
is "the first event is the state" "event: state" "$(head -n 1 "$work/live")"
check "which is running" grep -q '"state":"running"' <(sed -n 2p "$work/live")
watchers() { get /metrics
    awk '$1 == "mlpd_event_streams" { print $2 }' "$work/body"; }
is "they are counted" 3 "$(watchers)"

# One who breaks off and comes again misses nothing and is told nothing twice.
curl -sN --max-time 1 -o "$work/first" "$url/jobs/$running/events"
# The last event may be cut: what counts is the last whole one.
awk 'BEGIN { RS = ""; ORS = "\n\n" } /\ndata: .*}$/' "$work/first" >"$work/whole"
last=$(ids "$work/whole" | tail -n 1)
watch "$work/second" "/jobs/$running/events" -H "Last-Event-ID: $last"
again=$watcher
check "it goes on" until_true 30 has_events "$work/second" 100
check "without a gap" in_a_row \
    "$(ids "$work/whole"; ids "$work/second")" 1

# Nobody waits for one who does not read: what he is owed stays in the history.
exec 7<>"/dev/tcp/127.0.0.1/${url##*:}"
printf 'GET /jobs/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n' "$running" >&7
before=$(ids "$work/live" | tail -n 1)
gets_on() { [ "$(ids "$work/live" | tail -n 1)" -gt $((before + 3000)) ]; }
check "others are told meanwhile" until_true 60 gets_on
get /healthz
status_is "and answered" 200
exec 7<&- 7>&-

# --- the end of jobs --------------------------------------------------------

call POST "/jobs/$running/cancel"
status_is "it is cancelled" 202
for pid_of in "$live" "$live_lines" "$again"; do
    wait "$pid_of"
    is "a stream ends in order" 0 $?
done
for file in live second; do
    check "$file: with the state" grep -q '"state":"cancelled"' \
        <(tail -n 2 "$work/$file")
done
check "live: without a gap" in_a_row "$(ids "$work/live")" 1
is "as lines, all of them" "$(ids "$work/live" | tail -n 1)" \
    "$(lines 'select(.event == "epoch") | .id' "$work/lines" | tail -n 1)"
check "as lines, without a gap" in_a_row \
    "$(lines 'select(.event == "epoch") | .id' "$work/lines")" 1
get "/jobs/$running/history"
is "to the last epoch of the history" "$(field '.epoch[-1]')" \
    "$(ids "$work/live" | tail -n 1)"

wait "$waiting"
is "the one behind it was told" 0 $?
is "of its states" '"queued" "running" "succeeded"' "$(grep -A 2 '^event: state' \
    "$work/queued" | sed -n 's/^data: //p' | jq -c .state | xargs -d '\n')"
no_watchers() { [ "$(watchers)" = 0 ]; }
check "nobody watches any more" until_true 30 no_watchers

# --- silence ----------------------------------------------------------------

submit iris "$long"
running=$job
submit iris "target=species&seed=1&epochs=5"
queued=$job
watch "$work/silent" "/jobs/$queued/events"
silent=$watcher
watch "$work/silent-lines" "/jobs/$queued/events" \
    -H 'Accept: application/x-ndjson'
watch "$work/idle" "/jobs/$queued/events"
three_watch() { [ "$(watchers)" = 3 ]; }
check "all are there" until_true 30 three_watch
kill "$watcher"
wait "$watcher" 2>/dev/null
two_watch() { [ "$(watchers)" = 2 ]; }
check "one who leaves is noticed" until_true 30 two_watch
check "a comment now and then keeps a stream alive" \
    until_true 30 grep -q '^: keep-alive$' "$work/silent"
check "as a line, an event without data" until_true 30 \
    grep -qxF '{"event":"keep-alive"}' "$work/silent-lines"

# --- the end of the daemon --------------------------------------------------

watch "$work/draining" "/jobs/$running/events"
check "somebody watches" until_true 30 has_events "$work/draining" 10
begun=$SECONDS
stop
is "the stop is in order" 0 "$exit_status"
check "and not delayed" [ $((SECONDS - begun)) -lt 15 ]
wait "$watcher"
is "streams end in order" 0 $?
wait "$silent"
is "silent ones, too" 0 $?
is "with a comment" ": stopping" "$(tail -n 2 "$work/draining" | head -n 1)"

# --- kill -9 ----------------------------------------------------------------

start --jobs 1 --checkpoint-interval 1
check "the job goes on" until_state "$running" running
last=$(ids "$work/draining" | tail -n 1)
watch "$work/resumed" "/jobs/$running/events" -H "Last-Event-ID: $last"
check "and is watched" until_true 60 has_events "$work/resumed" 100
{
    kill -KILL "$pid"
    wait "$pid" "$watcher"
} 2>/dev/null
pid=
start --jobs 1 --checkpoint-interval 1
awk 'BEGIN { RS = ""; ORS = "\n\n" } /\ndata: .*}$/' "$work/resumed" >"$work/whole"
resumed=$(ids "$work/whole" | tail -n 1)
watch "$work/killed" "/jobs/$running/events" -H "Last-Event-ID: $resumed"
check "after a kill it is watched again" until_true 60 has_events "$work/killed" 100
call POST "/jobs/$running/cancel"
wait "$watcher"
is "until its end" 0 $?
check "from the first daemon to the third without a gap" in_a_row \
    "$(ids "$work/draining"; ids "$work/whole"; ids "$work/killed")" 1

# --- too many ---------------------------------------------------------------

stop
start --jobs 1 --max-connections 8
submit iris "$long"
for _ in 1 2 3; do
    watch "$work/many" "/jobs/$job/events"
done
check "a quarter of the connections may watch" until_true 30 three_watch
get "/jobs/$job/events"
refused "one more" 503 overloaded '3 clients watch jobs'
check "is told when to come back" [ -n "$(header Retry-After)" ]
get "/jobs/$job"
status_is "others are served" 200
call POST "/jobs/$job/cancel"

finish
