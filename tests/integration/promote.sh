#!/usr/bin/env bash
# A training moves an alias to what it made: always, or where it is better.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
start
iris=$tag-iris
table=tests/data/iris/train.csv

learn() { # learn QUERY: one more version, by name "iris"
    train "$iris" "target=species&hidden=4&$1"
}
alias_is() { # alias_is TEXT ALIAS VERSION PREVIOUS
    get "/models/$iris/aliases/$2"
    json_is "$1" '[.version, .previous]' "[$3,$4]"
}
good='epochs=60&seed=2&learning_rate=0.02&validation=0.2'
bad='epochs=1&seed=1&learning_rate=0.0001&validation=0.2'
rule='promote_alias=production&promote_if=validation_loss&promote_better_than=production'

# --- always, or where it is better ------------------------------------------

learn "$bad"
json_is "nothing was asked, nothing is said" .result '{"version":1}'
learn "$bad&$rule"
json_is "the first one is taken" '.result | [.version, .promoted.alias, .promoted.from]' \
    '[2,"production",null]'
json_is "and says why" .result.promoted.because '"there was no version production"'
json_is "the job tells what was asked for" .spec.promote \
    '{"alias":"production","if":"validation_loss","better_than":"production"}'
job=$(field .id)
alias_is "the alias is there" production 2 null
get "/models/$iris"
json_is "the model's record says nothing of it" '.spec | has("promote")' false
get "/models/$iris/audit?limit=1"
json_is "the audit trail does" '.audit[0] | [.action, .version, .alias, .job]' \
    "[\"promote\",2,\"production\",$job]"
learn "$good&$rule"
json_is "a better one is taken" '.result.promoted | [.alias, .from]' '["production",2]'
check "and says by what" grep -qE \
    '^validation_loss [0-9.e-]+ is better than [0-9.e-]+ of version 2, production$' \
    <<<"$(text_field .result.promoted.because)"
alias_is "the alias has moved" production 3 2
learn "$bad&$rule"
json_is "a worse one is not" '.result | [.version, .promoted]' '[4,null]'
check "and says by what" grep -qE \
    'is not better than [0-9.e-]+ of version 3, production$' \
    <<<"$(text_field .result.because)"
alias_is "the alias has not moved" production 3 2
learn "$good&$rule"
json_is "an equal one is not" '.result | [.version, .promoted]' '[5,null]'
learn "$bad&promote_alias=staging"
json_is "without a condition any" '.result.promoted | [.alias, .from]' '["staging",null]'
learn "$bad&promote_alias=staging&promote_if=accuracy&promote_better_than=1"
json_is "a number is a bound" .result.promoted null
learn "$good&promote_alias=staging&promote_if=validation_accuracy&promote_better_than=0.5"
json_is "more accuracy is better" .result.promoted.from 6
learn "$good&promote_alias=staging&promote_if=validation_accuracy&promote_better_than=0.5&promote_min_delta=0.9"
check "by as much as it was told" grep -q 'not better by more than 0.9 than 0.5' \
    <<<"$(text_field .result.because)"
call POST "/models/$iris/aliases/production/rollback"
json_is "what was promoted can be rolled back" '[.version, .previous]' '[2,3]'

# --- equal bytes ------------------------------------------------------------

get "/models/$iris/versions/3"
sha=$(field .sha256)
train "$iris-plain" "target=species&hidden=4&$good"
get "/models/$iris-plain"
json_is "the model's name aside, the record is the same" '.spec | del(.model)' \
    "$(curl -s "$url/models/$iris/versions/3" | jq -c '.spec | del(.model)')"
get "/models/$iris/versions/5"
json_is "and so are the bytes" .sha256 "$sha"

# --- a kill -----------------------------------------------------------------

