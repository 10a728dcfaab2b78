#!/usr/bin/env bash
# POST /predict: every form of question, every form of answer, every refusal.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris

train "$iris" "target=species&seed=1&epochs=60"
train "$iris" "target=species&seed=2&epochs=60"
row='5.1,3.5,1.4,0.2'
other='6.7,3.1,5.6,2.4'

# --- the answer of a classifier ---------------------------------------------

ask() { post_json /predict "{\"model\":\"$iris\",$1}" "${@:2}"; }

ask "\"inputs\":[[$row]]"
status_is "one row is answered" 200
is "the answer is JSON" application/json "$(header Content-Type)"
json_is "the model is named" .model "\"$iris\""
json_is "the latest version answers" .version 2
json_is "one row, one prediction" '.predictions | length' 1
json_is "the label is a species" '.predictions[0].label' '"setosa"'
holds "probabilities add up to 1" \
    '[.predictions[0].probabilities[]] | add | . > 0.99999 and . < 1.00001'
json_is "each class has one, in the order of the classes" \
    '.predictions[0].probabilities | keys_unsorted' \
    '["setosa","versicolor","virginica"]'
one=$(field '.predictions[0]')

ask "\"inputs\":[[$row],[$other],[$row]]"
json_is "a row's answer does not depend on its neighbours" \
    '[.predictions[0], .predictions[2]]' "[$one,$one]"
json_is "another row, another label" '.predictions[1].label' '"virginica"'

ask "\"version\":1,\"inputs\":[[$row]]"
json_is "an older version answers when it is asked for" .version 1
ask "\"version\":2,\"inputs\":[[$row]]"
json_is "the latest by its number is the latest" '.predictions[0]' "$one"

ask "\"inputs\":[[5.1,null,1.4,0.2]]"
status_is "a missing value is no error" 200
ask "\"inputs\":[[3e38,3e38,3e38,3e38]]"
status_is "a huge value is no error" 200
holds "and the answer is legal JSON" 'has("predictions")'

ask "\"top\":2,\"inputs\":[[$other]]"
json_is "top keeps the N best" '.predictions[0].probabilities | length' 2
holds "in falling order" \
    '[.predictions[0].probabilities[]] | .[0] >= .[1]'
json_is "the label is the best of them" \
    '.predictions[0] | (.probabilities | keys_unsorted[0]) == .label' true
ask "\"top\":50,\"inputs\":[[$other]]"
json_is "a top above the classes keeps all" \
    '.predictions[0].probabilities | length' 3

# --- other ways to ask ------------------------------------------------------

columns='"columns":["sepal_length","sepal_width","petal_length","petal_width"]'
ask "$columns,\"rows\":[[$row]]"
json_is "columns and rows give what inputs give" '.predictions[0]' "$one"
ask "\"rows\":[[0.2,1.4,3.5,5.1]],\"columns\":[\"petal_width\",\
\"petal_length\",\"sepal_width\",\"sepal_length\"]"
json_is "columns are found by name, in any order" '.predictions[0]' "$one"

