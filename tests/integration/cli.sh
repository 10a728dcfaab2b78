#!/usr/bin/env bash
# The verbs that talk to a daemon: train, predict, models, jobs; with one that
# runs, and with one of their own.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
mlpd=$(realpath "$MLPD")
root=$PWD
unset MLPD_SERVER MLPD_KEY MLPD_KEY_FILE MLPD_DATA
cp "$data/iris/train.csv" "$work/iris.csv"
head -n 1 "$work/iris.csv" >"$work/big.csv"
for _ in $(seq 300); do tail -n +2 "$work/iris.csv"; done >>"$work/big.csv"

# run ARGUMENT…: $code, $work/out, $work/err. Nothing here is a terminal.
run() {
    (cd "$work" && timeout 60 "$mlpd" "$@") >"$work/out" 2>"$work/err" </dev/null
    code=$?
}
out_has() { check "$1: '$2'" grep -qE -- "$2" "$work/out"; }
err_has() { check "$1: '$2', not '$(head -c 300 "$work/err")'" grep -qE -- "$2" "$work/err"; }
ends() { # ends TEXT CODE ARGUMENT…
    run "${@:3}"
    is "$1: status ($(head -c 200 "$work/err"))" "$2" "$code"
}

# --- a daemon of its own ----------------------------------------------------

# Whatever answers on the usual port is not ours to ask.
own() { run "$1" --data-dir "$work/own" "${@:2}"; }
if curl -s --max-time 2 localhost:8080/version >/dev/null; then
    echo "something listens on port 8080: the private daemon is left out"
else
    own train --data iris.csv --target species --seed 1 --epochs 20
    is "train without a daemon" 0 "$code"
    out_has "says how good it is" 'iris@1 .*classification'
    out_has "beside the baseline" 'accuracy +0\.[0-9]+ +0\.3333'
    err_has "says on what it works" "working on $work/own"
    err_has "says what next" 'mlpd predict --model iris'
    check "no bar where there is no terminal" [ "$(grep -c $'\r' "$work/err")" = 0 ]
    own predict --model iris --data iris.csv
    is "the next command finds the model" 0 "$code"
    is "an answer a row" 121 "$(wc -l <"$work/out")"
    cp "$work/iris.csv" "$work/My Data.csv"
    own train --data "My Data.csv" --target species --epochs 1
    (cd "$work" && PATH=$(dirname "$mlpd"):$PATH &&
        eval "$(sed -n 's/^Ask it: *//p' "$work/err")" >"$work/pasted" 2>/dev/null)
    is "what it says next can be pasted, whatever the file is called" 121 \
        "$(wc -l <"$work/pasted")"
    check "its daemon is gone" [ -z "$(find "$work/own" -name '*-wal' -size +0)" ]
    (cd "$work" && mkdir fresh && cd fresh && ln -s "$root/tests" . && PATH=$(dirname "$mlpd"):$PATH &&
        awk '/^## From the shell/ { on = 1 } /^## What/ { on = 0 }
             /^```sh/ { code = 1; next } /^```/ { code = 0 }
             on && code && !/^export/' "$root/README.md" >"$work/readme.sh" &&
        bash -e "$work/readme.sh" >"$work/out" 2>"$work/err")
    is "the README's commands work" 0 "$?"
    is "and answer each row" 121 "$(wc -l <"$work/fresh/answers.csv")"
    ends "nothing there" 3 models --data-dir "$work/nowhere"
    err_has "is said" 'no daemon answers'
    # It goes with its parent, however that ends; a second Ctrl-C waits for nothing.
    for signal in KILL INT; do
        (cd "$work" && exec env --default-signal=INT "$mlpd" train --data-dir "$work/own" \
            --data big.csv --target species --epochs 100000) >"$work/out" 2>"$work/err" &
        parent=$!
        check "its own daemon trains" until_true 30 grep -q epoch "$work/err"
        check "and is there" pgrep -f "serve --listen unix:.*--data $work/own" >/dev/null
        kill -$signal "$parent"
        [ $signal = KILL ] || kill -$signal "$parent"
        wait "$parent" 2>/dev/null
        gone() { ! pgrep -f "serve --listen unix:.*--data $work/own" >/dev/null; }
        check "SIG$signal: the daemon goes with its parent" until_true 20 gone
        own jobs cancel "$(own jobs --state running --json; jq '.jobs[0].id // 0' "$work/out")"
    done
    own train --data iris.csv --target species --wait=no
    is "nobody would train" 2 "$code"
fi

# --- a running one ----------------------------------------------------------

