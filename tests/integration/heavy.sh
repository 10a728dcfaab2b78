#!/usr/bin/env bash
# Predictions that take long do not keep others waiting: not the health, not a
# small prediction, and not the end of the daemon.
. "$(dirname "$0")/lib.sh"
needs_own_daemon

start --log-format json --drain-timeout 1
train "$tag" 'target=species&hidden=900,900&epochs=1&seed=1'

# 30,000 rows of four numbers: by this network some seconds of work.
{
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' \
        "{'descr': '<f4', 'fortran_order': False, 'shape': (30000, 4), }"
    head -c 480000 /dev/zero
} >"$work/rows.npy"
heavy() { # heavy NUMBER: its status, when it is answered
    curl -s -o "$work/heavy-$1" -w '%{http_code}' --max-time 120 \
        -H 'Content-Type: application/x-npy' \
        --data-binary "@$work/rows.npy" "$url/predict?model=$tag" \
        >"$work/heavy-$1.status"
}
n_answered() { cat "$work"/heavy-*.status | tr -d '\n' | wc -c; }

waiting=()
for number in 1 2 3 4; do
    heavy "$number" &
    waiting+=($!)
done
in_work() { [ "$(awk '$1 == "mlpd_http_requests_in_flight" { print $2 }' \
    "$work/body")" -ge 5 ]; }
all_in_work() { get /metrics && in_work; }
check "four of them are in work" until_true 20 all_in_work
get /healthz
status_is "the health is told" 200
post_json /predict '{"model":"'"$tag"'","inputs":[[5.1,3.5,1.4,0.2]]}'
status_is "a small prediction is answered" 200
is "before any of them is" 0 "$(n_answered)"
wait "${waiting[@]}"
is "then they are answered" 200200200200 "$(cat "$work"/heavy-*.status)"
is "with all their rows" 30000 \
    "$(jq '.predictions | length' "$work/heavy-1")"

# Where it ends, they are given up.
waiting=()
for number in 1 2 3 4 5 6 7 8; do
    heavy "$number" &
    waiting+=($!)
done
check "again they are in work" until_true 20 all_in_work
begun=$SECONDS
stop TERM
is "the daemon ends in order" 0 "$exit_status"
check "without waiting for them" [ $((SECONDS - begun)) -le 10 ]
wait "${waiting[@]}"
check "who was too late is told" grep -q 503 "$work"/heavy-*.status

finish
