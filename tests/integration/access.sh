#!/usr/bin/env bash
# Who may come in: keys and their scopes, names, web pages, other machines; and
# that what is refused says nothing of the inside.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
iris=$tag-iris
keys=$work/keys
key() { "$MLPD" key "$@" --keys "$keys" 2>>"$work/remarks"; }
as() { printf 'Authorization: Bearer %s' "$1"; }
exits() { # exits TEXT STATUS PATTERN COMMAND…: ends at once, and says why
    local output found
    output=$(timeout 20 "${@:4}" 2>&1)
    found=$?
    is "$1" "$2" "$found"
    check "$1: says '$3', not '$output'" grep -qE -- "$3" <<<"$output"
}

# turned_away TEXT STATUS SLUG: in one look, there are hundreds of them.
turned_away() {
    is "$1" "$2 $3" "$status $(grep -o 'problems/[a-z-]*' "$work/body" |
        cut -d / -f 2)"
}

# --- making keys ------------------------------------------------------------

admin=$(key create --scope admin --name "the lab")
train=$(key create --scope train)
predict=$(key create --scope predict --expires 30)
check "a key has its form" \
    grep -qE '^mlpd_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$' <<<"$admin"
is "the file is for its owner alone" 600 "$(stat -c %a "$keys")"
is "no secret is in it" "" "$(grep -F -e "${admin:18}" -e "${train:18}" "$keys")"
is "its hash is" 1 \
    "$(grep -c "$(printf %s "${admin:18}" | sha256sum | cut -d ' ' -f 1)" "$keys")"
is "three keys are listed" 3 "$(key list | tail -n +2 | wc -l)"
check "with their names" grep -q 'admin .*never .*the lab' <<<"$(key list)"
is "many at once lose none" 11 "$(
    for _ in 1 2 3 4 5 6 7 8; do key create --scope predict >/dev/null & done
    wait
    key list | tail -n +2 | wc -l)"
exits "a scope that is none" 2 'predict, train or admin' \
    "$MLPD" key create --scope root --keys "$keys"
exits "no scope" 2 'needs --scope' "$MLPD" key create --keys "$keys"
exits "half a verb" 2 'create, list or revoke' "$MLPD" key
exits "an id that nobody has" 2 'no key' \
    "$MLPD" key revoke 000000000000 --keys "$keys"
exits "a list that is not there" 1 'No such file' \
    "$MLPD" key list --keys "$work/none"

# --- standing open ----------------------------------------------------------

exits "other machines and no keys" 1 'no keys.*--allow-anonymous' \
    "$MLPD" --listen 0.0.0.0:0 --data "$work/open"
exits "nor over IPv6" 1 'no keys.*--allow-anonymous' \
    "$MLPD" --listen '[::]:0' --data "$work/open"
exits "keys that are not there" 1 'No such file' \
    "$MLPD" --listen 127.0.0.1:0 --keys "$work/none" --data "$work/open"
cp "$keys" "$work/loose"
chmod 644 "$work/loose"
exits "keys that others can read" 1 'chmod 600' \
    "$MLPD" --listen 127.0.0.1:0 --keys "$work/loose" --data "$work/open"
chmod 600 "$work/loose"
echo nonsense >>"$work/loose"
exits "keys with a broken line" 1 'line 13: expected an id' \
    "$MLPD" --listen 127.0.0.1:0 --keys "$work/loose" --data "$work/open"
check "none of them has made anything" [ ! -e "$work/open" ]
exits "names that are none" 2 'allowed-hosts' "$MLPD" \
    --listen 127.0.0.1:0 --allowed-hosts 'http://x' --data "$work/open"
listen=0.0.0.0:0 start --allow-anonymous
get /version
status_is "said in as many words, it does" 200
get /version -H "Host: 127.0.0.1:1"
status_is "names are checked even then" 200
get /version -H "Host: evil.example"
refused "and foreign ones refused" 421 misdirected 'allowed-hosts'
stop
MLPD_ALLOW_ANONYMOUS=1 listen=0.0.0.0:0 start
stop
is "the variable says it as well" 0 "$exit_status"

# --- the table of routes, one by one ----------------------------------------

