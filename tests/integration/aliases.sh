#!/usr/bin/env bash
# Aliases: names for versions that move in one step, stand wherever a version
# may stand, keep what they name from being deleted, and survive a kill.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
row='"inputs":[[5.1,3.5,1.4,0.2]]'
at=/models/$iris/aliases

for seed in 1 2 3; do
    train "$iris" "target=species&seed=$seed&epochs=3&hidden=4"
done

put_alias() { # put_alias ALIAS JSON [CURL-ARGUMENT…]
    call PUT "$at/$1" -H 'Content-Type: application/json' --data-binary "$2" \
        "${@:3}"
}
alias_is() { # alias_is TEXT ALIAS VERSION PREVIOUS
    get "$at/$2"
    json_is "$1" '[.version, .previous]' "[$3,$4]"
}

# --- made, moved, shown -----------------------------------------------------

put_alias production '{"version":1}'
status_is "an alias is made" 201
is "with a place" "$at/production" "$(header Location)"
is "with a tag" '"1"' "$(header ETag)"
json_is "it says where it is" '[.model, .alias, .version, .previous]' \
    "[\"$iris\",\"production\",1,null]"
put_alias production '{"version":2}'
status_is "it moves" 200
json_is "it says where it was" '[.version, .previous]' '[2,1]'
put_alias production '{"version":2}'
json_is "the same again changes nothing" '[.version, .previous]' '[2,1]'
put_alias staging '{"version":"latest"}'
json_is "to the latest" .version 3
put_alias canary '{"version":"staging"}'
json_is "to where another is" .version 3
get "$at"
json_is "a list of them" '.aliases | map([.alias, .version])' \
    '[["canary",3],["production",2],["staging",3]]'
get "/models/$iris"
json_is "the model shows them" .aliases '{"canary":3,"production":2,"staging":3}'
get /models
json_is "so does the list" ".models[] | select(.name == \"$iris\") | .aliases" \
    '{"canary":3,"production":2,"staging":3}'

# --- wherever a version may stand -------------------------------------------

post_json /predict "{\"model\":\"$iris\",\"version\":\"production\",$row}"
json_is "a prediction" .version 2
post_json /predict "{\"model\":\"$iris\",\"version\":\"latest\",$row}"
json_is "the latest by that name" .version 3
post_csv "/predict?model=$iris&version=production" \
    $'sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n'
json_is "in the query" .version 2
get "/models/$iris/versions/production"
json_is "a version" .version 2
sha=$(text_field .sha256)
get "/models/$iris/versions/production/file"
is "its file" "\"$sha\"" "$(header ETag)"
post_csv "/models/$iris/versions/production/evaluate" "@$data/iris/test.csv"
json_is "an evaluation" .version 2
post_csv "/models/$iris/evaluate?version=staging" "@$data/iris/test.csv"
json_is "one in the query" .version 3
train "$tag-next" "target=species&epochs=1&from=$iris@production"
json_is "where a training starts" .spec.from "\"$iris@2\""

# --- compare and set --------------------------------------------------------

put_alias production '{"version":3,"expected":1}'
refused "it is elsewhere" 409 conflict 'names version 2, not 1' /expected
put_alias production '{"version":3,"expected":2}'
status_is "it is where it is expected" 200
put_alias fresh '{"version":3,"expected":1}'
refused "it is nowhere" 409 conflict 'not there' /expected
put_alias production '{"version":1,"expected":0}'
refused "it is somewhere" 409 conflict 'names version 3, not 0' /expected
put_alias production '{"version":1}' -H 'If-Match: "2"'
refused "another tag" 412 precondition-failed 'names version 3'
put_alias production '{"version":1}' -H 'If-Match: "3"'
status_is "its tag" 200
put_alias nobody '{"version":1}' -H 'If-Match: *'
refused "no tag at all" 412 precondition-failed 'not there'

# --- rollback ---------------------------------------------------------------

call POST "$at/production/rollback"
status_is "back it goes" 200
json_is "to where it was" '[.version, .previous]' '[3,1]'
call POST "$at/canary/rollback"
refused "it was nowhere before" 409 conflict 'no version before 3'
call POST "$at/nobody/rollback"
refused "nothing to roll back" 404 not-found "no alias 'nobody'"

# --- what is named stays ----------------------------------------------------

call DELETE "/models/$iris/versions/3"
refused "a version that is named" 409 conflict "alias 'canary' names version 3"
call DELETE "/models/$iris/versions/production"
refused "by its alias, too" 409 conflict "names version 3"
call DELETE "/models/$iris/versions/1"
status_is "one that is not" 204
call POST "$at/production/rollback"
refused "nobody goes back to what is deleted" 409 conflict 'which was deleted'
call DELETE "/models/$iris"
refused "a model with aliases" 409 conflict 'force=1'
call DELETE "$at/canary"
status_is "an alias can go" 204
get "$at/canary"
refused "then it is gone" 404 not-found "no alias 'canary'"

