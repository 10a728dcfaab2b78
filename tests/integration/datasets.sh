#!/usr/bin/env bash
# /datasets: files in, what is in them, trained on, out again.
. "$(dirname "$0")/lib.sh"
start
csv=$data/iris/train.csv
iris=$tag-iris

# --- uploading --------------------------------------------------------------

call PUT "/datasets/$iris" -H 'Content-Type: text/csv' --data-binary "@$csv"
status_is "a CSV is kept" 201
is "and has a place" "/datasets/$iris" "$(header Location)"
json_is "its name and format" '[.name, .format]' "[\"$iris\",\"csv\"]"
json_is "its rows" '[.rows, .n_columns]' '[120,5]'
json_is "its columns" '.columns | map([.name, .type])' \
    '[["sepal_length","numeric"],["sepal_width","numeric"],["petal_length","numeric"],["petal_width","numeric"],["species","text"]]'
is "its hash" "$(sha256sum "$csv" | cut -d' ' -f1)" "$(text_field .sha256)"
json_is "its size" .size_bytes "$(wc -c <"$csv" | tr -d ' ')"
kept=$(body)
get "/datasets/$iris"
is "it is found again" "$kept" "$(body)"
get /datasets
json_is "and listed" ".datasets[] | select(.name == \"$iris\")" \
    "$(jq -c . <<<"$kept")"

gzip -c "$csv" >"$work/iris.csv.gz"
call PUT "/datasets/$iris-gz" -H 'Content-Type:' -T "$work/iris.csv.gz"
status_is "curl -T of a gzipped one" 201
is "is unpacked" "$(jq -c .sha256 <<<"$kept")" "$(field .sha256)"
call PUT "/datasets/$iris" -H 'Content-Type: text/csv' --data-binary 'a,b
1,2'
status_is "the same name again replaces it" 200
json_is "by what is new" '[.rows, .n_columns]' '[1,2]'
call PUT "/datasets/$iris" -H 'Content-Type: text/csv' --data-binary "@$csv"

# IDX: images of 2 by 2 and their labels.
printf '\x00\x00\x08\x03\x00\x00\x00\x04\x00\x00\x00\x02\x00\x00\x00\x02' \
    >"$work/images"
printf '\x00\x00\x00\xff\x00\x00\xff\x00\x00\xff\x00\x00\xff\x00\x00\x00' \
    >>"$work/images"
printf '\x00\x00\x08\x01\x00\x00\x00\x04\x00\x01\x02\x03' >"$work/labels"
for file in images labels; do
    call PUT "/datasets/$tag-$file" --data-binary "@$work/$file" \
        -H 'Content-Type: application/octet-stream'
    status_is "IDX $file are kept" 201
    json_is "as IDX" '[.format, .rows]' '["idx",4]'
done

# --- training on them -------------------------------------------------------

post_json '/train?wait=50' "{\"model\":\"$iris\",\"dataset\":\"$iris\",
    \"target\":\"species\",\"training\":{\"seed\":3,\"epochs\":10}}"
json_is "a data set trains" .state '"succeeded"'
post_csv "/predict?model=$iris" "@$data/iris/test.csv"
json_is "a model that predicts" '.predictions | length' 30
post_json '/train?wait=50' "{\"model\":\"$tag-idx\",
    \"dataset\":\"$tag-images\",\"target_dataset\":\"$tag-labels\",
    \"training\":{\"epochs\":100,\"learning_rate\":0.05,\"validation\":0}}"
json_is "images and labels train" .state '"succeeded"'
call POST "/predict?model=$tag-idx" --data-binary "@$work/images" \
    -H 'Content-Type: application/octet-stream'
json_is "to tell them apart" '.predictions | map(.label)' '[0,1,2,3]'

# --- removal ----------------------------------------------------------------

post_json /train "{\"model\":\"$iris\",\"dataset\":\"$iris\",
    \"target\":\"species\",\"training\":{\"epochs\":200}}"
job=$(field .id)
call DELETE "/datasets/$iris"
status_is "a data set can go" 204
get "/datasets/$iris"
refused "then it is gone" 404 not-found "no data set '$iris'"
get "/jobs/$job?wait=50"
json_is "a job that was begun with it has what it needs" .state '"succeeded"'
get "/datasets/$iris-gz"
status_is "an equal one of another name stays" 200
post_json '/train?wait=50' "{\"model\":\"$iris\",\"dataset\":\"$iris-gz\",
    \"target\":\"species\",\"training\":{\"epochs\":1}}"
json_is "and is of use" .state '"succeeded"'

# --- refusals ---------------------------------------------------------------

get "/datasets/$tag-nobody"
refused "nobody" 404 not-found 'no data set'
call DELETE "/datasets/$tag-nobody"
refused "nobody to remove" 404 not-found 'no data set'
post_json /train "{\"model\":\"$iris\",\"dataset\":\"$tag-nobody\",
    \"target\":\"y\"}"
check "nobody to train on is a 4xx, not $status" [ "${status:0:1}" = 4 ]
post_json /train "{\"model\":\"$iris\",\"dataset\":\"$iris-gz\",
    \"data\":{\"inputs\":[[1]],\"targets\":[1]},\"target\":\"species\"}"
refused "two sources at once" 422 invalid 'dataset'
call PUT "/datasets/$tag-bad" -H 'Content-Type: text/csv' --data-binary 'a,b
1'
refused "a short line" 400 malformed 'line 2'
call PUT "/datasets/$tag-bad" -H 'Content-Type: application/x-npy' \
    --data-binary 'no numpy'
refused "an NPY that is none" 400 malformed '.'
head -c 20 "$work/images" >"$work/cut"
call PUT "/datasets/$tag-bad" --data-binary "@$work/cut" \
    -H 'Content-Type: application/octet-stream'
refused "half an IDX" 400 malformed '.'
call PUT "/datasets/$tag-bad" -H 'Content-Type: text/csv'
check "no body is a 4xx, not $status" [ "${status:0:1}" = 4 ]
get "/datasets/$tag-bad"
status_is "none of these was kept" 404
call POST "/datasets/$iris-gz" -d x
status_is "POST is not for data sets" 405
if [ -z "$BASE_URL" ]; then
    is "no file is left over from what was refused" "" \
        "$(find "$work/data" -name 'tmp-*')"
fi

finish