start
export MLPD_SERVER=$url
ends "train" 0 train --data iris.csv --target species --seed 1 --epochs 20
ends "the same again" 0 train --data iris.csv --target species --seed 1 --epochs 20 --json
is "--json is the job" succeeded "$(jq -r .state "$work/out")"
ends "models" 0 models
out_has "lists" '^iris +2 +2 +classification'
ends "models --json" 0 models --json
is "is the daemon's" iris "$(jq -r '.models[0].name' "$work/out")"
ends "show" 0 models show iris@1
out_has "shows" 'columns: sepal_length'
ends "evaluate" 0 models evaluate iris --data "$root/$data/iris/test.csv"
out_has "scores" 'accuracy'
ends "train another" 0 train --data iris.csv --target species --model other --seed 1 --epochs 20
ends "and a worse one" 0 train --data iris.csv --target species --model other --seed 1 --epochs 1 --hidden 4
ends "compare" 0 models compare other 1 2 --data "$root/$data/iris/test.csv"
out_has "says which" '^other: a is version 1, b is version 2; on 30 rows:'
out_has "and who is better" '^ +accuracy +[0-9.]+ +[0-9.]+ +a$'
out_has "on how many they agree" '^the same is said of [0-9]+ rows$'
out_has "and whether it may be chance" '^right alone: a in [0-9]+ rows, b in [0-9]+; .*p = [0-9]'
for epochs in 20 2; do
    ends "train values" 0 train --data "$root/$data/diabetes/train.csv" --target target --model values --seed 1 --epochs $epochs
done
ends "compare values" 0 models compare values 1 2 --data "$root/$data/diabetes/test.csv"
out_has "how far they are apart" '^target differs by [0-9.]+ in the mean$'
out_has "and who is nearer" '^nearer: a in [0-9]+ rows, b in [0-9]+; '
ends "compare --json" 0 models compare other 1 latest --data "$root/$data/iris/test.csv" --json
is "is the daemon's" 2 "$(jq .b.version "$work/out")"
ends "compare without rows" 2 models compare other 1 2
ends "compare one version" 2 models compare other 1 --data iris.csv
ends "compare a version of a version" 2 models compare other@1 1 2 --data iris.csv
ends "compare what is not there" 1 models compare other 1 'x y&z' --data iris.csv
ends "alias" 0 models alias iris production 1
ends "predict by alias" 0 predict --model iris --version production --data iris.csv --json
is "is that version" 1 "$(jq .version "$work/out")"
ends "rm of an aliased version" 1 models rm iris@1
ends "export" 0 models export iris@1
check "has its name" [ -s "$work/iris-1.safetensors" ]
ends "does not write over" 2 models export iris@1
ends "unless told" 0 models export iris@1 --force
ends "import" 0 models import copy iris-1.safetensors
out_has "is a model" 'copy@1'
ends "rm" 0 models rm copy
ends "is gone" 1 models show copy
err_has "is said" "no model 'copy'"

ends "a row" 0 predict --model iris sepal_length=5.1 sepal_width=3.5 petal_length=1.4 petal_width=0.2
is "is a CSV where there is no terminal" setosa "$(tail -n 1 "$work/out" | cut -d, -f1)"
ends "a slip" 2 predict --model iris sepal_lenght=5.1
err_has "is told what was meant" "did you mean 'sepal_length'"
ends "a table" 0 predict --model iris --data iris.csv --format table --explain
out_has "has a heading" '^ROW +PREDICTION +PROBABILITIES +BECAUSE OF'
is "and all rows" 121 "$(wc -l <"$work/out")"
ends "36,000 rows" 0 predict --model iris --data big.csv
is "come in slices" 36001 "$(wc -l <"$work/out")"
head -n 36001 "$work/out" | tail -n 120 >"$work/last"
ends "120 rows" 0 predict --model iris --data iris.csv
check "in order" cmp -s "$work/last" <(tail -n 120 "$work/out")
(cd "$work" && "$mlpd" predict --model iris --data - <iris.csv >piped)
check "a pipe gives the same" cmp -s "$work/piped" "$work/out"

ends "diabetes" 0 train --data "$root/$data/diabetes/train.csv" --target target \
    --model diabetes --epochs 3 --set seed=1
ends "an interval" 0 predict --model diabetes --data "$root/$data/diabetes/test.csv" --interval 0.9
is "has ends" target,low,high "$(head -n 1 "$work/out")"

# --- jobs -------------------------------------------------------------------

ends "jobs" 0 jobs --model iris
out_has "lists" 'iris@1 +succeeded +100%'
ends "log" 0 jobs log 1
out_has "has losses" '^epoch +loss'
ends "--wait=no" 0 train --data big.csv --target species --epochs 100000 --wait no
job=$(sed 's/job //' "$work/out")
ends "cancel" 0 jobs cancel "$job"
ends "wait says how it ended" 1 jobs wait "$job"
err_has "cancelled" "job $job was cancelled"
ends "rm" 0 jobs rm "$job"
ends "no such job" 1 jobs show "$job"

