#!/usr/bin/env bash
# Two versions side by side.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
at=/models/$iris/compare

train "$iris" "target=species&hidden=4&epochs=60&learning_rate=0.02&validation=0.2&seed=1"
train "$iris" "target=species&hidden=8&epochs=1&learning_rate=0.0001&validation=0.2&seed=1&exclude=petal_width"
train "$iris" "target=species&hidden=8&epochs=1&validation=0&seed=1" tests/data/iris/test.csv
call PUT "/models/$iris/aliases/production" -H 'Content-Type: application/json' \
    --data-binary '{"version":1}'

get "/models/$iris/versions/2"
loss=$(field .scores.validation.loss)
sha=$(field .sha256)
get "$at?a=production&b=2"
status_is "an alias and a version" 200
json_is "which they are" '[.model, .a.version, .b.version, .b.sha256]' \
    "[\"$iris\",1,2,$sha]"
json_is "a score is the version's own" .scores.validation.loss.b "$loss"
holds "the difference is b - a" '.scores.validation.loss
    | (.b - .a - .difference | fabs) < 1e-12 and .b > .a'
json_is "less loss is better" .scores.validation.loss.better '"a"'
json_is "more accuracy is better" .scores.train.accuracy.better '"a"'
json_is "of as many rows" .scores.validation.rows '{"a":24,"b":24}'
json_is "there is no rmse" '.scores.validation | has("rmse")' false
json_is "a column is gone" .columns '{"added":[],"removed":["petal_width"]}'
json_is "the table is the same" .same_data true
json_is "settings differ" '.differences[]
    | select(.pointer == "/spec/training/epochs") | [.a, .b]' '[60,1]'
json_is "so does the network" '.differences[]
    | select(.pointer == "/network/inputs") | [.a, .b]' '[4,3]'
json_is "what is equal is not told" \
    '[.differences[] | select(.pointer == "/spec/training/seed")] | length' 0
holds "sizes and times are there" '.a.size_bytes > 0 and .b.parameters.weights > 0
    and (.a.created_at | length > 0) and .a.data.rows == 120'
get "$at?a=2&b=1"
json_is "the other way round" '[.columns.added, .scores.validation.loss.better]' \
    '[["petal_width"],"b"]'
get "$at?a=2&b=2"
json_is "with itself" '[.differences, .scores.validation.loss.difference,
    .scores.validation.loss.better]' '[[],0,null]'
get "$at?a=1&b=latest"
json_is "no rows held out: no score" '.scores.validation.loss | [.b, .difference, .better]' \
    '[null,null,null]'
json_is "another table" .same_data false

get "$at?a=1"
refused "b is missing" 422 invalid '^b: expected'
get "$at"
refused "both are" 422 invalid '^a: expected'
get "$at?a=0&b=1"
refused "no version" 422 invalid 'a'
get "$at?a=9&b=1"
refused "a version that is not there" 404 not-found '9'
get "$at?a=1&b=nobody"
refused "an alias that is not there" 404 not-found 'nobody'
get "/models/$tag-none/compare?a=1&b=2"
refused "a model that is not there" 404 not-found "$tag-none"
get "$at?a=1&b=2&c=3"
refused "an unknown key" 422 unknown-key 'c'

# --- on rows that come with the request -------------------------------------

test=$data/iris/test.csv
truth=$(tail -n +2 "$test" | sed 's/.*,//' | tr -d '\r' | jq -Rn '[inputs]')
post_csv "$at?a=1&b=2" "@$test"
status_is "a column that b has not is passed over" 200
json_is "whose rows" '[.model, .a.version, .b.version, .task, .rows, .skipped]' \
    "[\"$iris\",1,2,\"classification\",30,0]"
cp "$work/body" "$work/compared"

# evaluated VERSION: the scores that /evaluate has of the rows.
evaluated() {
    post_csv "/models/$iris/versions/$1/evaluate" "@$test"
    field '.scores | del(.baseline, .rows)'
}
of_a=$(evaluated 1)
of_b=$(evaluated 2)
cp "$work/compared" "$work/body"
json_is "a's scores are those of /evaluate" '.scores | map_values(.a)' \
    "$(jq -c . <<<"$of_a")"
