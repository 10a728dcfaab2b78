#!/usr/bin/env bash
# The forms that rows may have: CSV, NDJSON, records, columns and rows. The same
# rows give the same model, to the byte, and the same predictions.
. "$(dirname "$0")/lib.sh"
start

post_ndjson() { # post_ndjson PATH FILE-OR-TEXT [CURL-ARGUMENT…]
    call POST "$1" -H 'Content-Type: application/x-ndjson' --data-binary "$2" \
        "${@:3}"
}

# to_forms CSV: $work/rows.ndjson, .records and .table of its rows; what reads
# as a number is one. From the second row on, the keys of a line are turned.
to_forms() {
    jq -R -s -c 'split("\n") | map(select(. != "") | rtrimstr("\r") / ",") |
        map(map(tonumber? // .)) as $cells | $cells[0] as $names |
        $cells[1:] | to_entries[] | [$names, .value] | transpose |
        map({key: .[0], value: .[1]}) | from_entries' "$1" >"$work/plain.ndjson"
    jq -c 'if input_line_number > 1 then to_entries | reverse | from_entries
        else . end' "$work/plain.ndjson" >"$work/rows.ndjson"
    jq -s -c '{records: .}' "$work/rows.ndjson" >"$work/rows.records"
    jq -s -c '{columns: (.[0] | keys_unsorted),
        rows: map(to_entries | map(.value))}' "$work/plain.ndjson" \
        >"$work/rows.table"
}

# trained TEXT MODEL: the answer is a job that succeeded; its file is kept.
trained() {
    is "$1 is trained" '"succeeded"' "$(field .state)"
    curl -s -o "$work/$2.model" \
        "$url/models/$2/versions/$(field .result.version)/file"
}

# same_models NAME CSV TARGET [TASK]: train on the rows in each form.
same_models() {
    local settings='"training":{"epochs":3,"seed":7}' form
    local query="target=$3&task=${4:-auto}&epochs=3&seed=7&wait=50"
    to_forms "$2"
    post_csv "/train?model=$tag-$1&$query" "@$2"
    trained "$1 as CSV" "$tag-$1"
    cp "$work/$tag-$1.model" "$work/csv.model"
    post_ndjson "/train?model=$tag-$1&$query" "@$work/rows.ndjson"
    trained "$1 as NDJSON" "$tag-$1"
    check "$1: NDJSON gives the model of CSV" \
        cmp "$work/csv.model" "$work/$tag-$1.model"
    for form in records table; do
            jq -c "{data: ., model: \"$tag-$1\", $settings, target: \"$3\",
            task: \"${4:-auto}\"}" "$work/rows.$form" >"$work/body.json"
        post_json '/train?wait=50' "@$work/body.json"
        trained "$1 as $form" "$tag-$1"
        check "$1: $form give the model of CSV" \
            cmp "$work/csv.model" "$work/$tag-$1.model"
    done
}

same_models iris "$data/iris/train.csv" species
same_models wdbc "$data/wdbc/train.csv" diagnosis
same_models diabetes "$data/diabetes/train.csv" target

# A target that is coded by numbers, whole ones and others, some with more
# digits than a float holds.
awk -F, 'NR == 1 { print; next }
    { sub(/setosa/, "1.50"); sub(/versicolor/, "16777217")
      sub(/virginica/, "16777216"); print }' "$data/iris/train.csv" \
    >"$work/coded.csv"
same_models coded "$work/coded.csv" species classification
get "/models/$tag-coded"
holds "and its classes are numbers, each with all of its digits" \
    '.classes == [1.5,16777216,16777217]'

# A target that is true or false.
awk -F, -v OFS=, 'NR == 1 { print; next }
    { $NF = $NF ~ /setosa/ ? "True" : "False"; print }' \
    "$data/iris/train.csv" >"$work/boolean.csv"
post_csv "/train?model=$tag-b&target=species&epochs=3&wait=50" \
    "@$work/boolean.csv"
trained "a CSV of True and False" "$tag-b"
cp "$work/$tag-b.model" "$work/csv.model"
to_forms "$work/boolean.csv"
jq -c '.species = (.species == "True")' "$work/rows.ndjson" >"$work/b.ndjson"
post_ndjson "/train?model=$tag-b&target=species&epochs=3&wait=50" \
    "@$work/b.ndjson"
trained "NDJSON of true and false" "$tag-b"
check "booleans: NDJSON gives the model of CSV" \
    cmp "$work/csv.model" "$work/$tag-b.model"

# --- predictions ------------------------------------------------------------

iris=$tag-iris
to_forms "$data/iris/test.csv"
post_csv "/predict?model=$iris" "@$data/iris/test.csv"
expected=$(field .predictions)
is "CSV is predicted" 30 "$(field '.predictions | length')"
post_ndjson "/predict?model=$iris" "@$work/rows.ndjson"
json_is "NDJSON gives the predictions of CSV" .predictions "$expected"
for form in records table; do
    jq -c ". + {model: \"$iris\"}" "$work/rows.$form" >"$work/body.json"
    post_json /predict "@$work/body.json"
    json_is "$form give the predictions of CSV" .predictions "$expected"
done
post_json /predict "{\"model\":\"$iris\",\"records\":[{\"petal_width\":1}]}"
refused "a record without most features" 422 invalid 'sepal|petal'
post_json /predict "{\"model\":\"$iris\",\"records\":[{\"petal_width\":[1]}]}"
refused "a list in a record" 422 invalid 'found a list' /records/0/petal_width
post_json /predict "{\"model\":\"$iris\",\"records\":[{\"a\":1,\"a\":2}]}"
refused "a key twice" 422 invalid "column 'a' is in row 1 twice" /records/0/a
post_ndjson "/predict?model=$iris" $'{"a":1}\n{"a":\n'
refused "a line that breaks off" 400 malformed '^line 2: '

# --- data sets --------------------------------------------------------------

to_forms "$data/iris/train.csv"
call PUT "/datasets/$tag-d" -H 'Content-Type: application/x-ndjson' \
    --data-binary "@$work/rows.ndjson"
status_is "an NDJSON data set" 201
json_is "is told as what it is" '[.format, .rows, .n_columns]' '["ndjson",120,5]'
json_is "with its columns" '[.columns[] | .type] | unique' '["numeric","text"]'
gzip -c "$work/rows.ndjson" >"$work/rows.gz"
call PUT "/datasets/$tag-e" --data-binary "@$work/rows.gz" -H Content-Type:
json_is "and known by its brace, gzipped, too" '[.format, .rows]' '["ndjson",120]'
post_json '/train?wait=50' "{\"model\":\"$iris\",\"dataset\":\"$tag-e\",
    \"target\":\"species\",\"training\":{\"epochs\":3,\"seed\":7}}"
is "a model is trained on it" '"succeeded"' "$(field .state)"
call PUT "/datasets/$tag-f" -H 'Content-Type: application/x-ndjson' \
    --data-binary $'{"a":1}\n{"a":"x"}\n'
refused "mixed kinds" 400 malformed "^line 2: column 'a' holds numbers"

# --- refusals ---------------------------------------------------------------

post_ndjson "/train?model=$tag-x&target=a&header=0" '{"a":1}'
refused "a header where there is none" 422 invalid '^header: goes with CSV'
post_ndjson "/train?model=$tag-x&target=b" $'{"a":1,"b":2}\n{"b":3,"a":1}\n\n{"b":[]}'
refused "a list in a line" 400 malformed '^line 4: column .b., row 3: .* a list'
post_json /train "{\"model\":\"$tag-x\",\"target\":\"a\",
    \"data\":{\"records\":[{\"a\":1},{\"a\":{}}]}}"
refused "an object in a record" 422 invalid 'an object' /data/records/1/a
post_json /train "{\"model\":\"$tag-x\",\"target\":\"a\",\"columns\":{\"a\":\"number\"},
    \"data\":{\"records\":[{\"a\":1},{\"a\":2}]}}"
refused "a kind that is none" 422 invalid 'expected one of auto, numeric' /columns/a
post_csv "/train?model=$tag-x&target=b&numeric=a&ignore=a" $'a,b\n1,2\n3,4\n'
refused "a column declared twice" 422 invalid "^ignore: the column 'a' is decl"

# --- declarations -----------------------------------------------------------

post_csv "/train?model=$tag-c&dry_run=1&target=b&numeric=a" $'a,b\n1,x\n3,y\n1,x\n3,y\n'
json_is "a declaration is in the resolved settings" .spec.columns '{"a":"numeric"}'

finish
