#!/usr/bin/env bash
# The Open Inference Protocol at /v2: what its clients send, byte by byte, gets
# what they expect, and the same answers as /predict.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
adult=$tag-adult
quick='epochs=3&hidden=16&scaling=robust&seed=1'

train "$iris" "target=species&seed=1&epochs=60"
train "$iris" "target=species&seed=2&epochs=60"
train "$adult" "target=income&$quick" "$data/adult/train.csv"
v2=/v2/models/$iris

# infer JSON [CURL-ARGUMENT…]: without a Content-Type, as tritonclient does it.
infer() { call POST "$v2/infer" -H 'Content-Type:' --data-binary "$1" "${@:2}"; }
# send JSON FILE [CURL-ARGUMENT…]: the JSON, then the file's bytes.
send() {
    { printf '%s' "$1" && cat "$2"; } >"$work/request"
    call POST "$v2/infer" -H 'Content-Type:' --data-binary "@$work/request" \
        -H "Inference-Header-Content-Length: $(printf '%s' "$1" | wc -c)" \
        "${@:3}"
}
# split: the answer's JSON stays in $work/body, what is behind it is in
# $work/tensors.
split() {
    local n
    n=$(header Inference-Header-Content-Length)
    tail -c "+$((n + 1))" "$work/body" >"$work/tensors"
    head -c "$n" "$work/body" >"$work/json"
    mv "$work/json" "$work/body"
}
# floats [FROM N]: float32 in $work/tensors as a JSON list.
floats() {
    od -An -v -t f4 -j "${1:-0}" -N "${2:-1000000}" "$work/tensors" | jq -cs .
}
# fails TEXT DETAIL-PATTERN [POINTER]
fails() { refused "$1" 400 invalid-argument "${@:2}"; }

# --- the server -------------------------------------------------------------

for path in /v2 /v2/; do
    get "$path"
    json_is "$path says who is there" '[.name, (.version | type)]' \
        '["mlpd","string"]'
    holds "$path tells what it can" '.extensions | contains(
        ["binary_tensor_data", "classification", "statistics",
         "model_repository"])'
done
get '/v2/health/live?anything=1'
json_is "it lives, whatever the query" . '{"live":true}'
get '/v2/health/ready?a=1&b=2'
json_is "it is ready" . '{"ready":true}'
get /v2/models
holds "its models are listed" ".models | contains([\"$adult\", \"$iris\"])"
get /v2/nowhere
refused "an unknown path" 404 not-found 'no resource'
call POST /v2/health/live
is "a wrong method" 405 "$status"
call PUT "$v2/infer"
is "a wrong method of a model" 405 "$status"
get '/v2/models?colour=red'
status_is "a query is anybody's" 200

# --- a model ----------------------------------------------------------------

get "$v2"
json_is "metadata: name, versions, platform" '[.name, .versions, .platform]' \
    "[\"$iris\",[\"1\",\"2\"],\"mlpd_mlp\"]"
json_is "a model of numbers takes one tensor" .inputs \
    '[{"name":"input","datatype":"FP32","shape":[-1,4]}]'
json_is "a classifier has two outputs" \
    '.outputs | map([.name, .datatype, .shape])' \
    '[["probabilities","FP32",[-1,3]],["label","BYTES",[-1]]]'
json_is "the columns of probabilities are named" '.properties.labels | fromjson' \
    '["setosa","versicolor","virginica"]'
get "$v2/versions/1"
status_is "metadata of a version" 200
get "$v2/versions/3"
refused "a version that is not there" 404 not-found 'no version 3'
get /v2/models/Nobody
refused "what is no name is no model" 404 not-found "no model 'Nobody'"
get "$v2/ready?x=1"
json_is "a model is ready" . "{\"name\":\"$iris\",\"ready\":true}"
get "$v2/versions/2/ready"
json_is "a version is ready" .ready true
get "$v2/versions/9/ready"
is "one that is not there is not" 404 "$status"
get "/v2/models/$tag-nobody/ready"
is "nor is another model" 404 "$status"
get "$v2/config"
json_is "configuration, as Triton has it" \
    '[.name, (.max_batch_size > 0), .input[0].data_type, .input[0].dims,
      (.output | map([.name, .data_type, .dims]))]' \
    "[\"$iris\",true,\"TYPE_FP32\",[4],[[\"probabilities\",\"TYPE_FP32\",[3]],[\"label\",\"TYPE_STRING\",[1]]]]"
