#!/usr/bin/env bash
# /v1: the examples of TensorFlow Serving's REST documentation and KServe's v1,
# on models that say the same, and what is refused.
. "$(dirname "$0")/lib.sh"
start
two=$tag-two
three=$tag-three
iris=$tag-iris
income=$tag-income

# y = 0.5 x + b, to the last bit: with x and y scaled, gradient descent comes to
# a weight of 1 and a bias of 0 and stays there.
line() { # line NAME Y-AT-MINUS-1 Y-AT-1
    post_json '/train?wait=50' "{\"model\":\"$1\",\"task\":\"regression\",
        \"target\":\"y\",\"data\":{\"columns\":[\"x\",\"y\"],
        \"rows\":[[-1,$2],[1,$3],[-1,$2],[1,$3]]},
        \"network\":{\"hidden\":[]},\"scaling\":\"standard\",
        \"training\":{\"epochs\":40,\"optimizer\":\"gd\",\"learning_rate\":0.5,
        \"validation\":0,\"clamp\":false,\"seed\":1}}"
    is "$1 is trained" '"succeeded"' "$(field .state)"
}
line "$two" 1.5 2.5
line "$three" 2.5 3.5

# As its users ask: no Content-Type that means anything.
ask() { call POST "/v1/models/$1" --data-binary "$2"; }
says() { # says TEXT PATH BODY ANSWER
    ask "$2" "$3"
    status_is "$1: status" 200
    is "$1: type" application/json "$(header Content-Type)"
    is "$1" "$4" "$(body)"
}

# --- the documentation's examples -------------------------------------------

# Its bodies are files; they are sent as its curl -d does it.
doc=tests/integration/tfserving
example() { call POST "/v1/models/$2" -d "@$doc/$1.json"; }
gives() { # gives EXAMPLE PATH ANSWER
    example "$1" "$2"
    status_is "example $1: status" 200
    is "example $1: type" application/json "$(header Content-Type)"
    is "example $1" "$3" "$(body)"
}
learn() { # learn NAME COLUMNS ROWS MORE
    post_json '/train?wait=50' "{\"model\":\"$tag-$1\",\"target\":\"y\",
        \"data\":{\"columns\":[$2,\"y\"],\"rows\":[$3,$3]},
        \"training\":{\"epochs\":30,\"seed\":1,\"validation\":0}$4}"
    is "$1 are trained" '"succeeded"' "$(field .state)"
}
# best FILTER: the classes that are most probable, by number.
best() { field "$1 | map(index(max))"; }

gives predict "$three:predict" '{"predictions":[3.5,4.0,5.5]}'
says "half_plus_two" "$two:predict" "$(cat $doc/predict.json)" \
    '{"predictions":[2.5,3.0,4.5]}'
gives regress "$three:regress" '{"results":[3.5,4.0]}'
get "/v1/models/$three"
json_is "its status" .model_version_status \
    '[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]'
json_is "and KServe's members" '[.name, .ready]' "[\"$three\",true]"
get "/v1/models/$three/versions/1"
json_is "of a version" '.model_version_status | map(.version)' '["1"]'
example unknown "$tag-half:predict"
status_is "no such model: status" 404
json_is "no such model" .error \
    "\"Servable not found for request: Latest($tag-half)\""

learn words '"word"' '["foo","a"],["bar","b"],["baz","c"]' ''
example scalars "$tag-words:predict"
is "example scalars: one answer each" '[0,1,2]' "$(best .predictions)"
learn pairs '"p","q"' '[1,2,3],[3,4,7],[5,6,11]' ',"task":"regression"'
example tensors "$tag-pairs:predict"
nested=$(body)
says "example tensors: [1, 2] of two numbers is a row" "$tag-pairs:predict" \
    '{"instances":[[1,2],[3,4]]}' "$nested"
ask "$tag-pairs:predict" '{"inputs":[[[1],[2]],[[3],[4]]]}'
is "and so is [2, 1], in columns" "$(jq -c .predictions <<<"$nested")" \
    "$(field .outputs)"
learn tags '"tag","signal","sensor"' '["foo",1,4,"a"],["bar",3,5,"b"]' ''
example rows "$tag-tags:predict"
is "example rows: named inputs" '[0,1]' "$(best .predictions)"
answers=$(field .predictions)
example columns "$tag-tags:predict"
is "example columns: the same" "$answers" "$(field .outputs)"
learn objects '"image","caption"' '["image bytes","seaside","sea"],
    ["awesome image bytes","mountains","hill"]' ''
