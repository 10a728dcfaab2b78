#!/usr/bin/env bash
# POST /train: every form of data, what is chosen when nothing is said, what
# waiting and a dry run answer. Refusals are in errors.sh.
. "$(dirname "$0")/lib.sh"
start

# --- the answer -------------------------------------------------------------

csv=$data/iris/train.csv
post_csv "/train?model=$tag-a&target=species&epochs=5" "@$csv"
status_is "a job is accepted" 202
json_is "which has not ended" '.state | . == "queued" or . == "running"' true
is "and is to be found" "/jobs/$(field .id)" "$(header Location)"
post_csv "/train?model=$tag-a&target=species&epochs=5&wait=50" "@$csv"
status_is "who waits is told the end" 200
json_is "of the job" .state '"succeeded"'
is "and where it is" "/jobs/$(field .id)" "$(header Location)"

# --- a dry run --------------------------------------------------------------

digits='"network":{"hidden":[16,16],"activation":"sigmoid"},
    "training":{"epochs":30,"batch_size":32,"optimizer":"sgd",
    "learning_rate":0.5,"validation":0,"seed":7}'
pixels=$(printf '0,%.0s' {1..783})0
rows=$(for _ in 0 1 2 3 4 5 6 7 8 9; do printf '[%s],' "$pixels"; done)
post_json '/train?dry_run=1' "{\"model\":\"$tag-dry\",\"data\":{
    \"inputs\":[${rows%,}],\"targets\":[0,1,2,3,4,5,6,7,8,9]},$digits}"
status_is "a dry run is answered" 200
json_is "784-16-16-10 has its weights and biases, apart" .parameters \
    '{"weights":12960,"biases":42}'
json_is "the settings come back" \
    '.spec | [.network.hidden, .network.activation, .training.optimizer.name,
        .training.learning_rate, .training.batch_size, .training.seed]' \
    '[[16,16],"sigmoid","sgd",0.5,32,7]'
json_is "with what was chosen" \
    '.spec | [.task, .training.loss, .network.output, .training.shuffle]' \
    '["classification","cross_entropy","softmax",true]'
json_is "the classes" .classes '[0,1,2,3,4,5,6,7,8,9]'
holds "the memory that it needs" '.memory_bytes > 12960 * 4'
holds "that numbers are taken for classes is worth a warning" \
    '.warnings | any(test("classes"))'
get "/models/$tag-dry"
status_is "and nothing is trained" 404

post_csv "/train?dry_run=1&model=$tag-dry&target=species" "@$csv"
json_is "the columns and their parts" '.columns | map([.name, .type, .role])' \
    '[["sepal_length","numeric","feature"],["sepal_width","numeric","feature"],["petal_length","numeric","feature"],["petal_width","numeric","feature"],["species","text","target"]]'
json_is "the rows, of which few are learned from and held out by turns" .rows \
    '{"training":120,"validation":120}'
json_is "a task that follows from the target" .spec.task '"classification"'
spec=$(field .spec)
post_csv "/train?dry_run=1&model=$tag-dry&target=petal_width&exclude=species" \
    "@$csv"
json_is "another target, another task" \
    '[.spec.task, .spec.training.loss, .spec.network.output]' \
    '["regression","mse","identity"]'
post_csv "/train?dry_run=1&model=$tag-dry&target=species\
&features=petal_width,petal_length" "@$csv"
json_is "features can be chosen" \
    '.columns | map(select(.role == "feature").name) | sort' \
    '["petal_length","petal_width"]'

json_is "what was not said is shown, too" \
    '.spec.training | [.dropout, .class_weight]' '[0.15,null]'
post_csv "/train?dry_run=1&model=$tag-dry&target=species&hidden=8" "@$csv"
json_is "a network that is named is trained as it always was" \
    '[.rows.training, .rows.validation, .spec.training.dropout]' '[96,24,0]'
post_csv "/train?dry_run=1&model=$tag-dry&target=species&activation=tanh" \
    "@$csv"
json_is "an initializer that is everybody's has a name" .spec.network.init \
    '"glorot_uniform"'
json_is "the memory has the table in it" \
    '.memory_bytes > 120 * 5 * 4' true

