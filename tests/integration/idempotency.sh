#!/usr/bin/env bash
# A retry with the Idempotency-Key of a first try gets the job of the first
# try: once, at once, after a kill, and whatever became of the data meanwhile.
. "$(dirname "$0")/lib.sh"
iris=$data/iris/train.csv
key=$tag-$RANDOM

with_key() { # with_key KEY QUERY [FILE-OR-TEXT]
    post_csv "/train?model=$tag&target=species&epochs=2&seed=1&$2" \
        "${3:-@$iris}" -H "Idempotency-Key: $1"
}
count_jobs() {
    get "/jobs?model=$1&limit=500"
    field '.jobs | length'
}

start

# --- the same again ---------------------------------------------------------

with_key "$key" ""
status_is "a first try is accepted" 202
is "and no replay" "" "$(header Idempotency-Replayed)"
job=$(field .id)
with_key "$key" ""
json_is "a retry gets the same job" .id "$job"
is "and says that it is one" true "$(header Idempotency-Replayed)"
is "and where the job is" "/jobs/$job" "$(header Location)"
until_state "$job" succeeded
with_key "$key" ""
status_is "a retry after the end" 200
json_is "shows the job as it is now" '[.id, .state]' "[$job,\"succeeded\"]"
with_key "$key" "wait=20"
json_is "to wait is no other request" .id "$job"
is "one job was made" 1 "$(count_jobs "$tag")"

# --- another request --------------------------------------------------------

with_key "$key" "batch_size=8"
refused "other settings" 409 conflict "Idempotency-Key .* job $job"
with_key "$key" "" "@$data/iris/test.csv"
refused "other data" 409 conflict "Idempotency-Key"
with_key "$key" "header=1"
json_is "what is the default, said, is the same request" .id "$job"
with_key "$key-2" ""
check "another key makes another job" test "$(field .id)" != "$job"
post_json "/train" "{\"model\":\"$tag\",\"data\":{\"inputs\":[[1],[2],[3],[4]],
    \"targets\":[1,2,3,4]}}" -H "Idempotency-Key: $key"
refused "JSON in place of CSV" 409 conflict "Idempotency-Key"

# --- JSON -------------------------------------------------------------------

body='{"model":"'$tag'-j","training":{"epochs":2,"seed":1},"task":"regression",
    "data":{"inputs":[[1],[2],[3],[4]],"targets":[1,2,3,4]}}'
post_json /train "$body" -H "Idempotency-Key: $key-j"
status_is "a JSON body with a key" 202
job=$(field .id)
post_json /train '{"data":{"inputs":[[1],[2],[3],[4]],"targets":[1,2,3,4]},
    "task":"regression","training":{"seed":1,"epochs":2},"model":"'$tag'-j"}' \
    -H "Idempotency-Key: $key-j"
json_is "the order of its keys does not matter" .id "$job"
post_json /train "${body/\[4\]/\[5\]}" -H "Idempotency-Key: $key-j"
refused "another number does" 409 conflict "Idempotency-Key"

# --- what a key looks like --------------------------------------------------

long=$(printf 'k%.0s' {1..255})
with_key "$long" ""
status_is "255 characters are a key" 202
with_key "${long}k" ""
refused "256 are not" 400 malformed "1 to 255 visible ASCII"
with_key "two words" ""
refused "a space" 400 malformed "Idempotency-Key"
with_key $'caf\xc3\xa9' ""
refused "what is not ASCII" 400 malformed "Idempotency-Key"
post_csv "/train?model=$tag&target=species" "@$iris" -H 'Idempotency-Key;'
refused "nothing at all" 400 malformed "Idempotency-Key"
post_csv "/train?model=$tag&target=species&dry_run=1" "@$iris" \
    -H "Idempotency-Key: $key"
json_is "a dry run takes no notice of it" .dry_run true

# --- many at once -----------------------------------------------------------

for i in {1..16}; do
    curl -s -o "$work/many-$i" --data-binary "@$iris" \
        -H 'Content-Type: text/csv' -H "Idempotency-Key: $key-many" \
        "$url/train?model=$tag-many&target=species&epochs=2" &
    waits+=($!)
done
wait "${waits[@]}"
is "sixteen at once with one key get one job" 1 \
    "$(jq .id "$work"/many-* | sort -u | grep -c .)"
is "and there is only one" 1 "$(count_jobs "$tag-many")"

# --- a data set that is gone ------------------------------------------------

call PUT "/datasets/$tag" -H 'Content-Type: text/csv' --data-binary "@$iris"
body="{\"model\":\"$tag-d\",\"dataset\":\"$tag\",\"target\":\"species\",
    \"training\":{\"epochs\":2}}"
post_json /train "$body" -H "Idempotency-Key: $key-d"
job=$(field .id)
until_state "$job" succeeded
call DELETE "/datasets/$tag"
post_json /train "$body"
status_is "without its data set it is refused" 422
post_json /train "$body" -H "Idempotency-Key: $key-d"
json_is "but a retry has its job" '[.id, .state]' "[$job,\"succeeded\"]"
call DELETE "/jobs/$job"
post_json /train "$body" -H "Idempotency-Key: $key-d"
refused "a job that was deleted is not made again" 404 not-found "was deleted"

# --- a kill -----------------------------------------------------------------

if [ -z "$BASE_URL" ]; then
    with_key "$key-kill" ""
    job=$(field .id)
    {
        kill -KILL "$pid"
        wait "$pid"
    } 2>/dev/null
    start
    with_key "$key-kill" "wait=20"
    json_is "a key outlives a kill" .id "$job"
    is "as a replay" true "$(header Idempotency-Replayed)"
fi

finish
