#!/usr/bin/env bash
# How much a running training delays predictions: the latency of /predict with
# one keep-alive connection, idle and while a job trains on another core, in
# turns. Prints one table.
#
#   MLPD=build/mlpd tests/bench/predict_while_training.sh [ROUNDS [SECONDS]]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
mlpd=${MLPD:-$top/build/mlpd}
rounds=${1:-5}
seconds=${2:-3}
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || :; rm -rf "$work"' EXIT

"$top/deploy/demo/mnist.sh" "$top/build/demo/mnist" >/dev/null
"$mlpd" --listen 127.0.0.1:0 --data "$work/data" --port-file "$work/port" \
    2>"$work/log" &
pid=$!
for _ in $(seq 100); do
    [ -s "$work/port" ] && break
    sleep 0.05
done
url=http://127.0.0.1:$(cat "$work/port")
call() { curl --silent --show-error --fail-with-body "$@"; }
for part in images labels; do
    call -o /dev/null -T "$top/build/demo/mnist/train-$part"-idx?-ubyte \
        -H 'Content-Type: application/octet-stream' "$url/datasets/$part"
done
train() { # train EPOCHS WAIT
    call -H 'Content-Type: application/json' "$url/train?wait=$2" -d "{
        \"model\": \"digits\", \"dataset\": \"images\",
        \"target_dataset\": \"labels\", \"network\": {\"hidden\": [128]},
        \"training\": {\"epochs\": $1, \"early_stopping\": false}}"
}
train 1 55 >/dev/null

# One test digit as the body of each request.
row=$(od -An -v -tu1 -w784 -j 16 -N 784 \
    "$top"/build/demo/mnist/t10k-images-idx3-ubyte | tr -s ' ' ',' | sed 's/^,//')
cat >"$work/predict.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"digits","inputs":[[$row]]}'
done = function(summary, latency, requests)
    local errors = summary.errors
    print(string.format("figures %d %d %d %d", latency:percentile(50),
        latency:percentile(99), summary.requests,
        errors.status + errors.read + errors.write + errors.timeout))
end
LUA
load() {
    wrk -t 1 -c 1 -d "${seconds}s" -s "$work/predict.lua" "$url/predict" |
        awk '/^figures/ { print $2, $3, $4, $5 }'
}
load >/dev/null # warm-up

for round in $(seq "$rounds"); do
    echo "idle $(load)" >>"$work/figures"
    job=$(train 100000 0 | jq .id)
    until [ "$(call "$url/jobs/$job" | jq -r .state)" = running ]; do
        sleep 0.05
    done
    echo "training $(load)" >>"$work/figures"
    call -X POST -o /dev/null "$url/jobs/$job/cancel"
    call -o /dev/null "$url/jobs/$job?wait=10"
    echo "round $round of $rounds" >&2
done

awk '{ n[$1]++; p50[$1, n[$1]] = $2; p99[$1, n[$1]] = $3
       rate[$1] += $4; errors[$1] += $5 }
    function median(a, kind,   i, j, t, v) {
        for (i = 1; i <= n[kind]; i++) v[i] = a[kind, i]
        for (i = 1; i <= n[kind]; i++) for (j = i + 1; j <= n[kind]; j++)
            if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
        return v[int((n[kind] + 1) / 2)]
    }
    END {
        printf "%-10s %10s %10s %10s %8s\n", "", "p50 us", "p99 us", "requests", "errors"
        for (k = 1; k <= 2; k++) {
            kind = k == 1 ? "idle" : "training"
            printf "%-10s %10d %10d %10d %8d\n", kind, median(p50, kind), median(p99, kind), rate[kind], errors[kind]
        }
        printf "ratio of the medians: p50 %.2f, p99 %.2f\n",
            median(p50, "training") / median(p50, "idle"),
            median(p99, "training") / median(p99, "idle")
    }' "$work/figures"
