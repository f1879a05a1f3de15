"""Two versions of a rule on the same archived calls: what was published against a candidate, or candidate against old.

Nothing is published. Calls are read in shards, as re-judging reads them, and only what changed is kept.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import qc_rules
from callqa.contracts import Call, Evidence, Finding, Publication
from callqa.judge.building import build
from callqa.judge.verdict import INVALID
from callqa.rejudge import archive
from callqa.rejudge.archive import Archived
from callqa.rejudge.kept import judging_packs
from callqa.settings import LakeSettings

LISTED = 1_000
"""Changed calls that a comparison keeps; the counts are of all."""
NOT_JUDGED = "not judged"
"""The published outcome where the rule's pack judged no call of the day."""
CHANGES: Mapping[tuple[str, str], str] = {
    ("hit", "clear"): "no longer hit",
    ("hit", "unknown"): "hit, now unknown",
    ("clear", "hit"): "newly hit",
    ("clear", "unknown"): "newly unknown",
    ("unknown", "hit"): "unknown, now hit",
    ("unknown", "clear"): "no longer unknown",
    (NOT_JUDGED, "hit"): "newly hit",
    (NOT_JUDGED, "unknown"): "newly unknown",
    (NOT_JUDGED, "clear"): "",
}
"""What a change of outcome is called; of others, crashes mostly, both outcomes are named."""
EVIDENCE = "other evidence"

Key = tuple[dt.date, str]
"""A call: its day and its id."""


class Skipped(str):
    """Why a day was left out, in English; `code` says which of the reasons it is, `versions` which it is about."""

    __slots__ = ("code", "versions")

    def __new__(cls, text: str, code: str = "", versions: Sequence[int] = ()) -> Skipped:
        """A text with what it is made of."""
        made = super().__new__(cls, text)
        made.code, made.versions = code, tuple(versions)
        return made

    code: str
    """`never` published, `unsaid` (no finding says in which version), `other` (judged in other versions), `single`
    (no publication has a finding of the version)."""
    versions: tuple[int, ...]


NEVER = Skipped(archive.NEVER, "never")


@dataclass(frozen=True)
class Answer:
    """What a version of a rule says of a call."""

    result: str
    message: str = ""
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()
    version: int | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**vars(self), "evidence": [vars(piece) for piece in self.evidence]}


class Published:
    """The version that judged the calls when they were published."""

    name = "published"
    seconds: float | None = None

    def __init__(self, rule: str, packs: frozenset[str], version: int | None = None) -> None:
        self._rule = rule
        self._packs = packs
        self.version = version

    def answer(self, archived: Archived, call: qc_rules.Call) -> Answer:  # noqa: ARG002 - as Candidate has it
        """What `said` makes of its published rows."""
        found = next((finding for finding in archived.findings if finding.rule == self._rule), None)
        return self.said(archived.row.status, judging_packs(archived.row), found)

    def said(self, status: str, packs: Collection[str], finding: Finding | None) -> Answer:
        """The finding, or clear where a pack that has the rule judged the call and left none."""
        if finding is not None:
            return _of_finding(finding)
        judged = status == "invalid" or not self._packs.isdisjoint(packs)
        return Answer("clear" if judged else NOT_JUDGED)


class Candidate:
    """A version of a rule that is run now, and the time that it takes."""

    def __init__(self, name: str, rule: qc_rules.Rule, limit_seconds: float) -> None:
        self.name = name
        self.rule = rule
        self.version: int | None = rule.version
        self.seconds = 0.0
        self._ready = qc_rules.RuleSet([rule], limit_seconds)

    def warm_up(self, call: qc_rules.Call) -> None:
        """Judge a call whose time does not count: the first one pays for what is only made once."""
        self._ready.judge(call)

    def answer(self, archived: Archived, call: qc_rules.Call) -> Answer:  # noqa: ARG002 - as Published has it
        """The rule's outcome."""
        started = time.perf_counter()
        outcome = self._ready.judge(call)[0]
        self.seconds += time.perf_counter() - started
        evidence = tuple(Evidence(**vars(piece)) for piece in outcome.evidence)
        return Answer(outcome.result, outcome.message, outcome.reason, evidence, outcome.rule_version)


Side = Published | Candidate


