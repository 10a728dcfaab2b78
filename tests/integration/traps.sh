#!/usr/bin/env bash
# What real tables have in wait for a reader: carriage returns, gaps, codes that
# look like amounts, hundreds of levels, levels that training never saw, skew.
#
#   DATA=../shared/data   folders of train.csv, test.csv and meta.json; the
#                         checks of those that are not there are left out
. "$(dirname "$0")/lib.sh"
sets=${DATA:-../shared/data}
start

# learn NAME QUERY FILE: quickly, and wait as long as it takes.
ended() {
    get "/jobs/$1?wait=20"
    [[ $(text_field .state) != @(queued|running) ]]
}
learn() {
    local id
    post_csv "/train?model=$1&quality=fast&seed=1&$2" "@$3"
    id=$(text_field .id)
    until_true 300 ended "$id"
    is "$1 is trained" '"succeeded"' "$(field .state)"
}

dry_run() { # dry_run QUERY FILE
    post_csv "/train?dry_run=1&model=$tag-dry&quality=fast&$1" "@$2"
}

# keep NAME VERSION OUT: that version's file.
keep() {
    curl -s -o "$work/$3" "$url/models/$1/versions/$2/file"
}

# answered TEXT N: the body has N predictions and each a number or
# probabilities that are one together.
answered() {
    json_is "$1" '[.predictions[] | if has("value")
        then (.value | type == "number")
        else ([.probabilities[]] | add | . > 0.9999 and . < 1.0001) end |
        select(.)] | length' "$2"
}

# rows_with_gap COLUMN FILE: the head and the rows without a cell there.
rows_with_gap() {
    tr -d '\r' <"$2" | awk -F, -v name="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; print; next }
        $at == ""'
}

# imputed TEXT COLUMN N: N rows say that they have no cell there.
imputed() {
    json_is "$1" "[.predictions[] | select(.warnings // [] | any(
        .column == \"$2\" and .kind == \"imputed\"))] | length" "$3"
}

# --- carriage returns, gaps among numbers, a column of text -----------------

houses() {
    local folder=$sets/california model=$tag-houses n
    check "lines end as they do in Windows" grep -q $'\r$' "$folder/train.csv"
    head -n 2001 "$folder/train.csv" >"$work/crlf.csv"
    tr -d '\r' <"$work/crlf.csv" >"$work/lf.csv"
    dry_run target=median_house_value "$work/crlf.csv"
    json_is "names have no carriage return" \
        '.columns[-1] | [.name, .type, .role]' \
        '["median_house_value","numeric","target"]'
    json_is "amounts are a regression" .spec.task '"regression"'
    learn "$model" 'target=median_house_value&epochs=2' "$work/crlf.csv"
    learn "$model" 'target=median_house_value&epochs=2' "$work/lf.csv"
    keep "$model" 1 one
    keep "$model" 2 two
    check "with carriage returns or without, the same model" \
        cmp "$work/one" "$work/two"

    learn "$model" target=median_house_value "$folder/train.csv"
    get "/models/$model"
    json_is "of the column of text each level is an input" \
        '.network.inputs' 14
    post_csv "/models/$model/evaluate" "@$folder/test.csv"
    holds "prices are foretold" '.scores.r2 > 0.75'
    json_is "from all rows" '[.rows, .skipped]' '[4128,0]'
    rows_with_gap total_bedrooms "$folder/test.csv" >"$work/gaps.csv"
    n=$(($(wc -l <"$work/gaps.csv") - 1))
    check "some have gaps" [ "$n" -gt 10 ]
    post_csv "/predict?model=$model" "@$work/gaps.csv"
    answered "they are answered" "$n"
    imputed "and told" total_bedrooms "$n"
}

# --- codes that look like amounts -------------------------------------------

