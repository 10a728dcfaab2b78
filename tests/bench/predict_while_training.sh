#!/usr/bin/env bash
# How much a running training delays predictions: the latency of /predict with
# one keep-alive connection, idle, while a job trains on one thread, and while
# it trains on as many as there are cores, in turns. Prints one table.
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
"$mlpd" --listen 127.0.0.1:0 --threads "$(nproc)" --data "$work/data" --port-file "$work/port" \
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
train() { # train EPOCHS WAIT THREADS
    call -H 'Content-Type: application/json' "$url/train?wait=$2" -d "{
        \"model\": \"digits\", \"dataset\": \"images\",
        \"target_dataset\": \"labels\", \"network\": {\"hidden\": [128]},
        \"training\": {\"epochs\": $1, \"threads\": $3, \"early_stopping\": false}}"
}
train 1 55 1 >/dev/null

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
    for threads in 1 "$(nproc)"; do
        job=$(train 100000 0 "$threads" | jq .id)
        until [ "$(call "$url/jobs/$job" | jq -r .state)" = running ]; do
            sleep 0.05
        done
        kind=one
        [ "$threads" = 1 ] || kind=all
        echo "$kind $(load)" >>"$work/figures"
        call -X POST -o /dev/null "$url/jobs/$job/cancel"
        call -o /dev/null "$url/jobs/$job?wait=10"
    done
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
        split("idle one all", kinds)
        split("idle|training on one thread|training on all cores", names, "|")
        printf "%-24s %8s %8s %10s %8s %12s\n", "", "p50 us", "p99 us", "requests", "errors", "p99 of idle"
        for (k = 1; k <= 3; k++) {
            kind = kinds[k]
            printf "%-24s %8d %8d %10d %8d %12.2f\n", names[k], median(p50, kind), median(p99, kind), rate[kind], errors[kind], median(p99, kind) / median(p99, "idle")
        }
    }' "$work/figures"
