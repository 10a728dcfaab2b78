"""What the peers in Python share: the digits, nets by name, and the dialogue
with table.py. A request is one line, TASK NET BATCH HOW SEED MIN_S MAX_S, and
its answer one line of JSON (../measure.h)."""
import collections
import json
import sys

import numpy as np

Request = collections.namedtuple("Request", "task net batch how seed min_s max_s")
WARM_UP_S = 0.05
CHUNK = 1920  # rows that are shuffled into place at a time


def widths(net):
    return [int(width) for width in net.split("-")]


def idx(path):
    with open(path, "rb") as file:
        raw = file.read()
    n_dimensions = raw[3]
    shape = np.frombuffer(raw, ">u4", n_dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * n_dimensions).reshape(shape)


def digits(folder, part):
    """Images as float32 in [0, 1], [n, 784], and labels, [n]."""
    images = idx(f"{folder}/{part}-images-idx3-ubyte")
    x = images.reshape(len(images), -1).astype(np.float32)
    x /= np.float32(255)
    return x, idx(f"{folder}/{part}-labels-idx1-ubyte").astype(np.int64)


def serve(version, answer):
    """Introduce oneself, then answer(request) with a dict for each line."""
    print(json.dumps({"version": version}), flush=True)
    for line in sys.stdin:
        task, net, batch, how, seed, min_s, max_s = line.split()
        request = Request(task, net, int(batch), how, int(seed), float(min_s),
                          float(max_s))
        print(json.dumps(answer(request)), flush=True)
