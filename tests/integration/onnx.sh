#!/usr/bin/env bash
# ONNX files: networks of PyTorch and scikit-learn in, models out. What other
# runtimes say of the latter: tests/onnx/run.sh.
. "$(dirname "$0")/lib.sh"
start
fixtures=tests/data/onnx

put_onnx() { # put_onnx MODEL FILE [QUERY [TYPE]]
    call PUT "/models/$tag-$1${3:+?$3}" --data-binary "@$2" \
        -H "Content-Type: ${4:-application/onnx}"
}

# --- in -----------------------------------------------------------------------

for case in "$fixtures"/*.json; do
    fixture=$(basename "$case" .json)
    model=${fixture//_/-}
    put_onnx "$model" "$fixtures/$fixture.onnx" "$(jq -r .query "$case")"
    status_is "$fixture is imported" 201
    is "$fixture has a place" "/models/$tag-$model/versions/1" \
        "$(header Location)"
    for key in classes features targets; do
        expected=$(jq -c ".$key" "$case")
        [ "$expected" = null ] || json_is "$fixture: $key" ".$key" "$expected"
    done
    warning=$(jq -r '.warning // ""' "$case")
    holds "$fixture: what was rounded" \
        ".imported | .format == \"onnx\" and (.warnings | tostring | contains(\"$warning\"))"
    post_json /predict \
        "$(jq -c "{model: \"$tag-$model\", inputs, warnings: false}" "$case")"
    status_is "$fixture answers" 200
    cp "$work/body" "$work/answer"
    off=$(jq -n --slurpfile a "$work/answer" --slurpfile e "$case" '
        [[$a[0].predictions[] | .probabilities // .values // {v: .value} | .[]],
         [$e[0].outputs[][]]] | transpose
        | map(.[0] - .[1] | fabs) | max < 1e-5 and length >= 12')
    is "$fixture says what its library says" true "$off"
done

put_onnx again "$fixtures/sklearn_two.onnx" "" application/octet-stream
status_is "its first bytes tell an ONNX file" 201
put_onnx named "$fixtures/torch_logits.onnx" "task=classification&labels=c,a,b"
json_is "classes are sorted" .classes '["a","b","c"]'
json_is "and no number is" '[.features, .imported.warnings]' \
    '[["x0","x1","x2","x3"],["the graph ends in logits: softmax or sigmoid is added"]]'
put_onnx numbered "$fixtures/torch_logits.onnx" "task=classification&labels=3,2,1"
json_is "numbers are numbers" .classes '[1,2,3]'
get "/models/$tag-named/versions/1/file"
cp "$work/body" "$work/own"
put_onnx own "$work/own" "" application/octet-stream
json_is "what it became is a model file" .classes '["a","b","c"]'

# --- refused ---------------------------------------------------------------------

printf 'no graph' >"$work/text"
put_onnx bad "$work/text"
refused "text" 400 malformed 'no ONNX file'
head -c 300 "$fixtures/torch_zoo.onnx" >"$work/cut"
put_onnx bad "$work/cut"
refused "a cut file" 400 malformed 'no ONNX file'
LC_ALL=C sed 's/LeakyRelu/LeakyConv/g' "$fixtures/torch_zoo.onnx" >"$work/conv"
put_onnx bad "$work/conv"
refused "a foreign operator" 422 invalid \
    "node '.*LeakyConv.*' \(LeakyConv\): this operator is none"
put_onnx bad "$fixtures/torch_logits.onnx" "task=clustering"
refused "an unknown task" 422 invalid 'task: expected auto, .* got .clustering'
put_onnx bad "$fixtures/torch_logits.onnx" "task=classification&labels=a,b"
refused "too few labels" 422 invalid 'labels: expected 3, one a class, got 2'
put_onnx bad "$fixtures/torch_logits.onnx" "task=classification&labels=a,,b"
refused "an empty label" 422 invalid 'label 1: expected UTF-8 text'
put_onnx bad "$fixtures/torch_logits.onnx" "colour=red"
refused "an unknown key" 422 unknown-key colour
put_onnx bad "$fixtures/torch_logits.onnx" "activation=relu"
refused "what the graph tells" 422 invalid \
    'activation: an ONNX file has its own; it is said of NumPy'
put_onnx far "$fixtures/torch_logits.onnx" "task=classification&labels=1e999,2,3"
json_is "beyond all numbers is a text" .classes '["1e999","2","3"]'
put_onnx bad "$work/own" "labels=a,b,c" application/octet-stream
refused "labels of a model file" 422 invalid 'labels: a model file has its own'
put_onnx bad "$fixtures/torch_logits.onnx" "" text/plain
refused "another type" 415 unsupported-media-type application/onnx
get "/models/$tag-bad"
status_is "nothing of that is a model" 404

# --- out ----------------------------------------------------------------------------

train "$tag-iris" "target=species&epochs=5&hidden=8&scaling=standard&seed=1"
get "/models/$tag-iris"
sha=$(text_field .sha256)
get "/models/$tag-iris/versions/1/file?format=onnx"
status_is "a model as ONNX" 200
is "its type" application/onnx "$(header Content-Type)"
is "its name" "attachment; filename=\"$tag-iris-1.onnx\"" \
    "$(header Content-Disposition)"
is "its tag" "\"$sha-onnx\"" "$(header ETag)"
cp "$work/body" "$work/iris.onnx"
check "it tells the features" grep -qa '"sepal_length","sepal_width"' \
    "$work/iris.onnx"
get "/models/$tag-iris/versions/1/file?format=onnx" \
    -H "If-None-Match: \"$sha-onnx\""
status_is "nobody gets what they have" 304
get "/models/$tag-iris/versions/1/file?format=onnx" -H "If-None-Match: \"$sha\""
status_is "a model file is no ONNX file" 200
get "/models/$tag-iris/versions/latest/file?format=onnx"
check "the latest is that one" cmp -s "$work/body" "$work/iris.onnx"
get "/models/$tag-iris/versions/1/file?format=safetensors"
is "the other format" application/octet-stream "$(header Content-Type)"
get "/models/$tag-iris/versions/1/file?format=pickle"
refused "an unknown format" 422 invalid 'expected safetensors or onnx'
get "/models/$tag-iris/versions/9/file?format=onnx"
refused "a version that is not there" 404 not-found '9'

# There and back: the same answers.
put_onnx back "$work/iris.onnx"
status_is "an export is read again" 201
json_is "with its names" '[.features[0], .targets, .classes]' \
    '["sepal_length",["species"],["setosa","versicolor","virginica"]]'
for model in iris back; do
    post_csv "/predict?model=$tag-$model&warnings=false" \
        "@$data/iris/test.csv" -H 'Accept: application/json'
    jq '[.predictions[].probabilities[]]' "$work/body" >"$work/$model"
done
is "it says the same" true "$(jq -n --slurpfile a "$work/iris" \
    --slurpfile b "$work/back" '[$a[0], $b[0]] | transpose
        | map(.[0] - .[1] | fabs) | max < 1e-5 and length == 90')"
finish
