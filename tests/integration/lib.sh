# What the integration tests share: a daemon of one's own (or the one that
# BASE_URL names), requests, and checks that are counted.
#
#   MLPD=build/mlpd     the binary that start() runs
#   BASE_URL=http://…   use a running daemon instead of starting one
#
# A test sources this, calls start, makes requests and checks, and ends with
# finish. Names of models begin with $tag, so that tests can share a daemon.
# shellcheck shell=bash disable=SC2034,SC2120
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done

MLPD=${MLPD:-build/mlpd}
BASE_URL=${BASE_URL:-}
data=tests/data
name=$(basename "$0" .sh)
tag=$name-$$
work=$(mktemp -d)
pid=
passed=0
failed=0
status=

trap 'kill_daemon; rm -rf "$work"' EXIT

# --- the daemon -------------------------------------------------------------

kill_daemon() {
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
    pid=
}

# until_true SECONDS COMMAND…: poll, false when the time is over.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

# start [FLAG…]: run a daemon on $work/data and wait until it answers; $url is
# where. With BASE_URL there is one already.
start() {
    if [ -n "$BASE_URL" ]; then
        url=${BASE_URL%/}
        return
    fi
    rm -f "$work/port"
    "$MLPD" serve --listen "${listen:-127.0.0.1:0}" --port-file "$work/port" \
        --data "$work/data" "$@" 2>>"$work/log" &
    pid=$!
    if ! until_true 30 test -s "$work/port"; then
        echo "$name: the daemon did not start" >&2
        cat "$work/log" >&2
        exit 1
    fi
    url=${scheme:-http}://127.0.0.1:$(cat "$work/port")
}

# stop [SIGNAL]: end it and wait; $exit_status is how it ended.
stop() {
    [ -n "$pid" ] || return 0
    kill -"${1:-TERM}" "$pid"
    wait "$pid" 2>/dev/null
    exit_status=$?
    pid=
}

# A test that must start and stop its own daemon has nothing to do with one
# that is there already.
needs_own_daemon() {
    [ -n "$BASE_URL" ] || return 0
    echo "$name: needs a daemon of its own, BASE_URL names another"
    exit 0
}

# --- requests ---------------------------------------------------------------

# call METHOD PATH [CURL-ARGUMENT…]: $status, the body in $work/body, the
# headers in $work/headers.
call() {
    local method=$1 path=$2
    shift 2
    : >"$work/body"
    status=$(curl -s -o "$work/body" -D "$work/headers" -w '%{http_code}' \
        --max-time 90 -X "$method" "$@" "$url$path")
}

get() { call GET "$@"; }
post_json() { # post_json PATH JSON [CURL-ARGUMENT…]
    call POST "$1" -H 'Content-Type: application/json' --data-binary "$2" \
        "${@:3}"
}
post_csv() { # post_csv PATH FILE-OR-TEXT [CURL-ARGUMENT…]
    call POST "$1" -H 'Content-Type: text/csv' --data-binary "$2" "${@:3}"
}

body() { cat "$work/body"; }
field() { jq -c "$1" <"$work/body" 2>/dev/null; }
text_field() { jq -r "$1" <"$work/body" 2>/dev/null; }
header() { # header NAME: its value
    sed -n "s/^$1: *//Ip" "$work/headers" | tr -d '\r' | tail -n 1
}

# train NAME QUERY [FILE]: train on a CSV and wait; fails the test if it does
# not succeed.
train() {
    post_csv "/train?model=$1&wait=50&$2" "@${3:-$data/iris/train.csv}"
    is "$1 is trained" '"succeeded"' "$(field .state)"
}

# until_state JOB STATE: poll a job.
job_is() { get "/jobs/$1" && [ "$(text_field .state)" = "$2" ]; }
until_state() { until_true 30 job_is "$1" "$2"; }

# --- checks -----------------------------------------------------------------

# check TEXT COMMAND…
check() {
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name: $1"
    fi
}

# is TEXT EXPECTED FOUND
is() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: %s\n  expected %s\n  found    %s\n' \
            "$name" "$1" "$2" "$3"
        head -c 600 "$work/body" 2>/dev/null | sed 's/^/  body     /'
        echo
    fi
}

status_is() { is "$1" "$2" "$status"; }

# json_is TEXT FILTER EXPECTED: what jq makes of the body, in one line.
json_is() { is "$1" "$3" "$(field "$2")"; }

# holds TEXT FILTER: jq says true of the body.
holds() { is "$1" true "$(field "$2")"; }

# refused TEXT STATUS SLUG DETAIL-PATTERN [POINTER]: a whole problem+json.
refused() {
    is "$1: status" "$2" "$status"
    is "$1: type" application/problem+json "$(header Content-Type)"
    json_is "$1: slug" '.type | sub(".*/"; "")' "\"$3\""
    json_is "$1: status in the body" .status "$2"
    check "$1: the detail says '$4', not '$(text_field .detail)'" \
        grep -qE -- "$4" <<<"$(text_field .detail)"
    json_is "$1: error is the detail" '.error == .detail' true
    [ $# -lt 5 ] || json_is "$1: pointer" '.errors[0].pointer' "\"$5\""
}

# A daemon of one's own must end in order: a sanitizer with a complaint, or a
# leak, makes its exit status another.
finish() {
    if [ -n "$pid" ]; then
        stop
        is "the daemon ends in order" 0 "$exit_status"
        [ "$exit_status" = 0 ] || grep -v '"level":"info"' "$work/log" | tail -n 60
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
