#!/usr/bin/env bash
# Rows as people have them, with texts, codes, dates and gaps: every form gives
# the same answer, a row alone gives the answer that it has among others, and
# what is odd about it is told.
. "$(dirname "$0")/lib.sh"
start
adult=$tag-adult
quick='epochs=3&hidden=16&scaling=robust&seed=1'

train "$adult" "target=income&$quick" "$data/adult/train.csv"

# records FILE FILTER: the rows of a CSV as objects, numbers where the model has
# numbers; an empty cell is null.
records() {
    jq -R -s -c 'split("\n") | map(select(. != "") / ",") |
        .[0] as $names | .[1:][] | [$names, .] | transpose |
        map({key: .[0], value: (if .[1] == "" then null
            elif (.[0] | test("age|fnlwgt|_num|capital|hours"))
            then (.[1] | tonumber) else .[1] end)}) | from_entries' "$1"
}

post_ndjson() {
    call POST "$1" -H 'Content-Type: application/x-ndjson' --data-binary "$2"
}

# --- one answer in every form -----------------------------------------------

test=$data/adult/test.csv
post_csv "/predict?model=$adult" "@$test"
status_is "people are predicted" 200
is "each of them" 120 "$(field '.predictions | length')"
holds "some with warnings, others without" '[.predictions[].warnings] |
    any(. == null) and any(. != null)'
expected=$(field .predictions)
cp "$work/body" "$work/expected"

records "$test" >"$work/rows.ndjson"
post_ndjson "/predict?model=$adult" "@$work/rows.ndjson"
json_is "NDJSON gives the answers of CSV" .predictions "$expected"
jq -s -c "{model: \"$adult\", records: .}" "$work/rows.ndjson" >"$work/json"
post_json /predict "@$work/json"
json_is "records give the answers of CSV" .predictions "$expected"
jq -s -c "{model: \"$adult\", columns: (.[0] | keys_unsorted | reverse),
    rows: map(to_entries | map(.value) | reverse)}" "$work/rows.ndjson" \
    >"$work/json"
post_json /predict "@$work/json"
json_is "columns and rows, turned, give the answers of CSV" .predictions \
    "$expected"

# Rows 1, 5, …: some have gaps, some a level that training had not.
alone=0
for i in $(seq 1 4 120); do
    { head -n 1 "$test" && sed -n "$((i + 1))p" "$test"; } >"$work/one.csv"
    post_csv "/predict?model=$adult" "@$work/one.csv"
    [ "$(field '.predictions[0]')" = \
        "$(jq -c ".predictions[$((i - 1))]" "$work/expected")" ] &&
        alone=$((alone + 1))
done
is "a row alone has the answer that it has among others" 30 "$alone"

# --- what is odd ------------------------------------------------------------

person=$(head -n 1 "$work/rows.ndjson")
ask() { # ask CHANGES [MORE]: of one person
    post_json /predict "$(jq -c --argjson row "$person" \
        "{model: \"$adult\", records: [\$row + $1]}${2:+ + $2}" <<<null)"
}
ask '{}'
ask '{"occupation":"Astronaut","age":200,"sex":null}'
json_is "an unseen level, a number out of range, a gap" \
    '[.predictions[0].warnings[] | [.column, .kind, .value]] | sort' \
    '[["age","out_of_range",200],["occupation","unseen_level","Astronaut"],["sex","imputed",null]]'
holds "and an answer all the same" '.predictions[0].label | type == "string"'
ask '{"age":200}' '{warnings: false}'
json_is "warnings can be switched off" '.predictions[0] | has("warnings")' false
ask '{"occupation":("x" * 300)}'
json_is "a long text is not told" '.predictions[0].warnings[] |
    select(.column == "occupation")' \
    '{"column":"occupation","kind":"unseen_level"}'
post_csv "/predict?model=$adult&warnings=0" "@$test"
json_is "in the query, too" '[.predictions[] | has("warnings")] | any' false
json_is "and change no answer" '[.predictions[] | .probabilities]' \
    "$(jq -c '[.predictions[] | .probabilities]' "$work/expected")"
get /metrics
for kind in unseen_levels out_of_range imputed; do
    check "$kind are counted by model" grep -qE \
        "^mlpd_predict_${kind}_total\{model=\"$adult\"\} [1-9]" "$work/body"
done

# --- columns that are not there ---------------------------------------------

post_json /predict "{\"model\":\"$adult\",\"records\":[{\"age\":30}]}"
refused "a column that is not there" 422 invalid "is missing, the model needs"
post_json /predict "{\"model\":\"$adult\",\"missing_columns\":\"missing\",
    \"records\":[{\"age\":30,\"sex\":\"Male\"}]}"
status_is "unless it may be" 200
json_is "which the answer says" \
    '[.warnings[] | .kind] | [length, (unique[])]' '[12,"missing_column"]'
