"""What a speech engine is to this project: clips in, recognitions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from callqa.contracts import LANGUAGE_HINTS, Word
from callqa.errors import StageError

Samples: TypeAlias = NDArray[np.float32]
"""One clip: 16 kHz, mono, -1..1, shape (samples,)."""


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What an engine heard in one clip."""

    text_raw: str
    """The model's own output, tags included."""
    confidence: float
    """Mean posterior over the emitted tokens of the text, 0..1; 0 where none was emitted."""
    language_probs: dict[str, float] = field(default_factory=dict)
    emotion_probs: dict[str, float] = field(default_factory=dict)
    event_probs: dict[str, float] = field(default_factory=dict)
    """By lower-case name; each of the three sums to 1, or is empty where the model knows no such tag."""
    words: list[Word] = field(default_factory=list)
    """Positions are seconds from the start of the clip."""


class Transcriber(Protocol):
    """A loaded engine. Implementations pass `tests/transcribe/contract.py`."""

    @property
    def name(self) -> str:
        """Of the model, as results are labelled with it."""
        ...

    @property
    def digest(self) -> str:
        """Of the model's weights, vocabulary and feature statistics."""
        ...

    @property
    def device(self) -> str:
        """What it runs on: `cpu` or `cuda:<n>`."""
        ...

    @property
    def precision(self) -> str:
        """`int8`, `bf16` or `fp32`."""
        ...

    @property
    def appetite(self) -> float:
        """Seconds of audio that are worth handing over at once; 0 where there is nothing to gain."""
        ...

    def transcribe(self, clips: Sequence[Samples], language_hints: Sequence[str]) -> list[Recognition]:
        """One recognition a clip, in the clips' order; a hint (one of LANGUAGE_HINTS) a clip.

        A clip of any length is answered, an empty one too. On a CPU a clip is heard the same alone, among others, in
        any order and in any process.

        Raises:
            StageError: a hint is no language, a clip is not float32 of one dimension, or the numbers differ.
        """
        ...

    def close(self) -> None:
        """End its processes, where it has any; it may be used again."""
        ...


@dataclass(frozen=True)
class ModelIdentity:
    """A checked model folder: where it is, what results call it, and its digest."""

    folder: str
    name: str
    digest: str


def require_clips(clips: Sequence[Samples], hints: Sequence[str]) -> None:
    """Nothing, where these can be transcribed.

    Raises:
        StageError: a hint is no language, a clip is not float32 of one dimension, or the numbers differ.
    """
    if len(clips) != len(hints):
        raise StageError(f"{len(clips)} clips but {len(hints)} language hints", remedy="give one hint a clip")
    for hint in hints:
        if hint not in LANGUAGE_HINTS:
            raise StageError(
                f"language hint {hint!r} is not one the model knows", remedy=f"use one of {', '.join(LANGUAGE_HINTS)}"
            )
    for clip in clips:
        if clip.ndim != 1 or clip.dtype != np.float32:
            raise StageError(
                f"a clip is {clip.dtype} of {clip.ndim} dimensions",
                remedy="give float32 samples of one channel, -1..1 (int16 divided by 32768)",
            )