csv_head=sepal_length,sepal_width,petal_length,petal_width
post_csv "/predict?model=$iris" "$csv_head
$row
"
json_is "a CSV gives what inputs give" '.predictions[0]' "$one"
post_csv "/predict?model=$iris&delimiter=;" "${csv_head//,/;}
${row//,/;}
"
json_is "a CSV may have another delimiter" '.predictions[0]' "$one"
post_csv "/predict?model=$iris&version=1&top=1" "@$data/iris/test.csv"
json_is "the query chooses version and top" \
    '[.version, (.predictions[0].probabilities | length)]' '[1,1]'
json_is "each row of the file has its answer" '.predictions | length' 30

post_csv "/predict?model=$iris" "@$data/iris/test.csv" -H 'Accept: text/csv'
is "Accept: text/csv answers CSV" 'text/csv; charset=utf-8' \
    "$(header Content-Type)"
is "with a line of names" label,setosa,versicolor,virginica \
    "$(head -n 1 "$work/body")"
is "and a line a row" 31 "$(wc -l <"$work/body" | tr -d ' ')"
right=$(paste -d, <(tail -n +2 "$work/body" | cut -d, -f1) \
    <(tail -n +2 "$data/iris/test.csv" | cut -d, -f5) |
    awk -F, '$1 == $2' | wc -l)
check "at least 27 of 30 unseen flowers are told right, $right are" \
    [ "$right" -ge 27 ]

printf '%s\n%s\n' "$csv_head" "$row" | gzip -c >"$work/row.csv.gz"
post_csv "/predict?model=$iris" "@$work/row.csv.gz" -H 'Content-Encoding: gzip'
json_is "a body may be gzipped" '.predictions[0]' "$one"

# [[5, 3, 1, 0]] as bytes: NPY, and IDX.
npy_head="{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4), }"
{
    printf '\x93NUMPY\x01\x00\x76\x00'
    printf '%-117s\n' "$npy_head"
    printf '\x05\x03\x01\x00'
} >"$work/row.npy"
printf '\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x04\x05\x03\x01\x00' \
    >"$work/row.idx"
ask '"inputs":[[5,3,1,0]]'
whole=$(field '.predictions[0]')
call POST "/predict?model=$iris" -H 'Content-Type: application/x-npy' \
    --data-binary "@$work/row.npy"
json_is "NPY gives what inputs give" '.predictions[0]' "$whole"
for file in row.npy row.idx; do
    call POST "/predict?model=$iris" --data-binary "@$work/$file" \
        -H 'Content-Type: application/octet-stream'
    json_is "$file is known by its first bytes" '.predictions[0]' "$whole"
done
gzip -c "$work/row.idx" >"$work/row.idx.gz"
call POST "/predict?model=$iris" --data-binary "@$work/row.idx.gz" \
    -H 'Content-Type: application/octet-stream'
json_is "a gzipped file is known as well" '.predictions[0]' "$whole"

# --- labels of every type, values, several targets --------------------------

learn() { # learn NAME JSON: train on a small table
    post_json '/train?wait=50' "{\"model\":\"$tag-$1\",$2}"
    is "$1 is trained" '"succeeded"' "$(field .state)"
}
rows='"inputs":[[0,0],[0,1],[1,0],[1,1],[0,0],[0,1],[1,0],[1,1]]'
epochs='"training":{"epochs":200,"seed":1,"learning_rate":0.02}'
learn numbers "\"data\":{$rows,\"targets\":[0,1,1,0,0,1,1,0]},$epochs,
    \"task\":\"classification\""
post_json /predict "{\"model\":\"$tag-numbers\",\"inputs\":[[0,1]]}"
json_is "a number comes back as a number" '.predictions[0].label' 1
learn booleans "\"data\":{$rows,
    \"targets\":[false,true,true,false,false,true,true,false]},$epochs"
post_json /predict "{\"model\":\"$tag-booleans\",\"inputs\":[[0,1]]}"
json_is "a boolean comes back as a boolean" '.predictions[0].label' true
json_is "and is spelled out as a key" \
    '.predictions[0].probabilities | keys' '["false","true"]'

learn value "\"data\":{$rows,\"targets\":[0.5,1.5,2.5,3.5,0.5,1.5,2.5,3.5]},
    $epochs,\"task\":\"regression\""
post_json /predict "{\"model\":\"$tag-value\",\"inputs\":[[0,0],[1,1]]}"
json_is "regression answers values" '.predictions | map(keys)' \
    '[["value"],["value"]]'
holds "in the target's own unit" \
    '.predictions | .[0].value < 1.5 and .[1].value > 2.5'
post_json /predict "{\"model\":\"$tag-value\",\"inputs\":[[0,0]],\"top\":1}"
refused "top of a regression" 422 invalid 'has no classes' /top

learn values "\"data\":{\"columns\":[\"x\",\"a\",\"b\"],
    \"rows\":[[0,1,5],[1,2,4],[2,3,3],[3,4,2],[4,5,1]]},
    \"target\":[\"a\",\"b\"],\"task\":\"regression\",$epochs"
post_json /predict "{\"model\":\"$tag-values\",\"inputs\":[[2]]}"
json_is "several targets are named" '.predictions[0].values | keys' '["a","b"]'

learn labels "\"data\":{\"columns\":[\"x\",\"a\",\"b\"],
    \"rows\":[[0,0,1],[1,0,1],[2,1,0],[3,1,0],[4,1,0]]},
    \"target\":[\"a\",\"b\"],\"task\":\"multilabel\",$epochs"
post_json /predict "{\"model\":\"$tag-labels\",\"inputs\":[[0],[4]]}"
json_is "multilabel answers the labels that hold" \
    '.predictions | map(.labels)' '[["b"],["a"]]'
json_is "and each one's probability" \
    '.predictions[0].probabilities | keys' '["a","b"]'

# --- refusals ---------------------------------------------------------------

post_json /predict '{"model":"no-such-model","inputs":[[1]]}'
refused "an unknown model" 404 not-found "no model 'no-such-model'"
ask '"version":9,"inputs":[[1]]'
refused "an unknown version" 404 not-found 'no version 9, the latest is 2'
post_json /predict '{"model":"No/Name","inputs":[[1]]}'
refused "no name at all" 422 invalid "'No/Name' is not a model's name"
post_json /predict '{"inputs":[[1]]}'
refused "no model" 422 invalid 'model is missing' /model
ask '"top":1'
refused "no rows" 422 invalid 'inputs is missing' /inputs
ask '"inputs":[]'
refused "an empty list" 422 invalid 'inputs is empty' /inputs
ask '"inputs":[[1,2,3]]'
refused "too few values" 422 shape-mismatch \
    "^inputs\[0\] has 3 values, $iris@2 expects 4$" /inputs/0
ask '"inputs":[[1,2,3,4],[1,2,3]]'
refused "a row of another width" 422 invalid 'inputs\[1\] has 3 values' \
    /inputs/1
ask '"inputs":[[1,2,"3",4]]'
refused "a text for a number" 422 invalid 'should be a number, found a text' \
    /inputs/0/2
ask '"inputs":[[1,2,1e99,4]]'
refused "a number beyond a float" 422 invalid 'beyond the range' /inputs/0/2
ask '"inputs":[1,2,3,4]'
refused "a row that is no list" 422 invalid 'should be a list' /inputs/0
ask '"inputs":[[1,2,3,4]],"temperature":1'
refused "an unknown key" 422 unknown-key 'temperature' /temperature
ask "\"inputs\":[[$row]],\"inputs\":[[$row]]"
status_is "a key that is there twice" 400
ask '"inputs":[[1,2,3,4]],"top":0'
refused "a top of 0" 422 invalid '/top: expected a whole number' /top
ask '"inputs":[[1,2,3,4]],"version":1.5'
refused "half a version" 422 invalid '/version: expected a whole number' \
    /version
ask "$columns,\"rows\":[[$row]],\"inputs\":[[$row]]"
refused "two questions at once" 422 invalid 'do not go together' /rows
ask '"columns":["sepal_length"],"rows":[[1]]'
refused "a feature without a column" 422 invalid 'sepal_width'
ask '"columns":["sepal_length","sepal_width","petal_length","petal_width",
    "colour"],"rows":[[1,2,3,4,5]]'
