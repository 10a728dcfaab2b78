"""The tables and the claims of quality.py, from what it has measured."""
import statistics

CLASSIFICATION = (("accuracy", "accuracy %"), ("log_loss", "log loss"),
                  ("auc", "ROC AUC"), ("ece", "ECE"))
REGRESSION = (("rmse", "RMSE"), ("r2", "R2"), ("coverage", "90 % interval"))
WHO = (("mlpd", "mlpd"), ("mlp", "sk-MLP"), ("hgb", "HGB"))

TARGETS = (("letter", "accuracy", ">=", 97.5), ("adult", "accuracy", ">=", 85.7),
           ("adult", "log_loss", "<=", 0.312), ("california", "rmse", "<=", 49500),
           ("diamonds", "rmse", "<=", 550), ("spam", "log_loss", "<=", 0.185),
           ("spam", "accuracy", ">=", 94), ("soybean", "accuracy", ">=", 93.5),
           ("wdbc", "accuracy", ">=", 97), ("diabetes", "rmse", "<=", 54),
           ("iris", "accuracy", ">=", 96), ("flights_late", "auc", ">=", 0.715),
           ("mnist", "accuracy", ">=", 98.6),
           ("adult", "ece", "<=", 0.03), ("letter", "ece", "<=", 0.03),
           ("flights_late", "ece", "<=", 0.03))
COVERAGE = ("california", "diamonds")
COVERAGE_RANGE = 0.88, 0.92
BETTER_THAN_MLP, LEVEL_WITH_HGB, N_SETS = 9, 5, 11
TIME_MAX = {"fast": 1.0, "balanced": 3.0}  # times sk-MLP's seconds


def scores(entry, who, metric):
    """One a seed."""
    return [run["scores"][metric] for run in entry.get(who, {}).values()
            if metric in run["scores"]]


def mean(entry, who, metric):
    values = scores(entry, who, metric)
    return statistics.fmean(values) if values else None


def seconds(entry, who, which="wall_s"):
    values = [run[which] for run in entry.get(who, {}).values() if run[which] is not None]
    return statistics.median(values) if values else None


def digits(metric, value, of=None):
    """Of: the mean that a deviation belongs to."""
    if metric == "accuracy":
        return f"{value:.2f}"
    if metric == "rmse":
        return f"{value:,.0f}" if (of or value) >= 10000 else f"{value:.1f}"
    return f"{value:.4f}"


def cell(entry, who, metric):
    values = scores(entry, who, metric)
    if not values:
        return ""
    middle = statistics.fmean(values)
    text = digits(metric, middle)
    if len(values) > 1:
        text += " ± " + digits(metric, statistics.pstdev(values), middle)
    return text


def duration(value):
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        left = [text.ljust(width) for text, width in zip(row[:3], widths)]
        right = [text.rjust(width) for text, width in zip(row[3:], widths[3:])]
        print("  ".join(left + right).rstrip())


def table(entries, metrics, title):
    shown = [pair for pair in WHO if any(pair[0] in entry for entry in entries.values())]
    rows = [["set", "task", "metric"]]
    for _, label in shown:
        rows[0] += [label, "s"]
    for name, entry in entries.items():
        first = True
        for metric, label in metrics:
            cells = [cell(entry, who, metric) for who, _ in shown]
            if not any(cells):
                continue
            row = [name if first else "", entry["task"] if first else "", label]
            for (who, _), text in zip(shown, cells):
                row += [text, duration(seconds(entry, who)) if first else ""]
            rows.append(row)
            first = False
    if len(rows) > 1:
        print(f"\n{title}")
        aligned(rows)


# --- claims -------------------------------------------------------------------


def claim(rows, text, found, holds):
    rows.append((text, found, "yes" if holds else "NO"))