listen=0.0.0.0:0 start --keys "$keys" --allowed-hosts mlpd.example
get / -H "$(as "$predict")"
status_is "a key opens the index" 200
mapfile -t routes < <(text_field '.routes[]')
check "there are routes" [ "${#routes[@]}" -gt 20 ]
for_predict='POST /(predict|models/x(/versions/x)?/evaluate|models/x/compare)|GET /(|models|models/x|models/x/versions|models/x/versions/x|models/x/(compare|aliases|aliases/x)|version|metrics|openapi.json)|(GET|POST) /v1/.*'
for_predict+='|GET /v2(/.*)?|POST /v2/models/x(/versions/x)?/infer|POST /v2/repository/index'
for_admin='(PUT|DELETE) /models/.*|POST /models/x/aliases/x/rollback|GET (/models/x)?/audit|POST /v2/repository/models/x/(un)?load'
open='GET /(healthz|readyz|v2/health/(live|ready))'
for route in "${routes[@]}"; do
    method=${route%% *}
    path=$(sed 's/{[a-z]*}/x/g; s/\*\*/x\/y\/z\/x/' <<<"${route#* }")
    if grep -qxE "$open" <<<"$method $path"; then
        call "$method" "$path" -H 'Host: 10.1.2.3'
        status_is "$route asks for no key and no name" 200
        continue
    fi
    call "$method" "$path"
    turned_away "$route without a key" 401 unauthorized
    is "$route says how" Bearer "$(header WWW-Authenticate)"
    call "$method" "$path" -H "$(as "${admin:0:60}x")"
    check "$route with a wrong key is refused, not $status" \
        grep -qE '^(401|429)$' <<<"$status"
    call "$method" "$path" -H "$(as "$admin")" -H 'Host: evil.example'
    turned_away "$route of a foreign host" 421 misdirected
    call "$method" "$path" -H "$(as "$admin")" -H 'Origin: http://evil.example'
    turned_away "$route from a foreign page" 403 forbidden
    call "$method" "$path" -H "$(as "$admin")" -H 'Sec-Fetch-Site: cross-site'
    turned_away "$route from a foreign site" 403 forbidden
    grep -qxE "$for_predict" <<<"$method $path" && continue
    call "$method" "$path" -H "$(as "$predict")"
    turned_away "$route with a key to predict" 403 forbidden
    grep -qxE "$for_admin" <<<"$method $path" || continue
    call "$method" "$path" -H "$(as "$train")"
    turned_away "$route with a key to train" 403 forbidden
done
get /version
refused "the reason is told: no key" 401 unauthorized 'Authorization: Bearer'
call DELETE /models/x -H "$(as "$train")"
refused "or its scope" 403 forbidden 'scope admin'
is "no key was logged" "" \
    "$(grep -F -e "${admin:18}" -e "${predict:18}" "$work/log")"
check "who failed was" grep -q '"event":"auth_failed".*127.0.0.1' "$work/log"
get /metrics -H "$(as "$predict")"
check "and counted" [ "$(awk '$1 == "mlpd_auth_failures_total" { print $2 }' \
    "$work/body")" -gt 40 ]

# --- doing what a key is for -------------------------------------------------

post_csv "/train?model=$iris&wait=50&target=species&epochs=2" \
    "@$data/iris/train.csv" -H "$(as "$train")"
is "a key to train trains" '"succeeded"' "$(field .state)"
for whose in "$train" "$admin" "$admin"; do
    post_csv "/train?model=$iris&wait=50&target=species&epochs=${#whose}" \
        "@$data/iris/train.csv" -H "$(as "$whose")" -H 'Idempotency-Key: once'
    jobs_made="${jobs_made:-} $(field .id)"
done
check "one key does not meet the jobs of another by their words:$jobs_made" \
    awk '{ exit !($1 != $2 && $2 == $3) }' <<<"$jobs_made"
post_json /predict "{\"model\":\"$iris\",\"inputs\":[[1,2,3,4]]}" \
    -H "$(as "$predict")" -H 'Host: mlpd.example:80'
status_is "a key to predict predicts, by a name of the list" 200
call DELETE "/models/$iris" -H "$(as "$admin")"
status_is "a key of the admin deletes" 204
for header in 'Authorization: Basic YTpi' 'Authorization: Bearer' \
    "Authorization: Bearer x" "Authorization: $admin"; do
    get /version -H "$header"
    check "'${header:0:24}' is refused, not $status" \
        grep -qE '^(401|429)$' <<<"$status"
done
get "/version?key=$admin"
refused "a key in the address is none" 401 unauthorized .
for _ in 1 2 3 4 5 6 7 8 9 10; do get /version -H "$(as guess)"; done
refused "ten guesses a minute are too many" 429 too-many-attempts 'minute'
check "it says until when" [ "$(header Retry-After)" -gt 0 ]
get /version -H "$(as "$predict")"
status_is "a good key comes in even so" 200

