#!/usr/bin/env bash
# POST /models/NAME/evaluate: scores that agree with what /predict says of the
# same rows, every form of rows, every refusal.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
wdbc=$tag-wdbc
diabetes=$tag-diabetes

train "$iris" "target=species&seed=1&epochs=60"
train "$wdbc" "target=diagnosis&seed=1&epochs=20" "$data/wdbc/train.csv"
train "$diabetes" "target=target&task=regression&seed=1&epochs=60" \
    "$data/diabetes/train.csv"

# truth FILE: the last column as a JSON list of texts.
truth() {
    tail -n +2 "$1" | sed 's/.*,//' | tr -d '\r' | jq -Rn '[inputs]'
}

# near TEXT FILTER EXPECTED: the field is that number, floats aside.
near() {
    check "$1: $(field "$2") is about $3" jq -en --argjson a "$3" \
        --argjson b "$(field "$2")" '($a - $b) | fabs < 1e-6' >/dev/null
}

# expected FILTER: what it makes of {t, p}: the truth and the predictions.
expected() {
    jq -n --argjson t "$truth" --slurpfile p "$work/predicted" \
        "{t: \$t, p: \$p[0].predictions} | $1"
}

# predict NAME FOLDER: for expected(); then evaluate the same rows.
predict_and_evaluate() {
    truth=$(truth "$data/$2/test.csv")
    post_csv "/predict?model=$1" "@$data/$2/test.csv"
    cp "$work/body" "$work/predicted"
    post_csv "/models/$1/evaluate" "@$data/$2/test.csv"
    status_is "$2 is evaluated" 200
    is "the answer is JSON" application/json "$(header Content-Type)"
}

# --- three classes ----------------------------------------------------------

predict_and_evaluate "$iris" iris
right='[.t, [.p[].label]] | transpose'
json_is "the model is named" '[.model, .version, .rows, .skipped]' \
    "[\"$iris\",1,30,0]"
near "accuracy" .scores.accuracy \
    "$(expected "$right | map(if .[0] == .[1] then 1 else 0 end) | add / 30")"
near "log loss" .scores.log_loss "$(expected '[.t, [.p[].probabilities]] |
    transpose | map(-(.[1][.[0]] | log)) | add / 30')"
near "balanced accuracy" .scores.balanced_accuracy "$(expected "$right |
    group_by(.[0]) | map((map(select(.[0] == .[1])) | length) / length) |
    add / length")"
holds "a good model is better than its baseline" '.scores |
    .accuracy > .baseline.accuracy and .log_loss < .baseline.log_loss'
near "which is the class frequencies of the training" .scores.baseline.log_loss \
    "$(jq -n '3 | log')"
json_is "each class has a line" '[.classes[].label]' \
    '["setosa","versicolor","virginica"]'
json_is "with its rows" '[.classes[].support]' "$(jq -c \
    'group_by(.) | map(length)' <<<"$truth")"
json_is "the matrix has all rows" '.confusion_matrix.counts | flatten | add' 30
json_is "the right ones on its diagonal" '.confusion_matrix.counts as $m |
    [range(3) | $m[.][.]] | add' "$(expected \
    "$right | map(select(.[0] == .[1])) | length")"
json_is "and labels beside it" .confusion_matrix.labels \
    '["setosa","versicolor","virginica"]'
json_is "the calibration has 15 bins of all rows" \
    '[(.calibration | length), ([.calibration[].rows] | add)]' '[15,30]'
near "the calibration error is theirs" .scores.ece "$(field '[.calibration[] |
    select(.rows > 0) | .rows * (.confidence - .accuracy | fabs)] | add / 30')"
answer=$(field 'del(.version)')

# --- two classes ------------------------------------------------------------

predict_and_evaluate "$wdbc" wdbc
n=$(jq length <<<"$truth")
near "accuracy of two classes" .scores.accuracy "$(expected \
    "$right | map(if .[0] == .[1] then 1 else 0 end) | add / $n")"
pairs='[.t, [.p[].probabilities.malignant]] | transpose |
    [.[] | select(.[0] == "malignant")[1]] as $with |
    [.[] | select(.[0] == "benign")[1]] as $without |
    [$with[] as $a | $without[] as $b |
     if $a > $b then 1 elif $a == $b then 0.5 else 0 end] | add / length'
near "the area under the curve is the share of pairs in order" .scores.auc \
    "$(expected "$pairs")"
