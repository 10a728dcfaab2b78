#!/usr/bin/env bash
# Models as ONNX files in another runtime: trained over HTTP, exported, checked
# by onnx's checker, run by onnxruntime on raw rows, and held beside /predict.
#
#   MLPD=build/mlpd BUILD=build tests/onnx/run.sh      (make onnx)
#
#   DATA=../shared/data   folders of train.csv and test.csv; the sets that are
#                         not there are left out
. "$(dirname "$0")/../integration/lib.sh"
sets=${DATA:-../shared/data}
here=tests/onnx
export ORT=${BUILD:-build}/onnx
ORT=$(realpath -m "$ORT")
python=/usr/bin/python3 # whose packages are Debian's

deploy/install-deps.sh onnx || exit 1
# Node may be there from elsewhere, which Debian's npm would not go with.
command -v npm >/dev/null || deploy/install-deps.sh npm || exit 1
mkdir -p "$ORT"
cp "$here/package.json" "$ORT"
# Its script would fetch a library for other processors.
if [ ! -d "$ORT/node_modules/onnxruntime-node" ]; then
    (cd "$ORT" && npm install --ignore-scripts --no-audit --no-fund --silent) ||
        exit 1
fi
start

# agrees MODEL ROWS: its ONNX file is one, and says what it says itself.
agrees() {
    local model=$1 rows=$2
    get "/models/$tag-$model/versions/latest/file?format=onnx"
    is "$model is exported" 200 "$status"
    cp "$work/body" "$work/$model.onnx"
    check "$model is ONNX by the checker" "$python" -c '
import sys, onnx
onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)' \
        "$work/$model.onnx"
    printf '%-12s ' "$model"
    check "$model says the same in onnxruntime" \
        node "$here/run.mjs" "$url" "$work/$model.onnx" "$tag-$model" "$rows"
    "$python" "$here/rows.py" edges "$rows" >"$work/edges.json"
    printf '%-12s ' "… edges"
    check "$model says the same of rare cells" \
        node "$here/run.mjs" "$url" "$work/$model.onnx" "$tag-$model" \
        "$work/edges.json"
}

# learn MODEL QUERY FILE: and wait as long as it takes.
ended() {
    get "/jobs/$1?wait=20"
    [[ $(text_field .state) != @(queued|running) ]]
}
learn() {
    local id
    post_csv "/train?model=$tag-$1&seed=1&$2" "@$3"
    id=$(text_field .id)
    until_true 100 ended "$id"
    is "$1 is trained" succeeded "$(text_field .state)"
}

# table MODEL QUERY TRAIN TEST TARGETS
table() {
    learn "$1" "target=$5&$2" "$3"
    "$python" "$here/rows.py" csv "$4" "$5" 1000 >"$work/$1.json"
    agrees "$1" "$work/$1.json"
}

iris=("$data/iris/train.csv" "$data/iris/test.csv" species)
table iris "" "${iris[@]}"
table iris-plain "hidden=8&epochs=20&scaling=standard" "${iris[@]}"
table iris-linear "hidden=&epochs=20&scaling=none" "${iris[@]}"
table iris-apart "hidden=8&epochs=20&output=sigmoid" "${iris[@]}"
for activation in sigmoid tanh leaky_relu elu selu gelu silu mish softplus; do
    table "iris-$activation" "hidden=8,8&epochs=9&activation=$activation" \
        "${iris[@]}"
done

adult=$data/adult
[ ! -d "$sets/adult" ] || adult=$sets/adult
head -n 5000 "$adult/train.csv" >"$work/adult.csv"
table adult "quality=fast" "$work/adult.csv" "$adult/test.csv" income
table diabetes "quality=fast" "$data/diabetes/train.csv" \
    "$data/diabetes/test.csv" "$(jq -r .target "$data/diabetes/meta.json")"
if [ -d "$sets/diamonds" ]; then
    head -n 5000 "$sets/diamonds/train.csv" >"$work/diamonds.csv"
    table diamonds "quality=fast" "$work/diamonds.csv" \
        "$sets/diamonds/test.csv" price
else
    echo "diamonds: left out, $sets/diamonds is not there"
fi

"$python" "$here/rows.py" made "$work/train.csv" 1 3000
"$python" "$here/rows.py" made "$work/test.csv" 2 400
# What is not the target is no feature either.
made() { # made MODEL TARGETS QUERY
    local others
    others=$(for c in y z high wide; do
        [[ ,$2, == *,$c,* ]] || printf '%s,' "$c"
    done)
    learn "$1" "target=$2&exclude=${others%,}&categorical=code&$3" \
        "$work/train.csv"
    "$python" "$here/rows.py" csv "$work/test.csv" y,z,high,wide 400 \
        >"$work/$1.json"
    agrees "$1" "$work/$1.json"
}
made kinds y,z "quality=fast"
made standard y "hidden=16&epochs=5&scaling=standard"
made whole few "hidden=16&epochs=5&task=classification"
made labels high,wide "quality=fast&task=multilabel"
made flags flag "quality=fast&task=classification"
made several y "hidden=8&epochs=3&ensemble=3&validation=0.3"

# A model of one column, of each kind; and what has fractions as a class.
for column in size few kind flag code day moment city; do
    learn "of-$column" \
        "target=y&features=$column&categorical=code&hidden=4&epochs=3" \
        "$work/train.csv"
    agrees "of-$column" "$work/kinds.json"
done
awk -F, -v OFS=, 'NR > 1 { $10 = $10 > 8 ? 0.25 : 1.5 } { print }' \
    "$work/train.csv" >"$work/fractions.csv"
learn fractions "target=y&features=size,few,code&task=classification&epochs=3" \
    "$work/fractions.csv"
agrees fractions "$work/kinds.json"

mnist=$work
images=$data/mnist-small
[ ! -d "$sets/mnist" ] || images=$sets/mnist
gzip -dc "$images/t10k-images-idx3-ubyte.gz" >"$work/test-images"
for file in train-images-idx3 train-labels-idx1; do
    gzip -dc "$images/$file-ubyte.gz" >"$mnist/$file"
done
octets='Content-Type: application/octet-stream'
call PUT "/datasets/$tag-images" -H "$octets" -T "$mnist/train-images-idx3"
call PUT "/datasets/$tag-labels" -H "$octets" -T "$mnist/train-labels-idx1"
post_json "/train" "{\"model\": \"$tag-digits\", \"dataset\": \"$tag-images\",
    \"target_dataset\": \"$tag-labels\", \"network\": {\"hidden\": [64]},
    \"training\": {\"epochs\": 2, \"seed\": 7}}"
until_true 100 ended "$(text_field .id)"
is "digits are trained" succeeded "$(text_field .state)"
"$python" "$here/rows.py" idx "$work/test-images" 500 >"$work/digits.json"
agrees digits "$work/digits.json"
finish