example binary "$tag-objects:classify"
json_is "example binary: label and score pairs for each" \
    '[.results[] | max_by(.[1])[0]]' '["sea","hill"]'
json_is "in the order of the classes" '.results | map(map(.[0]))' \
    '[["hill","sea"],["hill","sea"]]'
example signature "$tag-objects:classify"
refused "example signature: of a model that has another" 400 invalid-argument \
    '^Serving signature key "classify_objects" not found.$' /signature_name

# --- each form --------------------------------------------------------------

for asked in '{"instances":[[1.0],[2.0]]}' '{"instances":[{"x":1},{"x":2}]}' \
    '{"instances":[{"x":[1]},{"x":[2]}]}' \
    '{"instances":[{"inputs":[1]},{"inputs":[2]}]}' \
    '{"signature_name":"serving_default","instances":[1,2]}'; do
    says "$asked" "$two:predict" "$asked" '{"predictions":[2.5,3.0]}'
done
for asked in '{"inputs":[1,2]}' '{"inputs":[[1],[2]]}' \
    '{"inputs":{"x":[1,2]}}' '{"inputs":{"inputs":[[1],[2]]}}'; do
    says "$asked" "$two:predict" "$asked" '{"outputs":[2.5,3.0]}'
done
says "NaN is missing, as null is" "$two:predict" '{"instances":[NaN,null]}' \
    '{"predictions":[2.0,2.0]}'
says "a version" "$two/versions/1:predict" '{"instances":[1]}' \
    '{"predictions":[2.5]}'
says "the method's case is free" "$two:PreDict" '{"instances":[1]}' \
    '{"predictions":[2.5]}'
says "an escaped colon" "$two%3Apredict" '{"instances":[1]}' \
    '{"predictions":[2.5]}'
says "a large number" "$two:predict" '{"instances":[6e10]}' \
    '{"predictions":[3e10]}'
printf '{"instances":[1]}' | gzip -c >"$work/body.gz"
call POST "/v1/models/$two:predict" -H 'Content-Encoding: gzip' \
    --data-binary "@$work/body.gz"
is "a gzipped body" '{"predictions":[2.5]}' "$(body)"
call POST "/v1/models/$two:predict" -H 'Content-Type:' \
    --data-binary '{"instances":[1]}'
is "no type at all" '{"predictions":[2.5]}' "$(body)"
ask "$two:explain" '{"instances":[1.0,3.0]}'
json_is "KServe's explain says what each column adds" \
    '[.explanations[].contributions.x]' '[0.5,1.5]'

# --- a classifier: the same bits as /predict --------------------------------

train "$iris" "target=species&seed=1&epochs=60"
train "$iris" "target=species&seed=2&epochs=60"
tail -n +2 "$data/iris/test.csv" | cut -d, -f1-4 |
    jq -cRs '[split("\n")[] | select(. != "") | split(",") | map(tonumber)]' \
        >"$work/rows"
printf '{"model":"%s","inputs":%s}' "$iris" "$(cat "$work/rows")" >"$work/ask"
post_json /predict "@$work/ask"
bits=$(field '[.predictions[].probabilities | [.[]]]')
printf '{"instances":%s}' "$(cat "$work/rows")" >"$work/ask"
ask "$iris:predict" "@$work/ask"
json_is "30 flowers have the probabilities of /predict" .predictions "$bits"
flower='{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,
    "petal_width":0.2}'
ask "$iris:classify" "{\"examples\":[$flower]}"
json_is "classify tells labels and scores" '.results | map(map(.[0]))' \
    '[["setosa","versicolor","virginica"]]'
holds "which add up to 1" \
    '.results[0] | map(.[1]) | add | . > 0.99999 and . < 1.00001'
scores=$(field '.results[0] | map(.[1])')
ask "$iris:predict" "{\"instances\":[$flower]}"
json_is "objects by column give what classify gives" '.predictions[0]' "$scores"
ask "$iris:classify" '{"context":{"sepal_width":3.5,"petal_width":[0.2]},
    "examples":[{"sepal_length":5.1,"petal_length":1.4}]}'
