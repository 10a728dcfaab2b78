#!/usr/bin/env bash
# /models: what there is, the file out and in again, removal.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris

train "$iris" "target=species&seed=1&epochs=10&hidden=16"
train "$iris" "target=species&seed=2&epochs=10&hidden=16"
train "$iris" "target=species&seed=1&epochs=10&hidden=16"

# --- lists ------------------------------------------------------------------

get /models
status_is "a list of models" 200
json_is "has it" ".models[] | select(.name == \"$iris\") |
    [.latest, .versions, .task]" '[3,[1,2,3],"classification"]'
get "/models/$iris"
status_is "one model" 200
json_is "its versions" '[.name, .latest, .versions]' "[\"$iris\",3,[1,2,3]]"
json_is "its features" .features \
    '["sepal_length","sepal_width","petal_length","petal_width"]'
json_is "its targets" .targets '["species"]'
json_is "its classes" .classes '["setosa","versicolor","virginica"]'
json_is "its network" .network '{"inputs":4,"hidden":[{"units":16,"activation":"relu"}],"outputs":3,"output":"softmax"}'
json_is "its parameters" .parameters '{"weights":112,"biases":19}'
holds "its scores" '.scores.validation | .rows == 24 and .accuracy > 0.3'
holds "its spec" '.spec | .training.seed == 1 and .network.hidden == [16]'
holds "its data" '.data.rows == 120'
get "/models/$iris/versions"
json_is "its versions in full" '[.latest, (.versions | map(.version))]' \
    '[3,[1,2,3]]'
holds "with size and time" '.versions | all(.size_bytes > 0 and .created_at != null)'
get "/models/$iris/versions/2"
json_is "one version" '[.model, .version, .spec.training.seed]' "[\"$iris\",2,2]"
sha2=$(text_field .sha256)

# --- the same twice ---------------------------------------------------------

get "/models/$iris/versions/1"
sha1=$(text_field .sha256)
get "/models/$iris/versions/3"
is "the same request twice gives the same bytes" "$sha1" "$(text_field .sha256)"
check "another seed gives others" [ "$sha1" != "$sha2" ]

# --- the file ---------------------------------------------------------------

get "/models/$iris/versions/1/file"
status_is "the file" 200
is "its type" application/octet-stream "$(header Content-Type)"
is "its name" "attachment; filename=\"$iris-1.safetensors\"" \
    "$(header Content-Disposition)"
is "its tag" "\"$sha1\"" "$(header ETag)"
is "its bytes are what the hash says" "$sha1" \
    "$(sha256sum "$work/body" | cut -d' ' -f1)"
cp "$work/body" "$work/1.safetensors"
get "/models/$iris/versions/1/file" -H "If-None-Match: \"$sha1\""
status_is "nobody gets what they have" 304
is "so without a body" 0 "$(wc -c <"$work/body" | tr -d ' ')"
get "/models/$iris/versions/1/file" -H 'If-None-Match: "other", W/"another"'
status_is "what is other is sent" 200

# --- a file in --------------------------------------------------------------

call PUT "/models/$tag-copy" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/1.safetensors"
status_is "a file becomes a model" 201
is "with a place" "/models/$tag-copy/versions/1" "$(header Location)"
json_is "which is described" '[.model, .version, .task]' \
    "[\"$tag-copy\",1,\"classification\"]"
is "with the same bytes" "$sha1" "$(text_field .sha256)"
call PUT "/models/$tag-copy" -H 'Content-Type:' -T "$work/1.safetensors"
status_is "curl -T does it, too" 201
json_is "as the next version" .version 2
row='"inputs":[[5.1,3.5,1.4,0.2]]'
post_json /predict "{\"model\":\"$iris\",\"version\":1,$row}"
original=$(field .predictions)
post_json /predict "{\"model\":\"$tag-copy\",$row}"
json_is "the copy predicts what the original does" .predictions "$original"

call PUT "/models/$tag-bad" -H 'Content-Type: application/octet-stream' \
    --data-binary 'this is no model'
refused "what is no model" 400 malformed '.'
head -c 1000 "$work/1.safetensors" >"$work/cut"
call PUT "/models/$tag-bad" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/cut"
refused "half a model" 400 malformed '.'
call PUT "/models/$tag-bad" -H 'Content-Type: text/csv' --data-binary 'a,b'
refused "a CSV for a model" 415 unsupported-media-type 'octet-stream'
call PUT "/models/$tag-bad" -H 'Content-Type: application/octet-stream'
check "no body at all is a 4xx, not $status" [ "${status:0:1}" = 4 ]
call PUT "/models/Bad_Name" -H 'Content-Type: application/octet-stream' \
    --data-binary "@$work/1.safetensors"
refused "a name that is none" 422 invalid "'Bad_Name' is not a model's name"
get "/models/$tag-bad"
refused "none of them is a model" 404 not-found "no model '$tag-bad'"

# --- removal ----------------------------------------------------------------

call DELETE "/models/$iris/versions/2"
status_is "a version can go" 204
get "/models/$iris"
json_is "the others stay" .versions '[1,3]'
post_json /predict "{\"model\":\"$iris\",\"version\":2,$row}"
refused "it answers no more" 404 not-found 'no version 2, the latest is 3'
call DELETE "/models/$iris/versions/3"
post_json /predict "{\"model\":\"$iris\",$row}"
json_is "the latest is the next lower one" .version 1
train "$iris" "target=species&seed=1&epochs=1"
get "/models/$iris"
json_is "a number is never given twice" .versions '[1,4]'
call DELETE "/models/$iris"
status_is "all of it can go" 204
get "/models/$iris"
refused "then it is gone" 404 not-found "no model '$iris'"
post_json /predict "{\"model\":\"$iris\",$row}"
refused "and answers no more" 404 not-found "no model '$iris'"
train "$iris" "target=species&seed=1&epochs=1"
json_is "not even then is a number given twice" .result.version 5

# --- refusals ---------------------------------------------------------------

get "/models/$tag-nobody"
refused "no such model" 404 not-found "no model"
get "/models/$tag-nobody/versions"
refused "versions of no such model" 404 not-found "no model"
get "/models/$iris/versions/99"
refused "no such version" 404 not-found "no version 99, the latest is 5"
for version in 0 -1 X 1.5 4294967296 99999999999; do
    get "/models/$iris/versions/$version"
    refused "version $version" 404 not-found 'not a version'
done
get "/models/$iris/versions/99/file"
refused "no such file" 404 not-found "no version 99"
call DELETE "/models/$iris/versions/99"
refused "nothing to remove" 404 not-found "no version 99"
call DELETE "/models/$tag-nobody"
refused "nobody to remove" 404 not-found "no model"
get /models/UPPER
refused "no name" 422 invalid "1 to 64 of a-z"
get '/models?colour=red'
refused "an unknown key" 422 unknown-key 'colour'
call POST "/models/$iris" -d x
status_is "POST is not for models" 405

finish
