#!/usr/bin/env bash
# What rows may say of themselves: the group or the time by which they are held
# out, and what they weigh.
. "$(dirname "$0")/lib.sh"
start

# 80 visits: ids that a float does not tell apart, days that count down.
visits() {
    echo "x,patient,day,w,y"
    for i in {0..79}; do
        echo "$((i * i % 83)),$((16777216 + i % 8)),$(date -u -d "2024-03-31 -$i days" +%F),$((i % 3)),$((i % 7)).5"
    done
}
visits >"$work/visits.csv"
csv=$work/visits.csv
dry="/train?dry_run=1&model=$tag-a&target=y"

# --- by group and by time ---------------------------------------------------

post_csv "$dry&validation=0.25&validation_group=patient&ensemble=1" "@$csv"
json_is "two patients of eight are held out" .rows \
    '{"training":60,"validation":20}'
json_is "the settings say how" .spec.training.validation \
    '{"fraction":0.25,"group":"patient"}'
json_is "the column is no feature" '.columns | map(.role)' \
    '["feature","group","feature","feature","target"]'
post_csv "$dry&validation_group=patient&features=x,patient" "@$csv"
json_is "unless it is named as one" '.columns[1].role' '"feature"'
post_csv "$dry&validation=0.1&validation_time=day&exclude=w" "@$csv"
json_is "the latest days are held out" .rows '{"training":72,"validation":8}'
json_is "and have their part" '.columns | map(.role)' \
    '["feature","feature","time","excluded","target"]'

call PUT "/datasets/$tag-v" -H 'Content-Type: text/csv' --data-binary "@$csv"
post_json '/train?wait=50' "{\"model\":\"$tag-g\",\"dataset\":\"$tag-v\",
    \"target\":\"y\",\"training\":{\"epochs\":2,\"ensemble\":4,
    \"validation\":{\"fraction\":0.25,\"group\":\"patient\"}}}"
json_is "members hold out groups in turn" .state '"succeeded"'
get "/models/$tag-g"
json_is "so that each row is held out once" \
    '[.scores.validation.rows, .ignored]' '[80,["patient"]]'
post_csv "/predict?model=$tag-g" "@$csv"
status_is "rows may have the column" 200
cut -d, -f1,3- "$csv" >"$work/without.csv"
post_csv "/predict?model=$tag-g" "@$work/without.csv"
status_is "or may not" 200

post_json '/train?dry_run=1' "{\"model\":\"$tag-g\",\"dataset\":\"$tag-v\",
    \"target\":\"y\",\"training\":{\"validation\":{\"group\":\"clinic\"}}}"
refused "a group that is not there" 422 invalid "'clinic'"
json_is "is told where it stands" '.errors[0].pointer' \
    '"/training/validation/group"'
post_json '/train?dry_run=1' "{\"model\":\"$tag-g\",\"dataset\":\"$tag-v\",
    \"target\":\"y\",\"training\":{\"validation\":{\"group\":\"x\",
    \"time\":\"day\"}}}"
refused "group and time at once" 422 invalid "both"
post_csv "$dry&validation_time=day" "x,day,y
1,2024-01-01,1.5
2,tomorrow,2
3,2024-01-03,2.5"
refused "what is no time" 422 invalid "'tomorrow' in row 2"
post_csv "$dry&validation_group=g" "x,g,y
1,a,1.5
2,,2
3,b,2.5"
json_is "rows without a group learn, with a warning" \
    '[.rows.validation, (.warnings | any(test("no value in 1 of 3 rows")))]' \
    '[1,true]'

# --- weights ----------------------------------------------------------------

train "$tag-w" "target=y&weight=w&epochs=3&exclude=day,patient" "$csv"
json_is "the settings name the weight" .spec.weight '"w"'
get "/models/$tag-w"
json_is "which is no feature" '[(.features | length), (.ignored | sort)]' \
    '[1,["day","patient","w"]]'
post_json '/train?dry_run=1' "{\"model\":\"$tag-w\",\"target\":\"y\",
    \"weight\":\"w\",\"data\":{\"columns\":[\"x\",\"w\",\"y\"],
    \"rows\":[[1,1,1.5],[2,-1,2],[3,1,2.5]]}}"
refused "a weight below 0" 422 invalid "row 2"
json_is "is told where it stands" '.errors[0].pointer' '"/weight"'
post_csv "$dry&weight=w" "x,w,y
1,1,1.5
2,1,2
3,,2.5"
refused "a weight that is missing" 422 invalid "row 3"
post_csv "$dry&weight=w&features=x,w" "@$csv"
refused "a weight to learn from" 422 invalid "features"

finish
