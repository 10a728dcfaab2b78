#!/usr/bin/env bash
# A program that uses NVIDIA's tritonclient.http, request by request: what it
# calls when it starts, the inferences of its examples, what it must understand
# as an error. The bytes are those that it sends over geventhttpclient.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
train "$iris" "target=species&seed=1&epochs=60"
train "$iris" "target=species&seed=2&epochs=60"
v2=/v2/models/$iris
requests=tests/integration/tritonclient

# It says who it is, and no Content-Type. A query goes wherever the program puts
# it, as its examples do.
agent=(-H 'User-Agent: python/gevent-http-client-2.0.2' -H 'Accept:')
query='?test_1=1&test_2=2'
tget() { get "$1" "${agent[@]}"; }
tpost() { # tpost PATH BODY [CURL-ARGUMENT…]
    call POST "$1" "${agent[@]}" -H 'Content-Type:' --data-binary "$2" "${@:3}"
}
# raises TEXT STATUS PATTERN: what becomes an InferenceServerException, of a
# status that is not 200 and the text in `error`.
raises() {
    is "$1: status" "$2" "$status"
    holds "$1: an error with a text" '.error | type == "string" and . != ""'
    check "$1: the error says '$3', not '$(text_field .error)'" \
        grep -qE -- "$3" <<<"$(text_field .error)"
}

# --- health and metadata ----------------------------------------------------

for path in /v2/health/live "/v2/health/live$query" /v2/health/ready \
    "$v2/ready" "$v2/versions/2/ready" "$v2/ready$query"; do
    tget "$path"
    status_is "$path" 200
done
tget "/v2$query"
holds "server metadata" '(keys | sort) == ["extensions", "name", "version"] and
    (.name | type == "string") and (.version | type == "string") and
    (.extensions | all(type == "string"))'
