"""An engine for tests: it hears the same in the same samples, and can be told to fail."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from callqa.contracts import LANGUAGE_HINTS, Word
from callqa.errors import StageError
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples


class FakeTranscriber:
    """A `Transcriber` that remembers what it was given."""

    def __init__(
        self,
        model: ModelIdentity,
        *,
        precision: str = "fp32",
        appetite: float = 0.0,
        fails_at: int | None = None,
        failures: int = 1_000_000,
        dies_at: int | None = None,
    ) -> None:
        """It fails `failures` times where a clip has `fails_at` samples, and at everything from one of `dies_at` on."""
        self.name, self.digest, self.device = model.name, model.digest, "cpu"
        self.precision, self.appetite = precision, appetite
        self.given: list[list[Samples]] = []
        self.hints: list[str] = []
        self.closed = False
        self._fails_at, self._failures, self._dies_at, self._dead = fails_at, failures, dies_at, False

    def transcribe(self, clips: Sequence[Samples], language_hints: Sequence[str]) -> list[Recognition]:
        if len(clips) != len(language_hints) or not set(language_hints) <= set(LANGUAGE_HINTS):
            raise StageError("hints")
        if any(clip.dtype != np.float32 or clip.ndim != 1 for clip in clips):
            raise StageError("clips")
        if self._failures and any(len(clip) == self._fails_at for clip in clips):
            self._failures -= 1
            raise RuntimeError("no good")
        self._dead = self._dead or any(len(clip) == self._dies_at for clip in clips)
        if self._dead:
            raise RuntimeError("dead")
        self.given.append(list(clips))
        self.hints += language_hints
        return [_hear(clip, hint) for clip, hint in zip(clips, language_hints, strict=True)]

    def close(self) -> None:
        self.closed = True


def _hear(clip: Samples, hint: str) -> Recognition:
    language = "zh" if hint == "auto" else hint
    heard = hashlib.sha256(clip.tobytes()).hexdigest()[:8]
    return Recognition(
        text_raw=f"<|{language}|><|NEUTRAL|><|Speech|><|withitn|>{heard}",
        confidence=0.5,
        language_probs={language: 1.0},
        emotion_probs={"neutral": 0.75, "happy": 0.25},
        event_probs={"speech": 1.0},
        words=[Word(text=heard, start=0.0, end=0.1, confidence=0.9)],
    )
