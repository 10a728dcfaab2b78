#!/usr/bin/env bash
# Why a model says what it says: `explain` of POST /predict, and the importance
# of columns.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
diabetes=$tag-diabetes
wdbc=$tag-wdbc

once='seed=1&ensemble=1&epochs=60'
train "$iris" "target=species&$once"
train "$diabetes" "target=target&$once" "$data/diabetes/train.csv"
train "$wdbc" 'target=diagnosis&seed=1&ensemble=2&epochs=20' \
    "$data/wdbc/train.csv"
row='5.1,3.5,1.4,0.2'

# --- a classifier -----------------------------------------------------------

ask() { post_json /predict "{\"model\":\"$iris\",$1}" "${@:2}"; }

ask "\"inputs\":[[$row]]"
json_is "nothing is explained unless it is asked for" \
    '.predictions[0] | has("explanation")' false
plain=$(field '.predictions[0]')
ask "\"explain\":false,\"inputs\":[[$row]]"
json_is "or when it is not wanted" '.predictions[0]' "$plain"

ask "\"explain\":true,\"inputs\":[[$row],[6.7,3.1,5.6,2.4]]"
status_is "a prediction is explained" 200
json_is "which is what it was without" '.predictions[0] | del(.explanation)' \
    "$plain"
json_is "the label is what is explained" \
    '[.predictions[] | .explanation.of == .label]' '[true,true]'
json_is "each column has its part" \
    '.predictions[0].explanation.contributions | keys_unsorted' \
    '["sepal_length","sepal_width","petal_length","petal_width"]'
# p comes back in seven digits: rows that are less sure.
log_odds='def odds: .probabilities[.label] as $p |
    ($p | log) - (1 - $p | log);
    def sum: .explanation | .baseline + ([.contributions[]] | add);'
post_csv "/predict?model=$iris&explain=1" "@$data/iris/test.csv"
holds "the log-odds of the label are what is explained" \
    "$log_odds [.predictions[] | select(.probabilities[.label] < 0.9999) |
    .explanation.value - odds | fabs] | length > 3 and max < 0.01"
holds "the parts add up to them" \
    "$log_odds [.predictions[] | (sum - .explanation.value) /
    (1 + (.explanation.value | fabs)) | fabs] | max < 0.04"
one=$(field '.predictions[3].explanation')
post_csv "/predict?model=$iris&explain=true" \
    "$(sed -n '1p;5p' "$data/iris/test.csv")"
json_is "a row does not depend on its neighbours" \
    '.predictions[0].explanation' "$one"
ask "\"explain\":true,\"top\":1,\"inputs\":[[$row]]"
json_is "top and explain go together" \
    '.predictions[0] | [(.probabilities | length), (.explanation | length)]' \
    '[1,4]'
ask '"explain":true,"inputs":[[null,null,null,null]]'
holds "a row of the baseline has nothing to explain" \
    '[.predictions[0].explanation.contributions[] | fabs] | max < 0.001'

post_csv "/predict?model=$wdbc&explain=1" "@$data/wdbc/test.csv"
holds "the parts of several networks add up to their mean" \
    "$log_odds [.predictions[] | (sum - .explanation.value) /
    (1 + (.explanation.value | fabs)) | fabs] | max < 0.02"

# --- a regression, several targets ------------------------------------------

post_csv "/predict?model=$diabetes&explain=1" "@$data/diabetes/test.csv"
json_is "the target is what is explained" \
    '[.predictions[].explanation.of] | unique' '["target"]'
holds "the parts add up to the value, in its unit" \
    '[.predictions[] | (.value - (.explanation | .baseline +
    ([.contributions[]] | add))) | fabs] | max < 3'

learn() { # learn NAME JSON: train on a small table
    post_json '/train?wait=50' "{\"model\":\"$tag-$1\",$2}"
    is "$1 is trained" '"succeeded"' "$(field .state)"
}
learn values '"data":{"columns":["x","k","a","b"],
    "rows":[[0,1,1,5],[1,1,2,4],[2,1,3,3],[3,1,4,2],[4,1,5,1]]},
    "target":["a","b"],"task":"regression","training":{"epochs":20,"seed":1}'
post_json /predict "{\"model\":\"$tag-values\",\"explain\":true,
    \"columns\":[\"x\",\"k\"],\"rows\":[[3,1]]}"
json_is "several targets have an explanation each" \
    '.predictions[0].explanations | map(.of)' '["a","b"]'
json_is "a constant column adds nothing" \
    '[.predictions[0].explanations[].contributions.k]' '[0,0]'

# --- importance -------------------------------------------------------------

is_falling() { # is_falling TEXT: the importance of a model's columns
    holds "$1: the neediest column comes first" \
        '[.importance[].loss_increase] | . == (sort | reverse)'
}
get "/models/$iris"
is_falling "of flowers"
json_is "every column has its importance" \
    '[.importance[].column] | sort == (["petal_length", "petal_width",
    "sepal_length", "sepal_width"])' true
holds "the petals tell most" \
    '.importance[0].column | startswith("petal")'
importance=$(field .importance)
train "$iris" "target=species&$once"
get "/models/$iris/versions/2"
json_is "an equal training finds the same" .importance "$importance"
get "/models/$diabetes"
is_falling "of patients"
holds "in the unit of the target" '.importance[0].loss_increase > 2'
get "/models/$tag-values"
json_is "without held-out rows there is none" .importance null
train "$iris" 'target=species&seed=1&epochs=1&ensemble=1'
get "/models/$iris"
json_is "nor where it would cost more than a short training" .importance null

# --- refusals ---------------------------------------------------------------

ask "\"explain\":1,\"inputs\":[[$row]]"
refused "a number is no flag" 422 invalid 'explain' /explain
call POST "/predict?model=$iris&explain=maybe" -H 'Content-Type: text/csv' \
    --data-binary "@$data/iris/test.csv"
is "a word is no flag" 4 "${status:0:1}"
ask "\"explain\":true,\"inputs\":[[$row]]" -H 'Accept: text/csv'
refused "a CSV has no room for it" 422 invalid 'text/csv' /explain
many=$(yes "$row" | head -n 1001)
head_line=$(head -n 1 "$data/iris/test.csv" | cut -d, -f1-4)
post_csv "/predict?model=$iris&explain=1" "$head_line
$many
"
refused "too many rows" 413 too-large '1001 rows, at most 1000'
post_csv "/predict?model=$iris&explain=1" "$head_line
$(head -n 1000 <<<"$many")
"
json_is "as many as there may be" '.predictions | length' 1000
json_is "and all alike" '[.predictions[].explanation] | unique | length' 1

finish
