#!/usr/bin/env bash
# The classic lesson, end to end over HTTP: train a 784-16-16-10 network of
# sigmoids on handwritten digits, test it on digits that it has not seen, and
# ask it about one of them.
#
#   make demo        (or: MLPD=build/mlpd deploy/demo/demo.sh)
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
mlpd=${MLPD:-$top/build/mlpd}
work=$(mktemp -d)
digits=$top/build/demo/mnist
trap 'kill "$pid" 2>/dev/null || :; rm -rf "$work"' EXIT

echo "1. The data: handwritten digits, 28x28 pixels each"
set_name=$("$top/deploy/demo/mnist.sh" "$digits")

echo "2. The daemon"
"$mlpd" --listen 127.0.0.1:0 --data "$work/data" --port-file "$work/port" \
    2>"$work/log" &
pid=$!
for _ in $(seq 100); do
    [ -s "$work/port" ] && break
    kill -0 "$pid" || { cat "$work/log"; exit 1; }
    sleep 0.05
done
url=http://127.0.0.1:$(cat "$work/port")
echo "   listens on $url"
call() { curl --silent --show-error --fail-with-body "$@"; }

echo "3. Upload the training digits and their labels"
call -T "$digits/train-images-idx3-ubyte" "$url/datasets/digits" \
    -H 'Content-Type: application/octet-stream' |
    jq -r '"   \(.rows) rows, \(.columns | length) columns, sha256 \(.sha256[:12])…"'
call -T "$digits/train-labels-idx1-ubyte" "$url/datasets/labels" \
    -H 'Content-Type: application/octet-stream' >/dev/null

echo "4. Train"
job=$(call "$url/train" -H 'Content-Type: application/json' -d '{
    "model": "digits", "dataset": "digits", "target_dataset": "labels",
    "network": {"hidden": [16, 16], "activation": "sigmoid"},
    "training": {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 32,
                 "epochs": 30, "seed": 7}}')
id=$(jq .id <<<"$job")
jq -r '"   job \(.id): 784-16-16-10, \(.parameters.weights) weights and " +
    "\(.parameters.biases) biases"' <<<"$job"
line='" \(.state)  epoch \(.epoch // 0)/\(.epochs // 0)  loss " +
    "\((.metrics.loss // 0) * 1000 | round / 1000)  validation accuracy " +
    "\((.metrics.validation_accuracy // 0) * 1000 | round / 10) %  " +
    "\(.samples_per_second // 0 | round) digits/s   "'
end='.state == "succeeded" or .state == "failed" or .state == "cancelled"'
until jq -e "$end" <<<"$job" >/dev/null; do
    job=$(call "$url/jobs/$id?wait=1")
    printf '\r  %s' "$(jq -r "$line" <<<"$job")"
done
echo
[ "$(jq -r .state <<<"$job")" = succeeded ] || { jq .error <<<"$job"; exit 1; }

echo "5. Test on digits that it has never seen"
call --data-binary "@$digits/t10k-images-idx3-ubyte" "$url/predict?model=digits" \
    -H 'Content-Type: application/octet-stream' -H 'Accept: text/csv' |
    tail -n +2 | cut -d, -f1 | tr -d '\r' >"$work/predicted"
tail -c +9 "$digits/t10k-labels-idx1-ubyte" | od -An -v -tu1 -w1 | tr -d ' ' \
    >"$work/true"
paste "$work/predicted" "$work/true" | awk -v set="$set_name" '
    { n++; right += $1 == $2 }
    END { printf "   %d of %d right: MNIST test accuracy %.2f %% (%s set)\n",
          right, n, 100 * right / n, set }' | tee "$work/accuracy"

echo "6. One of them, and what the network thinks of it"
pixels=$(od -An -v -tu1 -w28 -j $((16 + 784 * 7)) -N 784 \
    "$digits/t10k-images-idx3-ubyte")
awk '{ line = "   "
       for (i = 1; i <= NF; i++)
           line = line substr(" .:-=+*#%@", 1 + int($i / 25.6), 1) \
                       substr(" .:-=+*#%@", 1 + int($i / 25.6), 1)
       if (line ~ /[^ ]/) print line }' <<<"$pixels"
row=$(tr -s ' \n' ',' <<<"$pixels" | sed 's/^,//; s/,$//')
call "$url/predict" -H 'Content-Type: application/json' \
    -d "{\"model\":\"digits\",\"inputs\":[[$row]]}" |
    jq -r '.predictions[0] | "   It is a \(.label).",
        (.probabilities | to_entries[] | "   \(.key)  " +
         "\(.value * 1000 | round / 10) %\t" + ("#" * (.value * 40 | round)))'

echo "7. Stop"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
echo "   exit status $status"
[ "$status" -eq 0 ]
awk '{ sub(/.*accuracy /, ""); exit !($1 >= 80) }' "$work/accuracy"