get "$v2/stats"
json_is "nothing was inferred so far" \
    '.model_stats | map([.version, .inference_count, .last_inference])' \
    '[["1",0,0],["2",0,0]]'

# --- JSON -------------------------------------------------------------------

rows='[[5.1,3.5,1.4,0.2],[6.7,3.1,5.6,2.4],[5.1,null,1.4,0.2]]'
post_json /predict "{\"model\":\"$iris\",\"inputs\":$rows}"
labels=$(field '.predictions | map(.label)')
probabilities=$(field '.predictions | map(.probabilities[])')

tensor() { # tensor SHAPE DATATYPE DATA
    printf '{"name":"input","shape":%s,"datatype":"%s","data":%s}' "$@"
}
infer "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")]}"
status_is "no Content-Type is needed" 200
json_is "the model and its latest version" '[.model_name, .model_version]' \
    "[\"$iris\",\"2\"]"
json_is "no id, where none was given" 'has("id")' false
json_is "both outputs, as metadata says" \
    '.outputs | map([.name, .datatype, .shape])' \
    '[["probabilities","FP32",[3,3]],["label","BYTES",[3]]]'
json_is "the probabilities of /predict, bit for bit" '.outputs[0].data' \
    "$probabilities"
json_is "and its labels" '.outputs[1].data' "$labels"
flat=$(jq -c flatten <<<"$rows")
for type in FP32 FP64; do
    infer "{\"inputs\":[$(tensor '[3,4]' $type "$flat")]}" \
        -H 'Content-Type: application/json'
    json_is "flat $type gives the same" '.outputs[0].data' "$probabilities"
done
infer "{\"id\":\"a \\u00e4\",\"inputs\":[$(tensor '[3,4]' FP32 "$rows")],
    \"outputs\":[{\"name\":\"label\"}]}" -H 'Content-Type: application/octet-stream'
json_is "an id is echoed, a named output alone" '[.id, (.outputs | map(.name))]' \
    '["a ä",["label"]]'
infer "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")],
    \"outputs\":[{\"name\":\"label\"},{\"name\":\"probabilities\"}]}"
json_is "outputs come in the order asked for" '.outputs | map(.name)' \
    '["label","probabilities"]'
call POST "$v2/versions/1/infer" -d "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")]}"
json_is "an older version answers when asked for" .model_version '"1"'
check "differently" [ "$(field '.outputs[0].data')" != "$probabilities" ]
older=$(field '.outputs[0].data')
call PUT "/models/$iris/aliases/old" -H 'Content-Type: application/json' \
    -d '{"version":1}'
call POST "$v2/versions/old/infer" -d "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")]}"
json_is "so does one by its alias" '[.model_version, .outputs[0].data]' \
    "[\"1\",$older]"
get "$v2/versions/old/ready"
json_is "which is ready" .ready true
get "$v2/versions/young"
refused "an alias that is not there" 404 not-found young
# What KServe's and MLServer's clients send besides.
infer "{\"id\":null,\"model_name\":\"$iris\",\"parameters\":{\"content_type\":\"np\"},
    \"inputs\":[{\"name\":\"predict\",\"shape\":[3,4],\"datatype\":\"FP32\",
    \"parameters\":{\"content_type\":\"np\"},\"data\":$rows}],\"outputs\":[]}"
json_is "other clients' members are taken" '.outputs[0].data' "$probabilities"
columns='{"inputs":['
for feature in petal_width petal_length sepal_width sepal_length; do
    case $feature in
    petal_width) values='[0.2,2.4,0.2]' ;;
    petal_length) values='[1.4,5.6,1.4]' ;;
    sepal_width) values='[3.5,3.1,null]' ;;
    *) values='[5.1,6.7,5.1]' ;;
    esac
    columns+="{\"name\":\"$feature\",\"shape\":[3,1],\"datatype\":\"FP64\",\"data\":$values},"