json_is "once, not by row" '.predictions[0] | has("warnings")' false
post_csv "/predict?model=$adult&missing_columns=missing" $'age,sex\n30,Male\n'
json_is "in the query, too" '.warnings | length' 12
post_json /predict "{\"model\":\"$adult\",\"missing_columns\":\"missing\",
    \"records\":[{\"age\":30,\"colour\":\"red\"}]}"
refused "one that nobody knows" 422 invalid "colour"
post_json /predict "{\"model\":\"$adult\",\"missing_columns\":\"no\",
    \"records\":[{\"age\":30}]}"
refused "another word" 422 invalid "expected error or missing" /missing_columns
post_csv "/predict?model=$adult&missing_columns=1" $'age\n30\n'
refused "another word in the query" 422 invalid "expected error or missing"

# --- codes, dates, booleans -------------------------------------------------

{
    echo zip,dow,flag,when,amount,y
    for i in $(seq 60); do
        zip=$((i % 3 == 0)) && [ $zip = 1 ] && zip=02134 || zip=A$((i % 4))
        echo "$zip,$((i % 5)),$([ $((i % 2)) = 1 ] && echo True || echo False)," \
            "2024-01-$((10 + i % 15)),$i.5,$((i % 3))" | tr -d ' '
    done
} >"$work/mixed.csv"
mixed=$tag-mixed
train "$mixed" "target=y&task=classification&categorical=dow&$quick" \
    "$work/mixed.csv"
head=zip,dow,flag,when,amount
one='02134,3,True,2024-01-12,7.5'
post_csv "/predict?model=$mixed" "$head
$one
A1,,,,
A2,9,False,2024-01-11,3
"
first=$(field '.predictions[0]')
json_is "of digits alone, a text is known" '.predictions[0].warnings' null
post_csv "/predict?model=$mixed" "$head
$one
"
json_is "and answered alone as among others" '.predictions[0]' "$first"
post_csv "/predict?model=$mixed" "$head
2134,3.0,TRUE,2024-01-12,7.5
"
json_is "without its zero it is another" '.predictions[0].warnings' \
    '[{"column":"zip","kind":"unseen_level","value":"2134"}]'
post_json /predict "{\"model\":\"$mixed\",\"records\":[{\"zip\":\"02134\",
    \"dow\":3,\"flag\":true,\"when\":\"2024-01-12\",\"amount\":7.5}]}"
json_is "JSON gives what CSV gives" '.predictions[0]' "$first"
post_json /predict "{\"model\":\"$mixed\",\"records\":[{\"zip\":\"02134\",
    \"dow\":\"3\",\"flag\":1,\"when\":\"2024-01-12\",\"amount\":7.5}]}"
json_is "a code may be a text, a boolean a number" '.predictions[0]' "$first"
post_json /predict "{\"model\":\"$mixed\",\"missing_columns\":\"missing\",
    \"records\":[{\"dow\":3},{\"dow\":\"3\"}]}"
refused "but not one in a row and the other in the next" 422 invalid \
    "column 'dow' holds numbers, row 2 has the text" /records/1/dow
post_csv "/predict?model=$mixed" "$head
,3,1,,7.5
"
gap=$(field '.predictions[0] | del(.warnings)')
post_json /predict "{\"model\":\"$mixed\",\"inputs\":[[null,3,1,null,7.5]]}"
json_is "by position, numbers are the levels of their values" \
    '.predictions[0]' "$gap"
post_json /predict "{\"model\":\"$mixed\",\"warnings\":true,
    \"inputs\":[[77,8,1,null,7.5]]}"
json_is "and are told as numbers, if asked for" \
    '[.predictions[0].warnings[] | [.column, .value]]' \
    '[["zip",77],["dow",8],["when",null]]'
post_json /predict "{\"model\":\"$mixed\",
    \"inputs\":[[null,3,1,null,7.5],[null,3,1,20240112,7.5]]}"
refused "a number is no date" 422 invalid "row 2: column 'when' is a date" \
    /inputs
# [[1, 3, 1, 2, 7]] as bytes.
printf '\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x05\x01\x03\x01\x02\x07' \
    >"$work/row.idx"
call POST "/predict?model=$mixed" --data-binary "@$work/row.idx" \
    -H 'Content-Type: application/octet-stream'
refused "nor is one of a file" 422 invalid "column 'when' is a date"

train "$tag-codes" "target=y&task=classification&categorical=dow&exclude=zip,when,flag&$quick" \
    "$work/mixed.csv"
post_csv "/predict?model=$tag-codes" $'dow,amount\n3,7\n'
code=$(field '.predictions[0]')
printf '\x00\x00\x08\x02\x00\x00\x00\x01\x00\x00\x00\x02\x03\x07' >"$work/row.idx"
call POST "/predict?model=$tag-codes" --data-binary "@$work/row.idx" \
    -H 'Content-Type: application/octet-stream'
json_is "a code of a file is its level" '.predictions[0]' "$code"

# --- evaluate ---------------------------------------------------------------

