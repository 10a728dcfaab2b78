#!/usr/bin/env bash
# Starting and stopping: the command line, the port file, signals, answers that
# are on their way.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
long="target=species&epochs=100000&early_stopping=0&seed=1"

# --- the command line -------------------------------------------------------

exits() { # exits TEXT STATUS PATTERN ARGUMENT…: and says it on stderr
    timeout 20 "$MLPD" "${@:4}" >"$work/out" 2>"$work/err"
    is "$1: status" "$2" $?
    check "$1: says '$3', not '$(head -c 300 "$work/err")'" \
        grep -qE -- "$3" "$work/err"
}
exits "an unknown flag" 2 "unknown option '--colour'" --colour red
exits "a value out of range" 2 '--jobs: 0 is not between' --jobs 0
exits "an address that is none" 2 '^mlpd: listen: expected an address' \
    --listen nonsense --data "$work/none"
exits "a socket without a path" 2 '^mlpd: listen: expected unix:' \
    --listen unix:socket --data "$work/none"
MLPD_LISTEN=localhost exits "no port" 2 '127.0.0.1:8080' --data "$work/none"
check "nothing was opened for them" test ! -e "$work/none"
MLPD_JOBS=many exits "a variable that is no number" 2 \
    "MLPD_JOBS: expected a whole number, got 'many'"
exits "a folder that cannot be made" 1 'start_failed' \
    --data /dev/null/x --listen 127.0.0.1:0 --log-format json
check "--help is a manual" grep -q 'EXIT STATUS' <("$MLPD" --help)
check "--version says so" grep -qE '^mlpd [0-9.]+$' <("$MLPD" --version)

# --- signals ----------------------------------------------------------------

for signal in TERM INT; do
    start
    check "the port file holds the port" grep -qE '^[0-9]+$' "$work/port"
    exits "an address in use" 1 'start_failed' --data "$work/other" \
        --listen "${url#http://}" --log-format json
    check "the log says where it is" grep -q "$url" "$work/log"
    stop "$signal"
    is "SIG$signal ends in order" 0 "$exit_status"
    check "the port file is gone" test ! -e "$work/port"
    get /healthz
    is "and nobody answers" 000 "$status"
done

# --- answers on their way ---------------------------------------------------

# A request that waits for a job is answered by the end of the daemon, with the
# job as it stands; the job is there again after the next start.
start
post_csv "/train?model=long&$long" "@$data/iris/train.csv"
job=$(field .id)
check "a job runs" until_state "$job" running
curl -s -o "$work/waited" -w '%{http_code}' --max-time 60 \
    "$url/jobs/$job?wait=50" >"$work/waited-status" &
waiter=$!
in_flight() { # the wait has reached the daemon
    get /metrics
    [ "$(awk '$1 == "mlpd_http_connections" { print $2 }' "$work/body")" -ge 2 ]
}
check "somebody waits for it" until_true 30 in_flight
begun=$SECONDS
stop TERM
is "it stops in order" 0 "$exit_status"
check "soon" [ $((SECONDS - begun)) -le 8 ]
wait "$waiter"
is "who waited has an answer" 200 "$(cat "$work/waited-status")"
is "which is the job" "$job" "$(jq .id "$work/waited")"
start
get "/jobs/$job"
holds "the job is not lost" '.state == "queued" or .state == "running"'
check "and runs again" until_state "$job" running
json_is "an orderly stop is no restart of it" .restarts 0
call POST "/jobs/$job/cancel"
stop TERM
is "and stops again" 0 "$exit_status"

# --- a training whose data is on its way -------------------------------------

# Half of it before the signal and half behind: it is taken, and runs next time.
: >"$work/log"
start --log-format json
size=$(stat -c %s "$data/iris/train.csv")
exec 9<>"/dev/tcp/127.0.0.1/${url##*:}"
printf 'POST /train?model=%s&target=species HTTP/1.1\r\nHost: 127.0.0.1\r\n' \
    "$tag-late" >&9
