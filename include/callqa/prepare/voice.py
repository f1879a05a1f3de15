"""Where somebody speaks: silero's voice activity model through ONNX Runtime, on 16 kHz."""

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
from callqa.prepare.decode import Samples
from callqa.prepare.levels import Levels
from callqa.prepare.spans import Span, joined

WEIGHTS = "data/silero_vad_16k_sequence.onnx"
FRAME = 512
"""Samples (32 ms) that the model judges at once."""
CONTEXT = 64
"""Samples before them that it hears too."""
BLOCK = 512
"""Frames a call: the state of the network goes from one to the next, so that it changes nothing but memory."""
HYSTERESIS = 0.15
"""A stretch of speech ends below threshold - this, as in silero's own `get_speech_timestamps`."""
SHORTEST_PAUSE = 0.1
NEIGHBOUR = 1.0
"""Seconds within which a burst that is too short to be speech is a part of the speech beside it."""
TARGET = -25.0
"""dBFS that the louder frames of a faint channel are raised to: silero misses speech below about -45."""
MAX_GAIN = 30.0
LOUD_SHARE = 95


@functools.cache
def version() -> str:
    """Version of the package whose weights are used."""
    return importlib.metadata.version("silero-vad")


@functools.cache
def _session() -> Any:
    """The model, once a process, one thread.

    The weights are opened directly: `import silero_vad` would import torch and set it to one thread.
    """
    import onnxruntime

    spec = importlib.util.find_spec("silero_vad")
    folder = Path(next(iter(spec.submodule_search_locations or []), "")) if spec else Path()
    if not (folder / WEIGHTS).is_file():
        raise StageError(f"silero-vad has no {WEIGHTS} in {folder}", remedy="install silero-vad >= 6.2")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(folder / WEIGHTS), options, providers=["CPUExecutionProvider"])


def gain_for(levels: Levels, floor_dbfs: float) -> float:
    """The factor that brings a faint channel's louder frames to TARGET; 1 for a normal or a silent one."""
    audible = levels[levels > floor_dbfs]
    if not len(audible):
        return 1.0
    missing = TARGET - float(np.percentile(audible, LOUD_SHARE))
    return float(10 ** (min(MAX_GAIN, max(0.0, missing)) / 20))


def probabilities(samples: Samples, gain: float = 1.0) -> npt.NDArray[np.float32]:
    """Probability of speech of each 32 ms of a channel (16 kHz)."""
    count = -(-len(samples) // FRAME)
    hidden = cell = np.zeros((1, 1, 128), np.float32)
    before = np.zeros(CONTEXT, np.float32)
    out = [np.zeros(0, np.float32)]
    for first in range(0, count, BLOCK):
        frames = _frames(samples[first * FRAME : (first + BLOCK) * FRAME], gain)
        context = np.concatenate([before[None], frames[:-1, -CONTEXT:]])
        inputs = {"input": np.concatenate([context, frames], axis=1), "h": hidden, "c": cell}
        values, hidden, cell = _session().run(["speech_probs", "hn", "cn"], inputs)
        before = frames[-1, -CONTEXT:]
        out.append(values.reshape(-1))
    return np.concatenate(out)


def _frames(samples: Samples, gain: float) -> npt.NDArray[np.float32]:
    frames = np.zeros((-(-len(samples) // FRAME), FRAME), np.float32)
    frames.reshape(-1)[: len(samples)] = np.clip(samples.astype(np.float32) * (gain / 32768.0), -1, 1)
    return frames


def speech_of(probs: npt.NDArray[np.float32], threshold: float, shortest: float, duration: float) -> list[Span]:
    """Stretches of speech: from `threshold` on until HYSTERESIS below it.

    What is shorter than `shortest` seconds and not within a second of other speech is dropped.
    """
    step = FRAME / SAMPLE_RATE
    runs: list[Span] = []
    start: int | None = None
    for index, value in enumerate([*probs.tolist(), -1.0]):
        if start is None and value >= threshold:
            start = index
        elif start is not None and value < threshold - HYSTERESIS:
            runs.append((start * step, min(index * step, duration)))
            start = None
    return _long_enough(joined(runs, SHORTEST_PAUSE), shortest)


def _long_enough(spans: list[Span], shortest: float) -> list[Span]:
    groups = joined(spans, NEIGHBOUR)
    kept = [group for group in groups if group[1] - group[0] >= shortest]
    return [span for span in spans if any(a <= span[0] and span[1] <= b for a, b in kept)]
