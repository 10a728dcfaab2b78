#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rows for tests/onnx/run.mjs, and a table that has something of everything.

    rows.py csv FILE TARGETS N     the first N rows, without the targets
    rows.py idx FILE N             images, a row each
    rows.py made FILE SEED N       write a CSV file with all kinds of columns
    rows.py edges ROWS.json        of rows as above: the first one, a cell of
                                   which is something rare, and each column
"""
import csv
import itertools
import json
import random
import re
import struct
import sys


def cell(text):
    try:
        return float(text)
    except ValueError:
        return text or None


def from_csv(path, targets, n):
    """All of a column are numbers, or none is."""
    with open(path, newline="") as file:
        reader = csv.reader(file)
        names = next(reader)
        rows = list(itertools.islice(reader, int(n)))
    kept = [i for i, name in enumerate(names) if name not in targets.split(",")]
    numbers = {i for i in kept
               if all(not isinstance(cell(row[i]), str) for row in rows)}
    return {"columns": [names[i] for i in kept],
            "rows": [[cell(row[i]) if i in numbers else row[i] or None
                      for i in kept] for row in rows]}


def from_idx(path, n):
    with open(path, "rb") as file:
        _, count, height, width = struct.unpack(">4i", file.read(16))
        size = height * width
        return {"columns": None, "rows": [list(file.read(size))
                                          for _ in range(min(count, int(n)))]}


RARE_NUMBERS = [None, 0, -0.0, 1, -1, 0.5, 1e-40, 16777217, 1e10, -1e10, 1e19,
                -1e19, 3.4e38, -3.4e38]
RARE_DATES = [None, "1970-01-01", "1900-02-28", "2024-02-29", "2199-12-31",
              "2000-01-01T00:00Z", "2023-12-31T23:59:59Z"]
# A graph takes the empty string for a missing cell, as CSV does; in JSON it is
# a text like any other, so that none is asked for here.
RARE_TEXTS = [None, " ", "nowhere", "true", "false", "True", "FALSE", "1",
              "0", "\u00e4\U0001f600", "a" * 300]


def rare(cell):
    if not isinstance(cell, str):
        return RARE_NUMBERS
    return RARE_DATES if re.match(r"\d{4}-\d\d-\d\d", cell) else RARE_TEXTS


def edges(path):
    """A column's kind is that of its first cell that is there."""
    with open(path) as file:
        given = json.load(file)
    rows = given["rows"]
    first = [next((row[i] for row in rows if row[i] is not None), None)
             for i in range(len(rows[0]))]
    made = [first, [None] * len(first)]
    for i, cell in list(enumerate(first))[:40]:
        made += [first[:i] + [other] + first[i + 1:] for other in rare(cell)]
    # All numbers at once, as far out as they can be.
    for far in (-0.0, 1e19, -1e19, 3.4e38, -3.4e38):
        made.append([far if not isinstance(c, str) else c for c in first])
    return {"columns": given["columns"], "rows": made}


def make(path, seed, n):
    """Dates with and without a time, booleans, texts with more and with fewer
    levels than an embedding takes, codes, few and many numbers, gaps."""
    draw = random.Random(int(seed))

    def gap(value):
        return "" if draw.random() < 0.05 else value

    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow("day moment flag code city size few kind inputs "
                     "y z high wide".split())
        for _ in range(int(n)):
            day = (f"20{draw.randint(10, 24)}-{draw.randint(1, 12):02d}-"
                   f"{draw.randint(1, 28):02d}")
            moment = f"{day}T{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}Z"
            # One seed has cities that others have not.
            city = draw.randint(0, 95 if seed == "2" else 89)
            code, few = draw.choice([101, 202, 303, 404, 505]), draw.randint(1, 6)
            size, flag = draw.gauss(0, 5), draw.choice(["true", "false"])
            y = (size > 0) + few + 3 * (code == 202) + city % 3 + draw.gauss(0, .1)
            out.writerow([gap(day), gap(moment), gap(flag), gap(code),
                          gap(f"c{city}"), gap(size), gap(few),
                          gap(draw.choice("ab")), gap(draw.random()),
                          y, -2 * y, int(y > 5), int(size > 1)])


if __name__ == "__main__":
    made = {"csv": from_csv, "idx": from_idx, "made": make,
            "edges": edges}[sys.argv[1]](
        *sys.argv[2:])
    if made:
        json.dump(made, sys.stdout)
