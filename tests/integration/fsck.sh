#!/usr/bin/env bash
# mlpd fsck: finds what is wrong with a data folder, refuses one in use, and
# puts right what can be.
. "$(dirname "$0")/lib.sh"
needs_own_daemon

# fsck [FLAG…]: $code, what it printed in $work/fsck.
fsck() {
    "$MLPD" fsck --data "$work/data" "$@" >"$work/fsck" 2>"$work/fsck.err"
    code=$?
}
says() { # says TEXT PATTERN
    check "$1: $(cat "$work/fsck" "$work/fsck.err")" \
        grep -qE -- "$2" "$work/fsck" "$work/fsck.err"
}
flip() { # flip FILE OFFSET
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
models=$work/data/models

# --- a folder in order ------------------------------------------------------

fsck
is "a folder that is not there" 3 "$code"
check "is not made" test ! -e "$work/data"
start
train iris "target=species&epochs=2&seed=1"
train iris "target=species&epochs=2&seed=2"
train wine "target=species&epochs=2&seed=3"
call PUT /datasets/flowers -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/train.csv"
fsck
is "a daemon runs: not looked at" 3 "$code"
says "and told why" "another mlpd \(pid $pid\) uses this data folder"
get /models/iris/versions/1/file
cp "$work/body" "$work/iris-1"
stop
is "the daemon ends in order" 0 "$exit_status"
fsck
is "nothing is wrong: $(cat "$work/fsck")" 0 "$code"
says "and it says so" '^clean$'

# --- bit rot ----------------------------------------------------------------

flip "$models/iris/1.safetensors" 2000
dataset=$(ls "$work/data/datasets")
flip "$work/data/datasets/$dataset" 50
echo half >"$models/iris/tmp-0123"
echo half >"$work/data/tables/tmp-4567"
rm "$models/wine/1.safetensors"
fsck
is "a lot is wrong" 1 "$code"
says "a flipped bit in a model" \
    '^models/iris/1.safetensors: .*not those that were stored$'
says "a flipped bit in a data set" "^datasets/$dataset: .*not those"
says "a missing model" '^models/wine/1.safetensors: it is missing$'
says "what a kill left" '^models/iris/tmp-0123: nobody needs it$'
says "the sum" '^6 found, 6 left$'
check "to look changes nothing" test -s "$models/iris/1.safetensors"
fsck --json
is "as JSON: one document" 1 "$(jq -s length "$work/fsck")"
is "with all of them" '[false,6,6]' \
    "$(jq -c '[.clean, .left, (.problems | length)]' "$work/fsck")"
fsck --repair
is "all of it is put right: $(cat "$work/fsck")" 0 "$code"
says "the model is moved" 'iris/1.safetensors: .*; moved to quarantine$'
says "what is left over is removed" 'tmp-0123: .*; removed$'
check "to where a person can look at it" \
    test -s "$work/data/quarantine/iris-1.safetensors"
fsck
is "then nothing is wrong any more: $(cat "$work/fsck")" 0 "$code"
start
get /models/iris
json_is "the corrupt version is gone, the other serves" .versions '[2]'
get /datasets
json_is "and so is the data set" .datasets '[]'
call PUT /datasets/flowers -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/train.csv"
submitted=$(curl -s -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/train.csv" \
    "$url/train?model=slow&target=species&epochs=100000&early_stopping=0" |
    jq .id)
{
    kill -KILL "$pid"
    wait "$pid"
} 2>/dev/null

# --- a job whose data is lost -----------------------------------------------

fsck
is "after a kill nothing is wrong: $(cat "$work/fsck")" 0 "$code"
table=$(ls "$work/data/tables")
flip "$work/data/tables/$table" 10
fsck --repair
says "a job without its data has failed" \
    "^job $submitted: .*; the job has failed$"
start
get "/jobs/$submitted"
json_is "and says why" '[.state, .error.reason]' '["failed","corrupt"]'
stop

# --- the catalog ------------------------------------------------------------

printf 'nonsense' | dd of="$work/data/mlpd.db" conv=notrunc 2>/dev/null
rm -f "$work/data/mlpd.db-wal"
timeout 20 "$MLPD" --listen 127.0.0.1:0 --data "$work/data" 2>"$work/second"
is "no daemon starts on a broken catalog" 1 $?
fsck
is "fsck sees it" 1 "$code"
says "and names it" '^mlpd.db: '
fsck --repair
is "and makes it again: $(cat "$work/fsck")" 0 "$code"
fsck
is "so that nothing is wrong" 0 "$code"
start
get /models/iris
json_is "models are there with their numbers" .versions '[2]'
get /datasets
json_is "data sets are, by a name of their own" \
    '.datasets | map(.name | startswith("recovered-"))' '[true]'
json_is "and can be read" '.datasets[0].rows' 120
train iris "target=species&epochs=1"
json_is "the next version is above all" .result.version 3

# --- the daemon itself ------------------------------------------------------

stop
flip "$models/iris/3.safetensors" 1500
start
get /models/iris
json_is "a daemon does not serve what is corrupt" .versions '[2]'
check "but moves it away" test -s "$work/data/quarantine/iris-3.safetensors"
get /metrics
check "and counts it" grep -q '^mlpd_models_quarantined_total 1$' "$work/body"
check "and logs it" grep -q model_quarantined "$work/log"
flip "$models/iris/2.safetensors" 1500
get /models/iris/versions/2/file
status_is "nor does it hand out a file that went bad meanwhile" 404

"$MLPD" fsck --data "$work/data" --nonsense 2>/dev/null
is "an option that is none" 2 $?

finish
