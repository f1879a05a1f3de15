"""What reviewers' verdicts say of a rule: its precision and, where they looked at calls without a hit, its recall.

A review is of a published outcome: `confirmed` and `upheld` say that it is right, `rejected` and `overturned` that it
is wrong, `appealed` that it is open; of several on one call the newest counts. So a reviewed call has what the rule
looks for where a hit is right or a clear outcome is wrong, and has it not where a hit is wrong or a clear outcome is
right. An `unknown` outcome, right or wrong, does not say which, and neither does an appeal.

Precision is of the hits that reviewers decided. Recall is of the calls that have it, and calls that a rule missed are
among them only where somebody reviewed calls that it had not hit: without such a review there is no recall, only how
many of the confirmed hits another version still finds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callqa import warehouse
from callqa.rejudge.trial import Key
from callqa.settings import LakeSettings
from qc_rules.scorecards.agents import wilson

RIGHT = ("confirmed", "upheld")
WRONG = ("rejected", "overturned")


@dataclass(frozen=True)
class Reviewed:
    """A call that was reviewed for a rule."""

    key: Key
    outcome: str
    """That was reviewed: hit, clear or unknown."""
    has_it: bool | None
    """Whether the call has what the rule looks for; None where the review leaves it open."""


def newest(lake: LakeSettings, rule: str, first: dt.date, last: dt.date) -> list[Reviewed]:
    """The newest review of each call for a rule, by day and call."""
    sql = (
        "select call_date, call_id, outcome, verdict from reviews where rule = ? and call_date between ? and ?"
        ' order by "at", verdict'
    )
    found: dict[Key, Reviewed] = {}
    for day, call_id, outcome, verdict in warehouse.query(lake, sql, [rule, first, last])[1]:
        found[day, call_id] = Reviewed((day, call_id), outcome, _has_it(outcome, verdict))
    return [found[key] for key in sorted(found)]


def _has_it(outcome: str, verdict: str) -> bool | None:
    if outcome not in ("hit", "clear") or verdict not in (*RIGHT, *WRONG):
        return None
    return (outcome == "hit") == (verdict in RIGHT)


def figures(reviews: Iterable[Reviewed], results: Mapping[Key, str], hits: int) -> dict[str, Any]:
    """A version's precision and recall over the reviewed calls that it judged.

    `results` are its outcomes on them, `hits` how many calls it hits in all. Shares come with Wilson's interval at
    95 % and their `n`; `value` is None where nothing can be said, and `of` says in words what the figure is of.
    """
    judged = [review for review in reviews if review.key in results]
    decided = [review for review in judged if review.has_it is not None]
    found = [review for review in decided if results[review.key] == "hit"]
    have = [review for review in decided if review.has_it]
    looked = [review for review in decided if review.outcome == "clear"]
    right, caught = sum(bool(r.has_it) for r in found), sum(results[r.key] == "hit" for r in have)
    return {
        "reviewed": len(judged),
        "open": len(judged) - len(decided),
        "unknown": sum(results[review.key] == "unknown" for review in decided),
        "precision": _share(right, len(found), f"the {len(found)} of {hits} hits that reviewers decided"),
        "recall": _recall(have, caught, looked),
        "kept": _share(*_kept(have, results), "the hits that reviewers confirmed"),
        "missed": _share(
            sum(bool(r.has_it) for r in looked), len(looked), "the calls without a hit that were reviewed"
        ),
    }


def _recall(have: list[Reviewed], caught: int, looked: list[Reviewed]) -> dict[str, Any]:
    if not looked:
        return _share(0, 0, "nothing: no call without a hit was reviewed, so nobody knows what was missed")
    among = sum(review.outcome == "clear" for review in have)
    return _share(
        caught,
        len(have),
        f"the {len(have)} reviewed calls that have it, {among} of them found among {len(looked)} calls without a hit",
    )


def _kept(have: list[Reviewed], results: Mapping[Key, str]) -> tuple[int, int]:
    confirmed = [review for review in have if review.outcome == "hit"]
    return sum(results[review.key] == "hit" for review in confirmed), len(confirmed)


def _share(part: int, n: int, of: str) -> dict[str, Any]:
    interval = wilson(part, n)
    return {
        "value": part / n if n else None,
        "interval": list(interval) if interval else None,
        "count": part,
        "n": n,
        "of": of,
    }
