#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/data/npz/: small networks on iris, their weights saved by NumPy,
each with what the library that trained it, or NumPy in double, says of some
rows.

    /usr/bin/python3 tests/npz/fixtures.py

Needs Debian's python3-numpy, python3-sklearn and python3-torch."""
import csv
import io
import json
import pathlib
import zipfile

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/data/npz"
N_ROWS = 12
torch.manual_seed(11)


def iris():
    with open(ROOT / "tests/data/iris/train.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "species"]
    x = np.array([[float(r[n]) for n in names] for r in rows])
    return names, x, np.array([r["species"] for r in rows])


NAMES, X, SPECIES = iris()
CLASSES = sorted(set(SPECIES))
ROWS = X[:: len(X) // N_ROWS][:N_ROWS].astype(np.float32).astype(np.float64)


def save(name, write, expected, query, **told):
    """query: what PUT is asked with; told: what the model then says."""
    OUT.mkdir(parents=True, exist_ok=True)
    write(OUT / f"{name}.npz")
    case = {"query": query, "told": told, "inputs": ROWS.tolist(),
            "outputs": np.asarray(expected, dtype=np.float64).tolist()}
    (OUT / f"{name}.json").write_text(
        json.dumps(case).replace("], [", "],\n [") + "\n")


def arrays(members, pack=np.savez):
    return lambda path: pack(path, **members)


# --- scikit-learn ------------------------------------------------------------


def lists_of(network):
    return {**{f"coefs_{i}": w for i, w in enumerate(network.coefs_)},
            **{f"intercepts_{i}": b for i, b in enumerate(network.intercepts_)}}


def classifier():
    network = MLPClassifier([10], random_state=1, max_iter=300).fit(X, SPECIES)
    save("sklearn_species", arrays(lists_of(network), np.savez_compressed),
         network.predict_proba(ROWS),
         {"activation": ["relu"], "output": "softmax", "labels": CLASSES,
          "target": ["species"], "inputs": NAMES},
         task="classification", classes=CLASSES, targets=["species"],
         features=NAMES, warning="float64")


def two():
    network = MLPClassifier([6, 5], activation="logistic", random_state=2,
                            max_iter=400).fit(X, (SPECIES == "setosa") * 3 + 4)
    save("sklearn_two", arrays(lists_of(network)), network.predict_proba(ROWS),
         {"activation": ["sigmoid"], "output": "sigmoid",
          "labels": ["4", "7"]},
         task="classification", classes=[4, 7], targets=["label"],
         features=["x0", "x1", "x2", "x3"], warning="float64")


def regressor():
    targets = np.stack([X[:, 3], X[:, 2] - X[:, 1]], axis=1)
    network = MLPRegressor([8], activation="tanh", random_state=1,
                           max_iter=500).fit(X, targets)
    save("sklearn_regressor", arrays(lists_of(network), np.savez_compressed),
         network.predict(ROWS),
         {"activation": ["tanh"], "task": "regression",
          "target": ["width", "gap"]},
         task="regression", targets=["width", "gap"], warning="float64")


# --- PyTorch: all matrices but the last are square ----------------------------


def torch_logits():
    module = torch.nn.Sequential()
    module.net = torch.nn.Sequential(
        torch.nn.Linear(4, 4), torch.nn.GELU(), torch.nn.Linear(4, 4),
        torch.nn.SiLU(), torch.nn.Linear(4, 3))
    x = torch.tensor(X, dtype=torch.float32)
    y = torch.tensor([CLASSES.index(s) for s in SPECIES])
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(x), y).backward()
        optimizer.step()
    rows = torch.tensor(ROWS, dtype=torch.float32)
    save("torch_logits",
         arrays({k: v.numpy() for k, v in module.state_dict().items()}),
         torch.softmax(module(rows), 1).detach().numpy(),
         {"activation": ["gelu", "silu"], "output": "identity",
          "task": "classification", "labels": CLASSES},
         task="classification", classes=CLASSES, warning="logits")


# --- arrays alone: each form that numbers can have ----------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def plain():
    draw = np.random.default_rng(3)
    w = [draw.normal(0, .7, size) for size in ((4, 4), (4, 4), (4, 2))]
    members = {
        "W0": np.asfortranarray(w[0].astype("<f4")),
        "b0": draw.normal(0, 1, 4).astype("<f2"),
        "W1": np.asfortranarray(w[1].astype(">f8")),
        "b1": draw.normal(0, 1, (1, 4)).astype(">f4"),
        "W2": w[2].astype("<f2"),
    }
    wide = {k: v.astype(np.float64) for k, v in members.items()}
    x = np.maximum(ROWS @ wide["W0"] + wide["b0"], 0)
    x = np.tanh(x @ wide["W1"] + wide["b1"])

    def stream(path):
        """As it goes through a pipe: sizes come behind the data."""
        with open(path, "wb") as file, zipfile.ZipFile(
                Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in members.items():
                bytes_ = io.BytesIO()
                np.save(bytes_, array)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"),
                                 bytes_.getvalue(), zipfile.ZIP_DEFLATED)

    save("plain_forms", stream, sigmoid(x @ wide["W2"]),
         {"activation": ["relu", "tanh"], "task": "multilabel",
          "labels": ["tall", "wide"]},
         task="multilabel", targets=["tall", "wide"], warning="float64")


class Pipe:
    def __init__(self, file):
        self.file = file

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def linear():
    draw = np.random.default_rng(5)
    module = torch.nn.Linear(4, 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor(draw.normal(size=(1, 4))))
    rows = torch.tensor(ROWS, dtype=torch.float32)
    save("torch_linear",
         arrays({k: v.numpy() for k, v in module.state_dict().items()}),
         module(rows).detach().numpy(), {"output": "identity"},
         task="regression", targets=["y"], warning="")


if __name__ == "__main__":
    classifier()
    two()
    regressor()
    torch_logits()
    plain()
    linear()