tget "$v2$query"
holds "model metadata" ".name == \"$iris\" and .versions == [\"1\", \"2\"] and
    (.platform | type == \"string\") and ([.inputs[], .outputs[]] | all(
    (.name | type == \"string\") and (.datatype | type == \"string\") and
    (.shape | all(type == \"number\"))))"
tget "$v2/versions/1$query"
status_is "of a version" 200
tget "/v2/models/wrong_model_name"
raises "a model that is not there" 404 '^Request for unknown model'
tget "$v2/versions/9"
raises "a version that is not there" 404 '^Request for unknown model.* 9'
tget "/v2/models/wrong_model_name/ready"
is "is not ready" 404 "$status"
tget "$v2/config$query"
holds "the configuration" ".name == \"$iris\" and (.max_batch_size >= 1) and
    (.input | all(.name and .data_type and .dims)) and
    (.output | all(.name and .data_type and .dims))"
tget "/v2/models/wrong_model_name/config"
raises "of no model" 404 '^Request for unknown model'

# --- inference --------------------------------------------------------------

rows='[[5.1,3.5,1.4,0.2],[6.7,3.1,5.6,2.4]]'
post_json /predict "{\"model\":\"$iris\",\"inputs\":$rows}"
probabilities=$(field '.predictions | map(.probabilities[])')
labels=$(field '.predictions | map(.label)')
setosa='\x33\x33\xa3\x40\x00\x00\x60\x40\x33\x33\xb3\x3f\xcd\xcc\x4c\x3e'
virginica='\x66\x66\xd6\x40\x66\x66\x46\x40\x33\x33\xb3\x40\x9a\x99\x19\x40'
# shellcheck disable=SC2059
printf "$setosa$virginica" >"$work/rows"
printf '\x00\x00\x60\x40\x66\x66\x46\x40\xcd\xcc\x4c\x3e\x9a\x99\x19\x40' \
    >"$work/widths" # of the sepals, then of the petals

# infer REQUEST TENSORS [PATH [CURL-ARGUMENT…]]: the header counts the JSON.
infer() {
    local json
    json=$(cat "$requests/$1.json")
    { printf '%s' "$json" && cat "$2"; } >"$work/request"
    tpost "${3:-$v2/infer}" "@$work/request" \
        -H "Inference-Header-Content-Length: ${#json}" "${@:4}"
}
# split: as its InferResult does it, by the answer's header; without one all of
# it is JSON.
split() {
    local n
    n=$(header Inference-Header-Content-Length)
    : >"$work/tensors"
    [ -n "$n" ] || return 0
    tail -c "+$((n + 1))" "$work/body" >"$work/tensors"
    head -c "$n" "$work/body" >"$work/json"
    mv "$work/json" "$work/body"
}
floats() { od -An -v -t f4 -N 24 "$work/tensors" | jq -cs .; }
# answers TEXT: 200, and the probabilities in front of all bytes.
answers() {
    status_is "$1" 200
    split
    is "$1: the probabilities" "$probabilities" "$(floats)"
    json_is "$1: the model" '[.model_name, .model_version]' "[\"$iris\",\"2\"]"
}
printf '\x06\0\0\0setosa\x09\0\0\0virginica' >"$work/labels"

infer no_outputs "$work/rows"
answers "no outputs named: all of them, in bytes"
json_is "their sizes" '.outputs | map([.name, .datatype, .shape,
    .parameters.binary_data_size])' \
    '[["probabilities","FP32",[2,3],24],["label","BYTES",[2],23]]'
check "and the texts behind them" cmp -s "$work/labels" \
    <(tail -c +25 "$work/tensors")
infer no_outputs "$work/rows" "$v2/infer$query"
answers "with a query"
infer no_outputs "$work/rows" "$v2/versions/2/infer"
answers "of a version"
infer outputs "$work/rows"
answers "outputs in bytes and in JSON"
json_is "the id is echoed" .id '"my request id"'
json_is "the JSON one" '.outputs[1].data' "$labels"
tpost "$v2/infer" "$(cat "$requests/json_input.json")"
json_is "JSON both ways, without the header" '.outputs[0].data' "$probabilities"
infer mixed "$work/widths"
status_is "inputs in JSON and in bytes" 200
split
is "each in its place" "$probabilities" "$(floats)"
json_is "and its texts" '.outputs[1].data' "$labels"
infer sequence "$work/rows"
answers "a sequence is a request like others here"
infer custom "$work/rows"
answers "so are priority, timeout and parameters of one's own"
infer classification "$work/rows"
split
json_is "classes come as texts" '.outputs | map([.name, .datatype, .shape])' \
    '[["probabilities","BYTES",[2,2]]]'
is "in bytes: value:index:label" 'setosa versicolor virginica versicolor' \
    "$(tr -d '\000-\037' <"$work/tensors" |
        grep -aoE ':[0-2]:(setosa|versicolor|virginica)' | cut -d: -f3 | xargs)"
gzip -c "$work/request" >"$work/request.gz"
json=$(cat "$requests/classification.json")
tpost "$v2/infer" "@$work/request.gz" -H 'Content-Encoding: gzip' \
    -H "Inference-Header-Content-Length: ${#json}" -H 'Accept-Encoding: gzip'
status_is "packed" 200
cp "$work/tensors" "$work/plain"
split
check "and the same" cmp -s "$work/plain" "$work/tensors"

tpost "/v2/models/wrong_model_name/infer" "$(cat "$requests/json_input.json")"
raises "inference by no model" 404 '^Request for unknown model'
infer shared_memory /dev/null
raises "shared memory" 501 'shared memory'
tpost "$v2/infer" '{"inputs":[]}'
raises "no inputs" 400 input
tpost "$v2/infer" "$(sed 's/"input"/"INPUT0"/; s/probabilities/OUTPUT0/' \
    "$requests/json_input.json")"
raises "an output that it does not have" 400 OUTPUT0

# --- statistics, repository, what there is not ------------------------------

for path in "$v2/stats" "$v2/stats$query" "$v2/versions/2/stats" /v2/models/stats; do
    tget "$path"
    holds "$path" '.model_stats | length > 0 and all(.name and .version and
        (.inference_count >= 0) and (.inference_stats | .success, .fail, .queue,
        .compute_input, .compute_infer, .compute_output |
        (.count >= 0 and .ns >= 0)))'
done
tpost "/v2/repository/index$query" ''
holds "the index" "map(select(.name == \"$iris\")) | map([.version, .state]) ==
    [[\"1\", \"READY\"], [\"2\", \"READY\"]]"
tpost "/v2/repository/models/$iris/load" '{}'
status_is "load" 200
tpost "/v2/repository/models/wrong_model_name/load" '{}'
raises "load of no model" 404 '^Request for unknown model'
tpost "/v2/repository/models/$iris/load" '{"parameters":{"config":"{}"}}'
raises "load with a configuration" 501 'as it is'
tpost "/v2/repository/models/$iris/unload" \
    '{"parameters":{"unload_dependents":false}}'
raises "unload" 501 'DELETE /models/NAME'
for path in /v2/trace/setting "$v2/trace/setting" /v2/logging \
    /v2/systemsharedmemory/status /v2/systemsharedmemory/region/r/status \
    /v2/cudasharedmemory/status; do
    tget "$path"
    raises "GET $path" 404 'no resource'
done
for path in /v2/trace/setting "$v2/trace/setting" /v2/logging \
    /v2/systemsharedmemory/region/r/register \
    /v2/systemsharedmemory/unregister /v2/cudasharedmemory/region/r/unregister; do
    tpost "$path" '{"key":"/r","offset":0,"byte_size":64}'
    raises "POST $path" 404 'no resource'
    tpost "$path" ''
    raises "POST $path of nothing" 404 'no resource'
done
finish