# What a kill between the alias and the job's last commit leaves: the job is
# running, and has a version.
if command -v sqlite3 >/dev/null; then
    get "/jobs/$job"
    before=$(field .result)
    stop
    sqlite3 "$work/data/mlpd.db" \
        "UPDATE jobs SET state='running', version=0, outcome=NULL WHERE id=$job"
    start
    get "/jobs/$job"
    json_is "the outcome is found again" .result "$before"
    alias_is "and not made again" production 2 3
    get "/models/$iris/audit"
    json_is "the trail has it once" \
        "[.audit[] | select(.job == $job and .action == \"promote\")] | length" 1
    stop
    sqlite3 "$work/data/mlpd.db" "DELETE FROM audit WHERE job=$job AND
        action='promote'; DELETE FROM aliases; UPDATE jobs SET state='running',
        version=0, outcome=NULL WHERE id=$job"
    start
    get "/jobs/$job"
    json_is "what was not made is made" .result "$before"
    alias_is "the alias is there" production 2 null
else
    echo "$name: no sqlite3, a kill between two commits is not tried"
fi

# --- what cannot be ---------------------------------------------------------

wish() { # wish JSON [MORE]
    post_json /train "{\"model\":\"$iris\",\"target\":\"c\",\"data\":{\"columns\":
        [\"a\",\"c\"],\"rows\":[[1,\"x\"],[2,\"y\"],[3,\"x\"],[4,\"y\"]]},
        ${2:-}\"promote\":$1}"
}
wish 7
refused "no object" 422 invalid 'expected an object' /promote
wish '{}'
refused "no alias" 422 invalid 'expected the alias' /promote/alias
wish '{"alias":"latest"}'
refused "latest" 422 invalid 'not latest' /promote/alias
wish '{"alias":"A b"}'
refused "no alias's name" 422 invalid 'expected an alias' /promote/alias
wish '{"alias":"a","if":"speed","better_than":1}'
refused "no score" 422 invalid "balanced_accuracy.*r2; got 'speed'" /promote/if
wish '{"alias":"a","if":"auc","better_than":1}'
refused "no score of training rows" 422 invalid 'validation_auc' /promote/if
wish '{"alias":"a","if":"loss"}'
refused "no bound" 422 invalid 'an alias or a number' /promote/better_than
wish '{"alias":"a","better_than":"a"}'
refused "no score for it" 422 invalid 'expected a score' /promote/if
wish '{"alias":"a","if":"loss","better_than":true}'
refused "no bound at all" 422 invalid 'better_than' /promote/better_than
wish '{"alias":"a","min_delta":1}'
refused "a delta alone" 422 invalid "goes with 'if'" /promote/min_delta
wish '{"alias":"a","if":"loss","better_than":1,"min_delta":-1}'
refused "a delta below zero" 422 invalid '0' /promote/min_delta
wish '{"alias":"a","when":1}'
refused "an unknown key" 422 unknown-key 'when' /promote/when
wish '{"alias":"a","if":"rmse","better_than":1}'
refused "a score of another task" 422 invalid 'classification has no rmse' /promote/if
wish '{"alias":"a","if":"validation_loss","better_than":1}' '"training":{"validation":0},'
refused "no rows held out" 422 invalid 'no rows are held out' /promote/if
post_csv "/train?model=$iris&target=species&promote_if=loss" "@$table"
refused "in the query its key is named" 422 invalid '^promote_alias: expected'

# --- who may ----------------------------------------------------------------

stop
admin=$("$MLPD" key create --scope admin --keys "$work/keys" 2>>"$work/log")
trainer=$("$MLPD" key create --scope train --keys "$work/keys" 2>>"$work/log")
start --keys "$work/keys"
post_csv "/train?model=$iris&target=species&epochs=1&promote_alias=a&wait=50" \
    "@$table" -H "Authorization: Bearer $trainer"
refused "a key that may not move aliases" 403 forbidden 'scope admin'
post_csv "/train?model=$iris&target=species&epochs=1&wait=50" \
    "@$table" -H "Authorization: Bearer $trainer"
status_is "may train" 200
post_csv "/train?model=$iris&target=species&epochs=1&promote_alias=a&wait=50" \
    "@$table" -H "Authorization: Bearer $admin"
json_is "one that may, may" .result.promoted.alias '"a"'
finish
