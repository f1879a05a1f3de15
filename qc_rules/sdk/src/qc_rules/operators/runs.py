"""Shares: of so many turns in a row, or of all that is in scope, where some may not belong and some cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qc_rules.conditions.answer import Answer, Match, in_order, reasons, unknown
from qc_rules.kleene import Truth
from qc_rules.operators.bounds import Bound, extremes


@dataclass(frozen=True)
class Item:
    """A turn or another piece of a call that counts towards a share."""

    match: Match
    """Where it is."""
    weight: float
    """1, or its seconds."""
    least: float
    """Of its weight, what counts for certain."""
    greatest: float
    """And what may."""
    doubt: str = ""
    """Why it may not be there at all."""
    unsure: str = ""
    """Why `least` is less than `greatest`, or `bars` unknown."""
    bars: Truth = False
    """Does no run with it count?"""


@dataclass(frozen=True)
class _Run:
    """Pieces in a row, one of several ways to choose them: what they can add up to."""

    first: int
    least: float = 0.0
    greatest: float = 0.0
    rest_least: float = 0.0
    rest_greatest: float = 0.0

    def plus(self, item: Item) -> _Run:
        return _Run(
            self.first,
            self.least + item.least,
            self.greatest + item.greatest,
            self.rest_least + item.weight - item.greatest,
            self.rest_greatest + item.weight - item.least,
        )

    def or_else(self, other: _Run) -> _Run:
        return _Run(
            max(self.first, other.first),
            min(self.least, other.least),
            max(self.greatest, other.greatest),
            min(self.rest_least, other.rest_least),
            max(self.rest_greatest, other.rest_greatest),
        )

    def share(self) -> tuple[float, float]:
        return _share(self.least, self.rest_greatest), _share(self.greatest, self.rest_least)


def runs(items: Sequence[Item], count: int, bound: Bound) -> list[Match]:
    """The runs of `count` pieces whose share is in bounds, earliest first, none overlapping another.

    A piece that may not be there may be passed over; any other breaks a run. Runs that may be none are unsure.
    """
    sure = list(_sure(items, count, bound))
    taken = {place for first, last in sure for place in range(first, last + 1)}
    possible = [run for run in _possible(items, count, bound) if taken.isdisjoint(range(run[0], run[1] + 1))]
    found = [_joined(items[first : last + 1]) for first, last in sure]
    return found + [_joined(items[first : last + 1], doubted=True) for first, last in possible]


def overall(items: Sequence[Item], bound: Bound) -> Answer:
    """Is the share of all pieces together in bounds? Of none it is not: there is no share."""
    barred = any(item.bars and not item.doubt for item in items)
    weighty = [item for item in items if item.weight > 0]
    if barred or not weighty:
        return Answer(False)
    sure, perhaps = [item for item in weighty if not item.doubt], [item for item in weighty if item.doubt]
    low = extremes([(item.least, item.weight) for item in sure], [(item.least, item.weight) for item in perhaps])
    high = extremes([(item.greatest, item.weight) for item in sure], [(item.greatest, item.weight) for item in perhaps])
    truth = bound.between(low[0], high[1])
    if truth and (not sure or any(item.bars is None or (item.bars and item.doubt) for item in items)):
        truth = None
    if truth is None:
        return unknown(reasons(reason for item in items for reason in (item.doubt, item.unsure)))
    return Answer(True, in_order(item.match for item in sure if item.least > 0)) if truth else Answer(False)


def _sure(items: Sequence[Item], count: int, bound: Bound) -> Iterator[tuple[int, int]]:
    first = 0
    while first + count <= len(items):
        run = items[first : first + count]
        held = not any(item.doubt or item.bars is not False for item in run) and _holds(run, bound)
        if held:
            yield first, first + count - 1
        first += count if held else 1


def _holds(run: Sequence[Item], bound: Bound) -> Truth:
    total = _Run(0)
    for item in run:
        total = total.plus(item)
    return bound.between(*total.share())


def _possible(items: Sequence[Item], count: int, bound: Bound) -> Iterator[tuple[int, int]]:
    """Runs that hold if what is not known is as it may be: for each length the best of all ways to choose."""
    by_length: dict[int, _Run] = {}
    for at, item in enumerate(items):
        by_length = _extended(by_length, at, item)
        full = by_length.pop(count, None)
        if full and bound.between(*full.share()) is not False:
            yield full.first, at
            by_length = {}


def _extended(by_length: dict[int, _Run], at: int, item: Item) -> dict[int, _Run]:
    kept = dict(by_length) if item.doubt else {}
    if item.bars:
        return kept
    for length, run in {0: _Run(at), **by_length}.items():
        longer = run.plus(item)
        kept[length + 1] = kept[length + 1].or_else(longer) if length + 1 in kept else longer
    return kept


def _joined(items: Sequence[Item], doubted: bool = False) -> Match:
    evidence = tuple(piece for item in items for piece in item.match.evidence)
    numbers = [number for item in items for number in item.match.turns or ()]
    turns = (min(numbers), max(numbers)) if numbers else None
    end = max(item.match.end for item in items)
    match = Match(items[0].match.start, end, evidence, turns)
    why = reasons(reason for item in items for reason in (item.doubt, item.unsure))
    return replace(match, unsure=why) if doubted else match


def _share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest > 0 else 0.0
