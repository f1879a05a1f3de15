"""What was heard besides words, as stretches of time: events, and the model's tags of turns where no event has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from qc_rules.call import Event
from qc_rules.conditions.answer import Match, of_event, of_turn, reasons
from qc_rules.conditions.view import Seen, View
from qc_rules.spans import Span, seconds
from qc_rules.vocabulary import TONES

GROUPS = {"tones": TONES, "music": ("bgm", "hold_music")}
"""Names for several classes at once."""


@dataclass(frozen=True)
class Stretch:
    """Something heard, of one class, on one channel."""

    class_: str
    span: Span
    channel: int
    match: Match
    """Unsure where it may not belong to the scope."""


def classes_of(names: Iterable[str]) -> tuple[str, ...]:
    """Event classes, groups taken apart; each once."""
    return tuple(dict.fromkeys(class_ for name in names for class_ in GROUPS.get(name, (name,))))


def undetected(view: View, classes: Iterable[str]) -> str:
    """Why more of these may have happened than was heard: no detector reports one of them; empty where all are."""
    missing = [class_ for class_ in classes if not view.call.detects(class_)]
    return f"no installed detector reports {' and '.join(missing)}" if missing else ""


def heard(view: View, classes: Collection[str], min_score: float = 0.0) -> list[Stretch]:
    """The events of these classes in the view, and its turns tagged with one that no event covers, in time order."""
    events = view.events(class_ for class_ in classes if view.call.detects(class_))
    found = [
        Stretch(one.event.class_, one.event.span, one.event.channel, _of(one.event, one.unsure, min_score))
        for one in events
        if one.event.score is None or one.event.score >= min_score
    ]
    for seen in view.seen:
        tags = [class_ for class_ in classes if class_ in seen.turn.event_tags]
        found += [_tagged(seen, class_) for class_ in tags if _alone(view, seen, class_)]
    return sorted(found, key=lambda stretch: (stretch.span, stretch.channel))


def covered(view: View, stretches: Iterable[Stretch]) -> tuple[float, float]:
    """Seconds of the window that these cover: for certain, and perhaps."""
    stretches = list(stretches)
    sure = seconds(view.clip(stretch.span for stretch in stretches if stretch.match.sure))
    return sure, seconds(view.clip(stretch.span for stretch in stretches))


def _of(event: Event, unsure: str, min_score: float) -> Match:
    unscored = min_score > 0 and event.score is None
    return of_event(event, reasons([unsure, f"nobody says how sure the {event.class_} is" if unscored else ""]))


def _tagged(seen: Seen, class_: str) -> Stretch:
    return Stretch(class_, seen.turn.span, seen.turn.channel, of_turn(seen.turn, class_, seen.unsure))


def _alone(view: View, seen: Seen, class_: str) -> bool:
    """Is there no event for the tag?"""
    start, end = seen.turn.span
    return not any(
        event.class_ == class_ and event.channel == seen.turn.channel and event.start < end and event.end > start
        for event in view.call.events
    )