refused "a column that is no feature" 422 invalid 'colour'
ask '"columns":["sepal_length","sepal_width","petal_length","petal_width"],
    "rows":[[1,2,"three",4]]'
refused "a text in a numeric column" 422 invalid 'petal_length'
post_json "/predict?model=$iris" "{\"model\":\"$iris\",\"inputs\":[[$row]]}"
refused "a query beside a JSON body" 422 unknown-key 'model'
post_json /predict '{"model":'
refused "half a JSON" 400 malformed '.'
post_json /predict '[]'
refused "a list for a body" 422 invalid 'no JSON object'
post_json /predict ''
check "no body is a 4xx, not $status" [ "${status:0:1}" = 4 ]
call POST /predict -H 'Content-Type: application/xml' -d '<a/>'
refused "another type" 415 unsupported-media-type 'application/json'
call POST /predict -d "model=$iris"
refused "a form" 415 unsupported-media-type 'application/json'

post_csv /predict "$csv_head
$row"
refused "a CSV without a model" 422 invalid 'model is missing'
post_csv "/predict?model=$iris&top=2" "$csv_head
$row" -H 'Accept: text/csv'
refused "top with a CSV answer" 422 invalid 'top'
post_csv "/predict?model=$iris" "$csv_head"
refused "a CSV without rows" 422 invalid 'no rows'
post_csv "/predict?model=$iris" "$csv_head
1,2,3"
refused "a CSV with a short line" 400 malformed 'line 2'
post_csv "/predict?model=$iris&colour=red" "$csv_head
$row"
refused "an unknown query key" 422 unknown-key 'colour'
call POST "/predict?model=$iris" -H 'Content-Type: application/x-npy' \
    --data-binary 'no numpy'
refused "an NPY that is none" 400 malformed '.'
printf '\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x02\x05\x03' >"$work/2.idx"
call POST "/predict?model=$iris" --data-binary "@$work/2.idx" \
    -H 'Content-Type: application/octet-stream'
refused "a file of another width" 422 shape-mismatch 'has 2 values'

finish