def claim_targets(entries, rows):
    for name, metric, sign, wanted in TARGETS:
        value = mean(entries.get(name, {}), "mlpd", metric)
        if value is None:
            continue
        holds = value >= wanted if sign == ">=" else value <= wanted
        label = dict(CLASSIFICATION + REGRESSION)[metric]
        claim(rows, f"{name}: {label} {sign} {wanted:g}", digits(metric, value), holds)
    for name in COVERAGE:
        value = mean(entries.get(name, {}), "mlpd", "coverage")
        if value is not None:
            low, high = COVERAGE_RANGE
            claim(rows, f"{name}: 90 % interval holds {low} to {high}", f"{value:.4f}",
                  low <= value <= high)


def claim_peer(entries, rows, peer, wanted, text, won):
    """On how many sets? With fewer sets than there are, nobody can say."""
    good, bad = [], []
    for name, entry in entries.items():
        metric = "rmse" if entry["task"] == "regression" else "log_loss"
        ours, theirs = mean(entry, "mlpd", metric), mean(entry, peer, metric)
        if ours is not None and theirs is not None:
            (good if won(ours, theirs) else bad).append(name)
    if not good and not bad:
        return
    found = f"{len(good)} of {len(good + bad)}" + (f", not {' '.join(bad)}" if bad else "")
    unknown = N_SETS - len(good + bad)
    if len(good) < wanted <= len(good) + unknown:
        rows.append((text, found, "open"))
    else:
        claim(rows, text, found, len(good) >= wanted)


def claim_time(entries, rows):
    for name, entry in entries.items():
        ours, theirs = seconds(entry, "mlpd"), seconds(entry, "mlp")
        if ours is None or theirs is None:
            continue
        quality = entry["quality"]
        limit = TIME_MAX.get(quality)
        text = f"{name}: seconds, times sk-MLP's"
        found = f"{ours / theirs:.2f}"
        cpu = seconds(entry, "mlpd", "cpu_s"), seconds(entry, "mlp", "cpu_s")
        if all(cpu):
            found += f" (the processor's: {cpu[0] / cpu[1]:.2f})"
        if limit is None:
            rows.append((f"{text} ({quality})", found, ""))
        else:
            claim(rows, f"{text} <= {limit:g} ({quality})", found, ours / theirs <= limit)


def show(result):
    entries = result["sets"]
    seeds = ", ".join(map(str, result["seeds"]))
    said = f"told {result['settings']} and the target" if result["settings"] else \
        "told the target alone"
    ours = f"mlpd {result['mlpd_version']}, {said}; " if result["mlpd_version"] else ""
    print(f"{ours}scikit-learn {result['sklearn_version']}.\n"
          f"Seeds {seeds}: mean ± standard deviation, median of the seconds.")
    classes = {n: e for n, e in entries.items() if e["task"] != "regression"}
    numbers = {n: e for n, e in entries.items() if e["task"] == "regression"}
    table(classes, CLASSIFICATION, "Classification")
    table(numbers, REGRESSION, "Regression")
    rows = []
    claim_targets(entries, rows)
    claim_peer(entries, rows, "mlp", BETTER_THAN_MLP,
               f"better than sk-MLP (log loss, RMSE) on {BETTER_THAN_MLP} of {N_SETS}",
               lambda ours, theirs: ours < theirs)
    claim_peer(entries, rows, "hgb", LEVEL_WITH_HGB,
               f"no worse than HGB (log loss, RMSE) on {LEVEL_WITH_HGB}",
               lambda ours, theirs: ours <= theirs)
    claim_time(entries, rows)
    if rows:
        print("\nClaims")
        width = [max(len(row[i]) for row in rows) for i in (0, 1)]
        for text, found, verdict in rows:
            print(f"  {text:{width[0]}}  {found:{width[1]}}  {verdict}".rstrip())
    for title, lines in (("Errors", result["errors"]), ("Notes", result["notes"])):
        if lines:
            print(f"\n{title}")
            for line in lines:
                print(f"  {line}")