json_is "b's, too" '.scores | map_values(.b)' "$(jq -c . <<<"$of_b")"
holds "with their difference" '.scores | all(.[]; (.b - .a - .difference | fabs)
    < 1e-12)'
json_is "and who is better" '[.scores.accuracy.better, .scores.loss.better]' \
    '["a","a"]'

# What /predict says of the same rows, side by side: [{row, truth, a, b}].
for version in 1 2; do
    post_csv "/predict?model=$iris&version=$version" "@$test"
    jq -c '[.predictions[].label]' <"$work/body" >"$work/said.$version"
done
sides=$(jq -nc --argjson t "$truth" --slurpfile a "$work/said.1" \
    --slurpfile b "$work/said.2" '[range($t | length) |
    {row: (. + 1), truth: $t[.], a: $a[0][.], b: $b[0][.]}]')
among() { jq "map(select($1)) | length" <<<"$sides"; }
cp "$work/compared" "$work/body"
json_is "rows of which both say the same" .agreement.rows "$(among '.a == .b')"
json_is "both right" .agreement.both_right \
    "$(among '.a == .truth and .b == .truth')"
json_is "a alone" .agreement.only_a_right \
    "$(among '.a == .truth and .b != .truth')"
json_is "b alone" .agreement.only_b_right \
    "$(among '.a != .truth and .b == .truth')"
json_is "neither" .agreement.both_wrong \
    "$(among '.a != .truth and .b != .truth')"
holds "some are apart, and the share is that of the others" '.agreement |
    .rows < 30 and (.share - .rows / 30 | fabs) < 1e-12'
holds "what a barely trained one loses is no chance" '.agreement.p_value < 0.01'
json_is "the rows that changed" '[.changed[] | {row, truth, a, b}]' \
    "$(jq -c 'map(select(.a != .b))' <<<"$sides")"
json_is "with who is right" '[.changed[] | .better]' "$(jq -c \
    '[.[] | select(.a != .b) | if .a == .truth then "a" elif .b == .truth
        then "b" else null end]' <<<"$sides")"
post_csv "$at?a=1&b=2&limit=2" "@$test"
json_is "so many of them" '.changed | length' 2
post_csv "$at?a=1&b=2&limit=0" "@$test"
json_is "or none" .changed '[]'
post_csv "$at?a=production&b=1" "@$test"
json_is "with itself" '[.agreement.share, .agreement.p_value, .changed,
    (.scores | all(.[]; .difference == 0 and .better == null))]' '[1,1,[],true]'

# --- the same rows in other forms -------------------------------------------

answer=$(jq -c . <"$work/compared")
same() {
    status_is "$1" 200
    is "$1: the same answer" "$answer" "$(field .)"
}
rows=$(tail -n +2 "$test" | tr -d '\r' |
    jq -Rnc '[inputs | split(",") | (.[:4] | map(tonumber)) + .[4:]]')
names='"sepal_length","sepal_width","petal_length","petal_width"'
post_json "$at?a=1&b=2" "{\"data\":{\"columns\":[$names,\"species\"],\"rows\":$rows}}"
same "columns and rows"
call PUT "/datasets/$tag-test" -H 'Content-Type: text/csv' \
    --data-binary "@$test"
post_json "$at?a=1&b=2" "{\"dataset\":\"$tag-test\"}"
same "a data set"
post_csv "$at?a=1&b=2&delimiter=;" "$(tr , ';' <"$test")"
same "another delimiter"
inputs=$(jq -c 'map(.[:4])' <<<"$rows")
targets=$(jq -c 'map(.[4])' <<<"$rows")
post_json "$at?a=1&b=3" "{\"data\":{\"inputs\":$inputs,\"targets\":$targets}}"
status_is "rows by position" 200
by_position=$(field .)
post_csv "$at?a=1&b=3" "@$test"
is "which are those by name" "$(field .)" "$by_position"
post_json "$at?a=1&b=2" "{\"data\":{\"inputs\":$inputs,\"targets\":$targets}}"
refused "by position, to models of other columns" 422 shape-mismatch \
    'name their columns'
{ cat "$test"; printf '5,3,1,0.2,\n'; } >"$work/gap.csv"
post_csv "$at?a=1&b=2" "@$work/gap.csv"
json_is "a row without an answer is left out" '[.rows, .skipped]' '[30,1]'
post_csv "$at?a=1&b=2" "species,petal_width,petal_length,sepal_width,sepal_length
,0.2,1.4,3.5,5.1
virginica,2.3,5.7,3.2,6.9
setosa,0.2,1.4,3.5,5.1
"
json_is "and counts, so that rows keep their numbers" \
    '.rows as $n | [$n, (.changed | all(.row > 1))]' '[2,true]'