# What a dry run answers is itself a request that means the same.
table=$(jq -Rsc 'rtrimstr("\n") | split("\n") | map(split(",")) |
    {columns: .[0], rows: (.[1:] | map([(.[:4][] | tonumber), .[4]]))}' "$csv")
post_json '/train?dry_run=1' "$(jq -c --argjson table "$table" \
    '. + {data: $table}' <<<"$spec")"
json_is "the resolved settings resolve to themselves" .spec "$spec"

# --- every form, the same weights ---------------------------------------------

settings='"training":{"epochs":10,"seed":3}'
sha_of() { # sha_of NAME: of the file, which has the name in its record
    get "/models/$1/versions/$2"
    text_field .sha256
}
post_csv "/train?model=$tag-f&target=species&epochs=10&seed=3&wait=50" "@$csv"
post_json '/train?wait=50' \
    "{\"model\":\"$tag-f\",\"data\":$table,\"target\":\"species\",$settings}"
json_is "columns and rows train" .result '{"version":2}'
answers_of() { # answers_of VERSION
    post_csv "/predict?model=$tag-f&version=$1" "@$data/iris/test.csv"
    field .predictions
}
is "what the CSV does" "$(answers_of 1)" "$(answers_of 2)"
gzip -c "$csv" >"$work/iris.csv.gz"
post_csv "/train?model=$tag-f&target=species&epochs=10&seed=3&wait=50" \
    "@$work/iris.csv.gz" -H 'Content-Encoding: gzip'
is "a gzipped CSV does, to the byte" "$(sha_of "$tag-f" 1)" "$(sha_of "$tag-f" 3)"
tr , ';' <"$csv" >"$work/semicolons.csv"
post_csv "/train?model=$tag-f&target=species&epochs=10&seed=3&wait=50" \
    "@$work/semicolons.csv"
is "one with semicolons, too, to the byte" "$(sha_of "$tag-f" 1)" "$(sha_of "$tag-f" 4)"

inputs=$(jq -c '.rows | map(.[:4])' <<<"$table")
targets=$(jq -c '.rows | map(.[4])' <<<"$table")
post_json '/train?wait=50' "{\"model\":\"$tag-i\",\"data\":{\"inputs\":$inputs,
    \"targets\":$targets},$settings}"
json_is "inputs and targets train" .state '"succeeded"'
get "/models/$tag-i"
json_is "their columns have numbers for names" '[.features, .targets]' \
    '[["x0","x1","x2","x3"],["target"]]'
post_csv "/train?model=$tag-n&target=x4&header=0&epochs=10&wait=50" \
    "$(tail -n +2 "$csv")"
json_is "a CSV may have no names" .state '"succeeded"'

# --- columns that are left out ------------------------------------------------

# As pandas writes it: an index without a name, here as text.
awk -F, 'BEGIN { OFS = "," } { print (NR == 1 ? "" : "r" NR), $0 }' "$csv" \
    >"$work/pandas.csv"
post_csv "/train?model=$tag-p&target=species&exclude=x0&epochs=5&wait=50" \
    "@$work/pandas.csv"
json_is "an index without a name can be excluded" .state '"succeeded"'
post_csv "/predict?model=$tag-p" "@$work/pandas.csv"
status_is "the CSV that trained it can be predicted with" 200
expected=$(field .predictions)
post_csv "/predict?model=$tag-p" "@$csv"
is "as well as the one without" "$expected" "$(field .predictions)"
get "/models/$tag-p"
json_is "the model knows what it ignores" .ignored '["x0"]'
post_csv "/train?model=$tag-p&target=species&features=petal_width&epochs=5\
&wait=50" "@$csv"
get "/models/$tag-p"
json_is "what was not among the features" .ignored \
    '["sepal_length","sepal_width","petal_length"]'
post_csv "/predict?model=$tag-p" "@$csv"
status_is "is passed over" 200
post_csv "/predict?model=$tag-p" 'petal_width,colour
1,2'
refused "what nobody knows is refused" 422 invalid "'colour'"
get "/models/$tag-f"
json_is "most models ignore nothing" 'has("ignored")' false
post_csv "/train?model=$tag-c&target=species&epochs=2&wait=50\
&exclude=%5B%22petal_length%2C%20cm%22%5D" \
    "$(sed '1s/petal_length/"petal_length, cm"/' "$csv")"
json_is "a name with a comma can be excluded" .spec.exclude \
    '["petal_length, cm"]'
json_is "and is" .state '"succeeded"'

# --- settings of every kind -------------------------------------------------

all='"network":{"layers":[{"units":8,"activation":"gelu","dropout":0.1},
    {"units":4,"activation":"tanh"}],"init":"he_normal"},
    "training":{"epochs":8,"batch_size":"full","optimizer":{"name":"adamw",
    "beta1":0.8},"learning_rate":0.01,"schedule":{"name":"one_cycle"},
    "weight_decay":0.1,"l1":1e-5,"l2":1e-5,"label_smoothing":0.1,
    "gradient_clip":1,"class_weight":{"setosa":2,"versicolor":1,"virginica":1},
    "validation":0.25,"early_stopping":{"patience":5,"min_delta":0.001},
    "shuffle":false,"seed":11,"time_limit_s":60}'
post_json '/train?wait=50' \
    "{\"model\":\"$tag-all\",\"data\":$table,\"target\":\"species\",$all}"
json_is "everything at once trains" .state '"succeeded"'
json_is "with what was asked for" \
    '.spec | [.network.layers[0].units, .training.schedule.name,
        .training.optimizer.name, .training.validation]' \
    '[8,"one_cycle","adamw",0.25]'

post_csv "/train?model=$tag-f&from=$tag-f@1&target=species&epochs=1&seed=3\
&wait=50" "@$csv"
json_is "a model goes on from another" .state '"succeeded"'
get "/models/$tag-f"
json_is "as a version of its own" '.versions | length' 5
post_csv "/train?model=$tag-f&from=$tag-f@99&target=species&epochs=1" "@$csv"
check "from a version that is not there is a 4xx, not $status" \
    [ "${status:0:1}" = 4 ]

finish
