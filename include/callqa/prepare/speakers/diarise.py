"""Who speaks when in a recording whose parties share one channel: voices of windows, grouped, then followed in time.

1. Every stretch of speech is cut into windows of 1.6 s, each 0.8 s after the one before; a shorter stretch is repeated
   to that length. Each window is brought to one level (loudness says which handset, not who) and becomes a voice, a
   vector of length 1 (`speaker_model`).
2. Voices are grouped (`voices.grouped`): 1 to MOST speakers.
3. The sequence of speakers that fits the windows best is found by Viterbi over cells of at most 0.4 s, where a change
   costs less in a pause than within a stretch of speech; so changes fall into pauses where there are any.

It is deterministic. What it cannot do: two who speak at once become one of them, and somebody with less than about two
seconds of speech becomes one of the others.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from callqa.contracts import SAMPLE_RATE
from callqa.prepare.spans import Span, joined, total
from callqa.prepare.speakers import speaker_model
from callqa.prepare.speakers.voices import Voices, grouped
from callqa.settings import PrepareSettings

logger = logging.getLogger(__name__)

VERSION = 1
"""Of what is done here: raised when the same audio would give other speakers."""
Samples = npt.NDArray[np.int16]

LEAST_SPEECH = 3.0
"""Seconds of speech below which nobody can be told from anybody."""
PAUSE = 0.15
"""Seconds: a window does not reach over a longer pause, where the speaker may change."""
STEP = 80
"""Frames (10 ms) from one window to the next."""
SHORTEST = 40
"""Frames of a stretch below which it has no window of its own: the network hears nobody in 0.4 s."""
CELL = 0.4
"""Seconds at most for which one speaker is decided."""
FIT = 14.0
"""What a cosine is worth against a change of speaker (natural logarithm of odds)."""
CHANGE = 5.0
"""What a change costs within speech; see `_change_cost`."""
FREE_PAUSE = 0.6
"""Seconds of pause from which on a change costs least: CHANGE x CHEAPEST."""
CHEAPEST = 0.3
BLOCK = 64
"""Stretches whose windows are held at once."""


class _Windows(NamedTuple):
    """The windows of a recording: their spans in seconds [n, 2], voices [n, 256] and seconds of own speech [n]."""

    spans: npt.NDArray[np.float64]
    voices: Voices


def version() -> str:
    """What the speakers depend on beside the audio: this module's version and the model's; `none` without a model."""
    return f"{VERSION} {speaker_model.version()}" if speaker_model.available() else "none"


def speakers_of(samples: Samples, speech: list[Span], settings: PrepareSettings) -> list[tuple[Span, str]]:
    """The speakers of a mono channel at 16 kHz, in order of time.

    Args:
        samples: of the whole recording, int16 (a memory map is read piece by piece).
        speech: where somebody speaks, seconds, sorted, without overlap.
        settings: `diarise` switches it off.

    Returns:
        Spans that cover exactly the speech, with `s0`, `s1` … in order of appearance; all `s0` for one speaker; none
        at all where `diarise` is off, the model is not installed, or there is too little speech to tell.

    Raises:
        StageError: the model's file is broken.
    """
    if settings.diarise == "off" or total(speech) < LEAST_SPEECH:
        return []
    if not speaker_model.available():
        logger.info('speakers are not told apart: pip install "callqa[speakers]" (or set prepare.diarise = "off")')
        return []
    windows = _windows(samples, joined(speech, PAUSE))
    if len(windows.spans) == 0:
        return []
    centres = grouped(windows.voices)
    cells = _cells(speech)
    chosen = _followed(cells, _scores(cells, windows, centres))
    return _named(cells, chosen)


def _windows(samples: Samples, stretches: list[Span]) -> _Windows:
    spans: list[Span] = []
    voices = [np.zeros((0, speaker_model.HIDDEN), np.float32)]
    for first in range(0, len(stretches), BLOCK):
        heard = [_of_stretch(samples, *stretch) for stretch in stretches[first : first + BLOCK]]
        mels = [mel for _, own in heard for mel in own]
        spans += [span for own, _ in heard for span in own]
        if mels:
            voices.append(speaker_model.embeddings(np.stack(mels)))
    return _Windows(np.array(spans).reshape(-1, 2), np.concatenate(voices))


def _of_stretch(samples: Samples, start: float, end: float) -> tuple[list[Span], list[npt.NDArray[np.float32]]]:
    """The windows of one stretch of speech and their features, at one level each."""
    first, last = round(start * SAMPLE_RATE), min(round(end * SAMPLE_RATE), len(samples))
    count = (last - first) // speaker_model.HOP
    if count < SHORTEST:
        return [], []
    length = min(count, speaker_model.FRAMES)
    starts = [*range(0, count - length, STEP), count - length]
    spans, mels = [], []
    for begin in starts:
        at = first + begin * speaker_model.HOP
        mels.append(_window(samples[at : at + length * speaker_model.HOP]))
        spans.append((at / SAMPLE_RATE, at / SAMPLE_RATE + length * speaker_model.HOP / SAMPLE_RATE))
    return spans, mels


def _window(samples: Samples) -> npt.NDArray[np.float32]:
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) / 32768.0
    gain = 10 ** (speaker_model.TARGET_DBFS / 20) / max(level, 1e-5)
    mel = speaker_model.mel_power(samples, gain)[: len(samples) // speaker_model.HOP]
    return np.resize(mel, (speaker_model.FRAMES, speaker_model.BANDS))  # np.resize repeats what is too short


def _cells(speech: list[Span]) -> list[Span]:
    """Each span of speech in equal pieces of at most CELL seconds."""
    cells: list[Span] = []
    for start, end in speech:
        edges = np.linspace(start, end, int(np.ceil((end - start) / CELL - 1e-9)) + 1).tolist()
        edges[0], edges[-1] = start, end
        cells += pairwise(edges)
    return cells


def _scores(cells: list[Span], windows: _Windows, centres: Voices) -> npt.NDArray[np.float64]:
    """How well each speaker fits each cell: [cells, speakers], mean cosine of the windows over it, nearer ones more.

    A cell without a window (a short burst) says nothing: all 0.
    """
    likeness = (windows.voices @ centres.T).astype(np.float64)
    scores = np.zeros((len(cells), len(centres)))
    firsts = np.searchsorted(windows.spans[:, 1], [start for start, _ in cells], side="right")
    lasts = np.searchsorted(windows.spans[:, 0], [end for _, end in cells], side="left")
    for i, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if first < last:
            middles = windows.spans[first:last].mean(axis=1)
            half = np.maximum(windows.spans[first:last, 1] - windows.spans[first:last, 0], 0.1) / 2
            weights = np.maximum(0.05, 1 - np.abs(middles - sum(cells[i]) / 2) / half)
            scores[i] = weights @ likeness[first:last] / weights.sum() * (cells[i][1] - cells[i][0]) / CELL
    return scores


def _change_cost(pause: float) -> float:
    """What a change of speaker costs at a pause of so many seconds."""
    return CHANGE * max(CHEAPEST, 1 - (1 - CHEAPEST) * pause / FREE_PAUSE)


def _followed(cells: list[Span], scores: npt.NDArray[np.float64]) -> list[int]:
    """The speaker of each cell: the sequence of highest score less the cost of its changes (Viterbi)."""
    costs = [0.0, *(_change_cost(b[0] - a[1]) for a, b in pairwise(cells))]
    best, came = FIT * scores[0], []
    for own, cost in zip(scores[1:], costs[1:], strict=True):
        leader = int(best.argmax())
        stay = best >= best[leader] - cost
        came.append(np.where(stay, np.arange(len(best)), leader))
        best = np.where(stay, best, best[leader] - cost) + FIT * own
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _named(cells: list[Span], chosen: list[int]) -> list[tuple[Span, str]]:
    """Neighbouring cells of one speaker as one span, speakers numbered in order of appearance."""
    numbers: dict[int, int] = {}
    named: list[tuple[Span, str]] = []
    for (start, end), speaker in zip(cells, chosen, strict=True):
        label = f"s{numbers.setdefault(speaker, len(numbers))}"
        if named and named[-1][1] == label and start == named[-1][0][1]:
            named[-1] = ((named[-1][0][0], end), label)
        else:
            named.append(((start, end), label))
    return named
