#!/usr/bin/env bash
# Networks as arrays that NumPy saved: in by PUT, with what they do not tell in
# the query.
. "$(dirname "$0")/lib.sh"
start
fixtures=tests/data/npz

put_npz() { # put_npz MODEL FILE [QUERY [TYPE]]
    call PUT "/models/$tag-$1${3:+?$3}" --data-binary "@$2" \
        -H "Content-Type: ${4:-application/x-npz}"
}

# --- in -----------------------------------------------------------------------

for case in "$fixtures"/*.json; do
    fixture=$(basename "$case" .json)
    model=${fixture//_/-}
    query=$(jq -r '.query | to_entries
        | map("\(.key)=\(.value | if type == "array" then join(",") else . end)")
        | join("&")' "$case")
    put_npz "$model" "$fixtures/$fixture.npz" "$query"
    status_is "$fixture is imported" 201
    is "$fixture has a place" "/models/$tag-$model/versions/1" \
        "$(header Location)"
    for key in task classes features targets; do
        expected=$(jq -c ".told.$key" "$case")
        [ "$expected" = null ] || json_is "$fixture: $key" ".$key" "$expected"
    done
    warning=$(jq -r .told.warning "$case")
    holds "$fixture: what was rounded" \
        ".imported | .format == \"npz\" and (.warnings | tostring | contains(\"$warning\"))"
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

put_npz again "$fixtures/torch_linear.npz" "task=regression" \
    application/octet-stream
status_is "its first bytes tell an archive" 201
json_is "its only warning is none" .imported '{"format":"npz","warnings":[]}'
put_npz packed "$fixtures/torch_linear.npz" "output=sigmoid&labels=no,yes"
json_is "one sigmoid is two classes" .classes '["no","yes"]'
put_npz layers "$fixtures/torch_logits.npz" \
    "output=softmax&activation=relu,tanh&target=kind&inputs=a,b,c,d"
json_is "each layer has its activation" '[.network.hidden[].activation]' \
    '["relu","tanh"]'
json_is "names are those of the query" '[.features, .targets]' \
    '[["a","b","c","d"],["kind"]]'
get "/models/$tag-layers/versions/1/file"
cp "$work/body" "$work/own"
put_npz own "$work/own" "" application/octet-stream
status_is "what it became is a model file" 201
get "/models/$tag-layers/versions/1/file?format=onnx"
status_is "and goes out as ONNX" 200

# --- refused ---------------------------------------------------------------------

logits=$fixtures/torch_logits.npz
put_npz bad "$logits" "output=softmax"
refused "no activation" 422 invalid 'activation: expected that of the 2 hidden'
put_npz bad "$logits" "activation=relu"
refused "no output" 422 invalid 'output: expected softmax, sigmoid or identity'
put_npz bad "$logits" "output=softmax&activation=relu,rely"
refused "an unknown activation" 422 invalid "activation: .* got 'rely'"
put_npz bad "$logits" "output=softmax&activation=relu,relu,relu"
refused "too many activations" 422 invalid 'activation: expected one, .* got 3'
put_npz bad "$logits" "output=softplus&activation=relu"
refused "an unknown output" 422 invalid "output: .* got 'softplus'"
put_npz bad "$logits" "task=clustering&activation=relu"
refused "an unknown task" 422 invalid "task: .* got 'clustering'"
put_npz bad "$logits" "output=softmax&activation=relu&labels=a,b"
refused "too few labels" 422 invalid 'labels: expected 3, one a class, got 2'
put_npz bad "$logits" "output=softmax&activation=relu&inputs=a,b"
refused "too few inputs" 422 invalid 'inputs: expected 4 names'
put_npz bad "$logits" "output=softmax&activation=relu&target=a,b"
refused "too many targets" 422 invalid 'target: expected 1, got 2'
put_npz bad "$logits" "output=softmax&activation=relu&inputs=a,b,c,a"
refused "a name twice" 400 malformed "column 'a' comes twice"
put_npz bad "$logits" "output=softmax&activation="
refused "an empty activation" 422 invalid 'activation: expected the name'

printf 'PK\3\4 and no more' >"$work/text"
put_npz bad "$work/text" "output=softmax" application/octet-stream
refused "no archive" 400 malformed 'no ZIP archive'
head -c 900 "$logits" >"$work/cut"
put_npz bad "$work/cut" "output=softmax"
refused "a cut archive" 400 malformed 'its end is missing'
LC_ALL=C sed 's/net\.0\.weight/net.0.height/g' "$logits" >"$work/height"
put_npz bad "$work/height" "output=softmax&activation=relu"
refused "an array of another name" 422 invalid \
    'array \\?"net.0.height.npy\\?": expected W0, b0'
{ head -c 185 "$logits"; printf 'Z'; tail -c +187 "$logits"; } >"$work/damaged"
put_npz bad "$work/damaged" "output=softmax&activation=relu"
refused "damaged data" 400 malformed 'the CRC is another'
get "/models/$tag-bad"
status_is "nothing of that is a model" 404

# 40 MB of zeros in 40 kB.
if command -v python3 >/dev/null; then
    python3 - "$work/bomb" <<'PY'
import sys
import zipfile
head = (b"{'descr': '<f4', 'fortran_order': False, 'shape': (4000, 2500), }\n")
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("W0.npy", b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little")
                     + head + bytes(40000000))
PY
    put_npz bad "$work/bomb" "output=identity"
    refused "what would swell" 413 too-large 'unpacked the archive has more than'
else
    echo "python3 is not there: no archive that would swell"
fi
finish
