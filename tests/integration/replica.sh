#!/usr/bin/env bash
# A daemon that only serves a folder, as KServe starts it: read-only, any user,
# and the folder changes below it.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
start
train iris "target=species&seed=1&epochs=5&hidden=8"
get /models/iris/versions/1/file
cp "$work/body" "$work/one"
train iris "target=species&seed=2&epochs=5&hidden=8"
get /models/iris/versions/2/file
cp "$work/body" "$work/two"
stop

models=$work/models
mkdir "$models" "$work/cwd"
chmod 755 "$work" "$models"
chmod 555 "$work/cwd"
as=()
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    as=(setpriv --reuid=12345 --regid=12345 --clear-groups)
fi
cp "$MLPD" "$work/mlpd" # the other user may not see where it was built
chmod 755 "$work/mlpd"

# replica FLAG…: in a folder where nothing can be written.
replica() {
    mkfifo "$work/ready"
    (cd "$work/cwd" && exec "${as[@]}" "$work/mlpd" serve --model_dir="$models" \
        --listen 127.0.0.1:0 "$@" 2>"$work/ready") &
    pid=$!
    exec 3<"$work/ready"
    rm "$work/ready"
    url=
    while [ -z "$url" ] && IFS= read -r -t 30 line <&3; do
        url=$(jq -r 'select(.event == "ready") | .url' <<<"$line")
    done
    if [ -z "$url" ]; then
        echo "$name: the replica did not start: $line" >&2
        exit 1
    fi
    cat <&3 >>"$work/log" &
}
ready() { get /readyz && [ "$status" = 200 ]; }
versions() { get "/models" && [ "$(field '[.models[] | .name, .versions]')" = "$1" ]; }
refused_files() { get "/models" && [ "$(field '[.refused[].file]')" = "$1" ]; }
put() { # put FILE PLACE: at once, as one who knows does
    cp "$1" "$work/new" && chmod 644 "$work/new" && mv "$work/new" "$models/$2"
}
rows='{"model":"iris","inputs":[[5.1,3.5,1.4,0.2]]}'

# --- one model, by its file's name ------------------------------------------

replica
get /healthz
status_is "it lives without a model" 200
get /readyz
refused "it is not ready without a model" 503 not-ready "no model"
get /v2/health/ready
refused "KServe is told the same" 503 not-ready "no model"
put "$work/one" iris.safetensors
check "it is ready when there is one" until_true 5 ready
get /v2/health/ready
json_is "and again" .ready true
post_json /predict "$rows"
status_is "the model answers" 200
json_is "as version 1" '[.model, .version]' '["iris",1]'
get /models/iris/versions/1
json_is "its hash is the file's" .sha256 "\"$(sha256sum <"$work/one" | cut -d' ' -f1)\""

# --- versions come and go ---------------------------------------------------

mkdir "$models/iris"
chmod 755 "$models/iris"
put "$work/two" iris/2.safetensors
check "a version appears" until_true 5 versions '["iris",[1,2]]'
post_json /predict "$rows"
json_is "and is the latest" .version 2
rm "$models/iris/2.safetensors"
check "a version goes" until_true 5 versions '["iris",[1]]'
head -c 900 "$work/two" >"$models/iris/3.safetensors"
check "half a file is refused" until_true 5 refused_files '["iris/3.safetensors"]'
get /metrics
check "and counted" grep -qx "mlpd_models_refused 1" "$work/body"
post_json /predict "$rows"
json_is "what was there answers" .version 1
cp "$work/two" "$models/iris/3.safetensors"
check "the whole file is taken" until_true 5 versions '["iris",[1,3]]'
json_is "and refused no more" .refused '[]'
cp /dev/null "$models/iris/3.safetensors"
check "one that is cut short is refused" until_true 5 refused_files '["iris/3.safetensors"]'
post_json /predict "$rows"
json_is "what was read before answers" .version 3
rm -r "$models/iris"
check "all go with their folder" until_true 5 versions '["iris",[1]]'
put "$work/two" iris.safetensors
changed() {
    get /models/iris/versions/1 &&
        [ "$(text_field .sha256)" = "$(sha256sum <"$work/two" | cut -d' ' -f1)" ]
}
check "a file that has changed is served" until_true 5 changed

# --- nothing else -----------------------------------------------------------

post_csv "/train?model=x&target=species" "@$data/iris/train.csv"
refused "no training" 403 forbidden "only serves models"
call DELETE /models/iris
refused "no removal" 403 forbidden "only serves models"
call PUT /models/x --data-binary "@$work/one"
refused "no import" 403 forbidden "only serves models"
get /jobs
refused "no jobs" 403 forbidden "only serves models"
post_csv /models/iris/evaluate "@$data/iris/train.csv"
refused "no tables" 403 forbidden "only serves models"
post_csv "/models/iris/compare?a=1&b=1" "@$data/iris/train.csv"
refused "to compare with, either" 403 forbidden "only serves models"
post_json /predict '{"model":"iris","inputs":[[1]]}'
is "a bad request is one" 422 "$status"
is "nothing was written" "" "$(ls -A "$work/cwd")"
stop
is "it ends in order" 0 "$exit_status"

# --- a named model, and a volume of Kubernetes' ------------------------------

rm -r "$models"
mkdir -p "$models/..1"
cp "$work/one" "$models/..1/export.safetensors"
ln -s ..1 "$models/..data"
ln -s ..data/export.safetensors "$models/export.safetensors"
chmod -R a+rX "$models"
replica --model_name iris
check "a single file is the model" until_true 5 versions '["iris",[1]]'
mkdir "$models/..2"
cp "$work/two" "$models/..2/export.safetensors"
chmod -R a+rX "$models"
ln -s ..2 "$models/..tmp"
mv -T "$models/..tmp" "$models/..data"
check "a swap of links is seen" until_true 5 changed
stop

# --- a start with a model that is there -------------------------------------

# It is looked at then, not when changes would have come to an end, 200 ms later.
# The best of three, as others may have the processor.
at_ms() { date -d "$(jq -r .time <<<"$1")" +%s%3N; }
best=1000
for _ in 1 2 3; do
    : >"$work/log"
    replica --model_name iris
    check "it is ready" until_true 5 ready
    found=$(grep -m 1 '"model_found"' "$work/log")
    late=$(($(at_ms "$found") - $(at_ms "$line")))
    best=$((late < best ? late : best))
    stop
done
check "the model is there at once, not after $best ms" [ "$best" -lt 200 ]

# --- mistakes ---------------------------------------------------------------

"$MLPD" serve --model_dir "$work/none" --listen 127.0.0.1:0 2>"$work/error"
is "no folder: it does not start" 1 $?
check "and says which" grep -q "$work/none" "$work/error"
"$MLPD" serve --model_dir "$models" --model_name 'a b' --listen 127.0.0.1:0 2>"$work/error"
is "a bad name: it does not start" 1 $?
check "and says why" grep -q -- "--model-name: expected" "$work/error"
"$MLPD" serve --model_name iris 2>"$work/error"
is "a name without a folder" 2 $?
"$MLPD" serve --model_dir "$models" --http_port 8080 2>"$work/error"
is "no door without keys" 1 $?
check "as everywhere" grep -q -- "--allow-anonymous" "$work/error"
finish
