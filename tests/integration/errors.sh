#!/usr/bin/env bash
# What is wrong with a request is told in one shape, whatever it is and
# whichever route it was for; a hostile body never yields a 5xx.
. "$(dirname "$0")/lib.sh"
start --predict-body-max 64K --predict-rows-max 100 --control-max 16K
iris=$tag-iris
train "$iris" "target=species&seed=1&epochs=1"

# --- routes and methods -----------------------------------------------------

get /nope
refused "an unknown path" 404 not-found 'path'
holds "the request has a number" '.request_id | length > 0'
is "in the header as well" "$(text_field .request_id)" "$(header X-Request-Id)"
get /nope -H 'X-Request-Id: mine-1'
is "the client's own is taken" mine-1 "$(header X-Request-Id)"
call DELETE /jobs
refused "a method that is not there" 405 method-not-allowed '.'
check "says which are" grep -qw GET <<<"$(header Allow)"
call PATCH /models
status_is "a method that nobody has" 405
for path in '/models/..%2f..%2fetc' '/models/a%00b' '/jobs//1' '/./healthz' \
    '/models/..' '/%68ealthz'; do
    get "$path" --path-as-is
    check "$path is refused as it stands, not with $status" \
        grep -qE '^(400|404)$' <<<"$status"
done
get '/jobs?limit=1&limit=2'
status_is "a key given twice" 400
get '/jobs?limit=%zz'
check "an escape that is none is a 4xx, not $status" [ "${status:0:1}" = 4 ]
get "/jobs?model=$(printf 'x%.0s' {1..40000})"
check "an endless address is a 4xx, not $status" [ "${status:0:1}" = 4 ]
get /healthz -H "X-Long: $(printf 'x%.0s' {1..70000})"
check "an endless header is a 4xx, not $status" \
    grep -qE '^(4..|000)$' <<<"$status"
call GET /models --data-binary 'a body'
check "a body where none belongs is a 4xx, not $status" \
    grep -qE '^(200|4..)$' <<<"$status"

# --- bodies that are hostile ------------------------------------------------

predict() { post_json /predict "@$work/hostile"; }
nested() { # nested DEPTH
    printf '{"model":"%s","inputs":' "$iris"
    printf '[%.0s' $(seq "$1")
    printf ']%.0s' $(seq "$1")
    printf '}'
}
nested 3 >"$work/hostile"
predict
check "a list in a row is a 422, not $status" [ "$status" = 422 ]
nested 5000 >"$work/hostile"
predict
check "a deep one is a 4xx, not $status" [ "${status:0:1}" = 4 ]
printf '{"model":"%s","inputs":[[1,2,3,4]],"x":%s}' "$iris" \
    "$(printf '[%.0s' {1..100})$(printf ']%.0s' {1..100})" >"$work/hostile"
predict
check "a deep control part is a 4xx, not $status" [ "${status:0:1}" = 4 ]
printf '{"model":"\xff","inputs":[[1]]}' >"$work/hostile"
predict
refused "bytes that are no UTF-8" 400 malformed '.'
printf '{"model":"a\\u0000b","inputs":[[1]]}' >"$work/hostile"
predict
check "a NUL is a 4xx, not $status" [ "${status:0:1}" = 4 ]
printf '{"model":"%s","inputs":[[NaN,1,2,3]]}' "$iris" >"$work/hostile"
predict
refused "NaN" 400 malformed '.'
printf '{"model":"%s","inputs":[[1,2,3,4]]} x' "$iris" >"$work/hostile"
predict
refused "something behind it" 400 malformed '.'
printf '{"model":"%s","inputs":[[%s1]]}' "$iris" \
    "$(printf '1%.0s' {1..1000})" >"$work/hostile"
predict
check "an endless number is a 4xx, not $status" [ "${status:0:1}" = 4 ]
head -c 3000 /dev/urandom >"$work/hostile"
predict
check "noise is a 4xx, not $status" [ "${status:0:1}" = 4 ]
for type in text/csv application/x-npy application/octet-stream; do
    call POST "/predict?model=$iris" -H "Content-Type: $type" \
        --data-binary "@$work/hostile"
    check "noise as $type is a 4xx, not $status" [ "${status:0:1}" = 4 ]
done
post_json /predict '{"model":"x"}' -H 'Content-Encoding: gzip'
refused "gzip that is none" 400 malformed '.'
post_json /predict '{"model":"x"}' -H 'Content-Encoding: br'
check "another encoding is a 4xx, not $status" [ "${status:0:1}" = 4 ]
post_json /train '{"model":"x","data":' 
refused "half a training request" 400 malformed '.'

# --- limits -----------------------------------------------------------------