# --- refusals ---------------------------------------------------------------

for bad in '{}' '{"version":null}'; do
    put_alias x "$bad"
    refused "no version: $bad" 422 invalid 'found none' /version
done
for bad in 0 -1 1.5 true '"3"' '"A"' '""' '[3]' 4294967296; do
    put_alias x "{\"version\":$bad}"
    refused "version $bad" 422 invalid version /version
done
put_alias x '{"version":99}'
refused "no such version" 404 not-found 'no version 99'
put_alias x '{"version":"nobody"}'
refused "no such alias" 404 not-found "no alias 'nobody'"
put_alias x '{"version":3,"colour":1}'
refused "an unknown key" 422 unknown-key colour
put_alias x '{"version":3,"expected":-1}'
refused "an impossible expectation" 422 invalid expected /expected
put_alias x '{"version":'
refused "half a body" 400 malformed '.'
put_alias x ''
check "no body is a 4xx, not $status" [ "${status:0:1}" = 4 ]
call PUT "$at/x" -H 'Content-Type: text/plain' --data-binary '{"version":3}'
refused "another type" 415 unsupported-media-type 'application/json'
put_alias latest '{"version":3}'
refused "a name that is taken" 422 invalid 'cannot be moved'
for bad in 12 Upper -x _x; do
    put_alias "$bad" '{"version":3}'
    refused "the alias $bad" 422 invalid 'is not an alias'
done
call PUT "/models/$tag-nobody/aliases/x" -H 'Content-Type: application/json' \
    --data-binary '{"version":1}'
refused "no such model" 404 not-found 'no model'
get "/models/$tag-nobody/aliases"
refused "aliases of no such model" 404 not-found 'no model'
post_json /predict "{\"model\":\"$iris\",\"version\":\"nobody\",$row}"
refused "a prediction by no alias" 404 not-found "no alias 'nobody'"
for bad in '"3"' '""' '"Upper"'; do
    post_json /predict "{\"model\":\"$iris\",\"version\":$bad,$row}"
    refused "a prediction by $bad" 422 invalid 'an alias' /version
done

# --- the trail --------------------------------------------------------------

get "/models/$iris/audit?limit=3"
status_is "a trail" 200
json_is "newest first" '.audit | map([.action, .version, .alias, .from])' \
    '[["alias_delete",null,"canary",3],["delete",1,null,null],["rollback",3,"production",1]]'
next=$(field .next)
get "/models/$iris/audit?limit=2&after=$next"
json_is "and on from there" '.audit | map([.action, .version, .from])' \
    '[["alias_set",1,3],["alias_set",3,2]]'
get "/models/$iris/audit?limit=500"
holds "trainings are in it, once each, with their jobs" \
    '[.audit[] | select(.action == "publish")] | map(.version) == [3,2,1] and all(.job > 0)'
holds "and who asked" '[.audit[] | select(.action == "alias_set")] | all(.request_id != null)'
holds "a move that did not move is not" \
    '[.audit[] | select(.alias == "production" and .action == "alias_set")] | length == 4'
json_is "it ends" .next null
get "/models/$iris/audit?limit=0"
check "no limit of 0, but $status" [ "${status:0:1}" = 4 ]
get "/audit?limit=1"
json_is "of all models" '.audit | length' 1

# --- durable ----------------------------------------------------------------

if [ -z "$BASE_URL" ]; then
    stop KILL
    start
    alias_is "a kill changes nothing" production 3 1
    post_json /predict "{\"model\":\"$iris\",\"version\":\"production\",$row}"
    json_is "it answers again" .version 3
    stop
    mv "$work/data/models/$iris/3.safetensors" "$work/away"
    check "fsck sees an alias of nothing" grep -q \
        "the alias 'production' of model '$iris' names version 3" \
        <("$MLPD" fsck --data "$work/data")
    start
    post_json /predict "{\"model\":\"$iris\",\"version\":\"production\",$row}"
    refused "its file was taken away" 404 not-found 'names version 3, which is not there'
    get "/models/$iris/audit?limit=1"
    json_is "which the trail says" '.audit[0] | [.action, .version]' '["lost",3]'
    stop
    "$MLPD" fsck --data "$work/data" --repair >/dev/null
    is "fsck mends it" clean "$("$MLPD" fsck --data "$work/data")"
    start
    get "$at/production"
    refused "such an alias is deleted" 404 not-found "no alias"
    put_alias production '{"version":2}'
    status_is "it can be made anew" 201
fi

call DELETE "/models/$iris?force=1"
status_is "a model with its aliases" 204
get "$at"
refused "nothing is left" 404 not-found 'no model'
get "/models/$iris/audit?limit=2"
holds "but the trail" '.audit | length == 2 and all(.action == "delete" or .action == "alias_delete")'

finish
