"""From the network's posteriors to a recognition: CTC collapse, confidence, probabilities of the tags, words."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callqa.contracts import Word, tag_meaning

QUERIES = 4
"""Frames that SenseVoice puts before the audio; their outputs are language, emotion, event and itn, in this order."""
TAG_FRAMES: Mapping[str, int] = {"language": 0, "emotion": 1, "event": 2}
DIGITS = 6
"""Decimals kept of a probability: below lies what a different number of threads changes."""

FRAME = 0.06
"""Seconds between two frames of the network: six mel frames of 10 ms are stacked."""
LEAD = 0.0175
"""Seconds by which a frame's share of the audio begins before its number says: frame n is stacked around mel frame 6n,
whose window of 25 ms is centred at 60n + 12.5 ms, and 30 ms on either side of that are its own."""
TAIL = 0.24
"""Seconds that a token lasts at most after its last frame: CTC says where a token is, not how long it is heard, and
between two words there may be a pause."""

Runs = Sequence[tuple[int, int, int]]
"""Of `collapse`: token, first frame, frame after the last."""
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


def confidence(runs: Runs, log_posteriors: Sequence[float]) -> float:
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


@dataclass
class _Spoken:
    """A word that is being put together."""

    text: str
    start: float
    end: float
    log: float
    """The lowest log posterior of its tokens."""

    def take(self, character: str, end: float, log: float) -> None:
        """Go on with a character; a full stop's time is a pause, and its posterior says nothing of the word's."""
        if character.isalnum():
            self.end = end
            self.log = min(self.log, log) if self.heard else log
        self.text += character

    @property
    def heard(self) -> bool:
        """Whether there is anything but punctuation yet."""
        return any(character.isalnum() for character in self.text)


def words(runs: Runs, log_posteriors: Sequence[float], pieces: Sequence[str]) -> list[Word]:
    """The words of the text, tags left out, with seconds from the start of the clip.

    A Chinese character or a kana is a word; otherwise SentencePiece's `▁` parts words. Punctuation belongs to the
    word before it, an opening bracket to the one after it; neither counts for the word's time and confidence. Joined
    together the words are the text without its spaces.

    Args:
        runs: of `collapse`.
        log_posteriors: of the best token of each frame, natural logarithm.
        pieces: the vocabulary, by token id.
    """
    spoken: list[_Spoken] = []
    apart = True
    for character, start, end, log in _characters(runs, log_posteriors, pieces):
        if character.isspace():
            apart = True
        elif _belongs(spoken, character, apart):
            spoken[-1].take(character, end, log)
            apart = False
        else:
            spoken.append(_Spoken(character, start, end, log))
            apart = False
    return [
        Word(text=w.text, start=round(w.start, 3), end=round(w.end, 3), confidence=round(math.exp(w.log), DIGITS))
        for w in spoken
    ]


def _characters(runs: Runs, logs: Sequence[float], pieces: Sequence[str]) -> Iterator[tuple[str, float, float, float]]:
    """Each character with its seconds and its token's log posterior; a token's time is shared by its characters."""
    tokens = list(_tokens(runs, logs, pieces))
    clip_end = (len(logs) - QUERIES) * FRAME
    following = [*(_seconds(first) for _, first, _, _ in tokens[1:]), clip_end][: len(tokens)]
    for (text, first, after, log), next_start in zip(tokens, following, strict=True):
        start = _seconds(first)
        end = max(start, min(next_start, _seconds(after) + TAIL))
        visible = [character for character in text if not character.isspace()]
        step = (end - start) / max(1, len(visible))
        if text[:1].isspace():
            yield " ", start, start, log
        for index, character in enumerate(visible):
            yield character, start + index * step, start + (index + 1) * step, log


def _seconds(frame: int) -> float:
    return max(0.0, (frame - QUERIES) * FRAME - LEAD)


def _tokens(runs: Runs, logs: Sequence[float], pieces: Sequence[str]) -> Iterator[tuple[str, int, int, float]]:
    """Text, frames and peak of the tokens after the queries that are text; bytes of one character are one."""
    spelled, first, lowest = bytearray(), 0, 0.0
    for token, start, end in (run for run in runs if run[1] >= QUERIES):
        piece, log = pieces[token], max(logs[start:end])
        byte = _BYTE.fullmatch(piece)
        if byte:
            first, lowest = (first, min(lowest, log)) if spelled else (start, log)
            spelled.append(int(byte[1], 16))
            with_whole = spelled.decode("utf-8", errors="ignore")
            if with_whole:
                yield with_whole, first, end, lowest
                spelled.clear()
        elif not _NO_TEXT.fullmatch(piece):
            yield piece.replace("▁", " "), start, end, log


_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
"""SentencePiece's pieces for characters that are not in the vocabulary: their UTF-8 bytes, one by one."""
_NO_TEXT = re.compile(r"<[^>]+>")
"""Tags and SentencePiece's control pieces."""
_OPENING = ("Ps", "Pi", "Sc")
"""Unicode's classes of opening brackets, opening quotes and currency signs."""
_ALONE = re.compile(
    "[\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]"
)
"""Chinese characters (with 々) and kana."""


def _belongs(spoken: Sequence[_Spoken], character: str, apart: bool) -> bool:
    """Whether the character goes on with the last word."""
    if not spoken:
        return False
    if not character.isalnum():
        return unicodedata.category(character) not in _OPENING
    last = next((c for c in reversed(spoken[-1].text) if c.isalnum()), None)
    if last is None:
        return True
    return not (apart or _ALONE.match(character) or _ALONE.match(last))