cut -d, -f1-3,5 "$data/iris/train.csv" >"$work/narrow.csv"
train "$iris" "target=species&epochs=30&validation=0&seed=1" "$work/narrow.csv"
post_csv "$at?a=1&b=4" "@$test"
status_is "a column that one never saw is passed over" 200
of_b=$(field '.scores | map_values(.b)')
cut -d, -f1-3,5 "$test" >"$work/narrow.csv"
post_csv "/models/$iris/evaluate" "@$work/narrow.csv"
json_is "by that one" '.scores | del(.baseline, .rows)' "$of_b"
printf 'code,zip,t\n%s\n' "$(seq 80 | awk '{ z = $1 % 3; print z "," 1000 + z "," (z > 1) }')" \
    >"$work/codes.csv"
train "$tag-codes" "target=t&task=classification&epochs=20&seed=1" "$work/codes.csv"
sed 's/,\(1...\),/,0\1,/' "$work/codes.csv" >"$work/zips.csv"
post_csv "/train?model=$tag-codes&target=t&task=classification&epochs=20&seed=1&wait=50&categorical=code,zip" \
    "@$work/zips.csv"
post_csv "/models/$tag-codes/compare?a=1&b=2" "@$work/codes.csv"
json_is "of which one has as a number what is a code to the other" \
    '[.rows, .agreement.share]' '[80,1]'
of_both=$(field '[.scores.loss.a, .scores.loss.b]')
for version in 1 2; do
    post_csv "/models/$tag-codes/versions/$version/evaluate" "@$work/codes.csv"
    field .scores.loss
done >"$work/losses"
is "each for itself" "$of_both" "$(jq -sc . <"$work/losses")"

# --- values and labels ------------------------------------------------------

diabetes=$tag-diabetes
for seed in 1 2; do
    train "$diabetes" "target=target&task=regression&seed=$seed&epochs=$((seed * 20))" \
        "$data/diabetes/train.csv"
done
test=$data/diabetes/test.csv
truth=$(tail -n +2 "$test" | sed 's/.*,//' | tr -d '\r' | jq -Rn '[inputs | tonumber]')
for version in 1 2; do
    post_csv "/predict?model=$diabetes&version=$version" "@$test"
    jq -c '[.predictions[].value]' <"$work/body" >"$work/said.$version"
done
sides=$(jq -nc --argjson t "$truth" --slurpfile a "$work/said.1" \
    --slurpfile b "$work/said.2" '[range($t | length) | {row: (. + 1),
    truth: $t[.], a: $a[0][.], b: $b[0][.]} | .apart = (.a - .b | fabs)]')
post_csv "/models/$diabetes/compare?a=1&b=2" "@$test"
status_is "values" 200
json_is "no classes, no changes" '[has("changed"), (.scores | has("rmse"))]' \
    '[false,true]'
json_is "rows of equal values" .agreement.rows "$(among '.a == .b')"
json_is "the row in which they are furthest apart" \
    '.targets[0].largest | {row, truth, a, b}' \
    "$(jq -c 'max_by(.apart) | del(.apart)' <<<"$sides")"
json_is "who is nearer" '.targets[0] | [.target, .a_nearer, .b_nearer]' \
    "[\"target\",$(among '(.a - .truth | fabs) < (.b - .truth | fabs)'),$(among \
        '(.a - .truth | fabs) > (.b - .truth | fabs)')]"
