"""Where somebody speaks: silero's voice activity model, on 16 kHz."""

from __future__ import annotations

import functools
import importlib.metadata

import numpy as np
import numpy.typing as npt

from callqa.contracts import SAMPLE_RATE
from callqa.prepare.intake.decode import Samples
from callqa.prepare.slicing.voice_model import CONTEXT, FRAME, beginning, judged
from callqa.prepare.sounds.levels import Levels
from callqa.prepare.spans import Span, joined, of_mask, within

BLOCK = 512
"""Frames a call: the state of the network goes from one to the next, so that it changes nothing but memory."""
STILL = -60.0
"""dBFS, after the gain: a frame below is silence. The model hears nothing below about -45."""
AFTER = 625
"""Frames (20 s) of a silence that the model hears still: its memory is that long …"""
BEFORE = 94
"""… and frames (3 s) before the next sound, so that it has got used to the line again."""
OFFSET_STEP = 32
"""Units of int16: the offset of a line is taken off in such steps, so that a part of a call has that of the whole."""
AUDIBLE = -35.0
"""dBFS to which the loudest frame of a second and a half is raised where it is fainter …"""
MAX_LOCAL = 12.0
"""… by so many dB at most: more would raise the conversation at the next desk."""
AROUND = 23
"""Frames (0.74 s) at either side of one: between two syllables that is silence, within a sentence never."""
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


def gain_for(levels: Levels, floor_dbfs: float) -> float:
    """The factor that brings a faint channel's louder frames to TARGET; 1 for a normal or a silent one."""
    audible = levels[levels > floor_dbfs]
    if not len(audible):
        return 1.0
    missing = TARGET - float(np.percentile(audible, LOUD_SHARE))
    return float(10 ** (min(MAX_GAIN, max(0.0, missing)) / 20))


def probabilities(samples: Samples, gain: float = 1.0) -> npt.NDArray[np.float32]:
    """Probability of speech of each 32 ms of a channel (16 kHz), the offset of the line taken off.

    In a silent channel and far inside a long silence the model is not asked: the probability there is 0.
    """
    offset = _offset(samples)
    loudness = _loudness(samples, gain, offset)
    gains = gain * _local_gains(loudness)
    out = np.zeros(len(loudness), np.float32)
    state = beginning()
    for start, end in of_mask(_asked(loudness), 1.0):
        for first in range(int(start), int(end), BLOCK):
            last = min(first + BLOCK, int(end))
            frames = _frames(samples, first, last, gains[first:last], offset)
            out[first:last], state = judged(frames, state)
    return out


def _offset(samples: Samples) -> float:
    """The mean of a channel in steps of 1/1024 of full scale, in units of int16; less than half a step is none."""
    blocks = range(0, len(samples), BLOCK * FRAME)
    mean = sum(int(samples[at : at + BLOCK * FRAME].sum(dtype=np.int64)) for at in blocks) / max(1, len(samples))
    return round(mean / OFFSET_STEP) * OFFSET_STEP


def _loudness(samples: Samples, gain: float, offset: float) -> npt.NDArray[np.float32]:
    """Level of each frame in dBFS, after the gain."""
    power = [np.zeros(0, np.float32)]
    for first in range(0, -(-len(samples) // FRAME), BLOCK):
        frames = _frames(samples, first, first + BLOCK, np.float32(gain), offset)[:, CONTEXT:]
        power.append(np.einsum("ij,ij->i", frames, frames) / FRAME)
    return 10 * np.log10(np.maximum(np.concatenate(power), 1e-10))


def _local_gains(loudness: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The factor of each frame that raises a faint stretch (a far party beside a near one) towards AUDIBLE."""
    if not len(loudness):
        return loudness
    around = np.pad(loudness, AROUND, mode="edge")
    loudest = np.lib.stride_tricks.sliding_window_view(around, 2 * AROUND + 1).max(axis=1)
    missing = np.pad(np.clip(AUDIBLE - loudest, 0, MAX_LOCAL), AROUND, mode="edge")
    smooth = np.convolve(missing, np.full(2 * AROUND + 1, 1 / (2 * AROUND + 1)), "valid")
    return (10 ** (smooth / 20)).astype(np.float32)


def _asked(loudness: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Frames that the model is asked of: those above STILL, and those within AFTER and BEFORE of them."""
    mask = loudness > STILL
    for start, end in of_mask(mask, 1.0):
        mask[max(0, int(start) - BEFORE) : int(end) + AFTER] = True
    return mask


def _frames(
    samples: Samples, first: int, last: int, gains: npt.NDArray[np.float32] | np.float32, offset: float
) -> npt.NDArray[np.float32]:
    """Frames of a channel as the model hears them, each after its context: (frames, CONTEXT + FRAME), full scale 1."""
    values = samples[max(0, first * FRAME - CONTEXT) : last * FRAME]
    count = -(-(len(values) - (CONTEXT if first else 0)) // FRAME)
    padded = np.full(CONTEXT + count * FRAME, offset, np.float32)
    at = 0 if first else CONTEXT
    padded[at : at + len(values)] = values
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME]
    scale = np.broadcast_to(gains / np.float32(32768), (count,))[:, None]
    frames: npt.NDArray[np.float32] = np.clip((windows - np.float32(offset)) * scale, -1, 1)
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
    kept = [group for group in joined(spans, NEIGHBOUR) if group[1] - group[0] >= shortest]
    return [span for span in spans if within(kept, *span)]
