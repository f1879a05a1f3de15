"""Personal data masked in a call's turns: in text, text for matching, raw text and words, with where it can be heard.

Every letter and digit of what was found becomes `*`, one for one, so that positions hold; no last four digits are left,
for with a name and a call's time they are enough to take somebody for somebody else.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

from callqa.contracts import Redaction, Turn, Word
from callqa.parse.normalise import normalised
from callqa.parse.personal import pii
from callqa.parse.tags import TAG

MASK = "*"
MARGIN = 0.2
"""Seconds by which a silence is longer than the words, at either end: CTC places a word where the model is sure of it,
not where its sound begins."""
GUESS_MARGIN = (0.75, 0.15)
"""The same where the words have no times and their place is guessed: the larger of so many seconds and this share of
the turn."""
PAUSE_WEIGHT, LATIN_WEIGHT, BLANK_WEIGHT = 0.6, 0.35, 0.1
"""How long punctuation, a Latin letter and a blank take, beside a character or digit that is a syllable or more."""


def redacted(turns: Sequence[Turn], kinds: Collection[str], duration: float | None) -> list[Turn]:
    """The turns of one call with personal data of these kinds masked, and `text_match` made of what is left.

    `duration` of the recording, seconds, bounds what is silenced.
    """
    by_turn: dict[int, list[pii.Span]] = {}
    for span in pii.find(turns):
        if span.kind in kinds:
            by_turn.setdefault(span.turn, []).append(span)
    limit = max([duration or 0.0, *(turn.end for turn in turns)])
    return [_masked_turn(turn, by_turn.get(place, []), limit) for place, turn in enumerate(turns)]


def _masked_turn(turn: Turn, spans: Sequence[pii.Span], limit: float) -> Turn:
    if not spans:
        return dataclasses.replace(turn, text_match=normalised(turn.text, turn.language).text)
    hidden = {place for span in spans for place in range(span.start, span.end) if _is_said(turn.text[place], span.kind)}
    text = _masked(turn.text, hidden)
    owners = _word_owners(turn)
    return dataclasses.replace(
        turn,
        text=text,
        text_match=normalised(text, turn.language).text,
        text_raw=_masked_raw(turn.text_raw, turn.text, hidden),
        words=_masked_words(turn, owners, hidden),
        redactions=[_redaction(turn, span, owners, limit) for span in spans],
    )


def _is_said(character: str, kind: str) -> bool:
    return character.isalnum() or (kind == "email" and not character.isspace())


def _masked(text: str, hidden: Collection[int]) -> str:
    return "".join(MASK if place in hidden else character for place, character in enumerate(text))


def _masked_raw(text_raw: str, text: str, hidden: Collection[int]) -> str:
    """The raw text with the same characters masked; its tags stay. Blanks apart, both hold the same characters."""
    texts, names = TAG.split(text_raw)[::2], TAG.split(text_raw)[1::2]
    pieces = [unicodedata.normalize("NFC", piece) for piece in texts]
    visible = [place for place, character in enumerate(text) if not character.isspace()]
    if [text[place] for place in visible] == [c for piece in pieces for c in piece if not c.isspace()]:
        places = iter(visible)
        masked = ["".join(c if c.isspace() or next(places) not in hidden else MASK for c in p) for p in pieces]
    else:  # an accent of its own joins another piece's letter: rather mask all than the wrong ones
        masked = ["".join(MASK if c.isalnum() else c for c in piece) for piece in pieces]
    tags = [f"<|{name}|>" for name in names]
    return "".join(part for pair in zip(masked, [*tags, ""], strict=True) for part in pair)


def _word_owners(turn: Turn) -> list[int | None] | None:
    """The word of each character of the text, None for blanks; None altogether where the words are not the text's."""
    letters = [(owner, c) for owner, word in enumerate(turn.words) for c in word.text if not c.isspace()]
    if not letters or [c for _, c in letters] != [c for c in turn.text if not c.isspace()]:
        return None
    places = iter(letters)
    return [None if character.isspace() else next(places)[0] for character in turn.text]


def _masked_words(turn: Turn, owners: list[int | None] | None, hidden: Collection[int]) -> list[Word]:
    """The words with the same characters masked. Words that are not the text's are left out: they may say anything."""
    if owners is None:
        return []
    letters: list[str] = ["" for _ in turn.words]
    for place, owner in enumerate(owners):
        if owner is not None:
            letters[owner] += MASK if place in hidden else turn.text[place]
    return [
        dataclasses.replace(word, text=_like(word.text, said)) for word, said in zip(turn.words, letters, strict=True)
    ]


def _like(word: str, said: str) -> str:
    """`said` with the blanks of `word`."""
    characters = iter(said)
    return "".join(character if character.isspace() else next(characters) for character in word)


def _redaction(turn: Turn, span: pii.Span, owners: list[int | None] | None, limit: float) -> Redaction:
    start, end = _heard(turn, span, owners) if owners else _guessed(turn, span)
    return Redaction(
        kind=span.kind,
        start=span.start,
        end=span.end,
        audio_start=round(max(0.0, start), 3),
        audio_end=round(min(limit, end), 3),
    )


def _heard(turn: Turn, span: pii.Span, owners: list[int | None]) -> tuple[float, float]:
    words = [turn.words[owner] for owner in owners[span.start : span.end] if owner is not None]
    return min(word.start for word in words) - MARGIN, max(word.end for word in words) + MARGIN


def _guessed(turn: Turn, span: pii.Span) -> tuple[float, float]:
    """Where in the turn the span lies if every syllable takes equally long, widened, within the turn."""
    weights = list(_weights(turn.text))
    whole, length = sum(weights), turn.end - turn.start
    margin = max(GUESS_MARGIN[0], GUESS_MARGIN[1] * length)
    start = turn.start + length * sum(weights[: span.start]) / whole
    end = turn.start + length * sum(weights[: span.end]) / whole
    return max(turn.start, start - margin), min(turn.end, end + margin)


def _weights(text: Iterable[str]) -> Iterator[float]:
    for character in text:
        if character.isspace():
            yield BLANK_WEIGHT
        elif not character.isalnum():
            yield PAUSE_WEIGHT
        else:
            yield LATIN_WEIGHT if character.isascii() and character.isalpha() else 1.0
