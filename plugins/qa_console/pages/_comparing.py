"""Two versions of a rule: which can be chosen, and what came of them as the page shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_console import trying
from qa_console.data import Estimate, RuleVersion, Span, share
from qa_console.data.statistics import NOTHING

OUTCOMES = ("hit", "clear", "unknown", "crash", "not judged")
ALWAYS = ("hit", "clear")
"""Outcomes that the table of changes has though no call has them."""
NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Side:
    """A version's figures on the calls that both were asked about."""

    side: str
    """One of `trying.SIDES`."""
    version: int | None
    judged: int
    hits: int
    unknown: int
    crashed: int
    rate: Estimate
    unknown_rate: Estimate
    precision: Estimate
    recall: Estimate
    milliseconds: float | None
    """A call, of the rule alone; None where it was not run."""


@dataclass(frozen=True)
class Sides:
    """Both versions, and how the one's outcomes became the other's."""

    old: Side
    new: Side
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...], int], ...]
    """By old outcome: calls by new outcome, and all of them."""
    totals: tuple[int, ...]
    looked: int
    """Calls without a hit that reviewers looked at: without them there is no recall."""
    reviewed: int
    open: int
    """Of the reviewed calls, those that are not decided."""

    @property
    def fresh(self) -> bool:
        """Whether the old version judged none of the calls: everything that is found is new."""
        return self.old.judged == 0


def sides(found: Mapping[str, Any]) -> Sides:
    """The answer of `trying.compared` as figures with intervals."""
    counts = {(one["old"], one["new"]): one["calls"] for one in found["outcomes"]}
    judged = [any(pair[at] != NOT_JUDGED for pair in counts) for at in (0, 1)]
    kept = [
        [name for name in OUTCOMES if (name in ALWAYS and judged[at]) or any(pair[at] == name for pair in counts)]
        for at in (0, 1)
    ]
    rows = tuple((old, cells := tuple(counts.get((old, new), 0) for new in kept[1]), sum(cells)) for old in kept[0])
    reviews = found["new"]["reviews"] or {}
    return Sides(
        old=_side(found["old"], found["calls"]),
        new=_side(found["new"], found["calls"]),
        columns=tuple(kept[1]),
        rows=rows,
        totals=tuple(sum(cells[at] for _, cells, _ in rows) for at in range(len(kept[1]))),
        looked=reviews.get("missed", {}).get("n", 0),
        reviewed=reviews.get("reviewed", 0),
        open=reviews.get("open", 0),
    )


def _side(one: Mapping[str, Any], calls: int) -> Side:
    outcomes, reviews = one["outcomes"], one["reviews"] or {}
    judged = calls - outcomes.get(NOT_JUDGED, 0)
    return Side(
        side=one["side"],
        version=one["version"],
        judged=judged,
        hits=outcomes.get("hit", 0),
        unknown=outcomes.get("unknown", 0),
        crashed=outcomes.get("crash", 0),
        rate=share(outcomes.get("hit", 0), judged),
        unknown_rate=share(outcomes.get("unknown", 0), judged),
        precision=_estimate(reviews.get("precision")),
        recall=_estimate(reviews.get("recall")),
        milliseconds=1000 * one["seconds"] / calls if one["seconds"] is not None and calls else None,
    )


def _estimate(figure: Mapping[str, Any] | None) -> Estimate:
    if not figure or figure["value"] is None:
        return NOTHING
    low, high = figure["interval"]
    return Estimate(figure["value"], low, high, figure["n"])


def chosen(
    versions: Sequence[RuleVersion], text: str, installed: int | None, old: str | None, new: str | None
) -> tuple[str, str]:
    """Which two versions the page begins with, where its address does not name them."""
    published = [one.version for one in versions]
    if new is None:
        if len(published) > 1:
            new = f"v{published[0]}"
        elif installed is not None and [installed] != published:
            new = "installed"
        else:
            new = "text" if text else "installed"
    return old or _other(new, published, installed), new


def _other(new: str, published: Sequence[int], installed: int | None) -> str:
    """What a new version is compared with."""
    number = trying.published_version(new)
    if number is None:
        return "installed" if new == "text" and installed is not None else "published"
    older = [version for version in published if version < number] or [
        version for version in published if version > number
    ]
    return f"v{max(older)}" if older else f"v{max(1, number - 1)}"


def numbers(versions: Sequence[RuleVersion], installed: int | None) -> list[int]:
    """Versions that days may have been judged in, the newest first: those that show, and every one before."""
    return list(range(max([installed or 0, *(one.version for one in versions)]), 0, -1))


def short(span: Span, days: Sequence[dt.date]) -> Span:
    """The days that are compared at first: published ones of the stretch, no more than may be tried at once."""
    last = min(max(span.last, days[0]), days[-1])
    return Span(max(min(span.first, last), days[0], last - dt.timedelta(days=trying.MOST_DAYS - 1)), last)