json_is "a context holds for each example" '.results[0] | map(.[1])' "$scores"
ask "$iris/versions/1:classify" "{\"examples\":[$flower]}"
check "an older version says something else" \
    [ "$(field '.results[0] | map(.[1])')" != "$scores" ]
get "/v1/models/$iris"
json_is "all versions are there, the newest first" \
    '[.model_version_status[].version]' '["2","1"]'
get "/v1/models/$iris/versions/1"
json_is "or the one asked for" '[.model_version_status[].version]' '["1"]'
get "/v1/models/$iris/metadata"
json_is "the metadata has one input of all numbers" \
    '.metadata.signature_def.signature_def.serving_default.inputs' \
    '{"inputs":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"4","name":""}],"unknown_rank":false},"name":"inputs:0"}}'
json_is "and one output" \
    '.metadata.signature_def.signature_def.serving_default.outputs.probabilities.tensor_shape.dim | map(.size)' \
    '["-1","3"]'
json_is "of that version" .model_spec \
    "{\"name\":\"$iris\",\"signature_name\":\"\",\"version\":\"2\"}"
get /v1/models
holds "KServe's list names the models" \
    "[.models[] | select(. == \"$iris\" or . == \"$two\")] | length == 2"

example classify "$iris:classify"
json_is "example classify: a context beside two examples" \
    '[.results[] | max_by(.[1])[0]]' '["setosa","versicolor"]'
example conformance "$iris:classify"
status_is "example conformance: NaN is a number" 200
example infinity "$iris:classify"
refused "but no model takes an infinity" 400 invalid-argument \
    'Infinity is out of range' /examples/0/petal_width

# --- columns of many kinds --------------------------------------------------

train "$income" "target=income&seed=1&quality=fast&time_limit_s=20" \
    "$data/adult/train.csv"
jq -cRs 'split("\n")[0:4] | map(split(",")) | .[0] as $names | .[1:] |
    map([$names, .] | transpose | map({(.[0]): (.[1] | tonumber? // .)}) | add |
        del(.income))' <"$data/adult/test.csv" >"$work/people"
printf '{"model":"%s","records":%s}' "$income" "$(cat "$work/people")" \
    >"$work/ask"
post_json /predict "@$work/ask"
bits=$(field '[.predictions[].probabilities | [.[]]]')
printf '{"instances":%s}' "$(cat "$work/people")" >"$work/ask"
ask "$income:predict" "@$work/ask"
json_is "rows of texts and numbers: the bits of /predict" .predictions "$bits"
jq -c '{inputs: (reduce .[] as $row ({}; reduce ($row | keys_unsorted[]) as $k
    (.; .[$k] += [$row[$k]])))}' <"$work/people" >"$work/ask"
ask "$income:predict" "@$work/ask"
json_is "the same as columns" .outputs "$bits"
jq -c '{instances: map(map_values(if type == "string" then {b64: @base64} else
    [.] end))}' <"$work/people" >"$work/ask"
ask "$income:predict" "@$work/ask"
json_is "the same as bytes and lists of one" .predictions "$bits"
get "/v1/models/$income/metadata"
json_is "each column is an input" \
    '.metadata.signature_def.signature_def.serving_default.inputs |
        [.age.dtype, .education.dtype, (.age.tensor_shape.dim | length)]' \
    '["DT_FLOAT","DT_STRING",1]'
ask "$income:predict" '{"instances":[[1,2,3]]}'
refused "a plain list for named inputs" 400 invalid-argument \
    'plain list, but expecting named inputs' /instances
ask "$income:predict" '{"instances":["a"]}'
refused "texts for named inputs" 400 invalid-argument 'is a plain list'

# --- refusals ---------------------------------------------------------------

no() { # no TEXT PATH BODY STATUS SLUG DETAIL [POINTER]
    ask "$2" "$3"
    refused "$1" "$4" "$5" "$6" "${@:7}"
}
bad() { no "$1" "$2" "$3" 400 invalid-argument "${@:4}"; }
bad "neither key" "$two:predict" '{}' "^Missing 'inputs' or 'instances' key$"
bad "examples to predict" "$two:predict" '{"examples":[{"x":1}]}' \
    "Missing 'inputs' or 'instances' key"
bad "both keys" "$two:predict" '{"instances":[1],"inputs":[1]}' \
    'do not go together' /inputs
