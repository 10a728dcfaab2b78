#!/usr/bin/env bash
# Two versions side by side.
. "$(dirname "$0")/lib.sh"
start
iris=$tag-iris
at=/models/$iris/compare

train "$iris" "target=species&hidden=4&epochs=60&learning_rate=0.02&validation=0.2&seed=1"
train "$iris" "target=species&hidden=8&epochs=1&learning_rate=0.0001&validation=0.2&seed=1&exclude=petal_width"
train "$iris" "target=species&hidden=8&epochs=1&validation=0&seed=1" tests/data/iris/test.csv
call PUT "/models/$iris/aliases/production" -H 'Content-Type: application/json' \
    --data-binary '{"version":1}'

get "/models/$iris/versions/2"
loss=$(field .scores.validation.loss)
sha=$(field .sha256)
get "$at?a=production&b=2"
status_is "an alias and a version" 200
json_is "which they are" '[.model, .a.version, .b.version, .b.sha256]' \
    "[\"$iris\",1,2,$sha]"
json_is "a score is the version's own" .scores.validation.loss.b "$loss"
holds "the difference is b - a" '.scores.validation.loss
    | (.b - .a - .difference | fabs) < 1e-12 and .b > .a'
json_is "less loss is better" .scores.validation.loss.better '"a"'
json_is "more accuracy is better" .scores.train.accuracy.better '"a"'
json_is "of as many rows" .scores.validation.rows '{"a":24,"b":24}'
json_is "there is no rmse" '.scores.validation | has("rmse")' false
json_is "a column is gone" .columns '{"added":[],"removed":["petal_width"]}'
json_is "the table is the same" .same_data true
json_is "settings differ" '.differences[]
    | select(.pointer == "/spec/training/epochs") | [.a, .b]' '[60,1]'
json_is "so does the network" '.differences[]
    | select(.pointer == "/network/inputs") | [.a, .b]' '[4,3]'
json_is "what is equal is not told" \
    '[.differences[] | select(.pointer == "/spec/training/seed")] | length' 0
holds "sizes and times are there" '.a.size_bytes > 0 and .b.parameters.weights > 0
    and (.a.created_at | length > 0) and .a.data.rows == 120'
get "$at?a=2&b=1"
json_is "the other way round" '[.columns.added, .scores.validation.loss.better]' \
    '[["petal_width"],"b"]'
get "$at?a=2&b=2"
json_is "with itself" '[.differences, .scores.validation.loss.difference,
    .scores.validation.loss.better]' '[[],0,null]'
get "$at?a=1&b=latest"
json_is "no rows held out: no score" '.scores.validation.loss | [.b, .difference, .better]' \
    '[null,null,null]'
json_is "another table" .same_data false

get "$at?a=1"
refused "b is missing" 422 invalid '^b: expected'
get "$at"
refused "both are" 422 invalid '^a: expected'
get "$at?a=0&b=1"
refused "no version" 422 invalid 'a'
get "$at?a=9&b=1"
refused "a version that is not there" 404 not-found '9'
get "$at?a=1&b=nobody"
refused "an alias that is not there" 404 not-found 'nobody'
get "/models/$tag-none/compare?a=1&b=2"
refused "a model that is not there" 404 not-found "$tag-none"
get "$at?a=1&b=2&c=3"
refused "an unknown key" 422 unknown-key 'c'
finish
