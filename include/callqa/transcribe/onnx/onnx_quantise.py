"""Weights of an ONNX network in eight bits: dynamic quantisation, symmetric, a scale for each output of a layer.

Each `MatMul` with constant weights, and the bias that is added to it, becomes one `DynamicQuantizeMatMul` of ONNX
Runtime, which finds the scale of its input anew in each clip. It is what `onnxruntime.quantization.quantize_dynamic`
with `QInt8`, `per_channel` leads to once a session has fused its operators (tests compare the two), in a twentieth of
the time for the full-size model, and without the fusing at each start.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOMAIN = "com.microsoft"
FULL_BITS, SAFE_BITS = 8, 7
CPU_FLAGS = Path("/proc/cpuinfo")


def weight_bits() -> int:
    """Bits of a weight on this machine: 8, or 7 where the processor has no VNNI instructions.

    Without them x86 adds two products in 16 bits, which overflow where both the input and the weights use 8 (ONNX
    Runtime's documentation of quantisation calls it `reduce_range`).
    """
    try:
        flags = CPU_FLAGS.read_text()
    except OSError:
        return FULL_BITS
    is_x86 = "sse2" in flags
    return SAFE_BITS if is_x86 and "vnni" not in flags else FULL_BITS


def quantise(file: Path, bits: int = FULL_BITS) -> None:
    """Quantise a network's file in place."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    readers = _readers(graph)
    nodes: list[Any] = []
    done: set[int] = set()
    for node in graph.node:
        if id(node) in done:
            continue
        if node.op_type != "MatMul" or node.input[1] not in constants:
            nodes.append(node)
            continue
        bias = _bias_after(node, readers, constants)
        nodes.append(_quantised(node, bias, constants, graph, bits))
        if bias is not None:
            done.add(id(bias))
    del graph.node[:]
    graph.node.extend(nodes)
    _drop_unused(graph)
    model.opset_import.append(onnx.helper.make_opsetid(DOMAIN, 1))
    onnx.save(model, str(file))


def _readers(graph: Any) -> dict[str, list[Any]]:
    readers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    return readers


def _bias_after(node: Any, readers: Mapping[str, list[Any]], constants: Mapping[str, Any]) -> Any | None:
    """The addition of a constant vector that follows, where nothing else reads the product."""
    following = readers.get(node.output[0], [])
    if len(following) != 1 or following[0].op_type != "Add":
        return None
    added = [constants[name] for name in following[0].input if name in constants]
    return following[0] if added and len(added[0].dims) == 1 else None


def _quantised(node: Any, bias: Any | None, constants: Mapping[str, Any], graph: Any, bits: int) -> Any:
    from onnx import helper, numpy_helper

    name = node.input[1]
    weights, scales = rounded(numpy_helper.to_array(constants[name]), bits)
    added: dict[str, NDArray[Any]] = {"weights": weights, "scales": scales, "zero": np.zeros(len(scales), np.int8)}
    for suffix, array in added.items():
        graph.initializer.append(numpy_helper.from_array(array, f"{name}.{suffix}"))
    inputs = [node.input[0], *(f"{name}.{suffix}" for suffix in added)]
    output = node.output[0]
    if bias is not None:
        inputs.append(next(i for i in bias.input if i in constants))
        output = bias.output[0]
    return helper.make_node("DynamicQuantizeMatMul", inputs, [output], name=node.name, domain=DOMAIN)


def rounded(weights: NDArray[np.float32], bits: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers and the scale of each column, of weights of shape (inputs, outputs)."""
    most = 2 ** (bits - 1) - 1
    scales = (np.abs(weights).max(axis=0) / most).astype(np.float32)
    scales[scales == 0] = 1.0
    return np.clip(np.rint(weights / scales), -most, most).astype(np.int8), scales


def _drop_unused(graph: Any) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
