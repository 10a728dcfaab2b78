#!/usr/bin/env bash
# What deploy/prometheus and deploy/grafana say, beside what a daemon tells: the
# rules and the dashboard are read by Prometheus' own tool, alerts are raised
# when they should be, and every metric that is named is one of /metrics.
#
#   MLPD=build/mlpd tests/prometheus/run.sh
. "$(dirname "$0")/../integration/lib.sh"
needs_own_daemon
name=prometheus
rules=deploy/prometheus/mlpd.rules.yml
dashboard=deploy/grafana/mlpd.json
command -v promtool >/dev/null || { echo "missing: promtool" >&2; exit 1; }

# quietly COMMAND…: what it says only when it fails.
quietly() { "$@" >"$work/said" 2>&1 || { cat "$work/said"; false; }; }

check "the configuration is one" quietly promtool check config \
    deploy/prometheus/prometheus.yml
check "the rules are rules" quietly promtool check rules --lint-fatal "$rules"
check "alerts are raised when they should be" quietly promtool test rules \
    tests/prometheus/mlpd.test.yml

# --- every alert is tested --------------------------------------------------

for alert in $(sed -n 's/^ *- alert: //p' "$rules"); do
    check "$alert is raised in a test" grep -q "$alert" \
        tests/prometheus/mlpd.test.yml
done

# --- the dashboard ----------------------------------------------------------

check "the dashboard is JSON" jq -e .panels "$dashboard" >"$work/panels"
is "no panel has another's id" "" \
    "$(jq -r '.panels[].id' "$dashboard" | sort | uniq -d)"
is "no panel lies over another" "[]" "$(jq -c '
    [.panels[] | .title as $t | .gridPos | range(.y; .y + .h) as $y |
        range(.x; .x + .w) | "\(.) \($y)"] | group_by(.) |
    map(select(length > 1)[0])' "$dashboard")"
is "every panel asks something" "[]" "$(jq -c '[.panels[] |
    select(.type != "row" and (.targets | length) == 0) | .title]' "$dashboard")"
# Grafana's variables as Prometheus would get them.
jq -r '.panels[].targets[]?.expr' "$dashboard" |
    sed 's/\$__rate_interval/5m/g; s/\$__range/6h/g; s/\$[a-z]\+/.*/g' \
    >"$work/exprs"
{
    echo 'groups: [{name: dashboard, rules: ['
    jq -R '{record: "dashboard:expr:\(input_line_number)", expr: .}' \
        <"$work/exprs" | jq -c . | sed 's/$/,/'
    echo ']}]'
} >"$work/dashboard.yml"
check "it asks at least 30 questions" [ "$(wc -l <"$work/exprs")" -ge 30 ]
check "they can be read" quietly promtool check rules "$work/dashboard.yml"

# --- what they name is there ------------------------------------------------

start
get /metrics
check "promtool finds nothing in /metrics" quietly promtool check metrics \
    <"$work/body"
{
    awk '$1 == "#" && $2 == "TYPE" { print $3
        if ($4 == "histogram")
            print $3 "_bucket\n" $3 "_sum\n" $3 "_count" }' "$work/body"
    sed -n 's/^ *- record: //p' "$rules"
} | sort >"$work/there"
# The rules as one line each: an expression may have many.
awk '/^ *#/ { next }
    /^ *(- )?expr: *\|?$/ { inside = 1; next }
    /^ *(- )?expr: / { sub(/^ *(- )?expr: */, ""); print; next }
    /^ *(- )?[a-z]+:/ { inside = 0 } inside' "$rules" >"$work/rule-exprs"
jq -r '.templating.list[].query | objects | .query' "$dashboard" \
    >"$work/variables"
sed 's/"[^"]*"//g' "$work/exprs" "$work/rule-exprs" "$work/variables" |
    grep -oE '(mlpd[_:]|process_)[a-zA-Z0-9_:]*' | sort -u >"$work/named"
check "at least 30 metrics are named" [ "$(wc -l <"$work/named")" -ge 30 ]
is "all of them are there" "" "$(comm -23 "$work/named" "$work/there")"

# A name that is misspelt at its beginning is no name of the above: what is left
# must be the language's, or a label.
words="abs avg bool by count increase instance job le max min model offset on
    or and unless predict_linear histogram_quantile rate route code state sum
    time up vector version label_values"
is "every other word is known" "" "$(
    sed 's/"[^"]*"//g; s/\[[^]]*\]//g; s/[0-9]\+[smhd]\b//g' "$work/exprs" \
        "$work/rule-exprs" "$work/variables" |
        grep -oE '[a-zA-Z_:][a-zA-Z0-9_:]*' |
        grep -vE '^(mlpd[_:]|process_)' | sort -u |
        comm -23 - <(tr -s ' ' '\n' <<<"$words" | sort -u))"

finish
