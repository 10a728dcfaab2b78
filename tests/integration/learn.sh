#!/usr/bin/env bash
# Does it learn? Real data over HTTP, to a stated accuracy on rows that were
# never shown; the same request gives the same bytes; and an old version
# answers while a new one is trained.
. "$(dirname "$0")/lib.sh"
start

# right NAME TEST-CSV: how many rows of a CSV with its target last are told
# right.
right() {
    post_csv "/predict?model=$1" "@$2" -H 'Accept: text/csv'
    paste -d ' ' <(tail -n +2 "$work/body" | tr -d '\r' | cut -d, -f1) \
        <(tail -n +2 "$2" | tr -d '\r' | sed 's/.*,//') |
        awk '$1 == $2 { n++ } END { print n + 0 }'
}

# --- XOR, what no linear model can ------------------------------------------

xor='"data": {"inputs": [[0,0],[0,1],[1,0],[1,1]], "targets": [0,1,1,0]}'
training='"epochs": 500, "optimizer": "adam", "learning_rate": 0.05, "seed": 7'
post_json "/train?wait=50" "{\"model\": \"$tag-xor\", $xor,
    \"task\": \"classification\",
    \"network\": {\"hidden\": [8], \"activation\": \"tanh\"},
    \"training\": {$training}}"
json_is "XOR is trained" .state '"succeeded"'
post_json /predict \
    "{\"model\": \"$tag-xor\", \"inputs\": [[0,0],[0,1],[1,0],[1,1]]}"
json_is "XOR is learned" '[.predictions[].label]' '[0,1,1,0]'
post_json "/train?wait=50" "{\"model\": \"$tag-line\", $xor,
    \"task\": \"classification\",
    \"network\": {\"hidden\": []}, \"training\": {$training}}"
post_json /predict \
    "{\"model\": \"$tag-line\", \"inputs\": [[0,0],[0,1],[1,0],[1,1]]}"
holds "a linear model cannot learn XOR" \
    '[.predictions[].label] != [0,1,1,0]'

# --- tables, with nothing said but the target -------------------------------

train "$tag-iris" target=species
n=$(right "$tag-iris" "$data/iris/test.csv")
check "iris: at least 28 of 30, $n are right" [ "$n" -ge 28 ]

train "$tag-wdbc" target=diagnosis "$data/wdbc/train.csv"
n=$(right "$tag-wdbc" "$data/wdbc/test.csv")
check "wdbc: at least 108 of 114, $n are right" [ "$n" -ge 108 ]
call GET "/models/$tag-wdbc/versions/1/file"
n=$(od -An -tu8 -N8 "$work/body" | tr -d ' ')
temperature=$(tail -c +9 "$work/body" | head -c "$n" |
    jq -r '.__metadata__.record' | jq .temperature)
check "wdbc: its record has the temperature that was found, $temperature" \
    [ "$(jq -n "$temperature | . >= 0.3 and . <= 3 and . != 1")" = true ]

train "$tag-diabetes" target=target "$data/diabetes/train.csv"
post_csv "/predict?model=$tag-diabetes" "@$data/diabetes/test.csv" \
    -H 'Accept: text/csv'
rmse=$(paste -d ' ' <(tail -n +2 "$work/body" | tr -d '\r') \
    <(tail -n +2 "$data/diabetes/test.csv" | tr -d '\r' | sed 's/.*,//') |
    awk '{ sum += ($1 - $2) ^ 2 } END { printf "%d", sqrt(sum / NR) }')
# Telling everybody the mean is 74 off; a linear model is 53.
check "diabetes: off by at most 62, $rmse" [ "$rmse" -le 62 ]

# --- the same request, the same bytes ---------------------------------------

for i in 1 2; do
    train "$tag-twice" "target=species&seed=5&dropout=0.2&hidden=16,8&epochs=30"
    call GET "/models/$tag-twice/versions/$i/file"
    cp "$work/body" "$work/file-$i"
