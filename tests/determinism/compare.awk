# Holds the digests of each trial against each other; those of the first column
# count as right.
#
#   awk -f compare.awk COLUMNS TRIALS DIGESTS
#
# Lines of COLUMNS are "MACHINE ISA THREADS", of TRIALS "TRIAL", of DIGESTS
# "TRIAL MACHINE,ISA,THREADS SHA256".

FILENAME == ARGV[1] { column[++n_columns] = $1 "," $2 "," $3; next }
FILENAME == ARGV[2] { trial[++n_trials] = $1; next }
{ digest[$1, $2] = $3 }

function differing(name, first,    c, got, text) {
    for (c = 1; c <= n_columns; c++) {
        got = digest[name, column[c]]
        if (got == "" || got != first)
            text = text "\n    " column[c] ": " (got == "" ? "no model" : got)
    }
    return text
}

END {
    for (t = 1; t <= n_trials; t++) {
        first = digest[trial[t], column[1]]
        text = differing(trial[t], first)
        if (text == "") { passed++; continue }
        failed++
        print trial[t] ": expected " first " of " column[1] ", got" text
    }
    printf "%d trials, each in %d ways\n", n_trials, n_columns
    printf "%d passed, %d failed\n", passed, failed
    exit !(failed == 0 && passed > 0 && n_columns > 1)
}
