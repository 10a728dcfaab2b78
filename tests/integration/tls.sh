#!/usr/bin/env bash
# TLS 1.2 and 1.3 and nothing older, with a certificate of the test's own.
. "$(dirname "$0")/lib.sh"
needs_own_daemon
command -v openssl >/dev/null || { echo "$name: needs openssl"; exit 0; }
iris=$tag-iris
certificate=$work/cert.pem
make_pair() { # make_pair CERT KEY
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=localhost -keyout "$2" -out "$1" \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null
}
make_pair "$certificate" "$work/key.pem"
make_pair "$work/other.pem" "$work/other-key.pem"
chmod 600 "$work/key.pem"
refuses() { # refuses TEXT PATTERN FLAG…: it does not start, and says why
    local output
    output=$(timeout 20 "$MLPD" --listen 127.0.0.1:0 --data "$work/no" \
        "${@:3}" 2>&1)
    is "$1: status" 1 "$?"
    check "$1: says '$2', not '$output'" grep -qE -- "$2" <<<"$output"
}
refuses "half of it" 'expected both' --tls-cert "$certificate"
refuses "no such file" 'tls-key.*No such file' \
    --tls-cert "$certificate" --tls-key "$work/none"
echo nonsense >"$work/nonsense"
refuses "a file of another kind" 'no PEM' \
    --tls-cert "$work/nonsense" --tls-key "$work/key.pem"
refuses "a key of another certificate" 'TLS cannot start' \
    --tls-cert "$certificate" --tls-key "$work/other-key.pem"
refuses "the two the wrong way round" 'TLS cannot start' \
    --tls-cert "$work/key.pem" --tls-key "$certificate"

scheme=https start --tls-cert "$certificate" --tls-key "$work/key.pem"
with=(--cacert "$certificate")
get /healthz "${with[@]}"
status_is "it answers over TLS" 200
for version in 1.2 1.3; do
    get /version "${with[@]}" --tlsv"$version" --tls-max "$version"
    status_is "over TLS $version" 200
done
is "it says no more over TLS 1.1" no "$(
    openssl s_client -connect "${url#https://}" -tls1_1 \
        -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1 |
        grep -qE 'Cipher is [A-Z]' && echo yes || echo no)"
get /healthz
status_is "a client that does not trust it hears nothing" 000
url=http://${url#https://} get /healthz
status_is "nor does one without TLS" 000
check "healthcheck tries the handshake" "$MLPD" healthcheck --url "$url"
check "and does so for a certificate" env MLPD_TLS_CERT="$certificate" \
    "$MLPD" healthcheck --listen "${url#https://}"
is "a port without TLS fails it" 1 "$("$MLPD" healthcheck \
    --url "http://${url#https://}" 2>/dev/null; echo $?)"

# Bodies of every size, and answers that another thread makes.
post_csv "/train?model=$iris&wait=50&target=species&epochs=2" \
    "@$data/iris/train.csv" "${with[@]}"
is "it trains" '"succeeded"' "$(field .state)"
for rows in 1 100 10000 60000; do
    yes '[5.1,3.5,1.4,0.2],' | head -n "$rows" | tr -d '\n' | sed 's/,$//' \
        >"$work/rows"
    { printf '{"model":"%s","inputs":[' "$iris"; cat "$work/rows"
        printf ']}'; } >"$work/request"
    post_json /predict "@$work/request" "${with[@]}"
    json_is "$rows rows there and back" '.predictions | length' "$rows"
done
get "/models/$iris/versions/1/file" "${with[@]}"
is "a file comes whole" \
    "$(sha256sum <"$work/data/models/$iris/1.safetensors")" \
    "$(sha256sum <"$work/body")"
is "a hundred at once" 100 "$(seq 100 | xargs -P 20 -I{} curl -s \
    "${with[@]}" -o /dev/null -w '%{http_code}\n' "$url/version" |
    grep -c 200)"
get /version "${with[@]}" -H "Origin: $url"
status_is "our own page is of https" 200
stop
is "it ends in order" 0 "$exit_status"
chmod 644 "$work/key.pem"
scheme=https start --tls-cert "$certificate" --tls-key "$work/key.pem"
check "a key that all may read is warned of" \
    grep -q '"event":"tls_key_readable"' "$work/log"

finish
