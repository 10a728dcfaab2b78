#!/usr/bin/env bash
# A Unix socket instead of a port: its file's mode, its end, and what it finds
# in its place.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
socket=$work/mlpd.sock
over=(--unix-socket "$socket")
listen=unix:$socket
start_here() {
    start "$@"
    url=http://localhost
}
refuses() { # refuses TEXT PATTERN ADDRESS [STATUS]
    local output
    output=$(timeout 20 "$MLPD" --listen "$3" --data "$work/other" 2>&1)
    is "$1: status" "${4:-1}" "$?"
    check "$1: says '$2', not '$output'" grep -qE -- "$2" <<<"$output"
}

start_here
get /healthz "${over[@]}"
status_is "it answers" 200
is "the file is for its owner alone" 600 "$(stat -c %a "$socket")"
check "ready names it" grep -q "\"url\":\"unix:$socket\"" "$work/log"
get /version "${over[@]}" -H 'Host: evil.example'
refused "a foreign name is refused" 421 misdirected .
get /version "${over[@]}" -H 'Origin: http://evil.example'
refused "a foreign page is refused" 403 forbidden .
check "healthcheck by address" "$MLPD" healthcheck --listen "$listen"
check "healthcheck by url" "$MLPD" healthcheck --url "$listen"
post_csv "/train?model=$tag&wait=50&target=species&epochs=2" \
    "@$data/iris/train.csv" "${over[@]}"
is "it trains" '"succeeded"' "$(field .state)"
for _ in 1 2 3; do
    post_json /predict "{\"model\":\"$tag\",\"inputs\":[[1,2,3,4]]}" "${over[@]}"
    status_is "it predicts" 200
done
refuses "a second daemon" 'in use' "$listen"
get /healthz "${over[@]}"
status_is "does the first one no harm" 200
stop
is "it ends in order" 0 "$exit_status"
check "without a trace" [ ! -e "$socket" ] && [ ! -e "$socket.lock" ]
is "nobody there: 1" 1 \
    "$("$MLPD" healthcheck --listen "$listen" 2>/dev/null; echo $?)"

start_here --socket-mode 660
is "the mode is as wanted" 660 "$(stat -c %a "$socket")"
stop KILL
check "killed, it leaves its file" [ -S "$socket" ]
start_here
get /healthz "${over[@]}"
status_is "the next one takes its place" 200
stop

echo precious >"$work/file"
refuses "a file that is no socket" 'no socket' "unix:$work/file"
is "is left alone" precious "$(cat "$work/file")"
refuses "a relative path" 'absolute path' unix:mlpd.sock 2
refuses "an endless path" 'absolute path' \
    "unix:/$(printf 'x%.0s' {1..200})" 2
refuses "a folder that is not there" 'No such file' "unix:$work/none/sock"
is "a mode that is none" 2 "$("$MLPD" --listen "$listen" --socket-mode 999 \
    2>/dev/null; echo $?)"

finish