near "of either class" '.classes[0].auc' "$(field .scores.auc)"
counts="$right | {tp: map(select(. == [\"malignant\", \"malignant\"])) | length,
    said: map(select(.[1] == \"malignant\")) | length,
    there: map(select(.[0] == \"malignant\")) | length}"
near "precision" '.classes[1].precision' "$(expected "$counts | .tp / .said")"
near "recall" '.classes[1].recall' "$(expected "$counts | .tp / .there")"
near "F1" '.classes[1].f1' "$(expected "$counts | 2 * .tp / (.said + .there)")"
near "macro F1" .scores.macro_f1 "$(field '[.classes[].f1] | add / 2')"

# --- values -----------------------------------------------------------------

predict_and_evaluate "$diabetes" diabetes
errors='[[.t[] | tonumber], [.p[].value]] | transpose | map(.[1] - .[0])'
near "RMSE" .scores.rmse \
    "$(expected "$errors | map(. * .) | add / length | sqrt")"
near "MAE" .scores.mae "$(expected "$errors | map(fabs) | add / length")"
mean=$(truth "$data/diabetes/train.csv" | jq 'map(tonumber) | add / length')
holds "a good regression is better than the mean" \
    '.scores | .r2 > 0.2 and .rmse < .baseline.rmse and .mae < .baseline.mae'
check "whose error is that of the training's mean" jq -en \
    --argjson found "$(field .scores.baseline.rmse)" \
    --argjson about "$(jq "map(tonumber - $mean | . * .) | add / length | sqrt" \
        <<<"$truth")" '($found - $about) | fabs < 1' >/dev/null
json_is "it has no classes" '[has("classes"), has("confusion_matrix"),
    has("calibration"), (.scores | has("accuracy"))]' \
    '[false,false,false,false]'

# --- useless models are seen to be so ---------------------------------------

{ echo x,y; for i in $(seq 1 200); do
    echo "$((i * 7919 % 101)),$((i * i * 31 % 97 % 10 < 7))"; done
} >"$work/noise.csv"
train "$tag-noise" "target=y&task=classification&seed=1&epochs=5" \
    "$work/noise.csv"
post_csv "/models/$tag-noise/evaluate" "@$work/noise.csv"
holds "chance is an area of about a half" '.scores.auc > 0.3 and .scores.auc < 0.7'
holds "and no more accurate than the most frequent class" \
    '.scores | .accuracy < .baseline.accuracy + 0.1'

# --- other ways to send rows ------------------------------------------------

same() { # same TEXT: the scores of the iris test rows
    status_is "$1" 200
    is "$1: the same scores" "$answer" "$(field 'del(.version)')"
}
rows=$(tail -n +2 "$data/iris/test.csv" | tr -d '\r' |
    jq -Rnc '[inputs | split(",") | (.[:4] | map(tonumber)) + .[4:]]')
inputs=$(jq -c 'map(.[:4])' <<<"$rows")
targets=$(jq -c 'map(.[4])' <<<"$rows")
names='"sepal_length","sepal_width","petal_length","petal_width"'

post_csv "/models/$iris/versions/1/evaluate" "@$data/iris/test.csv"
same "a version by its path"
train "$iris" "target=species&seed=9&epochs=1"
post_csv "/models/$iris/evaluate?version=1" "@$data/iris/test.csv"
same "a version by the query"
post_csv "/models/$iris/evaluate" "@$data/iris/test.csv"
json_is "the latest unless told" .version 2
v1=/models/$iris/versions/1/evaluate
post_json "$v1" "{\"data\":{\"columns\":[$names,\"species\"],\"rows\":$rows}}"
same "columns and rows"
post_json "$v1" "{\"data\":{\"inputs\":$inputs,\"targets\":$targets}}"
same "inputs by position and targets"
post_csv "$v1?delimiter=;" "$(tr , ';' <"$data/iris/test.csv")"
same "another delimiter"
gzip -c "$data/iris/test.csv" >"$work/test.csv.gz"
post_csv "$v1" "@$work/test.csv.gz" -H 'Content-Encoding: gzip'
same "a gzipped file"
call PUT "/datasets/$tag-test" -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/test.csv"
post_json "$v1" "{\"dataset\":\"$tag-test\"}"
same "a data set"
post_csv "$v1" "species,petal_width,petal_length,sepal_width,sepal_length
setosa,0.2,1.4,3.5,5.1
,0.2,1.4,3.5,5.1
virginica,2.3,,3.2,6.9
"
json_is "columns in any order; a row without its target is left out" \
    '[.rows, .skipped]' '[2,1]'

# Names that inputs would have, for other columns.
printf 'x1,x0,y\n%s\n' "$(seq 60 | awk '{ print $1 "," $1 % 7 "," ($1 % 7 > 3) }')" \
    >"$work/swapped.csv"
train "$tag-swapped" "target=y&task=classification&seed=1&epochs=9" \
    "$work/swapped.csv"
post_csv "/models/$tag-swapped/evaluate" "@$work/swapped.csv"
by_name=$(field .)
post_json "/models/$tag-swapped/evaluate" "$(tail -n +2 "$work/swapped.csv" |
    jq -Rnc '[inputs | split(",") | map(tonumber)] |
        {data: {inputs: map(.[:2]), targets: map(.[2])}}')"
is "inputs go by position, whatever the names" "$by_name" "$(field .)"

call PUT "/datasets/$tag-digits" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$data/mnist-small/t10k-images-idx3-ubyte.gz"
call PUT "/datasets/$tag-labels" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$data/mnist-small/t10k-labels-idx1-ubyte.gz"
sets="\"dataset\":\"$tag-digits\",\"target_dataset\":\"$tag-labels\""
post_json "/train?wait=50" "{\"model\":\"$tag-digits\",$sets,
    \"network\":{\"hidden\":[16]},\"training\":{\"epochs\":5,\"seed\":1}}"
post_json "/models/$tag-digits/evaluate" "{$sets}"
status_is "images and labels" 200
holds "ten classes" '(.classes | length) == 10 and .scores.accuracy > 0.5'

# --- what is kept in the model ----------------------------------------------

get "/models/$iris/versions/1"
holds "the record has scores beside a baseline" '.scores.validation |
    .auc > 0.5 and .log_loss < .baseline.log_loss and (.classes | length) == 3'
get "/models/$iris/versions/1/file"
cp "$work/body" "$work/model"
call PUT "/models/$tag-copy" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/model"
post_csv "/models/$tag-copy/evaluate" "@$data/iris/test.csv"
is "a model that was imported knows its baseline" \
    "$(jq -c .scores.baseline <<<"$answer")" "$(field .scores.baseline)"

# --- refusals ---------------------------------------------------------------

post_csv "/models/$tag-none/evaluate" "@$data/iris/test.csv"
refused "no such model" 404 not-found "there is no model"
post_csv "/models/$iris/versions/7/evaluate" "@$data/iris/test.csv"
refused "no such version" 404 not-found "has no version 7"
post_csv "$v1" "sepal_length,sepal_width,petal_length,petal_width
1,2,3,4
"
refused "no column that says what is right" 422 invalid \
    "column 'species' is missing"
post_csv "$v1" "sepal_length,sepal_width,petal_length,species
1,2,3,setosa
"
refused "a feature is missing" 422 invalid "column 'petal_width' is missing"
post_csv "$v1" "sepal_length,sepal_width,petal_length,petal_width,species
1,2,3,4,setosa
1,2,3,4,tulip
"
refused "a label that it does not know" 422 invalid \
    "row 2: the model has no class \"tulip\""
post_csv "$v1" "sepal_length,sepal_width,petal_length,petal_width,species
1,2,3,4,
"
refused "rows without any truth" 422 invalid "no row says what is right"
post_csv "$v1" "sepal_length,sepal_width,petal_length,petal_width,species
"
status_is "no rows" 422
post_json "$v1" '{"data":{"inputs":[[1,2,3]],"targets":["setosa"]}}'
refused "rows of another width" 422 shape-mismatch "expects 4"
post_json "$v1" '{"data":{"inputs":[[1,2,3,4]]}}'
refused "inputs without targets" 422 invalid /data/targets
post_json "$v1" '{"data":{"inputs":[[1,2,3,4]],"targets":[["setosa",1]]}}'
refused "too many targets" 422 shape-mismatch "has 1"
post_json "$v1" '{}'
refused "no data" 422 invalid "expected either data or dataset"
post_json "$v1" "{\"dataset\":\"$tag-none\"}"
refused "no such data set" 422 invalid "there is no data set"
post_json "$v1" '{"data":{"inputs":[[1,2,3,4]],"targets":["setosa"]},"top":1}'
refused "a key that is not known" 422 unknown-key "/top"
post_json "$v1?header=0" '{"data":{"inputs":[[1,2,3,4]],"targets":["setosa"]}}'
refused "what goes with CSV" 422 unknown-key "header"
post_csv "$v1?version=1" "@$data/iris/test.csv"
refused "a version in both places" 422 unknown-key "version"
call POST "$v1" -H 'Content-Type: text/plain' --data-binary x
refused "another type" 415 unsupported-media-type "text/csv"
call POST "$v1" -H 'Content-Type: text/csv'
refused "nothing at all" 400 malformed ""

finish
