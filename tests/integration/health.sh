#!/usr/bin/env bash
# What machines ask: /healthz, /readyz, /version, /metrics, and the index.
. "$(dirname "$0")/lib.sh"
start

get /healthz
status_is "alive" 200
json_is "and says so" . '{"status":"ok"}'
get /readyz
status_is "ready" 200
json_is "and says so" . '{"status":"ready","storage":"ok"}'
get /version
status_is "a version" 200
json_is "of mlpd" .name '"mlpd"'
holds "with that of the library below" '.libmicrohttpd | length > 0'
holds "of three numbers" '.version | test("^[0-9]+\\.[0-9]+\\.[0-9]+")'

get /
status_is "an index" 200
holds "names every route" '.routes | index("POST /predict") != null
    and index("GET /models/{model}/versions/{version}/file") != null'

call HEAD /healthz -I
status_is "HEAD is answered" 200
call POST /healthz -d x
check "a method that it does not have is refused" [ "${status:0:1}" = 4 ]

# --- metrics ----------------------------------------------------------------

model=$tag-iris
train "$model" "target=species&seed=1&epochs=5"
metric() { awk -v key="$1" '$1 == key { print $2 }' "$work/body"; }
get /metrics
status_is "metrics" 200
is "in Prometheus' format" 'text/plain; version=0.0.4; charset=utf-8' \
    "$(header Content-Type)"
check "rows that were predicted are counted" \
    grep -q '^mlpd_rows_predicted_total [0-9]' "$work/body"
before=$(metric mlpd_rows_predicted_total)
post_json /predict "{\"model\":\"$model\",\"inputs\":[[1,2,3,4],[1,2,3,4]]}"
get /metrics
check "by their number" \
    [ "$(metric mlpd_rows_predicted_total)" -ge $((before + 2)) ]
for series in 'mlpd_http_requests_total{route="POST /predict",code="200"}' \
    'mlpd_jobs_ended_total{state="succeeded"}' mlpd_models \
    mlpd_model_versions mlpd_http_connections process_resident_memory_bytes; do
    check "$series is there" grep -qF "$series" "$work/body"
done
is "each line is a comment or a sample" "" \
    "$(grep -vE '^#|^[a-z_]+(\{.*\})? [0-9.e+-]+$' "$work/body")"
is "no series is there twice" "" \
    "$(grep -v '^#' "$work/body" | sed 's/ [^ ]*$//' | sort | uniq -d)"
if command -v promtool >/dev/null; then
    check "promtool finds nothing" promtool check metrics <"$work/body"
fi

# --- the binary asks itself -------------------------------------------------

if [ -z "$BASE_URL" ]; then
    check "healthcheck by url" "$MLPD" healthcheck --url "$url"
    check "healthcheck by address" \
        "$MLPD" healthcheck --listen "${url#http://}"
    check "healthcheck by port file" "$MLPD" healthcheck \
        --listen 127.0.0.1:0 --port-file "$work/port"
    stop
    is "nobody there: 1" 1 \
        "$("$MLPD" healthcheck --url "$url" 2>/dev/null; echo $?)"
    is "no url: 2" 2 \
        "$("$MLPD" healthcheck --url ftp://x 2>/dev/null; echo $?)"
fi

finish
