"""silero's voice activity network through ONNX Runtime, with its convolutions as matrix products.

A frame of silero's network is four spectra wide: ONNX Runtime's convolutions are made for wide inputs and spend most of
their time around so few columns. The same weights in a graph of matrix products over many frames at once give the same
probabilities to 1e-6 in less than half the time.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from callqa.errors import StageError

WEIGHTS = "data/silero_vad_16k_sequence.onnx"
FRAME = 512
"""Samples (32 ms) that the model judges at once."""
CONTEXT = 64
"""Samples before them that it hears too; as many after them are mirrored."""
WINDOW, HOP, SPECTRA = 256, 128, 4
"""Of the short-time spectra of a frame."""
BINS = WINDOW // 2 + 1
STRIDES = (1, 2, 2, 1)
"""Of the encoder's convolutions, each three wide: four spectra become one vector."""
TAPS = 3
HIDDEN = 128
OPSET, IR_VERSION = 17, 8

Floats: TypeAlias = npt.NDArray[np.float32]
State: TypeAlias = tuple[Floats, Floats]


def beginning() -> State:
    """What the network remembers before the first frame."""
    return np.zeros((1, 1, HIDDEN), np.float32), np.zeros((1, 1, HIDDEN), np.float32)


def judged(frames: Floats, state: State) -> tuple[Floats, State]:
    """Probability of speech of each frame, and the state after the last.

    Args:
        frames: (frames, CONTEXT + FRAME) samples of 16 kHz, full scale 1.
        state: after the frame before.
    """
    mirrored = np.concatenate([frames, frames[:, -2 : -2 - CONTEXT : -1]], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, WINDOW, axis=1)[:, ::HOP]
    inputs = {"windows": np.ascontiguousarray(windows), "h": state[0], "c": state[1]}
    values, hidden, cell = _session().run(["speech", "hn", "cn"], inputs)
    return values.reshape(-1), (hidden, cell)


def weights_file() -> Path:
    """silero's own model.

    It is read as it is: `import silero_vad` would import torch and set it to one thread.

    Raises:
        StageError: it is not there.
    """
    spec = importlib.util.find_spec("silero_vad")
    folder = Path(next(iter(spec.submodule_search_locations or []), "")) if spec else Path()
    if not (folder / WEIGHTS).is_file():
        raise StageError(f"silero-vad has no {WEIGHTS} in {folder}", remedy="install silero-vad >= 6.2")
    return folder / WEIGHTS


@functools.cache
def _session() -> Any:
    """The model, once a process, one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_graph(weights_file()), options, providers=["CPUExecutionProvider"])


def _graph(file: Path) -> bytes:
    """The network with silero's weights, as ONNX."""
    import onnx
    from onnx import helper, numpy_helper

    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(file)).graph.initializer}
    try:
        constants = dict(_constants(weights))
    except KeyError as error:
        raise StageError(f"{file} has no weights {error}", remedy="install silero-vad 6.2") from error
    state = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 1, HIDDEN]) for name in ("h", "c")]
    windows = helper.make_tensor_value_info("windows", onnx.TensorProto.FLOAT, ["frames", SPECTRA, WINDOW])
    outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("speech", "hn", "cn")]
    nodes = [helper.make_node(kind, inputs, out, **how) for kind, inputs, out, how in _nodes()]
    tensors = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "voice", [windows, *state], outputs, tensors)
    opset = [helper.make_opsetid("", OPSET)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION).SerializeToString())


def _constants(weights: dict[str, npt.NDArray[Any]]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Weights as matrices, and the indices of the taps.

    Raises:
        KeyError: silero has renamed its weights.
    """
    yield "basis", weights["stft.forward_basis_buffer"][:, 0].T
    yield "halves", np.array([BINS, BINS])
    yield "edges", np.array([0, 1, 0, 0, 1, 0])
    yield "time", np.array([1])
    for layer, (stride, length) in enumerate(_layers()):
        kernel = weights[f"encoder.{layer}.weight"]
        yield f"kernel{layer}", kernel.transpose(2, 1, 0).reshape(-1, len(kernel))
        yield f"bias{layer}", weights[f"encoder.{layer}.bias"]
        yield f"stride{layer}", np.array([stride])
        for tap in range(TAPS):
            yield f"first{layer}.{tap}", np.array([tap])
            yield f"last{layer}.{tap}", np.array([tap + (length - 1) * stride + 1])
    for name, own in (("input", 209), ("recurrence", 210), ("biases", 211)):
        yield name, weights[f"onnx::LSTM_{own}"]
    yield "output", weights["output.weight"][0]
    yield "output bias", weights["output.bias"]


def _layers() -> Iterator[tuple[int, int]]:
    """Stride and number of outputs in time of each convolution."""
    length = SPECTRA
    for stride in STRIDES:
        length = (length - 1) // stride + 1
        yield stride, length


Node: TypeAlias = tuple[str, list[str], list[str], dict[str, Any]]


def _nodes() -> Iterator[Node]:
    """Magnitudes of the spectra, the encoder, the memory, the probability."""
    yield "MatMul", ["windows", "basis"], ["spectra"], {}
    yield "Split", ["spectra", "halves"], ["real", "imaginary"], {"axis": 2}
    yield "Mul", ["real", "real"], ["real power"], {}
    yield "Mul", ["imaginary", "imaginary"], ["imaginary power"], {}
    yield "Add", ["real power", "imaginary power"], ["power"], {}
    yield "Sqrt", ["power"], ["layer0"], {}
    for layer in range(len(STRIDES)):
        yield from _convolution(layer)
    inputs = [f"layer{len(STRIDES)}", "input", "recurrence", "biases", "", "h", "c"]
    yield "LSTM", inputs, ["memory", "hn", "cn"], {"hidden_size": HIDDEN}
    yield "Relu", ["memory"], ["remembered"], {}
    yield "MatMul", ["remembered", "output"], ["weighed"], {}
    yield "Add", ["weighed", "output bias"], ["logit"], {}
    yield "Sigmoid", ["logit"], ["speech"], {}


def _convolution(layer: int) -> Iterator[Node]:
    """Three shifted copies side by side, times the kernel."""
    yield "Pad", [f"layer{layer}", "edges"], [f"padded{layer}"], {}
    taps = [f"tap{layer}.{tap}" for tap in range(TAPS)]
    for tap, name in enumerate(taps):
        borders = [f"first{layer}.{tap}", f"last{layer}.{tap}", "time", f"stride{layer}"]
        yield "Slice", [f"padded{layer}", *borders], [name], {}
    yield "Concat", taps, [f"taps{layer}"], {"axis": 2}
    yield "MatMul", [f"taps{layer}", f"kernel{layer}"], [f"product{layer}"], {}
    yield "Add", [f"product{layer}", f"bias{layer}"], [f"sum{layer}"], {}
    yield "Relu", [f"sum{layer}"], [f"layer{layer + 1}"], {}