done
infer "${columns%,}]}"
json_is "an input for each column gives the same" '.outputs[0].data' \
    "$probabilities"
whole='[[5,3,1,0]]'
post_json /predict "{\"model\":\"$iris\",\"inputs\":$whole}"
expected=$(field '.predictions | map(.probabilities[])')
for type in INT8 UINT8 INT16 UINT16 INT32 UINT32 INT64 UINT64 FP32 FP64; do
    infer "{\"inputs\":[$(tensor '[1,4]' $type "$whole")]}"
    json_is "$type gives what /predict does" '.outputs[0].data' "$expected"
done
post_json /predict "{\"model\":\"$iris\",\"inputs\":[[16777217,3,1,9007199254740993]]}"
expected=$(field '.predictions | map(.probabilities[])')
infer "{\"inputs\":[$(tensor '[1,4]' INT64 '[16777217,3,1,9007199254740993]')]}"
json_is "a whole number that no float32 is becomes the nearest, as elsewhere" \
    '.outputs[0].data' "$expected"
infer "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")],\"outputs\":[
    {\"name\":\"probabilities\",\"parameters\":{\"classification\":2}}]}"
json_is "classification: the best, as texts" \
    '.outputs[0] | [.datatype, .shape, (.data | length)]' '["BYTES",[3,2],6]'
holds "value:index:label" '.outputs[0].data[0] | test("^0\\.9[0-9]*:0:setosa$")'
infer "{\"inputs\":[$(tensor '[1,4]' FP32 '[1,2,3,4]')],\"outputs\":[
    {\"name\":\"probabilities\",\"parameters\":{\"classification\":99}}]}"
json_is "no more than there are" '.outputs[0].shape' '[1,3]'

# --- binary -----------------------------------------------------------------

# The first two rows above, and a NaN in the third.
setosa='\x33\x33\xa3\x40\x00\x00\x60\x40\x33\x33\xb3\x3f\xcd\xcc\x4c\x3e'
virginica='\x66\x66\xd6\x40\x66\x66\x46\x40\x33\x33\xb3\x40\x9a\x99\x19\x40'
gap='\x33\x33\xa3\x40\x00\x00\xc0\x7f\x33\x33\xb3\x3f\xcd\xcc\x4c\x3e'
# shellcheck disable=SC2059
printf "$setosa$virginica$gap" >"$work/rows"
binary='{"name":"input","shape":[3,4],"datatype":"FP32","parameters":{"binary_data_size":48}}'

send "{\"inputs\":[$binary],\"parameters\":{\"binary_data_output\":true}}" "$work/rows"
status_is "tritonclient's usual request" 200
is "the answer is bytes" application/octet-stream "$(header Content-Type)"
split
json_is "sizes stand in for data" \
    '.outputs | map([.name, .parameters.binary_data_size, has("data")])' \
    '[["probabilities",36,false],["label",33,false]]'
is "the floats are those of JSON" "$probabilities" "$(floats 0 36)"
printf '\x06\0\0\0setosa\x09\0\0\0virginica\x06\0\0\0setosa' >"$work/labels"
check "each label is its length and its bytes" \
    cmp -s "$work/labels" <(tail -c +37 "$work/tensors")
send "{\"inputs\":[$binary]}" "$work/rows"
is "JSON comes back unless bytes are asked for" application/json \
    "$(header Content-Type)"
json_is "from bytes, the same" '.outputs[0].data' "$probabilities"
send "{\"inputs\":[$binary],\"parameters\":{\"binary_data_output\":true},
    \"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":false}},
    {\"name\":\"probabilities\"}]}" "$work/rows"
split
json_is "an output may be JSON beside one of bytes" \
    '.outputs | map(has("data"))' '[true,false]'
is "whose bytes come behind" "$probabilities" "$(floats)"
infer "{\"inputs\":[$(tensor '[3,4]' FP32 "$rows")],\"outputs\":[
    {\"name\":\"probabilities\",\"parameters\":{\"binary_data\":true}}]}"
split
is "bytes may be the answer to JSON" "$probabilities" "$(floats)"
call POST "$v2/infer" -H 'Content-Type: application/octet-stream' \
    -H 'Inference-Header-Content-Length: 0' --data-binary "@$work/rows"
split
is "a raw body is the input's rows" "$probabilities" "$(floats 0 36)"

# Columns whose sizes leave the last one unaligned.
{
    printf '\0\0\xa0\x40'
    printf '\x03\x01\0\0\0\0'
    printf '\0\0\0\0'
} >"$work/mixed"
post_json /predict "{\"model\":\"$iris\",\"inputs\":[[5,3,1,0]]}"
expected=$(field '.predictions | map(.probabilities[])')
column() { # column NAME DATATYPE SIZE
    printf '{"name":"%s","shape":[1],"datatype":"%s","parameters":{"binary_data_size":%s}}' "$@"
}
send "{\"inputs\":[$(column sepal_length FP32 4),$(column sepal_width INT8 1),
    $(column petal_length UINT8 1),$(column petal_width FP64 8)]}" "$work/mixed"
