#!/usr/bin/env bash
# A disk without room: predictions go on, what would write is told 507, a job's
# result waits; and when there is room again all goes on without a restart.
#
# It needs a small file system of its own to fill, and so the right to mount:
# as root, or in a user namespace.
if [ -z "${BASE_URL:-}" ] && [ "${1:-}" != --mounted ] &&
    [ "$(id -u)" != 0 ]; then
    exec unshare --map-root-user --mount bash "$0" --mounted
fi
. "$(dirname "$0")/lib.sh"
needs_own_daemon
trap 'kill_daemon; umount -l "$work/data" 2>/dev/null; rm -rf "$work"' EXIT
iris=$data/iris/train.csv
wdbc=$data/wdbc/train.csv

mkdir "$work/data"
if ! mount -t tmpfs -o size=6m,mode=700 mlpd-test "$work/data"; then
    echo "FAIL $name: a tmpfs cannot be mounted here"
    echo "0 passed, 1 failed"
    exit 1
fi

fill() { dd if=/dev/zero of="$work/data/ballast" bs=4k 2>/dev/null; }
storage_is() { get /readyz && [ "$(text_field .storage)" = "$1" ]; }
is_computed() { get "/jobs/$1" && [ "$(field '.epoch == .epochs')" = true ]; }
predicts() { # predicts TEXT
    post_csv "/predict?model=iris" "@$data/iris/test.csv"
    is "$1: predictions go on" "$predictions" "$(body)"
}

start --disk-reserve 0
train iris "target=species&epochs=20&seed=1"
post_csv "/predict?model=iris" "@$data/iris/test.csv"
predictions=$(body)
check "there are predictions" grep -q setosa "$work/body"
get /models/iris/versions/1/file
cp "$work/body" "$work/model"
get /readyz
json_is "all is well" . '{"status":"ready","storage":"ok"}'

# A job that is at work for some seconds, on data that is there already.
post_csv "/train?model=probe&target=diagnosis&epochs=20&wait=50&hidden=64,64" \
    "@$wdbc"
epochs=$(($(field .samples_per_second) * 2 / 364))
post_csv "/train?model=tumour&target=diagnosis&early_stopping=0&hidden=64,64&seed=3&epochs=$((epochs < 20 ? 20 : epochs))" "@$wdbc"
job=$(field .id)
until_state "$job" running

# --- full -------------------------------------------------------------------

fill
predicts "full"
get /healthz
status_is "full: alive" 200
post_csv "/train?model=no&target=species" "@$iris"
refused "full: training" 507 insufficient-storage .
post_json /train '{"model":"no","data":{"inputs":[[1],[2],[3],[4]],
    "targets":[1,2,3,4]}}'
refused "full: training from JSON" 507 insufficient-storage .
call PUT /datasets/flowers -H 'Content-Type: text/csv' \
    --data-binary "@$iris"
refused "full: a data set" 507 insufficient-storage .
call PUT /models/copy --data-binary "@$work/model" \
    -H 'Content-Type: application/octet-stream'
refused "full: a model" 507 insufficient-storage .
check "full: and /readyz says so" until_true 10 storage_is full
get /readyz
status_is "full: it is ready for predictions" 200
get /metrics
check "full: so does a metric" grep -q '^mlpd_storage_writable 0$' "$work/body"
get /jobs
status_is "full: jobs can be looked at" 200
get /datasets
json_is "full: nothing came half" .datasets '[]'

# --- a result that finds no place -------------------------------------------

check "full: a job is computed to its end" until_true 60 is_computed "$job"
until_true 20 grep -q job_not_published "$work/log"
get "/jobs/$job"
json_is "full: and waits with its result" .state '"running"'
predicts "full, a job waits"

# --- room again -------------------------------------------------------------

rm "$work/data/ballast"
check "room: the job ends well" until_true 120 job_is "$job" succeeded
check "room: /readyz says so" until_true 10 storage_is ok
get "/jobs/$job/history"
holds "room: with its history" '(.loss | length) > 0'
predicts "room"
post_csv "/train?model=yes&target=species&epochs=2&wait=30" "@$iris"
json_is "room: trainings are taken" .state '"succeeded"'
call PUT /models/copy --data-binary "@$work/model" \
    -H 'Content-Type: application/octet-stream'
status_is "room: models are" 201
call PUT /datasets/flowers -H 'Content-Type: text/csv' \
    --data-binary "@$iris"
status_is "room: data sets are" 201

# --- a start without room ---------------------------------------------------

post_csv "/train?model=tumour&target=diagnosis&early_stopping=0&hidden=64,64&seed=3&epochs=$((epochs < 20 ? 20 : epochs))" "@$wdbc"
job=$(field .id)
until_state "$job" running
fill
{
    kill -KILL "$pid"
    wait "$pid"
} 2>/dev/null
start --disk-reserve 0
predicts "a start without room"
check "it says so" until_true 10 storage_is full
rm "$work/data/ballast"
check "the job that was killed ends well" until_true 120 job_is "$job" succeeded
get /models/tumour/versions/1
sha256=$(text_field .sha256)
get "/models/tumour/versions/$(get "/jobs/$job" && field .result.version)"
json_is "with the bytes of the undisturbed one" .sha256 "\"$sha256\""
check "all is well again" until_true 10 storage_is ok

stop
is "the daemon ends in order" 0 "$exit_status"
"$MLPD" fsck --data "$work/data" >"$work/fsck"
is "nothing is wrong with the folder: $(cat "$work/fsck")" 0 $?

finish