if [ -z "$BASE_URL" ]; then
    head -c 100000 /dev/zero | tr '\0' ' ' >"$work/hostile"
    predict
    refused "a large body" 413 too-large '65536'
    gzip -c "$work/hostile" >"$work/bomb.gz"
    post_json /predict "@$work/bomb.gz" -H 'Content-Encoding: gzip'
    refused "one that is large once unpacked" 413 too-large '65536'
    post_json /predict "@$work/hostile" -H 'Transfer-Encoding: chunked'
    refused "one that does not say how large" 413 too-large '65536'
    post_json /predict "{\"model\":\"$iris\",\"inputs\":[
        $(printf '[1,2,3,4],%.0s' {1..100})[1,2,3,4]]}"
    refused "too many rows" 413 too-large '101 rows, at most 100'
    post_csv "/predict?model=$iris" "@$data/iris/train.csv"
    refused "too many lines" 413 too-large '120 rows, at most 100'
    printf '{"model":"%s","x":"%s"}' "$iris" \
        "$(printf 'x%.0s' {1..20000})" >"$work/hostile"
    predict
    refused "a large control part" 413 too-large '.'
fi

# --- training ---------------------------------------------------------------

csv() { post_csv "/train?$1" "@$data/iris/train.csv"; }
csv "target=species"
refused "a model without a name" 422 invalid 'model'
csv "model=Iris&target=species"
refused "a name that is none" 422 invalid 'Iris'
csv "model=$iris"
refused "no target" 422 invalid 'target'
csv "model=$iris&target=colour"
refused "a target that is no column" 422 invalid \
    "there is no column 'colour'; there are 'sepal_length', .*'species'"
csv "model=$iris&target=species&colour=red"
refused "an unknown key" 422 unknown-key 'colour'
csv "model=$iris&target=species&epochs=0"
refused "no epochs" 422 invalid 'epochs'
csv "model=$iris&target=species&activation=magic"
refused "an unknown activation" 422 invalid 'magic'
csv "model=$iris&target=sepal_width&task=regression&numeric=species"
refused "a feature of text that is declared numeric" 422 invalid \
    "'species' is declared numeric, but holds text, first '[a-z]+' in row 1; "
post_csv "/train?model=$iris&target=y&numeric=%5B%22b%2C%20c%22%5D" 'a,"b, c",y
u,1,2
v,x,3'
refused "for the sake of one cell, which is told" 422 invalid \
    "'b, c' is declared numeric, but holds text, first 'x' in row 2; "
csv "model=$iris&target=species&exclude=%5B1"
refused "a list that is none" 422 invalid 'exclude: expected names with commas'
post_csv "/train?model=$iris&target=y" 'x,y
1,2
3'
refused "a line that is too short" 400 malformed 'line 3'
post_json /train "{\"model\":\"$iris\",\"target\":\"b\",\"data\":{
    \"columns\":[\"a\",\"b\"],\"rows\":[[1,2],[3,[4]]]}}"
refused "a list for a cell" 422 invalid 'rows\[1\]\[1\]' /data/rows/1/1
post_json /train "{\"model\":\"$iris\",\"target\":\"b\",\"data\":{
    \"columns\":[\"a\",\"b\"],\"rows\":[[1,2],[\"x\",4]]}}"
refused "a text among numbers" 422 invalid "column 'a'" /data/rows/1/0
post_json /train "{\"model\":\"$iris\",\"data\":{\"inputs\":[[1],[2]],
    \"targets\":[1]}}"
check "fewer targets than inputs is a 422, not $status" [ "$status" = 422 ]
post_json /train "{\"model\":\"$iris\",\"data\":{\"inputs\":[[1],[2]],
    \"targets\":[1,2]},\"training\":{\"epoch\":3}}"
refused "an unknown key in it" 422 unknown-key 'epoch' /training/epoch
post_json /train "{\"model\":\"$iris\",\"dataset\":\"$tag-none\",
    \"target\":\"y\"}"
check "an unknown data set is a 4xx, not $status" [ "${status:0:1}" = 4 ]
call POST /train -d 'model=x'
refused "a form" 415 unsupported-media-type 'application/json'
call PUT "/datasets/$tag-x" -H 'Content-Type: application/pdf' -d x
refused "a data set of another type" 415 unsupported-media-type '.'
call PUT "/datasets/X" -H 'Content-Type: text/csv' -d x
refused "a data set's name that is none" 422 invalid "1 to 64"

# --- and it still answers ---------------------------------------------------

post_json /predict "{\"model\":\"$iris\",\"inputs\":[[1,2,3,4]]}"
status_is "after all that it answers" 200

finish