json_is "columns of bytes, unaligned, of several types" '.outputs[0].data' \
    "$expected"
send "{\"inputs\":[$(column sepal_length FP32 4),
    {\"name\":\"sepal_width\",\"shape\":[1],\"datatype\":\"INT32\",\"data\":[3]},
    {\"name\":\"petal_length\",\"shape\":[1],\"datatype\":\"INT32\",\"data\":[1]},
    {\"name\":\"petal_width\",\"shape\":[1],\"datatype\":\"INT32\",\"data\":[0]}]}" \
    <(head -c 4 "$work/mixed")
json_is "columns of bytes and of JSON" '.outputs[0].data' "$expected"

# --- packed -----------------------------------------------------------------

json="{\"inputs\":[$binary],\"parameters\":{\"binary_data_output\":true}}"
n=${#json}
{ printf '%s' "$json" && cat "$work/rows"; } >"$work/request"
gzip -c "$work/request" >"$work/request.gzip"
# deflate is a zlib stream: its head, gzip's middle, the sum (Adler-32).
adler32() {
    od -An -v -t u1 "$1" | awk '{ for (i = 1; i <= NF; i++) {
        a = (a + $i) % 65521; b = (b + a + 1) % 65521; n++ } }
        END { a = (a + 1) % 65521; printf "%02x%02x%02x%02x\n", int(b / 256),
              b % 256, int(a / 256), a % 256 }' | sed 's/../\\x&/g'
}
{
    printf '\x78\x9c'
    gzip -nc "$work/request" | tail -c +11 | head -c -8
    # shellcheck disable=SC2059
    printf "$(adler32 "$work/request")"
} >"$work/request.deflate"
for coding in gzip deflate; do
    call POST "$v2/infer" -H 'Content-Type:' -H "Content-Encoding: $coding" \
        -H "Inference-Header-Content-Length: $n" \
        --data-binary "@$work/request.$coding"
    status_is "a request in $coding" 200
    split
    is "the header counts what was unpacked: $coding" "$probabilities" \
        "$(floats 0 36)"
done
many=$(jq -nc "[range(60) | ${whole}[0]]")
infer "{\"inputs\":[$(tensor '[60,4]' FP32 "$many")]}"
plain=$(body)
for coding in gzip deflate; do
    infer "{\"inputs\":[$(tensor '[60,4]' FP32 "$many")]}" --compressed \
        -H "Accept-Encoding: $coding"
    is "an answer in $coding" "$coding" "$(header Content-Encoding)"
    is "unpacks to the same" "$plain" "$(body)"
done
infer "{\"inputs\":[$(tensor '[1,4]' FP32 "$whole")]}" --compressed
is "a short one is not packed" "" "$(header Content-Encoding)"

# --- as tritonclient writes it ----------------------------------------------

# Two requests at once on one connection, as its own bytes; the last one closes.
address=${url#http://}
address=${address%%/*}
talk() {
    exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || return 1
    cat "$1" >&3
    timeout 20 cat <&3 >"$work/answer"
    exec 3>&-
}
request() { # request PATH JSON FILE MORE-HEADERS
    printf 'POST %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n' "$1" "$address"
    printf 'Inference-Header-Content-Length: %d\r\n%s' "${#2}" "$4"
    printf 'Content-Length: %d\r\n\r\n%s' "$((${#2} + $(wc -c <"$3")))" "$2"
    cat "$3"
}
one='{"id":"1","inputs":[{"name":"input","shape":[3,4],"datatype":"FP32","parameters":{"binary_data_size":48}}],"outputs":[{"name":"probabilities","parameters":{"binary_data":true}}]}'
{
    request "$v2/infer" "$one" "$work/rows" ''
    request "$v2/infer" "${one/probabilities/nothing}" "$work/rows" ''
    request "$v2/versions/2/infer" "${one/\"1\"/\"2\"}" "$work/rows" \
        $'Connection: close\r\n'
} >"$work/pipelined"
case $url in
http://*)
    talk "$work/pipelined"
    is "pipelined requests have an answer each, in order" '200 400 200' \
        "$(grep -ao 'HTTP/1.1 [0-9]*' "$work/answer" | cut -d' ' -f2 | xargs)"
    is "with their ids" '"id":"1","id":"2"' \
        "$(grep -ao '"id":"[0-9]"' "$work/answer" | paste -sd,)"
    tail -c 36 "$work/answer" >"$work/tensors"
    is "and their bytes to the end" "$probabilities" "$(floats)"
    ;;
esac

# --- texts, codes, dates ----------------------------------------------------

v2=/v2/models/$adult
get "$v2"
json_is "a model of texts takes an input for each column" \
    '.inputs[:2] | map([.name, .datatype, .shape, .parameters])' \
    '[["age","FP32",[-1,1],null],["workclass","BYTES",[-1,1],{"content_type":"str"}]]'
test=$data/adult/test.csv
post_csv "/predict?model=$adult" "@$test"
probabilities=$(field '.predictions | map(.probabilities[])')
labels=$(field '.predictions | map(.label)')
# inputs ENCODING: the file's columns but the last, as tensors.
as_inputs() {
    jq -R -s -c 'split("\n") | map(select(. != "") / ",") | .[0][:-1] as $names |
        .[1:] as $rows | ($rows | length) as $n | {parameters:
        {content_type: "pd"}, inputs: [range($names | length) as $i |
        ($names[$i] | test("age|fnlwgt|_num|capital|hours")) as $number |
        {name: $names[$i], shape: [$n, 1],
         datatype: (if $number then "FP64" else "BYTES" end),
         parameters: {content_type: (if $number then "np" else "str" end)},
         data: [$rows[][$i] | if . == "" then '"$1"'
             elif $number then tonumber else . end]}]}' "$test"
}
as_inputs null >"$work/json"
infer "@$work/json"
json_is "people in columns: the answers of CSV, bit for bit" \
    '.outputs[0].data' "$probabilities"
json_is "and its labels" '.outputs[1].data' "$labels"
as_inputs 'if $number then null else "" end' >"$work/json"
infer "@$work/json"
json_is "an empty text is a missing one" '.outputs[0].data' "$probabilities"
jq -c '.inputs[0].name = "years"' "$work/json" >"$work/bad"
infer "@$work/bad"
fails "a column that the model does not have" "column 'age' is missing"
jq -c '.inputs[0].shape = [119, 1] | .inputs[0].data = .inputs[0].data[:119]' \
    "$work/json" >"$work/bad"
infer "@$work/bad"
fails "columns of two lengths" "120|119" /inputs/1/shape
jq -c '.inputs[1].datatype = "FP32"' "$work/json" >"$work/bad"
infer "@$work/bad"
fails "a text that is said to be a number" 'found a text' /inputs/1/data/0
jq -c 'del(.inputs[3:])' "$work/json" >"$work/bad"
infer "@$work/bad"
fails "columns that are not there" "'education' is missing|is missing"
call POST "$v2/infer" -H 'Inference-Header-Content-Length: 0' \
    --data-binary 'abcd'
fails "raw bytes for many columns" 'an input for each column'

# Codes: exact, though no float32 holds them; the same as bytes.
{
    echo code,flag,when,y
    for i in $(seq 60); do
        echo "$((123456789 + i % 3)),$([ $((i % 2)) = 1 ] && echo True || echo False),2024-01-$((10 + i % 15)),$((i % 3))"
    done
} >"$work/mixed.csv"
mixed=$tag-mixed
train "$mixed" "target=y&task=classification&categorical=code&$quick" \
    "$work/mixed.csv"
v2=/v2/models/$mixed
get "$v2"
json_is "codes, booleans and dates have their datatypes" \
    '.inputs | map(.datatype)' '["INT64","BOOL","BYTES"]'
json_is "labels that are whole numbers are INT64" '.outputs[1].datatype' '"INT64"'
post_csv "/predict?model=$mixed" $'code,flag,when\n123456790,True,2024-01-12\n'
probabilities=$(field '.predictions | map(.probabilities[])')
label=$(field '.predictions[0].label')
json='{"inputs":[{"name":"code","shape":[1],"datatype":"INT64","data":[123456790]},
    {"name":"flag","shape":[1],"datatype":"BOOL","data":[true]},
    {"name":"when","shape":[1],"datatype":"BYTES","data":["2024-01-12"]}]}'
infer "$json"
json_is "a code that no float32 is keeps its digits" '.outputs[0].data' \
    "$probabilities"
json_is "a whole label is a number" '.outputs[1].data[0]' "$label"
printf '\x16\xcd\x5b\x07\0\0\0\0\x01\x0a\0\0\0002024-01-12' >"$work/mixed"
json="{\"inputs\":[$(column code INT64 8),$(column flag BOOL 1),$(column when BYTES 14)]}"
send "$json" "$work/mixed"
json_is "in bytes, too" '.outputs[0].data' "$probabilities"
send "${json%\}},\"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":true}}]}" \
    "$work/mixed"
split
is "a whole label is eight bytes" "$label" \
    "$(od -An -t d8 "$work/tensors" | tr -d ' ')"

# --- values, several labels -------------------------------------------------

learn() {
    post_json '/train?wait=50' "{\"model\":\"$tag-$1\",$2}"
    is "$1 is trained" '"succeeded"' "$(field .state)"
    v2=/v2/models/$tag-$1
}
small='"training":{"epochs":20,"seed":1}'
learn values "\"data\":{\"columns\":[\"x\",\"a\",\"b\"],
    \"rows\":[[0,1,5],[1,2,4],[2,3,3],[3,4,2],[4,5,1]]},
    \"target\":[\"a\",\"b\"],\"task\":\"regression\",$small"
post_json /predict "{\"model\":\"$tag-values\",\"inputs\":[[2],[3]]}"
expected=$(field '.predictions | map(.values[])')
infer '{"inputs":[{"name":"anything","shape":[2],"datatype":"FP32","data":[2,3]}]}'
json_is "regression gives values, of one column [N] is enough" \
    '.outputs | map([.name, .shape, .data])' "[[\"values\",[2,2],$expected]]"
get "$v2"
json_is "whose targets are named" '.properties.labels | fromjson' '["a","b"]'
infer '{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[2]}],
    "outputs":[{"name":"label"}]}'
fails "regression has no label" 'it has values' /outputs/0/name
learn several "\"data\":{\"columns\":[\"x\",\"a\",\"b\"],
    \"rows\":[[0,0,1],[1,0,1],[2,1,0],[3,1,0],[4,1,0]]},
    \"target\":[\"a\",\"b\"],\"task\":\"multilabel\",$small"
infer '{"inputs":[{"name":"x","shape":[2,1],"datatype":"INT32","data":[[0],[4]]}]}'
json_is "several labels have probabilities" \
    '.outputs | map([.name, .shape, (.data | length)])' \
    '[["probabilities",[2,2],4]]'
learn booleans '"data":{"inputs":[[0],[1],[0],[1]],
    "targets":[false,true,false,true]},"training":{"epochs":20,"seed":1}'
infer '{"inputs":[{"name":"x","shape":[2,1],"datatype":"BOOL","data":[false,true]}],
    "outputs":[{"name":"label","parameters":{"binary_data":true}}]}'
split
json_is "boolean labels are BOOL" '.outputs[0] | [.datatype, .parameters]' \
    '["BOOL",{"binary_data_size":2}]'
check "of a byte each" [ "$(wc -c <"$work/tensors")" = 2 ]

# --- refusals ---------------------------------------------------------------

v2=/v2/models/$iris
fail_tensor() { # fail_tensor TEXT PATTERN POINTER SHAPE DATATYPE DATA
    infer "{\"inputs\":[$(tensor "${@:4}")]}"
    fails "${@:1:3}"
}
fail_tensor "another width" 'has shape \[1,3\].* takes one of \[-1,4\]' \
    /inputs/0/shape '[1,3]' FP32 '[1,2,3]'
fail_tensor "another rank" 'has shape \[1,2,2\]' /inputs/0/shape '[1,2,2]' \
    FP32 '[1,2,3,4]'
fail_tensor "too little data" 'has 3 elements, the shape says 4' \
    /inputs/0/data '[1,4]' FP32 '[1,2,3]'
fail_tensor "lists of two lengths" 'has 1 items' /inputs/0/data/1 '[2,2]' \
    FP32 '[[1,2],[3]]'
fail_tensor "a text for a number" 'found a text' /inputs/0/data/0/2 '[1,4]' \
    FP32 '[[1,2,"3",4]]'
fail_tensor "a number beyond float32" 'beyond the range' /inputs/0/data/2 \
    '[1,4]' FP32 '[1,2,1e39,4]'
fail_tensor "a shape beyond counting" 'more elements' /inputs/0/shape \
    '[4611686018427387904,4,4]' FP32 '[1,2,3,4]'
fail_tensor "no rows" 'from 1 on' /inputs/0/shape '[0,4]' FP32 '[1]'
fail_tensor "no elements" 'is empty' /inputs/0/data '[0,4]' FP32 '[]'
fail_tensor "texts for numbers" 'has shape' /inputs/0/shape '[1,4]' BYTES \
    '["1","2","3","4"]'
fail_tensor "half a whole number" 'is 1.5, which is no INT32' \
    /inputs/0/data/0 '[1,4]' INT32 '[1.5,2,3,4]'
fail_tensor "a datatype that nobody knows" "'FLOAT', expected BOOL" \
    /inputs/0/datatype '[1,4]' FLOAT '[1,2,3,4]'
good=$(tensor '[1,4]' FP32 '[1,2,3,4]')
infer "{\"inputs\":[$good],\"outputs\":[{\"name\":\"nothing\"}]}"
fails "an unknown output" 'it has probabilities and label' /outputs/0/name
infer "{\"inputs\":[$good],\"outputs\":[{\"name\":\"label\"},{\"name\":\"label\"}]}"
fails "an output twice" 'twice' /outputs/1/name
infer "{\"inputs\":[$good],\"outputs\":[{\"name\":\"label\",
    \"parameters\":{\"classification\":1}}]}"
fails "classification of a label" 'best class' /outputs/0/parameters
infer "{\"inputs\":[$good],\"parameters\":{\"x\":{}}}"
fails "a parameter that is an object" 'a string, a number or a boolean' /parameters
infer "{\"inputs\":[$good,$good]}"
fails "an input twice" 'has shape' /inputs/0/shape
infer "{\"inputs\":[$good],\"colour\":1}"
fails "an unknown member" 'colour' /colour
infer '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32",
    "parameters":{"shared_memory_region":"r","shared_memory_byte_size":16}}]}'
refused "shared memory" 501 unsupported 'no shared memory'
infer '{"inputs":['
refused "half of the JSON" 400 malformed .
infer '[]'
fails "a list" 'no JSON object'
infer ''
check "no body is a 400, not $status" [ "$status" = 400 ]
send "{\"inputs\":[$binary]}" <(head -c 47 "$work/rows")
fails "too few bytes" 'there are 47 bytes left' /inputs/0
send "{\"inputs\":[$binary]}" <(cat "$work/rows" && printf x)
fails "a byte too many" 'there are 49 bytes behind the JSON'
send "{\"inputs\":[${binary/48/44}]}" "$work/rows"
fails "a size that is not the shape's" '12 elements of 4 bytes' /inputs/0
for length in -1 x 1.5 '' 99999999999999999999; do
    infer "{\"inputs\":[$good]}" -H "Inference-Header-Content-Length;" \
        -H "Inference-Header-Content-Length: $length"
    check "a header of '$length' is a 400, not $status" [ "$status" = 400 ]
done
infer "{\"inputs\":[$good]}" -H 'Inference-Header-Content-Length: 5000'
refused "a header beyond the body" 400 malformed 'the body has'
printf '\x33\x33\xa3\x40\x00\x00\x80\x7f\x33\x33\xb3\x3f\xcd\xcc\x4c\x3e' >"$work/inf"
send "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,4],\"datatype\":\"FP32\",
    \"parameters\":{\"binary_data_size\":16}}]}" "$work/inf"
fails "an infinity in bytes" "element 1 of input 'input' is beyond" /inputs/0
call POST "$v2/infer" -H 'Inference-Header-Content-Length: 0' --data-binary abc
fails "a raw body that is no row" 'rows of 16'
call POST "$v2/infer" -H 'Content-Encoding: br' -d '{}'
refused "another coding" 415 unsupported-media-type 'gzip or deflate'
call POST "/v2/models/$tag-nobody/infer" -d "{\"inputs\":[$good]}"
refused "an unknown model" 404 not-found 'no model'
call POST "$v2/versions/x/infer" -d "{\"inputs\":[$good]}"
is "no version" 404 "$status"

# --- statistics, repository -------------------------------------------------

get "$v2/stats"
holds "what was inferred is counted" '.model_stats[1] |
    .inference_count > 100 and .execution_count > 20 and
    .last_inference > 1600000000000 and
    .inference_stats.success.count == .execution_count and
    .inference_stats.success.ns > .inference_stats.compute_infer.ns and
    .inference_stats.compute_input.count == .execution_count and
    .inference_stats.fail.count > 10'
json_is "by version" '.model_stats | map([.version, .execution_count > 1])' \
    '[["1",true],["2",true]]'
get "$v2/versions/1/stats"
json_is "of one version alone" '.model_stats | map([.version, .inference_count])' \
    '[["1",6]]'
get /v2/models/stats
holds "of all of them" "[.model_stats[].name] | contains([\"$adult\", \"$iris\"])"
get "/v2/models/$tag-nobody/stats"
is "of a model that is not there" 404 "$status"
call POST /v2/repository/index
status_is "the index needs no body" 200
json_is "it lists every version, ready" \
    "map(select(.name == \"$iris\")) | map([.version, .state, .reason])" \
    '[["1","READY",""],["2","READY",""]]'
call POST /v2/repository/index -d '{"ready":true}'
status_is "nor minds this one" 200
call POST /v2/repository/index -d '{"ready":1}'
fails "but this one" 'ready' /ready
call POST "/v2/repository/models/$iris/load" -d '{}'
status_is "a model that is there is loaded" 200
call POST "/v2/repository/models/$iris/load" \
    -d '{"parameters":{"config":"{}"}}'
refused "as it is" 501 unsupported 'as it is' /parameters
call POST "/v2/repository/models/$tag-nobody/load"
is "one that is not there is not" 404 "$status"
call POST "/v2/repository/models/$iris/unload"
refused "unload is not implemented" 501 unsupported 'DELETE /models/NAME'

finish
