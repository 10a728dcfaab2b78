# Reads a text in Prometheus' exposition format 0.0.4 and says what is wrong
# with it, one line each: a sample whose family has no HELP and TYPE before it,
# a family in two parts, a series that is there twice, a line that is none, a
# counter without _total, a histogram that is not cumulative, or that has no
# +Inf, or one that is not its count.
function wrong(text) { print "line " NR ": " text }

# The family of a sample: a histogram's series have its name and an ending.
function family_of(name,   base) {
    base = name
    if (sub(/_(bucket|sum|count)$/, "", base) && type[base] == "histogram")
        return base
    return name
}

# The labels but le, in braces.
function without_le(labels) {
    sub(/,?le="[^"]*"/, "", labels)
    return labels == "" ? "{}" : labels
}

/^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* ./ {
    if ($3 in help)
        wrong("a second HELP of " $3)
    help[$3] = 1
    current = $3
    next
}

/^# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram)$/ {
    if ($3 in type)
        wrong("a second TYPE of " $3)
    if ($3 != current)
        wrong("TYPE of " $3 " without its HELP")
    type[$3] = $4
    if ($4 == "counter" && $3 !~ /_total$/)
        wrong("a counter that does not end with _total: " $3)
    if ($4 != "counter" && $3 ~ /_total$/)
        wrong("no counter, but it ends with _total: " $3)
    next
}

/^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="([^"\\]|\\[\\"n])*",?)*\})? [-+0-9.eE]+$/ {
    series = $0
    sub(/ [^ ]*$/, "", series)
    value = $NF
    name = series
    sub(/\{.*/, "", name)
    labels = substr(series, length(name) + 1)
    family = family_of(name)
    if (!(family in type))
        wrong("a sample without a TYPE: " series)
    if (family != current)
        wrong("a sample of " family " among those of " current)
    if (series in seen)
        wrong("twice: " series)
    seen[series] = 1
    if (type[family] == "counter" && value < 0)
        wrong("a counter below 0: " series)
    if (type[family] != "histogram")
        next
    key = family without_le(labels)
    if (name == family "_bucket") {
        if (value + 0 < last[key] + 0)
            wrong("not cumulative: " series)
        last[key] = value
        if (labels ~ /le="\+Inf"/)
            infinite[key] = value
    } else if (name == family "_count") {
        if (!(key in infinite) || infinite[key] != value)
            wrong("+Inf is not the count: " series)
        counted[key] = 1
    } else if (name == family "_sum") {
        summed[key] = 1
    }
    next
}

{ wrong("no line of the format: " $0) }

END {
    for (key in last)
        if (!(key in counted) || !(key in summed))
            wrong("a histogram without _count or _sum: " key)
    if (NR == 0)
        wrong("nothing")
}