printf 'Content-Type: text/csv\r\nContent-Length: %d\r\n\r\n' "$size" >&9
head -c 1000 "$data/iris/train.csv" >&9
on_its_way() {
    get /metrics
    [ "$(awk '$1 == "mlpd_http_requests_in_flight" { print $2 }' \
        "$work/body")" -ge 2 ]
}
check "half of the data is there" until_true 10 on_its_way
kill -TERM "$pid"
check "the daemon is stopping" until_true 10 grep -q '"event":"stopping"' \
    "$work/log"
tail -c +1001 "$data/iris/train.csv" >&9
read -r -t 20 answer <&9
exec 9>&-
check "the training is taken: $answer" grep -q ' 202 ' <<<"$answer"
wait "$pid" 2>/dev/null
is "the daemon ends in order" 0 $?
pid=
start
get /jobs
json_is "its job is there at the next start" '.jobs[0].model' "\"$tag-late\""
get "/jobs/$(field '.jobs[0].id')?wait=50"
json_is "and succeeds" .state '"succeeded"'
stop TERM

# --- a batch that takes long --------------------------------------------------

# One step on all rows at once takes many seconds: the stop does not wait for
# it, a cancel neither.
awk 'BEGIN { srand(1); print "a,b,c,y"
    for (i = 0; i < 40000; i++) print rand() "," rand() "," rand() "," i % 2 }' \
    >"$work/long.csv"
start
post_csv "/train?model=$tag-long&target=y&optimizer=gd&hidden=1500,1500" \
    "@$work/long.csv"
job=$(field .id)
begun_training() { grep -q '"event":"training_begun","job":'"$job" "$work/log"; }
check "it has begun" until_true 60 begun_training
begun=$SECONDS
stop TERM
is "a long batch does not spoil the end" 0 "$exit_status"
check "nor hold it up" [ $((SECONDS - begun)) -le 8 ]
start
check "its job runs again" until_state "$job" running
json_is "that was no crash of it" .restarts 0
call POST "/jobs/$job/cancel"
get "/jobs/$job?wait=20"
json_is "cancelled, it ends before its batch does" .state '"cancelled"'
stop TERM

# --- clients that the daemon has not seen yet --------------------------------

# While it sleeps, the kernel connects them and takes what they ask. It wakes
# with the signal to stop; none of them may be reset. Twice: how many are left
# for the end to find is a matter of luck.
for round in 1 2; do
    start
    kill -STOP "$pid"
    fds=()
    for _ in $(seq 60); do
        exec {fd}<>"/dev/tcp/127.0.0.1/${url##*:}"
        printf 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$fd"
        fds+=("$fd")
    done
    kill -TERM "$pid"
    kill -CONT "$pid"
    answered=0
    for fd in "${fds[@]}"; do
        grep -q '^HTTP/1.1 200' <<<"$(timeout 10 cat <&"$fd" 2>/dev/null)" &&
            answered=$((answered + 1))
        exec {fd}>&-
    done
    is "all that had connected are answered, round $round" 60 "$answered"
    wait "$pid"
    is "and it ends in order" 0 $?
    pid=
done

# --- a stop that takes too long ---------------------------------------------

# A client that never ends its request holds the stop up until the deadline, or
# until a second signal.
hang() {
    exec 9<>"/dev/tcp/127.0.0.1/${url##*:}"
    printf 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n' >&9
    printf 'Content-Type: application/json\r\n\r\n{' >&9
}
draining() { grep -q '"event":"stopping"' "$work/log"; }
start --log-format json --drain-timeout 1
hang
begun=$SECONDS
stop TERM
is "a client that hangs does not spoil the end" 0 "$exit_status"
check "after the deadline" [ $((SECONDS - begun)) -le 8 ]
exec 9>&-

: >"$work/log"
start --log-format json --drain-timeout 60
hang
kill -TERM "$pid"
check "the first signal begins to stop it" until_true 20 draining
kill -TERM "$pid"
wait "$pid" 2>/dev/null
is "the second one ends it at once" 143 $?
pid=
check "the port file is gone then, too" test ! -e "$work/port"
exec 9>&-
start
get /readyz
status_is "and it starts again" 200

finish