beans() {
    local folder=$sets/soybean model=$tag-beans codes
    codes=$(jq -r '.categorical | join(",")' "$folder/meta.json")
    dry_run "target=Class&categorical=$codes" "$folder/train.csv"
    json_is "35 columns are declared" '.spec.columns |
        [length, (map_values(select(. == "categorical")) | length)]' '[35,35]'
    json_is "of text is the target alone" \
        '[.columns[] | select(.type == "text") | .name]' '["Class"]'
    learn "$model" "target=Class&categorical=$codes" "$folder/train.csv"
    post_csv "/models/$model/evaluate" "@$folder/test.csv"
    holds "nine of ten diseases are known, not $(field .scores.accuracy)" \
        '.scores.accuracy >= 0.9'
    post_csv "/predict?model=$model" "@$folder/test.csv"
    answered "with all those gaps" "$(($(wc -l <"$folder/test.csv") - 1))"
    coded() { # coded JSON: the probabilities of beans of which that is known
        post_json /predict "{\"model\":\"$model\",\"records\":[$1],
            \"missing_columns\":\"missing\"}"
        field '.predictions[0].probabilities'
    }
    is "a code is a code, as text" "$(coded '{"date":1}')" \
        "$(coded '{"date":"1"}')"
    is "or with a point" "$(coded '{"date":1}')" "$(coded '{"date":1.0}')"
    check "and another is another" \
        [ "$(coded '{"date":1}')" != "$(coded '{"date":6}')" ]
}

# --- two codes --------------------------------------------------------------

patients() {
    local folder=$sets/diabetes rest
    learn "$tag-sex" target=target "$folder/train.csv"
    post_csv "/models/$tag-sex/evaluate" "@$folder/test.csv"
    holds "two codes may be numbers" '.scores.r2 > 0.4'
    learn "$tag-sex" 'target=target&categorical=sex' "$folder/train.csv"
    post_csv "/models/$tag-sex/evaluate" "@$folder/test.csv"
    holds "or levels" '.scores.r2 > 0.4'
    rest='"age":40,"bmi":30,"bp":90,"s1":190,"s2":110,"s3":50,"s4":4,"s5":5,
        "s6":90'
    post_json /predict "{\"model\":\"$tag-sex\",\"records\":[
        {\"sex\":1,$rest},{\"sex\":1.0,$rest},{\"sex\":2,$rest},
        {\"sex\":3,$rest}]}"
    json_is "1 is 1.0 and is not 2" '[.predictions[].value] |
        [.[0] == .[1], .[0] == .[2]]' '[true,false]'
    json_is "and 3 is none" '[.predictions[].warnings]' \
        '[null,null,null,[{"column":"sex","kind":"unseen_level","value":3}]]'
}

# --- hundreds of levels, some that training never saw -----------------------

flights() {
    local folder=$sets/flights_late model=$tag-flights n
    head -n 20001 "$folder/train.csv" >"$work/flights.csv"
    learn "$model" target=late "$work/flights.csv"
    keep "$model" 1 file
    # A safetensors file: eight bytes of length, then JSON.
    n=$(od -An -t u8 -N 8 "$work/file")
    tail -c +9 "$work/file" | head -c "$((n))" >"$work/body"
    json_is "airports have learned embeddings" '[to_entries[] |
        select(.key | startswith("embeddings.") and endswith(".table")) |
        .value.shape | .[0] > 64 and .[1] > 1]' '[true,true]'

    awk -F, 'NR == FNR { origin[$6]; destination[$7]; next }
        FNR == 1 || !($6 in origin) || !($7 in destination)' \
        "$work/flights.csv" "$folder/test.csv" >"$work/unseen.csv"
    n=$(($(wc -l <"$work/unseen.csv") - 1))
    check "some airports are new" [ "$n" -gt 10 ]
    post_csv "/predict?model=$model" "@$work/unseen.csv"
    answered "they are answered" "$n"
    json_is "and each is told" '[.predictions[] | select(.warnings // [] | any(
        .kind == "unseen_level" and
        (.column == "origin" or .column == "destination")))] | length' "$n"
    head -n 2001 "$folder/test.csv" >"$work/some.csv"
    post_csv "/models/$model/evaluate" "@$work/some.csv"
    holds "better than the classes' shares" \
        '.scores.log_loss < .scores.baseline.log_loss'
}

