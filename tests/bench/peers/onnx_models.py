"""Write the nets of the inference table, each with the same random weights in
two forms: NET.onnx for onnxruntime and NET.f32 (weights and biases of each
layer in turn) for the engine. Without onnx there are the latter alone.

    onnx_models.py FOLDER NET…"""
import sys

import numpy as np

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    onnx = None

OPSET, IR_VERSION = 13, 7  # old enough for any onnxruntime of these years


def layers_of(widths, random):
    for n_in, n_out in zip(widths, widths[1:]):
        weights = random.standard_normal((n_out, n_in)) / np.sqrt(n_in)
        biases = random.standard_normal(n_out) / 10
        yield weights.astype(np.float32), biases.astype(np.float32)


def model_of(widths, layers):
    nodes, values, at = [], [], "x"
    for i, (weights, biases) in enumerate(layers):
        values += [numpy_helper.from_array(weights, f"w{i}"),
                   numpy_helper.from_array(biases, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [at, f"w{i}", f"b{i}"], [f"z{i}"], transB=1))
        at = f"z{i}"
        if i + 1 < len(layers):
            nodes.append(helper.make_node("Relu", [at], [f"a{i}"]))
            at = f"a{i}"
    nodes.append(helper.make_node("Softmax", [at], ["y"], axis=1))
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "mlp", [tensor("x", TensorProto.FLOAT, ["n", widths[0]])],
        [tensor("y", TensorProto.FLOAT, ["n", widths[-1]])], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


folder, nets = sys.argv[1], sys.argv[2:]
for net in nets:
    widths = [int(width) for width in net.split("-")]
    layers = list(layers_of(widths, np.random.default_rng(0)))
    if onnx:
        onnx.save(model_of(widths, layers), f"{folder}/{net}.onnx")
    with open(f"{folder}/{net}.f32", "wb") as file:
        for weights, biases in layers:
            file.write(weights.tobytes() + biases.tobytes())