@dataclass
class Comparison:
    """What two versions say of the calls of some days."""

    rule: str
    old: Side
    new: Side
    calls: int = 0
    """Judged by both; rejected calls are not, nor are invalid ones by a rule that never sees them."""
    days: list[dt.date] = field(default_factory=list)
    skipped: dict[dt.date, Skipped] = field(default_factory=dict)
    """Days that were left out, with the reason."""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by old and new outcome."""
    other_evidence: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)
    """The first LISTED of the calls whose outcome or evidence changed."""
    answers: dict[Key, tuple[str, str]] = field(default_factory=dict)
    """Old and new outcome of the calls that were asked for by key."""

    def counts(self, side: int) -> dict[str, int]:
        """Calls by outcome of the old version (0) or the new (1)."""
        found: Counter[str] = Counter()
        for pair, count in self.outcomes.items():
            found[pair[side]] += count
        return dict(found)

    def changed_calls(self) -> int:
        """How many calls changed their outcome or their evidence."""
        counts = self.outcomes.items()
        return self.other_evidence + sum(n for (old, new), n in counts if change_of(Answer(old), Answer(new)))

    def add(self, key: Key, old: Answer, new: Answer) -> None:
        """Count a call, and keep it where it changed."""
        self.calls += 1
        self.outcomes[old.result, new.result] += 1
        change = change_of(old, new)
        self.other_evidence += change == EVIDENCE
        if change and len(self.changed) < LISTED:
            day, call_id = key
            shown = {"before": old.plain(), "after": new.plain()}
            self.changed.append({"day": str(day), "call_id": call_id, "change": change, **shown})


def change_of(old: Answer, new: Answer) -> str:
    """What changed, in words; empty where nothing did."""
    if old.result != new.result:
        return CHANGES.get((old.result, new.result), f"{old.result}, now {new.result}")
    if old.result == "hit" and (old.evidence, old.message) != (new.evidence, new.message):
        return EVIDENCE
    return ""


def compare(
    lake: LakeSettings,
    first: dt.date,
    last: dt.date,
    comparison: Comparison,
    *,
    wanted: Collection[Key] = frozenset(),
    tell: Callable[[dt.date], None] = lambda _day: None,
) -> Comparison:
    """Ask both sides of `comparison` about every call of the published days of a range, and fill it.

    Outcomes of the calls in `wanted` are kept one by one in `answers`.

    Raises:
        UsageError: the range is none.
        StageError: a day was published by a version of callqa that did not know something needed now.
    """
    days = archive.days_between(first, last)
    there = archive.newest(lake, days)
    comparison.skipped |= {day: NEVER for day in days if day not in there}
    for day, publication in there.items():
        tell(day)
        _compare_day(lake, publication, comparison, wanted)
    return comparison


def _compare_day(lake: LakeSettings, at: Publication, comparison: Comparison, wanted: Collection[Key]) -> None:
    with archive.opened(lake, at) as day:
        reason = _other_version(day, comparison)
        if reason:
            comparison.skipped[at.call_date] = reason
            return
        comparison.days.append(at.call_date)
        for shard in day.shards():
            for archived in day.calls(shard):
                if _is_judged(archived.row, comparison):
                    _compare_call(archived, comparison, wanted)


def _other_version(day: archive.Day, comparison: Comparison) -> Skipped | None:
    """Why the day does not show the version that was asked for; None where it does, or none was."""
    if not isinstance(comparison.old, Published) or comparison.old.version is None:
        return None
    versions = day.versions_of(comparison.rule)
    if versions == [comparison.old.version]:
        return None
    if not versions:
        return Skipped(f"no finding of {comparison.rule} says which version judged this day", "unsaid")
    listed = ", ".join(map(str, versions))
    return Skipped(f"{comparison.rule} judged this day in version {listed}", "other", versions)


def _is_judged(row: Call, comparison: Comparison) -> bool:
    """An invalid call is seen by the rules that say so only."""
    if row.status == "invalid":
        sides = [side for side in (comparison.old, comparison.new) if isinstance(side, Candidate)]
        return any(INVALID in side.rule.flags for side in sides)
    return row.status == "analysed"


def _compare_call(archived: Archived, comparison: Comparison, wanted: Collection[Key]) -> None:
    call = build(archived.row, archived.turns, archived.events)
    if not comparison.calls:
        for side in (comparison.old, comparison.new):
            if isinstance(side, Candidate):
                side.warm_up(call)
    # Who goes first finds nothing in the processor's caches: the two take turns.
    if comparison.calls % 2:
        new, old = comparison.new.answer(archived, call), comparison.old.answer(archived, call)
    else:
        old, new = comparison.old.answer(archived, call), comparison.new.answer(archived, call)
    key = archived.row.call_date, archived.row.call_id
    if key in wanted:
        comparison.answers[key] = old.result, new.result
    comparison.add(key, old, new)


def _of_finding(finding: Finding) -> Answer:
    return Answer(finding.outcome, finding.message, finding.reason, tuple(finding.evidence), finding.rule_version)