# --- skew -------------------------------------------------------------------

mails() {
    local folder=$sets/spam model=$tag-mails
    learn "$model" target=type "$folder/train.csv"
    post_csv "/models/$model/evaluate" "@$folder/test.csv"
    holds "far-out amounts do no harm: log loss $(field .scores.log_loss)" \
        '.scores.log_loss <= 0.25'
}

# --- one table in every form, rows alone and among others -------------------

# as_ndjson FILE: numbers where meta.json says so, null where nothing is.
as_ndjson() {
    jq -R -s -c --slurpfile meta "$sets/adult/meta.json" '
        ($meta[0].numeric | map({key: ., value: true}) | from_entries) as $n |
        split("\n") | map(select(. != "") / ",") | .[0] as $names | .[1:][] |
        [$names, .] | transpose | map({key: .[0], value: (
            if .[1] == "" then null
            elif $n[.[0]] then (.[1] | tonumber) else .[1] end)}) |
        from_entries' "$1"
}

people() {
    local folder=$sets/adult model=$tag-people n i alone=0
    local settings="\"model\":\"$tag-people\",\"target\":\"income\",
        \"quality\":\"fast\",\"training\":{\"epochs\":10,\"seed\":1}"
    head -n 1001 "$folder/train.csv" >"$work/people.csv"
    as_ndjson "$work/people.csv" >"$work/people.ndjson"
    learn "$model" 'target=income&epochs=10' "$work/people.csv"
    call POST "/train?model=$model&quality=fast&seed=1&target=income&epochs=10&wait=50" \
        -H 'Content-Type: application/x-ndjson' \
        --data-binary "@$work/people.ndjson"
    jq -s -c "{$settings, data: {records: .}}" "$work/people.ndjson" \
        >"$work/json"
    post_json '/train?wait=50' "@$work/json"
    jq -s -c "{$settings, data: {columns: (.[0] | keys_unsorted),
        rows: map([.[]])}}" "$work/people.ndjson" >"$work/json"
    post_json '/train?wait=50' "@$work/json"
    until_true 300 ended "$(text_field .id)"
    for n in 1 2 3 4; do keep "$model" "$n" "form$n"; done
    check "NDJSON gives the model of CSV" cmp "$work/form1" "$work/form2"
    check "so do records" cmp "$work/form1" "$work/form3"
    check "and columns and rows" cmp "$work/form1" "$work/form4"

    head -n 2001 "$folder/test.csv" >"$work/others.csv"
    rows_with_gap occupation "$work/others.csv" >"$work/gaps.csv"
    n=$(($(wc -l <"$work/gaps.csv") - 1))
    check "some do not say what they do" [ "$n" -gt 10 ]
    post_csv "/predict?model=$model" "@$work/gaps.csv"
    answered "they are answered" "$n"
    imputed "and told" occupation "$n"

    post_csv "/predict?model=$model" "@$work/others.csv"
    jq -c '.predictions[]' "$work/body" >"$work/among"
    for i in 1 2 3 17 500 1234 1999 2000; do
        { head -n 1 "$work/others.csv" && sed -n "$((i + 1))p" "$work/others.csv"
        } >"$work/one.csv"
        post_csv "/predict?model=$model" "@$work/one.csv"
        [ "$(field '.predictions[0]')" = "$(sed -n "${i}p" "$work/among")" ] &&
            alone=$((alone + 1))
    done
    is "alone, a row has the answer that it has among 2,000" 8 "$alone"
}

has() { # has SET: say so if not
    [ ! -r "$sets/$1/train.csv" ] || return 0
    echo "$name: $sets/$1 is not there, its checks are left out"
    return 1
}

if has california; then houses; fi
if has soybean; then beans; fi
if has diabetes; then patients; fi
if has flights_late; then flights; fi
if has spam; then mails; fi
if has adult; then people; fi

finish