done
check "the same request twice gives the same file" \
    cmp "$work/file-1" "$work/file-2"
train "$tag-twice" "target=species&seed=6&dropout=0.2&hidden=16,8&epochs=30"
call GET "/models/$tag-twice/versions/3/file"
check "another seed gives another" [ -n "$(cmp "$work/body" "$work/file-1")" ]

# --- digits -----------------------------------------------------------------

# Sanitizers and coverage are too slow for 60,000 of them.
if [ -z "${SLOW:-}" ]; then
    set_name=$(deploy/demo/mnist.sh build/demo/mnist)
    mnist=build/demo/mnist
else
    set_name=small
    mnist=$work
    for file in "$data"/mnist-small/*.gz; do
        gzip -dc "$file" >"$work/$(basename "$file" .gz)"
    done
fi
declare -A least=(
    [full-16,16]=9300 [full-128]=9750 # of 10,000
    [small-16,16]=370 [small-128]=430 # of 500
)
octets='Content-Type: application/octet-stream'
call PUT "/datasets/$tag-images" -H "$octets" -T "$mnist/train-images-idx3-ubyte"
status_is "digits are uploaded" 201
call PUT "/datasets/$tag-labels" -H "$octets" -T "$mnist/train-labels-idx1-ubyte"
status_is "labels are uploaded" 201
tail -c +9 "$mnist/t10k-labels-idx1-ubyte" | od -An -v -tu1 -w1 | tr -d ' ' \
    >"$work/truth"

has_ended() { get "/jobs/$1?wait=20" && [ "$(field .finished_at)" != null ]; }
learn_digits() { # learn_digits HIDDEN SETTINGS
    post_json "/train" "{\"model\": \"$tag-digits\", \"dataset\": \"$tag-images\",
        \"target_dataset\": \"$tag-labels\",
        \"network\": {\"hidden\": [$1]$2}, \"training\": {\"seed\": 7$3}}"
    job=$(field .id)
    until_true 300 has_ended "$job"
    call POST "/predict?model=$tag-digits" -H "$octets" -H 'Accept: text/csv' \
        --data-binary "@$mnist/t10k-images-idx3-ubyte"
    n=$(paste -d ' ' <(tail -n +2 "$work/body" | tr -d '\r' | cut -d, -f1) \
        "$work/truth" | awk '$1 == $2 { n++ } END { print n + 0 }')
    check "784-$1-10 on the $set_name set: at least ${least[$set_name-$1]}, $n" \
        [ "$n" -ge "${least[$set_name-$1]}" ]
}
learn_digits 16,16 ', "activation": "sigmoid"' \
    ', "optimizer": "sgd", "learning_rate": 0.5, "batch_size": 32, "epochs": 30'
learn_digits 128 '' ', "schedule": "cosine", "dropout": 0.1, "epochs": 15,
    "validation": 0'

# --- answers while it learns ------------------------------------------------

post_json "/predict" "{\"model\": \"$tag-iris\", \"inputs\": [[5.1,3.5,1.4,0.2]]}"
before=$(field .predictions)
post_csv "/train?model=$tag-iris&target=species&epochs=100000&early_stopping=0&seed=9" \
    "@$data/iris/train.csv"
job=$(field .id)
check "a new version is being trained" until_state "$job" running
wrong=0
for _ in $(seq 50); do
    post_json "/predict" \
        "{\"model\": \"$tag-iris\", \"inputs\": [[5.1,3.5,1.4,0.2]]}"
    [ "$status $(field .version) $(field .predictions)" = "200 1 $before" ] ||
        wrong=$((wrong + 1))
done
is "the old version answers all the while" 0 "$wrong"
check "and it was being trained all the while" job_is "$job" running
call POST "/jobs/$job/cancel"
check "until it is cancelled" until_state "$job" cancelled
get "/models/$tag-iris"
json_is "which publishes nothing" '.versions | length' 1

finish
