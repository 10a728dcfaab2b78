#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/data/onnx/: small networks on iris as PyTorch and scikit-learn
export them, each with what these libraries themselves say of some rows.

    /usr/bin/python3 tests/onnx/fixtures.py

Needs Debian's python3-torch, python3-onnx and python3-sklearn. skl2onnx is no
Debian package: the graphs of scikit-learn's networks are written here by
onnx.helper as its converter writes them (skl2onnx 1.16,
operator_converters/multilayer_perceptron.py: Cast, then MatMul, Add and the
activation of each layer, ArgMax, ArrayFeatureExtractor, Reshape, ZipMap)."""
import copy
import csv
import io
import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/data/onnx"
N_ROWS = 12
torch.manual_seed(7)


def iris():
    with open(ROOT / "tests/data/iris/train.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "species"]
    x = np.array([[float(r[n]) for n in names] for r in rows])
    return x, np.array([r["species"] for r in rows])


X, SPECIES = iris()
ROWS = X[:: len(X) // N_ROWS][:N_ROWS].astype(np.float32)


def save(name, model, expected, query="", **more):
    OUT.mkdir(parents=True, exist_ok=True)
    onnx.checker.check_model(model)
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    case = {"query": query, **more, "inputs": ROWS.tolist(),
            "outputs": np.asarray(expected, dtype=np.float64).tolist()}
    (OUT / f"{name}.json").write_text(
        json.dumps(case).replace("], [", "],\n [") + "\n")


# --- PyTorch -----------------------------------------------------------------


def train(module, loss, targets, epochs=200):
    x = torch.tensor(X, dtype=next(module.parameters()).dtype)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    module.train()
    for _ in range(epochs):
        optimizer.zero_grad()
        loss(module(x), targets).backward()
        optimizer.step()
    module.eval()


def export(module, rows):
    file = io.BytesIO()
    torch.onnx.export(module, rows, file, opset_version=17,
                      input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "batch"}})
    return onnx.load_model_from_string(file.getvalue())


def torch_logits():
    module = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(),
                                 torch.nn.Linear(8, 3))
    classes = sorted(set(SPECIES))
    targets = torch.tensor([classes.index(s) for s in SPECIES])
    train(module, torch.nn.functional.cross_entropy, targets)
    rows = torch.tensor(ROWS)
    expected = torch.softmax(module(rows), 1).detach().numpy()
    save("torch_logits", export(module, rows), expected,
         "task=classification&labels=" + ",".join(classes), classes=classes)


class Zoo(torch.nn.Module):
    """Each activation once, normalised batches, a scale at each place."""

    def __init__(self):
        super().__init__()
        makers = [torch.nn.ReLU, torch.nn.Sigmoid, torch.nn.Tanh,
                  torch.nn.LeakyReLU, torch.nn.ELU, torch.nn.SELU,
                  torch.nn.GELU, torch.nn.SiLU, torch.nn.Mish,
                  torch.nn.Softplus, torch.nn.Identity]
        self.layers = torch.nn.Sequential()
        width = 4
        for maker in makers:
            self.layers.append(torch.nn.Linear(width, 8))
            self.layers.append(maker())
            width = 8
        self.layers.append(torch.nn.BatchNorm1d(8))
        self.layers.append(torch.nn.Dropout(0.5))
        self.last = torch.nn.Linear(8, 2)

    def forward(self, x):
        x = (torch.flatten(x, 1) - 3.5) / 1.5
        return torch.tanh(self.last(self.layers(x) * 0.5)) * 2 + 1


def torch_zoo():
    # Drawn, not trained: wide enough for the rows to stay apart through all of
    # its layers, or rounding would be most of what is compared.
    module = Zoo()
    with torch.no_grad():
        for parameter in module.layers.parameters():
            torch.nn.init.normal_(parameter)
        for _ in range(100):
            module(torch.tensor(X, dtype=torch.float32))
    module.eval()
    rows = torch.tensor(ROWS)
    double = copy.deepcopy(module).double()(rows.double())
    off = (double - module(rows)).abs().max()
    assert off < 2e-6, off
    save("torch_zoo", export(module, rows), module(rows).detach().numpy(),
         "labels=a,b", targets=["a", "b"])


def torch_binary():
    module = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(),
                                 torch.nn.Linear(6, 1),
                                 torch.nn.Sigmoid()).double()
    targets = torch.tensor((SPECIES == "virginica")[:, None] * 1.0).double()
    train(module, torch.nn.functional.binary_cross_entropy, targets)
    rows = torch.tensor(ROWS).double()
    p = module(rows).detach().numpy()
    save("torch_binary", export(module, rows), np.hstack([1 - p, p]),
         classes=[0, 1], warning="float64")


# --- scikit-learn --------------------------------------------------------------

ACTIVATIONS = {"relu": "Relu", "logistic": "Sigmoid", "tanh": "Tanh"}


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def layers_of(network, nodes, constants, first):
    """Cast, MatMul, Add, activation …; the name of what they end in."""
    nodes.append(helper.make_node("Cast", [first], ["cast_input"],
                                  to=TensorProto.FLOAT))
    current = "cast_input"
    for i, (w, b) in enumerate(zip(network.coefs_, network.intercepts_)):
        suffix = str(i) if i else ""
        constants += [constant("coefficient" + suffix, w),
                      constant("intercepts" + suffix, b.reshape(1, -1))]
        nodes += [helper.make_node("MatMul", [current, "coefficient" + suffix],
                                   ["mul_result" + suffix]),
                  helper.make_node("Add", ["mul_result" + suffix,
                                           "intercepts" + suffix],
                                   ["add_result" + suffix])]
        current = "add_result" + suffix
        last = i == len(network.coefs_) - 1
        op = (ACTIVATIONS[network.activation] if not last else
              {"softmax": "Softmax", "logistic": "Sigmoid"}.get(
                  network.out_activation_))
        if op:
            nodes.append(helper.make_node(op, [current], [f"next{suffix}"]))
            current = f"next{suffix}"
    return current


def graph(name, nodes, constants, inputs, outputs):
    model = helper.make_model(
        helper.make_graph(nodes, name, inputs, outputs, constants),
        producer_name="skl2onnx", producer_version="1.16.0",
        opset_imports=[helper.make_opsetid("", 17),
                       helper.make_opsetid("ai.onnx.ml", 1)])
    model.ir_version = 8
    return model


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def classifier(name, network, texts):
    nodes, constants = [], []
    classes = network.classes_
    p = layers_of(network, nodes, constants, "X")
    if texts:
        constants.append(helper.make_tensor(
            "classes", TensorProto.STRING, [len(classes)],
            [c.encode() for c in classes]))
    else:
        constants.append(constant("classes", classes, np.int32))
    if len(classes) == 2:
        constants.append(constant("unity", 1))
        nodes += [helper.make_node("Sub", ["unity", p], ["negative"]),
                  helper.make_node("Concat", ["negative", p],
                                   ["probabilities"], axis=1)]
    else:
        nodes.append(helper.make_node("Identity", [p], ["probabilities"]))
    constants.append(constant("shape_tensor", [-1], np.int64))
    kind = TensorProto.STRING if texts else TensorProto.INT64
    nodes += [helper.make_node("ArgMax", ["probabilities"], ["argmax"],
                               axis=1),
              helper.make_node("ArrayFeatureExtractor", ["classes", "argmax"],
                               ["extracted"], domain="ai.onnx.ml")]
    if texts:
        nodes.append(helper.make_node("Reshape", ["extracted", "shape_tensor"],
                                      ["output_label"]))
        zip_labels = {"classlabels_strings": [c.encode() for c in classes]}
    else:
        nodes += [helper.make_node("Cast", ["extracted"], ["cast2"],
                                   to=TensorProto.FLOAT),
                  helper.make_node("Reshape", ["cast2", "shape_tensor"],
                                   ["reshaped"]),
                  helper.make_node("Cast", ["reshaped"], ["output_label"],
                                   to=TensorProto.INT64)]
        zip_labels = {"classlabels_int64s": [int(c) for c in classes]}
    nodes.append(helper.make_node("ZipMap", ["probabilities"],
                                  ["output_probability"], domain="ai.onnx.ml",
                                  **zip_labels))
    key = TensorProto.STRING if texts else TensorProto.INT64
    maps = onnx.TypeProto()
    pairs = maps.sequence_type.elem_type.map_type
    pairs.key_type = key
    pairs.value_type.tensor_type.elem_type = TensorProto.FLOAT
    model = graph(name, nodes, constants,
                  [value("X", TensorProto.FLOAT, [None, 4])],
                  [value("output_label", kind, [None]),
                   onnx.ValueInfoProto(name="output_probability",
                                       type=maps)])
    save(name, model, network.predict_proba(ROWS.astype(np.float64)),
         classes=[c if texts else int(c) for c in classes])


def regressor():
    """With a StandardScaler before it, and an input a column."""
    columns = ["sepal_length", "sepal_width", "petal_length"]
    scaler = StandardScaler().fit(X[:, :3])
    network = MLPRegressor([8], activation="tanh", random_state=1,
                           max_iter=500).fit(scaler.transform(X[:, :3]),
                                             X[:, 3])
    constants = []
    nodes = [helper.make_node("Concat", columns, ["merged"], axis=1),
             helper.make_node("Scaler", ["merged"], ["scaled"],
                              domain="ai.onnx.ml",
                              offset=scaler.mean_.astype(np.float32),
                              scale=(1 / scaler.scale_).astype(np.float32))]
    y = layers_of(network, nodes, constants, "scaled")
    constants.append(constant("shape_tensor", [-1, 1], np.int64))
    nodes.append(helper.make_node("Reshape", [y, "shape_tensor"],
                                  ["variable"]))
    model = graph("sklearn_regressor", nodes, constants,
                  [value(c, TensorProto.FLOAT, [None, 1]) for c in columns],
                  [value("variable", TensorProto.FLOAT, [None, 1])])
    global ROWS
    ROWS, all_rows = ROWS[:, :3], ROWS
    save("sklearn_regressor", model,
         network.predict(scaler.transform(ROWS.astype(np.float64)))[:, None],
         features=columns, targets=["y"])
    ROWS = all_rows


if __name__ == "__main__":
    torch_logits()
    torch_zoo()
    torch_binary()
    classifier("sklearn_species", MLPClassifier(
        [10], random_state=1, max_iter=300).fit(X, SPECIES), True)
    classifier("sklearn_two", MLPClassifier(
        [6, 5], activation="logistic", random_state=2, max_iter=400).fit(
            X, (SPECIES == "setosa") * 3 + 4), False)
    regressor()
