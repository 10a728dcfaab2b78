#!/usr/bin/env bash
# Killed or stopped at any moment, a job goes on from its last checkpoint, not
# from its start, to the very bytes of a run that nobody disturbed; and one
# that the daemon dies of again and again is given up.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
wdbc=$data/wdbc/train.csv
folder=$work/data/checkpoints
common="target=diagnosis&seed=5&hidden=48,48"

start_all() { start --jobs 6 --checkpoint-interval 0.1; }

# Epochs for about so much work, however fast this build is here.
epochs_for() { # SECONDS, of $speed samples a second
    local epochs=$(($1 * speed / 364))
    echo $((epochs < 40 ? 40 : epochs))
}

start_all
post_csv "/train?model=probe&$common&epochs=200&early_stopping=0&wait=50" \
    "@$wdbc"
speed=$(field '.samples_per_second | floor')
epochs=$(epochs_for 2)

# name=settings. That of "early" ends after half of its epochs, for want of a
# gain that cannot be had; "recipe" trains five networks, one after the other.
configs=(
    "sgd=optimizer=sgd&learning_rate=0.02&early_stopping=0&epochs=$epochs"
    "momentum=optimizer=momentum&learning_rate=0.01&schedule=step&l2=0.001&early_stopping=0&epochs=$epochs"
    "adam=optimizer=adam&dropout=0.2&schedule=cosine&warmup_epochs=3&early_stopping=0&epochs=$epochs"
    "early=optimizer=rmsprop&dropout=0.1&patience=$epochs&min_delta=9&epochs=$((2 * epochs))"
    "adamw=optimizer=adamw&schedule=one_cycle&class_weight=balanced&label_smoothing=0.1&gradient_clip=1&shuffle=0&early_stopping=0&epochs=$epochs"
    "recipe=quality=fast&numeric_embedding=periodic&epochs=$((epochs / 16))"
)
names=("${configs[@]%%=*}")

declare -A job expected
submit() { # NAME
    local config
    for config in "${configs[@]}"; do
        [ "${config%%=*}" = "$1" ] || continue
        post_csv "/train?model=$1&$common&${config#*=}" "@$wdbc"
        status_is "$1 is taken" 202
        [ "$status" = 202 ] || finish
        job[$1]=$(field .id)
    done
}
sha256_of() { # NAME VERSION
    get "/models/$1/versions/$2"
    text_field .sha256
}
wait_for() { # NAME: its job's end
    get "/jobs/${job[$1]}?wait=55"
    [ "$(text_field .state)" = succeeded ] || get "/jobs/${job[$1]}?wait=55"
    json_is "$1 succeeds" .state '"succeeded"'
}
generation() { # NAME: of its newest checkpoint, or 0
    find "$folder" -name "${job[$1]}-*.ckpt" -printf '%f\n' 2>/dev/null |
        cut -d- -f2 | sort -n | tail -n 1 | grep . || echo 0
}
newer_than() { # NAME GENERATION
    [ "$(generation "$1")" -gt "$2" ]
}
began() { # NAME: what the log says of its last beginning
    jq -c "select(.event == \"training_begun\" and .job == ${job[$1]}) |
        [.from, .epoch]" "$work/log" | tail -n 1
}
n_begun() { # NAME
    jq -c "select(.event == \"training_begun\" and .job == ${job[$1]})" \
        "$work/log" | wc -l
}
begun_again() { [ "$(n_begun "$1")" -gt "$2" ]; }
kill_it() {
    {
        kill -KILL "$pid"
        wait "$pid"
    } 2>/dev/null
    pid=
}
# goes_on NAME EPOCH: it began anew from a checkpoint, EPOCH or later.
goes_on() {
    check "$1 begins" until_true 30 begun_again "$1" "${begun[$1]}"
    is "$1 goes on from a checkpoint" checkpoint \
        "$(began "$1" | jq -r '.[0]')"
    check "$1 goes on from epoch $2 or later, not $(began "$1")" \
        test "$(began "$1" | jq '.[1]')" -ge "$2"
}
declare -A begun
count_begun() {
    local one
    for one in "${names[@]}"; do begun[$one]=$(n_begun "$one"); done
}

# --- undisturbed ------------------------------------------------------------

for one in "${names[@]}"; do submit "$one"; done
for one in "${names[@]}"; do
    wait_for "$one"
    expected[$one]=$(sha256_of "$one" 1)
done
get "/jobs/${job[early]}/history"
early_epochs=$(field '.epoch | length')
check "early stops early, after $early_epochs epochs" \
    test "$early_epochs" -lt $((2 * epochs))
is "no checkpoint is left" 0 "$(find "$folder" -type f | wc -l)"

# --- killed twice and stopped once, at several moments ----------------------

