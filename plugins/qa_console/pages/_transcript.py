"""What was said on a call, as a dialogue: turns in pieces that can be played, with what was heard between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from callqa.contracts import Event, Evidence, Finding, Turn, Word
from qa_console.data.heard import needles
from qa_console.pages._severity import RANK

LOW, VERY_LOW = 0.8, 0.6
"""Confidence below which a word is marked: the model may have misheard it."""
UNHEARD = ("speech",)
"""Events that the turns say already."""
Range = tuple[int, int, str]
"""[start, end) of a text's characters, and what is there."""


@dataclass(frozen=True)
class Piece:
    """A word, or what stands between two."""

    text: str
    start: float | None = None
    """Seconds; None: it is no word."""
    confidence: float = 1.0
    severity: str = ""
    """Of the gravest finding that has this word as evidence."""
    hidden: str = ""
    """Kind of personal data that is masked here."""
    found: str = ""
    """Not empty: the list was searched for this."""

    @property
    def low(self) -> str:
        """How unsure the model was: empty, `low` or `very low`."""
        return "" if self.confidence >= LOW else "low" if self.confidence >= VERY_LOW else "very low"


@dataclass(frozen=True)
class Said:
    """A turn."""

    turn: Turn
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]
    """Hits of which this turn is evidence, the gravest first."""
    matches: bool
    """Whether it has what the list was searched for."""


@dataclass(frozen=True)
class Heard:
    """What was heard besides words."""

    event: Event


@dataclass(frozen=True)
class Place:
    """Where a finding can be heard: a turn, with what of it is evidence."""

    turn: int | None
    """None: the whole call."""
    start: float
    end: float
    text: str


def places(finding: Finding, turns: Sequence[Turn]) -> list[Place]:
    """A finding's evidence, each turn once: by the words that the rule found, or whole where that is all it says."""
    texts = {turn.turn: turn.text for turn in turns}
    found: dict[int | None, list[Evidence]] = {}
    for one in finding.evidence:
        found.setdefault(one.turn, []).append(one)
    return [_place(turn, several, texts.get(turn, "") if turn is not None else "") for turn, several in found.items()]


def _place(turn: int | None, several: Sequence[Evidence], whole: str) -> Place:
    parts = [part for one in several if one.text != whole for part in one.text.split(", ") if part]
    text = ", ".join(dict.fromkeys(parts)) or several[0].text
    return Place(turn, min(one.start for one in several), max(one.end for one in several), text)


def lines(
    turns: Sequence[Turn], events: Iterable[Event], findings: Sequence[Finding], searched: str = ""
) -> list[Said | Heard]:
    """Turns and events in time order; `searched` is what somebody looked for in them."""
    hits = [finding for finding in findings if finding.outcome == "hit"]
    found: list[tuple[float, int, int, Said | Heard]] = [
        (turn.start, 1, turn.turn, _said(turn, hits, searched)) for turn in turns
    ]
    found += [(event.start, 0, place, Heard(event)) for place, event in enumerate(events) if not _is_told(event, turns)]
    return [line for *_, line in sorted(found, key=lambda one: one[:3])]


def without_text(turns: Sequence[Turn], text_chars: int) -> bool:
    """Whether what was said was removed: retention leaves the turns, and how many characters there were."""
    return bool(turns) and text_chars > 0 and not any(turn.text for turn in turns)


def _is_told(event: Event, turns: Sequence[Turn]) -> bool:
    """Whether the turns say it: as a turn's own event, all the time that it lasts."""
    return event.class_ in UNHEARD or any(
        event.class_ in turn.event_tags
        and turn.channel == event.channel
        and turn.start - 0.1 <= event.start
        and event.end <= turn.end + 0.1
        for turn in turns
    )


def _said(turn: Turn, hits: Sequence[Finding], searched: str) -> Said:
    own = [finding for finding in hits if any(one.turn == turn.turn for one in finding.evidence)]
    own.sort(key=lambda finding: (-RANK[finding.severity], finding.rule))
    matches = bool(searched) and any(needle in (turn.text_match or "") for needle in needles(searched))
    return Said(turn, tuple(pieces(turn, own, searched)), tuple(own), matches)


def pieces(turn: Turn, findings: Sequence[Finding] = (), searched: str = "") -> Iterator[Piece]:
    """The turn's text, all of it, in pieces: its words with their times, and what is between them."""
    marks = list(_marks(turn, findings))
    hidden = [(one.start, one.end, one.kind) for one in turn.redactions]
    place = turn.text.lower().find(searched.lower()) if searched else -1
    found = [(place, place + len(searched), "found")] if place >= 0 else []
    done = 0
    for start, end, word in _placed(turn.text, turn.words):
        if start > done:
            yield Piece(turn.text[done:start])
        there = [_at(ranges, start, end) for ranges in (marks, hidden, found)]
        yield Piece(turn.text[start:end], word.start, word.confidence, *there)
        done = end
    if done < len(turn.text):
        rest = turn.text[done:]
        yield Piece(rest) if done else Piece(rest, turn.start, 1.0, "", _at(hidden, 0, len(rest)))


def _placed(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int, Word]]:
    """Where the words stand in the text; those that do not stand there are left out."""
    done = 0
    for word in words:
        place = text.find(word.text, done) if word.text else -1
        if place >= 0:
            yield place, (done := place + len(word.text)), word


def _marks(turn: Turn, findings: Sequence[Finding]) -> Iterator[Range]:
    """What of the text is evidence, the gravest first; a whole turn is not marked: the line says it."""
    for finding in findings:
        for evidence in finding.evidence:
            for part in evidence.text.split(", ") if evidence.turn == turn.turn else ():
                place = turn.text.find(part) if 0 < len(part) < len(turn.text) else -1
                if place >= 0:
                    yield place, place + len(part), finding.severity


def _at(ranges: Iterable[Range], start: int, end: int) -> str:
    return next((what for low, high, what in ranges if low < end and start < high), "")
