"""Two published versions of a rule on the calls that both judged: days that were published more than once.

A day that was judged again has several publications, each at its own snapshots; the newest one of each version is
asked. Nothing is judged anew: no rule need be installed, and no turn is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping

from callqa import warehouse
from callqa.contracts import Publication
from callqa.errors import CallQAError
from callqa.rejudge import archive
from callqa.rejudge.archive import Outcome, Shard
from callqa.rejudge.trial import NEVER, Answer, Comparison, Key, Published, Skipped
from callqa.settings import LakeSettings

SHARD_CALLS = 20_000
"""Calls whose outcomes are in memory at once, of either version."""


def compare(
    lake: LakeSettings,
    first: dt.date,
    last: dt.date,
    comparison: Comparison,
    *,
    wanted: Collection[Key] = frozenset(),
    tell: Callable[[dt.date], None] = lambda _day: None,
) -> Comparison:
    """Fill a comparison of two `Published` sides that each name a version, as `trial.compare` does.

    Raises:
        UsageError: the range is none.
        ValueError: a side is not a published version.
    """
    old, new = _versions(comparison)
    days = archive.days_between(first, last)
    by_day: dict[dt.date, list[Publication]] = {}
    for one in warehouse.publications(lake):
        by_day.setdefault(one.call_date, []).append(one)
    for day in days:
        tell(day)
        if day not in by_day:
            comparison.skipped[day] = NEVER
            continue
        found = _newest_of(lake, comparison.rule, (old, new), by_day[day])
        missing = [version for version in (old, new) if version not in found]
        if missing:
            text = f"no publication of this day has a finding of version {missing[0]}"
            comparison.skipped[day] = Skipped(text, "single", missing)
            continue
        comparison.days.append(day)
        _compare_day(lake, found[old], found[new], comparison, wanted)
    return comparison


def _versions(comparison: Comparison) -> tuple[int, int]:
    sides = (comparison.old, comparison.new)
    versions = [side.version for side in sides if isinstance(side, Published) and side.version is not None]
    if len(versions) < len(sides):
        raise ValueError("a side of the comparison is not a published version")
    return versions[0], versions[1]


def _newest_of(
    lake: LakeSettings, rule: str, versions: Collection[int], publications: list[Publication]
) -> Mapping[int, Publication]:
    """The newest publication of a day in which each of these versions left findings; none whose snapshots are gone."""
    found: dict[int, Publication] = {}
    for one in sorted(publications, key=lambda one: -one.sequence):
        if found.keys() >= set(versions):
            break
        try:
            with archive.opened(lake, one) as day:
                there = day.versions_of(rule)
        except CallQAError:  # its snapshots were expired: what is older is gone too, or will be
            continue
        for version in there:
            found.setdefault(version, one)
    return found


def _compare_day(
    lake: LakeSettings, before: Publication, after: Publication, comparison: Comparison, wanted: Collection[Key]
) -> None:
    with archive.opened(lake, before) as one, archive.opened(lake, after) as other:
        for shard in other.shards(turns=SHARD_CALLS * 1_000, calls=SHARD_CALLS):
            _compare_shard(one, other, shard, comparison, wanted)


def _compare_shard(
    before: archive.Day, after: archive.Day, shard: Shard, comparison: Comparison, wanted: Collection[Key]
) -> None:
    was, now = before.outcomes(comparison.rule, shard), after.outcomes(comparison.rule, shard)
    for call_id in sorted(was.keys() & now.keys()):
        old, new = was[call_id], now[call_id]
        if not (_counts(old) or _counts(new)):
            continue
        key = after.publication.call_date, call_id
        answers = _answer(comparison.old, old), _answer(comparison.new, new)
        if key in wanted:
            comparison.answers[key] = answers[0].result, answers[1].result
        comparison.add(key, *answers)


def _counts(outcome: Outcome) -> bool:
    """An invalid call that the rule says nothing of was none of its business; a rejected one is nobody's."""
    return outcome.status == "analysed" or outcome.finding is not None


def _answer(side: object, outcome: Outcome) -> Answer:
    if not isinstance(side, Published):
        raise TypeError(f"{side!r} is not a published version")
    return side.said(outcome.status, outcome.packs, outcome.finding)