for one in "${names[@]}"; do submit "$one"; done
declare -A last
for round in 1 2; do
    for one in "${names[@]}"; do
        last[$one]=$([ $round = 1 ] && echo 0 || generation "$one")
    done
    for one in "${names[@]}"; do
        check "$one leaves a checkpoint" until_true 60 newer_than "$one" \
            "${last[$one]}"
    done
    kill_it
    count_begun
    start_all
    for one in "${names[@]}"; do
        # Its epochs are long: the first may be the one that was cut.
        goes_on "$one" "$([ "$one" = recipe ] && echo 0 || echo 1)"
    done
done
declare -A reached
for one in "${names[@]}"; do reached[$one]=$(began "$one" | jq '.[1]'); done
get "/jobs/${job[adam]}"
holds "a job that goes on shows how far it was" '.progress > 0'
stop TERM
is "SIGTERM ends in order" 0 "$exit_status"
count_begun
for one in "${names[@]}"; do
    is "$one has two generations" 2 \
        "$(find "$folder" -name "${job[$one]}-*.ckpt" | wc -l)"
done

# One of them finds its newest checkpoint damaged: the one before serves.
newest=$(find "$folder" -name "${job[sgd]}-$(generation sgd)-*.ckpt")
printf 'x' | dd of="$newest" bs=1 seek=2000 conv=notrunc status=none
# Two are of nobody, and one was never finished.
cp "$newest" "$folder/999-1-$(basename "$newest" | cut -d- -f3)"
touch "$folder/tmp-0123456789"
start_all
for one in "${names[@]}"; do goes_on "$one" "${reached[$one]}"; done
check "the damaged one is told of" grep -q \
    "\"event\":\"checkpoint_refused\",\"job\":${job[sgd]}," "$work/log"
check "and gone" test ! -e "$newest"
is "what is nobody's is swept away" 0 \
    "$(find "$folder" -name '999-*' -o -name 'tmp-0123456789' | wc -l)"

for one in "${names[@]}"; do
    wait_for "$one"
    json_is "$one was interrupted twice; to be stopped is no interruption" \
        .restarts 2
    is "$one has the bytes of the undisturbed run" "${expected[$one]}" \
        "$(sha256_of "$one" 2)"
    get "/jobs/${job[$one]}/history"
    json_is "$one has its whole history" \
        '.epoch == [range(1; (.epoch | length) + 1)]' true
    holds "$one has a loss for each epoch" \
        '[.loss[] | select(. == null)] == [] and (.loss | length) == (.epoch | length)'
done
get "/jobs/${job[early]}/history"
is "early has stopped where it had" "$early_epochs" "$(field '.epoch | length')"
is "no checkpoint is left behind" 0 "$(find "$folder" -type f | wc -l)"

# --- a checkpoint that cannot be written ------------------------------------

failed_to_write() {
    grep -q "\"event\":\"checkpoint_failed\",\"job\":${job[momentum]}," \
        "$work/log"
}
mv "$folder" "$work/away"
submit momentum
check "a checkpoint that fails is told of" until_true 30 failed_to_write
wait_for momentum
is "and the job goes on to its bytes" "${expected[momentum]}" \
    "$(sha256_of momentum 3)"
stop

# --- without a timer --------------------------------------------------------

start --checkpoint-interval 0
submit adam
check "a job gets on" until_true 30 job_is "${job[adam]}" running
far() { get "/jobs/${job[adam]}" && [ "$(field .epoch)" -gt 3 ]; }
check "by some epochs" until_true 30 far
sleep 1.2
is "without a timer there is no checkpoint" 0 "$(generation adam)"
stop
is "it ends in order" 0 "$exit_status"
is "but an orderly end leaves one" 1 "$(generation adam)"
count_begun
start --checkpoint-interval 0
goes_on adam 3
wait_for adam
is "to the same bytes" "${expected[adam]}" "$(sha256_of adam 3)"
get "/jobs/${job[adam]}"
json_is "and nothing was interrupted" .restarts 0

# --- a crash loop -----------------------------------------------------------

post_csv "/train?model=poison&target=diagnosis&hidden=512,512,512&epochs=50000&early_stopping=0" \
    "@$wdbc"
status_is "a long job is taken" 202
poison=$(field .id)
for round in 1 2 3; do
    check "the poison runs, $round" until_true 30 job_is "$poison" running
    kill_it
    start
done
get "/jobs/$poison"
json_is "the third time it is given up" '[.state, .error.reason, .restarts]' \
    '["failed","crash-loop",3]'
is "its table is gone" 0 "$(find "$work/data/tables" -type f | wc -l)"
train fine "target=species&epochs=3"
get /readyz
status_is "and the daemon is well" 200

finish