# Ctrl-C: background jobs of a shell ignore SIGINT, so env gives it back.
(cd "$work" && exec env --default-signal=INT "$mlpd" train --data big.csv \
    --target species --model long --epochs 100000) >"$work/out" 2>"$work/err" &
trainer=$!
is_running() { get '/jobs?state=running' && [ "$(field '.jobs | length')" = 1 ]; }
check "it runs" until_true 30 is_running
sleep_until_shown() { grep -q 'epoch' "$work/err"; }
check "plain lines say how it goes" until_true 30 sleep_until_shown
kill -INT "$trainer"
wait "$trainer"
is "Ctrl-C" 130 "$?"
err_has "cancels" 'Cancelling job'
get '/jobs?model=long'
json_is "the job, too" '.jobs[0].state' '"cancelled"'

# --- a terminal -------------------------------------------------------------

if command -v script >/dev/null; then
    (cd "$work" && TERM=xterm timeout 60 script -qec "$mlpd train --data big.csv \
        --target species --model bar --epochs 20 --ensemble 1" typescript) >/dev/null </dev/null
    check "a bar is drawn" grep -q '\[' "$work/typescript"
    check "in colour" grep -q $'\033\[32m' "$work/typescript"
    (cd "$work" && NO_COLOR=1 TERM=xterm timeout 60 script -qec \
        "$mlpd models" typescript) >/dev/null </dev/null
    check "NO_COLOR has none" [ "$(grep -c $'\033\[1m' "$work/typescript")" = 0 ]
else
    echo "no script(1): the bar is not looked at"
fi

# --- what goes wrong --------------------------------------------------------

ends "no target" 2 train --data iris.csv
err_has "names the columns" 'sepal_length,.*species'
ends "no such target" 1 train --data iris.csv --target colour
err_has "the daemon says so" colour
ends "no file" 2 train --data nowhere.csv --target x
ends "a folder" 2 train --data "$root/tests" --target x
printf '' >"$work/empty.csv"
ends "an empty file" 2 train --data empty.csv --target x
ends "a sheet" 2 train --data x.xlsx --target x
err_has "says what it takes" '\.csv'
ends "an unknown option" 2 train --dta iris.csv
err_has "is told what was meant" 'did you mean --data'
ends "an unknown verb" 2 trian
err_has "too" 'did you mean train'
ends "no model" 1 predict --model nobody a=1
ends "nobody there" 3 models --server http://127.0.0.1:1
err_has "says who" '127.0.0.1'
ends "https" 2 models --server https://127.0.0.1:1
ends "no URL" 2 models --server localhost
stop
is "the daemon ends in order" 0 "$exit_status"

# --- a Unix socket, a key, arrays -------------------------------------------

key=$("$MLPD" key create --scope admin --keys "$work/keys" 2>/dev/null)
listen=unix:$work/s start --keys "$work/keys"
export MLPD_SERVER=unix:$work/s
ends "no key" 1 models
err_has "is told how" 'MLPD_KEY'
ends "a wrong key" 1 models --key mlpd_wrong
ends "half a line" 2 models --key "a b"
echo "$key" >"$work/key"
ends "a key" 0 models --key-file "$work/key"
out_has "has the models" iris
if [ -d ../shared/data/mnist ]; then
    mnist=$(realpath ../shared/data/mnist)
    rows=$(find "$mnist" -name 't10k-images*' | head -n 1)
    labels=$(find "$mnist" -name 't10k-labels*' | head -n 1)
    ends "IDX files" 0 train --data "$rows" --labels "$labels" --model digits \
        --epochs 1 --hidden 16 --key "$key"
    ends "leave no data set" 0 models --key "$key"
    url=http://localhost call GET /datasets --unix-socket "$work/s" -H "Authorization: Bearer $key"
    json_is "behind" '.datasets | length' 0
else
    echo "no MNIST: skipped"
fi

# --- help -------------------------------------------------------------------

for verb in serve train predict models jobs key fsck healthcheck completion help; do
    ends "help $verb" 0 help "$verb"
    out_has "begins with how it is written" "^mlpd \[?$verb"
done
"$MLPD" help --man | cmp -s - deploy/man/mlpd.1
is "deploy/man/mlpd.1 is what mlpd help --man prints" 0 "$?"
check "bash takes its completion" bash -c "source <($MLPD completion bash) &&
    COMP_WORDS=(mlpd tr) COMP_CWORD=1 && _mlpd && [ \"\${COMPREPLY[0]}\" = train ]"

finish