holds "the mean difference" "(.targets[0].mean_difference - $(jq \
    'map(.apart) | add / length' <<<"$sides") | fabs) < 1e-4"

labels='{"a":1,"b":2,"x":0,"y":1},{"a":2,"b":1,"x":1,"y":0},
    {"a":5,"b":1,"x":1,"y":1},{"a":0,"b":0,"x":0,"y":0}'
for epochs in 60 1; do
    post_json '/train?wait=50' "{\"model\":\"$tag-labels\",\"task\":\"multilabel\",
        \"target\":[\"x\",\"y\"],\"data\":{\"records\":[$labels]},
        \"network\":{\"hidden\":[8]},
        \"training\":{\"epochs\":$epochs,\"seed\":1,\"validation\":0}}"
    is "labels are trained" '"succeeded"' "$(field .state)"
done
post_json "/models/$tag-labels/compare?a=1&b=2" "{\"data\":{\"records\":[$labels]}}"
status_is "several labels" 200
json_is "all rows are told" '.agreement | .both_right + .only_a_right +
    .only_b_right + .both_wrong' 4
holds "a changed row lists its labels" '[.changed[] | .truth, .a, .b] |
    all(type == "array") and all(.[]; all(.[]; . == "x" or . == "y"))'
post_json "/predict" "{\"model\":\"$tag-labels\",\"version\":1,\"records\":[
    {\"a\":5,\"b\":1}]}"
said=$(field '.predictions[0].labels')
post_json "/models/$tag-labels/compare?a=2&b=1" "{\"data\":{\"records\":[$labels]}}"
holds "as /predict does" "[.changed[] | select(.row == 3) | .b] |
    length == 0 or .[0] == $said"

# --- what cannot be compared ------------------------------------------------

train "$diabetes" "target=bmi&task=regression&seed=1&epochs=1" \
    "$data/diabetes/train.csv"
post_csv "/models/$diabetes/compare?a=1&b=3" "@$test"
refused "another target" 422 invalid 'not the same targets'
train "$diabetes" "target=target&task=classification&seed=1&epochs=1" \
    "$data/diabetes/train.csv"
post_csv "/models/$diabetes/compare?a=1&b=4" "@$test"
refused "another task" 422 invalid 'another task'
test=$data/iris/test.csv
post_csv "$at?a=1" "@$test"
refused "b is missing" 422 invalid '^b: expected'
post_csv "$at?b=1" "@$test"
refused "a is missing" 422 invalid '^a: expected'
post_csv "$at?a=1&b=9" "@$test"
refused "a version that is not there" 404 not-found 'no version 9'
post_csv "$at?a=nobody&b=1" "@$test"
refused "an alias that is not there" 404 not-found 'nobody'
post_csv "/models/$tag-none/compare?a=1&b=2" "@$test"
refused "a model that is not there" 404 not-found "$tag-none"
post_csv "$at?a=1&b=2&limit=-1" "@$test"
refused "a limit below nothing" 422 invalid 'limit'
post_csv "$at?a=1&b=2&version=1" "@$test"
refused "a third version" 422 unknown-key 'version'
post_csv "$at?a=1&b=2" "sepal_length,sepal_width,petal_length,petal_width,species
1,2,3,4,setosa
1,2,3,4,tulip
"
refused "a label that one does not know" 422 invalid \
    'a: column .species., row 2: the model has no class "tulip"'
post_csv "$at?a=2&b=1" "sepal_length,sepal_width,petal_length,species
1,2,3,setosa
"
refused "a column that one needs" 422 invalid "b: column 'petal_width' is missing"
post_csv "$at?a=2&b=1" "sepal_length,sepal_width,petal_length,petal_width,colour,species
1,2,3,4,5,setosa
"
refused "a column that neither knows" 422 invalid "column 'colour'"
post_json "$at?a=1&b=2" '{"data":{"inputs":[[1,2,3,4]],"targets":["setosa"]},"a":1}'
refused "versions in the body" 422 unknown-key /a
call POST "$at?a=1&b=2" -H 'Content-Type: text/csv'
refused "nothing at all" 400 malformed ""
finish