# --- SIGHUP ------------------------------------------------------------------

is_status() { # is_status STATUS KEY
    get /version -H "$(as "$2")"
    [ "$status" = "$1" ]
}
id=$(cut -d _ -f 2 <<<"$predict")
key revoke "$id"
fresh=$(key create --scope predict)
kill -HUP "$pid"
check "a key that was made opens after SIGHUP" \
    until_true 10 is_status 200 "$fresh"
check "one that was revoked does not" is_status 429 "$predict"
echo nonsense >>"$keys"
kill -HUP "$pid"
check "a broken file is reported" \
    until_true 10 grep -q '"event":"keys_kept"' "$work/log"
check "and the last good keys stay" is_status 200 "$fresh"
stop
is "it ends in order" 0 "$exit_status"

# --- by the machine's own address ---------------------------------------------

address=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 '^[0-9.]*$' || true)
if [ -n "$address" ]; then
    listen=0.0.0.0:0 start --allow-anonymous --max-connections-per-ip 3
    port=${url##*:}
    url=http://$address:$port get /version
    status_is "the address that was connected to is a name" 200
    get /version -H "Host: $address:$port"
    status_is "another way to the same machine does not know it" 421
    hold() { exec 7<>"/dev/tcp/$1/$port" 8<>"/dev/tcp/$1/$port" \
        9<>"/dev/tcp/$1/$port"; }
    has_held() { # has_held N
        get /metrics
        [ "$(awk '$1 == "mlpd_http_connections" { print $2 }' \
            "$work/body")" -ge "$1" ]
    }
    hold "$address"
    check "three connections of one address are held" until_true 10 has_held 4
    url=http://$address:$port get /healthz
    status_is "a fourth is closed" 000
    exec 7>&- 8>&- 9>&-
    sees() {
        url=http://$address:$port get /healthz
        [ "$status" = 200 ]
    }
    check "until one of them goes" until_true 10 sees
    hold 127.0.0.1
    get /healthz
    status_is "this machine's own are not counted" 200
    exec 7>&- 8>&- 9>&-
    stop
    is "it ends in order" 0 "$exit_status"
fi

# --- pages that may ask -------------------------------------------------------

page=https://app.example
start --allowed-origins "$page"
call OPTIONS /predict -H "Origin: $page" \
    -H 'Access-Control-Request-Method: POST' -H 'Sec-Fetch-Site: cross-site'
status_is "a page of the list asks whether it may" 204
is "it may" "$page" "$(header Access-Control-Allow-Origin)"
check "post" grep -qw POST <<<"$(header Access-Control-Allow-Methods)"
get /version -H "Origin: $page"
is "its answers are for it" "$page" "$(header Access-Control-Allow-Origin)"
get /version
is "others are for nobody else" "" "$(header Access-Control-Allow-Origin)"
call OPTIONS /predict -H "Origin: $page.evil.example" \
    -H 'Access-Control-Request-Method: POST'
refused "a page with a longer name may not" 403 forbidden .
get /version -H "Origin: $url"
status_is "our own page may" 200

# --- nothing of the inside -----------------------------------------------------

: >"$work/all"
collect() { [ "${status:0:1}" = 2 ] || text_field .detail >>"$work/all"; }
for path in /nope /jobs/0 /jobs/x /models/none /models/NONE /datasets/none \
    /models/a/versions/x '/jobs?limit=x' '/jobs?x=1' '/models/..'; do
    get "$path" --path-as-is
    collect
done
for body in '' '{' '{}' '[]' '{"model":1}' '{"model":"x"}' \
    '{"model":"x","inputs":[[1],[1,2]]}'; do
    post_json /predict "$body"
    collect
    post_json /train "$body"
    collect
done
for type in text/csv application/x-npy application/octet-stream \
    application/x-idx; do
    call PUT "/datasets/$tag-bad" -H "Content-Type: $type" -d 'a,"b'
    collect
    call PUT "/models/$tag-bad" -H "Content-Type: $type" -d 'abcdefghijkl'
    collect
done
check "there were errors" [ "$(wc -l <"$work/all")" -gt 20 ]
is "none names a file, an address or a library" "" "$(grep -iE \
    "$work|/tmp|/var|/home|/usr|0x[0-9a-f]|\.[ch]:|sqlite|jansson|microhttpd|libuv|nettle|zlib|errno" \
    "$work/all")"

finish
