"""The scope keys of a condition: role, first, last, span, after, before, around, min_confidence, …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qc_rules.conditions.anchors import SIDES, WHICH, Anchor
from qc_rules.conditions.scope import Extent, Point, Scope
from qc_rules.language.faults import Fault, Path
from qc_rules.language.values import shown
from qc_rules.vocabulary import did_you_mean

SCOPE_KEYS = ("role", "first", "last", "span", *SIDES, "min_confidence", "exclude_announcements")
"""In the order in which they are printed."""
ROLES = ("agent", "customer", "any")
_EXTENT = "write {turns: 3} or {seconds: 30}"
_ANCHOR = ("condition", "within", "which")


def scope_of(keys: Mapping[str, Any], path: Path) -> Scope:
    """The scope that a condition's keys describe; other keys are left to others.

    Raises:
        Fault: a value that is none of its key's.
    """
    return Scope(
        role=_role(keys.get("role", "any"), (*path, "role")),
        first=_extent(keys["first"], (*path, "first")) if "first" in keys else None,
        last=_extent(keys["last"], (*path, "last")) if "last" in keys else None,
        span=_span(keys["span"], (*path, "span")) if "span" in keys else None,
        anchors=tuple(_anchors(keys, path)),
        min_confidence=_confidence(keys.get("min_confidence", 0), (*path, "min_confidence")),
        exclude_announcements=_flag(keys.get("exclude_announcements", False), (*path, "exclude_announcements")),
    )


def _role(value: Any, path: Path) -> str:
    if not isinstance(value, str) or value not in ROLES:
        raise Fault(f"{shown(value)} is no role{did_you_mean(str(value), ROLES)}", path)
    return value


def _flag(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise Fault(f"{shown(value)} is not true or false", path)
    return value


def _confidence(value: Any, path: Path) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise Fault(f"{shown(value)} is not a confidence from 0 to 1", path)
    return float(value)


def _extent(value: Any, path: Path) -> Extent:
    if not isinstance(value, dict) or len(value) != 1:
        raise Fault(f"{shown(value)} is not a number of turns or of seconds", path, _EXTENT)
    turns, seconds = _distance(value, path)
    return Extent(turns, seconds)


def _distance(value: Mapping[str, Any], path: Path) -> tuple[int | None, float | None]:
    """`turns` and `seconds`; at least one of them."""
    for key in value:
        if key not in ("turns", "seconds"):
            raise Fault(f"unknown key {key}{did_you_mean(key, ('turns', 'seconds'))}", (*path, key), _EXTENT)
    turns, seconds = value.get("turns"), value.get("seconds", 0.0)
    if "turns" in value and not (type(turns) is int and turns >= 1):
        raise Fault(f"{shown(turns)} is not a number of turns from 1", (*path, "turns"))
    if "seconds" in value and not (_is_number(seconds) and seconds > 0):
        raise Fault(f"{shown(seconds)} is not a number of seconds above 0", (*path, "seconds"))
    return turns, float(seconds) if "seconds" in value else None


def _span(value: Any, path: Path) -> tuple[Point, Point]:
    if not isinstance(value, dict) or not value:
        raise Fault(
            f"{shown(value)} is not a stretch of the call", path, "write {from: 0%, to: 50%} or {from: 0, to: 30}"
        )
    for key in value:
        if key not in ("from", "to"):
            raise Fault(f"unknown key {key}{did_you_mean(key, ('from', 'to'))}", (*path, key))
    start = _point(value.get("from", "0%"), (*path, "from"))
    end = _point(value.get("to", "100%"), (*path, "to"))
    if start.share == end.share and start.value >= end.value:
        raise Fault(f"it ends at {value.get('to', '100%')}, not after its start", path)
    return start, end


def _point(value: Any, path: Path) -> Point:
    if isinstance(value, str) and value.endswith("%"):
        try:
            share = float(value[:-1]) / 100
        except ValueError:
            share = -1.0
        if 0 <= share <= 1:
            return Point(share, share=True)
    elif _is_number(value) and value >= 0:
        return Point(float(value))
    raise Fault(f"{shown(value)} is no moment of a call", path, "write 0% to 100%, or seconds from 0")


def _anchors(keys: Mapping[str, Any], path: Path) -> Iterator[Anchor]:
    for side in SIDES:
        if side in keys:
            yield _anchor(side, keys[side], (*path, side))


def _anchor(side: str, value: Any, path: Path) -> Anchor:
    given = {"condition": value} if isinstance(value, str) else value
    if not isinstance(given, dict) or not isinstance(given.get("condition"), str):
        raise Fault(f"{shown(value)} names no condition", path, f"write {side}: {{condition: …, within: {{turns: 4}}}}")
    for key in given:
        if key not in _ANCHOR:
            raise Fault(f"unknown key {key}{did_you_mean(key, _ANCHOR)}", (*path, key))
    within = given.get("within", {})
    if not isinstance(within, dict) or ("within" in given and not within):
        raise Fault(f"{shown(within)} is not a distance", (*path, "within"), _EXTENT)
    turns, seconds = _distance(within, (*path, "within"))
    return Anchor(side, given["condition"], turns, seconds, _which(given.get("which", "any"), (*path, "which")))


def _which(value: Any, path: Path) -> str | int:
    if type(value) is int and value >= 1:
        return value
    if not isinstance(value, str) or value not in WHICH:
        hint = did_you_mean(value, WHICH) if isinstance(value, str) else f"; known: {', '.join(WHICH)}"
        raise Fault(f"{shown(value)} names no match{hint}", path, "or write a number from 1: 2 is the second match")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def in_words(scope: Scope) -> str:
    """`the customer's turns; the first 3 of them; within 4 turns after any match of hold`; empty: the whole call."""
    return "; ".join(_parts(scope))


def _parts(scope: Scope) -> Iterator[str]:
    if scope.role != "any":
        yield f"the {scope.role}'s turns"
    for side, extent in (("first", scope.first), ("last", scope.last)):
        if extent is not None:
            yield f"the {side} {_far(extent.turns, extent.seconds)}"
    if scope.span is not None:
        yield f"from {_moment(scope.span[0])} to {_moment(scope.span[1])} of the call"
    for anchor in scope.anchors:
        yield _near(anchor)
    if scope.min_confidence:
        yield f"turns recognised with a confidence under {scope.min_confidence:g} prove nothing"
    if scope.exclude_announcements:
        yield "without announcements"


def _near(anchor: Anchor) -> str:
    far = f"within {_far(anchor.turns, anchor.seconds)} " if anchor.turns or anchor.seconds else ""
    which = f"match {anchor.which}" if isinstance(anchor.which, int) else f"{_ARTICLES[anchor.which]} match"
    return f"{far}{anchor.side} {which} of {anchor.condition}"


_ARTICLES = {"any": "any", "each": "each", "first": "the first", "last": "the last"}


def _far(turns: int | None, seconds: float | None) -> str:
    parts = [f"{turns} turn{'s' if turns != 1 else ''}"] if turns is not None else []
    parts += [f"{seconds:g} seconds"] if seconds is not None else []
    return " and ".join(parts)


def _moment(point: Point) -> str:
    return f"{point.value * 100:g} %" if point.share else f"{point.value:g} s"