bad "an empty list" "$two:predict" '{"instances":[]}' \
    "^No values in 'instances' array$" /instances
bad "instances to classify" "$iris:classify" '{"instances":[[1,2,3,4]]}' \
    "When method is classify, key 'examples' is expected and was not found"
bad "a signature that is none" "$two:predict" \
    '{"signature_name":"x","instances":[1]}' 'signature key "x" not found' \
    /signature_name
bad "classify of a regression" "$two:classify" '{"examples":[{"x":1}]}' \
    'Expected classification signature'
bad "regress of a classifier" "$iris:regress" "{\"examples\":[$flower]}" \
    'Expected regression signature'
bad "a key that nobody knows" "$two:predict" '{"instances":[1],"id":"7"}' \
    'id' /id
bad "an infinity" "$two:predict" '{"instances":[1,-Infinity]}' \
    'beyond the range' /instances/1
bad "lists of two lengths" "$iris:predict" '{"instances":[[[1,2],[3]]]}' \
    'lists of different lengths' /instances/0
bad "lists of another size" "$iris:predict" '{"instances":[[[1,2],[3,4],[5,6]]]}' \
    '^instances\[0\] has 6 values, .* expects 4$' /instances/0
bad "a wrong width" "$iris:predict" '{"instances":[[1,2,3]]}' \
    '^instances\[0\] has 3 values, .* expects 4$' /instances/0
bad "a column that is none" "$two:predict" '{"instances":[{"y2":1}]}' 'x'
bad "a column too few" "$iris:classify" '{"examples":[{"sepal_length":1}]}' \
    'sepal_width'
bad "a column twice, with its context" "$two:regress" \
    '{"context":{"x":1},"examples":[{"x":1}]}' 'in the context and in' /context
bad "a text" "$two:predict" '{"instances":["a"]}' 'expected numbers'
bad "a label that is not there" "$two/labels/best:predict" '{"instances":[1]}' \
    '^Unrecognized servable version label: best$'
no "no JSON" "$two:predict" '{"instances":[1}' 400 malformed 'byte 15'
no "no body" "$two:predict" '' 400 malformed 'found the end'
no "no such model" "no-such:predict" '{"instances":[1]}' 404 not-found \
    '^Servable not found for request: Latest\(no-such\)$'
no "no name at all" "No_Name:predict" '{"instances":[1]}' 404 not-found \
    'Latest\(No_Name\)'
no "no such version" "$two/versions/7:predict" '{"instances":[1]}' 404 \
    not-found "^Servable not found for request: Specific\($two, 7\)$"
for path in "$two" "$two:guess" "$two:predict:predict" ":predict" \
    "$two/versions/one:predict" "$two/versions/1/labels/a:predict" \
    "$two:predict/versions/1" "$two/metadata"; do
    no "POST $path" "$path" '{"instances":[1]}' 400 malformed \
        "^Malformed request: POST /v1/models/$path$"
done
for path in "$two:predict" "$two/versions/x" "$two/nothing" ""; do
    get "/v1/models/$path"
    refused "GET $path" 400 malformed '^Malformed request: GET /v1/models/'
done
get "/v1/models/no-such/metadata"
refused "metadata of nothing" 404 not-found 'Latest\(no-such\)'
call PUT "/models/$two/aliases/best" -H 'Content-Type: application/json' \
    -d '{"version":1}'
status_is "a label is an alias" 201
says "and answers for its version" "$two/labels/best:predict" \
    '{"instances":[1]}' '{"predictions":[2.5]}'
get "/v1/models/$two/labels/best"
json_is "whose status is told" '.model_version_status[0].version' '"1"'
get "/v1/models/$two/labels/1"
refused "a number is no label" 400 invalid-argument 'version label: 1$'
call DELETE "/v1/models/$two"
refused "another method" 405 method-not-allowed 'GET, HEAD, POST'

# --- many rows go to the pool, and answer the same --------------------------

jq -cn '{inputs: {x: [range(40000)]}}' >"$work/ask"
ask "$two:predict" "@$work/ask"
json_is "40,000 rows" '[(.outputs | length), .outputs[0], .outputs[39999]]' \
    '[40000,2,20001.5]'
jq -cn '{instances: [range(70000)]}' >"$work/ask"
ask "$two:predict" "@$work/ask"
refused "70,000 rows" 413 too-large '70000 rows, at most 65536'

finish
