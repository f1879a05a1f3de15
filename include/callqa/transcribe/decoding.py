"""From the network's posteriors to a recognition: CTC collapse, confidence, probabilities of the tags."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from callqa.contracts import tag_meaning

QUERIES = 4
"""Frames that SenseVoice puts before the audio; their outputs are language, emotion, event and itn, in this order."""
TAG_FRAMES: Mapping[str, int] = {"language": 0, "emotion": 1, "event": 2}
DIGITS = 6
"""Decimals kept of a probability: below lies what a different number of threads changes."""

TagTokens = dict[str, dict[int, str]]
"""By class (language, emotion, event): our name by token id."""


def tag_tokens(pieces: Iterable[str]) -> TagTokens:
    """The tags of a vocabulary, found by their text, since their ids differ from one vocabulary to another."""
    found: TagTokens = {name: {} for name in TAG_FRAMES}
    for index, piece in enumerate(pieces):
        if piece.startswith("<|") and piece.endswith("|>"):
            kind, name = tag_meaning(piece[2:-2]) or ("", "")
            if kind in found:
                found[kind][index] = name
    return found


def collapse(ids: Sequence[int], blank: int) -> list[tuple[int, int, int]]:
    """CTC's rule: repeats are one, blanks none. Token, first frame and frame after the last, of every token emitted."""
    runs: list[tuple[int, int, int]] = []
    frame = 0
    for token, repeats in itertools.groupby(ids):
        end = frame + sum(1 for _ in repeats)
        if token != blank:
            runs.append((token, frame, end))
        frame = end
    return runs


def confidence(runs: Sequence[tuple[int, int, int]], log_posteriors: Sequence[float]) -> float:
    """Mean over the text's tokens of the highest posterior in the frames of each; 0 where there is none.

    Args:
        runs: of `collapse`.
        log_posteriors: of the best token of each frame, natural logarithm.
    """
    peaks = [max(log_posteriors[start:end]) for _, start, end in runs if start >= QUERIES]
    return round(sum(map(math.exp, peaks)) / len(peaks), DIGITS) if peaks else 0.0


def tag_probabilities(
    log_posterior: Callable[[int, list[int]], list[float]], tokens: TagTokens
) -> dict[str, dict[str, float]]:
    """Probability by name of each class of tags, among the tags of that class.

    Args:
        log_posterior: of (frame, token ids).
        tokens: of `tag_tokens`.
    """
    return {kind: _among(tokens[kind], log_posterior(frame, list(tokens[kind]))) for kind, frame in TAG_FRAMES.items()}


def _among(names: Mapping[int, str], logs: Sequence[float]) -> dict[str, float]:
    highest = max(logs, default=0.0)
    weights = [math.exp(value - highest) for value in logs]
    shares: dict[str, float] = {}
    for name, weight in zip(names.values(), weights, strict=True):
        shares[name] = shares.get(name, 0.0) + weight / sum(weights)
    return {name: round(share, DIGITS) for name, share in shares.items()}