truth=$(tail -n +2 "$test" | sed 's/.*,//' | jq -Rn '[inputs]')
right=$(jq --argjson t "$truth" '[$t, [.predictions[].label]] | transpose |
    map(select(.[0] == .[1])) | length / 120' "$work/expected")
post_csv "/models/$adult/evaluate" "@$test"
json_is "evaluate agrees with the predictions" ".scores.accuracy == $right" true
post_ndjson "/models/$adult/evaluate" "@$work/rows.ndjson"
json_is "of NDJSON, too" ".scores.accuracy == $right" true
post_csv "/models/$mixed/evaluate" "$head,y
$one,0
"
one_row=$(field .scores.log_loss)
post_json "/models/$mixed/evaluate" "{\"data\":{\"records\":[{\"zip\":\"02134\",
    \"dow\":3,\"flag\":true,\"when\":\"2024-01-12\",\"amount\":7.5,\"y\":0}]}}"
json_is "a row alone is scored as what it says" .scores.log_loss "$one_row"
is "which is what it was predicted" true "$(jq -n --argjson p "$first" \
    "(-(\$p.probabilities[\"0\"] | log) - $one_row) | fabs < 1e-5")"

# --- intervals --------------------------------------------------------------

diabetes=$tag-diabetes
train "$diabetes" "target=target&task=regression&$quick" \
    "$data/diabetes/train.csv"
post_csv "/predict?model=$diabetes&interval=0.9" "@$data/diabetes/test.csv"
holds "values lie in their intervals" '[.predictions[] |
    .interval[0] <= .value and .value <= .interval[1]] | all'
wide=$(field '.predictions[0].interval[1] - .predictions[0].interval[0]')
covered=$(paste -d, <(jq -r '.predictions[].interval | @csv' "$work/body") \
    <(tail -n +2 "$data/diabetes/test.csv" | sed 's/.*,//') |
    awk -F, '$1 <= $3 && $3 <= $2' | wc -l)
check "at least 70 of 89 true values, too: $covered" [ "$covered" -ge 70 ]
post_csv "/models/$diabetes/evaluate" "@$data/diabetes/test.csv"
json_is "as evaluate says" \
    "(.scores.interval_coverage_90 * 89 | round) == $covered" true
post_csv "/predict?model=$diabetes&interval=0.5" "@$data/diabetes/test.csv"
holds "less coverage, less width" \
    "(.predictions[0].interval | .[1] - .[0]) < $wide"
post_csv "/predict?model=$diabetes&interval=0.9" "@$data/diabetes/test.csv" \
    -H 'Accept: text/csv'
is "a CSV has columns for them" target,low,high "$(head -n 1 "$work/body")"
check "low, value, high" awk -F, 'NR > 1 && !($2 <= $1 && $1 <= $3) {
    exit 1 }' "$work/body"
post_csv "/predict?model=$diabetes&interval=0.9999" "@$data/diabetes/test.csv"
refused "more than the rows allow" 422 invalid \
    'remembers [0-9]+ rows .* enough for a coverage of up to 0\.9'
most=$(text_field .detail | sed 's/.* //')
post_csv "/predict?model=$diabetes&interval=$most" "@$data/diabetes/test.csv"
status_is "what they are said to allow is answered" 200
for bad in 0 1 -0.5 nan; do
    post_csv "/predict?model=$diabetes&interval=$bad" "@$data/diabetes/test.csv"
    refused "an interval of $bad" 422 invalid '^(query: )?interval: expected'
done
post_json /predict "{\"model\":\"$diabetes\",\"interval\":1,\"inputs\":[[1]]}"
refused "all of them" 422 invalid 'above 0 and below 1' /interval
post_json /predict "{\"model\":\"$adult\",\"interval\":0.9,\"records\":[{\"age\":1}]}"
refused "of classes" 422 invalid 'no regression' /interval
post_json '/train?wait=50' "{\"model\":\"$tag-few\",\"target\":\"y\",
    \"task\":\"regression\",\"training\":{\"epochs\":2},\"network\":{\"hidden\":[4]},
    \"data\":{\"columns\":[\"x\",\"y\"],\"rows\":[[1,2],[2,3],[3,5],[4,4]]}}"
post_json /predict "{\"model\":\"$tag-few\",\"interval\":0.9,\"inputs\":[[1]]}"
refused "of too few rows" 422 invalid 'it takes 20 rows' /interval
awk -F, -v OFS=, 'NR == 1 { print $0, "half"; next } { print $0, $NF / 2 }' \
    "$data/diabetes/train.csv" >"$work/two.csv"
train "$tag-two" "target=target,half&task=regression&$quick" "$work/two.csv"
post_csv "/predict?model=$tag-two&interval=0.8" "@$data/diabetes/test.csv"
json_is "several targets have one each" \
    '.predictions[0].intervals | [keys[], (.[] | length)]' \
    '["half","target",2,2]'
post_csv "/predict?model=$tag-two&interval=0.8" "@$data/diabetes/test.csv" \
    -H 'Accept: text/csv'
is "and columns of their names" \
    target,half,target_low,target_high,half_low,half_high \
    "$(head -n 1 "$work/body")"

finish
