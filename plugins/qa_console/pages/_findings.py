"""One finding as reviewers, agents and managers see it, and who may say what of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import HTTPException

from callqa.contracts import Call, Evidence, Finding, Review, Turn
from callqa.errors import UsageError
from qa_console import data
from qa_console import verdicts as kept_verdicts
from qa_console.access import Person, Role
from qa_console.data import Appeal, Filters, Page, Sample
from qa_console.pages import _blind
from qa_console.pages._blind import FINAL, SETTLES
from qa_console.pages._sampled import Named, items, name_of
from qa_console.verdicts import HOLD, Kept, Verdicts
from qa_console.visit import Visiting

ROLES = {
    "confirmed": Role.REVIEWER, "rejected": Role.REVIEWER, "appealed": Role.AGENT,
    "upheld": Role.MANAGER, "overturned": Role.MANAGER,
}  # fmt: skip
AROUND = 1
"""Turns before and after the evidence that are shown with it."""


class SettledError(UsageError):
    """The finding is no longer one to be reviewed in a sample."""


@dataclass(frozen=True)
class Line:
    """A turn, or a gap between those that are shown."""

    turn: Turn | None
    evidence: bool = False


@dataclass(frozen=True)
class Seen:
    """A finding with its call, what was said around the evidence, and what people said of it."""

    call: Call
    finding: Finding
    lines: tuple[Line, ...]
    whole: tuple[Evidence, ...]
    """Evidence that is no turn: something that never happened, or a sound."""
    history: tuple[Review, ...]
    """Oldest first, also what is not in the warehouse yet; without what this person may not see yet, see `_blind`."""
    hidden: bool
    """Whether others' verdicts are left out."""

    @property
    def settled(self) -> bool:
        """Whether it was appealed or decided."""
        return _newest_of(self.history, SETTLES) is not None

    @property
    def appealed(self) -> bool:
        """Whether an appeal waits for a decision."""
        newest = _newest_of(self.history, SETTLES)
        return newest is not None and newest.verdict == "appealed"


def verdicts(visit: Visiting) -> Verdicts:
    """The verdicts of the console's lake."""
    return kept_verdicts.of(visit.settings.lake)


def seen(visit: Visiting, page: Page, day: dt.date, call_id: str, rule: str) -> Seen:
    """A finding that this person may see.

    Raises:
        UnknownCallError: there is no such call, or not for this person.
        HTTPException: 404, the call has no finding of the rule.
    """
    detail = data.call(page, day, call_id)
    found = [one for one in detail.findings if one.rule == rule]
    if not found:
        raise HTTPException(404)
    unseen = verdicts(visit).unseen()
    waiting = [kept.review for kept in unseen if name_of(kept.review) == (day, call_id, rule)]
    history = _once([*(one for one in detail.reviews if one.rule == rule), *waiting])
    hidden = _blind.rules(visit, page, day, call_id, history, [])
    return Seen(
        call=detail.row,
        finding=found[0],
        lines=tuple(_lines(detail.turns, found[0].evidence)),
        whole=tuple(one for one in found[0].evidence if one.turn is None),
        history=_blind.shown(history, hidden, visit.person.name),
        hidden=bool(hidden),
    )


def _once(reviews: Iterable[Review]) -> list[Review]:
    """In order of time; what got into the warehouse while it was being looked at counts once."""
    found = {(one.at, one.reviewer, one.verdict): one for one in reviews}
    return [found[key] for key in sorted(found)]


def _lines(turns: Sequence[Turn], evidence: Sequence[Evidence]) -> Iterable[Line]:
    """The turns of the evidence with those around them, and a gap where turns are left out."""
    named = {one.turn for one in evidence if one.turn is not None}
    shown = [turn for turn in turns if any(abs(turn.turn - number) <= AROUND for number in named)]
    before: int | None = None
    for turn in shown:
        if before is not None and turn.turn > before + 1:
            yield Line(None)
        yield Line(turn, turn.turn in named)
        before = turn.turn


def may(person: Person, one: Seen) -> tuple[str, ...]:
    """Verdicts that this person may give now.

    An agent appeals a hit on a call of his or her own that nobody decided about finally; a manager decides what was
    appealed; reviewers judge the rest.
    """
    newest = _newest_of(one.history, SETTLES)
    if newest and newest.verdict in FINAL:
        return ()
    if newest:
        return FINAL if person.may(Role.MANAGER) else ()
    if person.may(Role.REVIEWER):
        return "confirmed", "rejected"
    own = person.agent_id is not None and one.call.agent_id == person.agent_id
    against = one.history[-1].verdict == "rejected" if one.history else False
    return ("appealed",) if own and one.finding.outcome == "hit" and not against else ()


def say(visit: Visiting, one: Seen, verdict: str, note: str, hold: dt.timedelta = HOLD) -> Kept:
    """Keep a verdict, after the audit trail has it."""
    if verdict in SETTLES and not note.strip():
        raise UsageError("an appeal, and a decision about one, needs a reason", remedy="write a sentence")
    action = {"appealed": "appeal", "upheld": "decide", "overturned": "decide"}.get(verdict, "review")
    visit.audit(action, one.call, rule=one.finding.rule, verdict=verdict, note=note.strip())
    row = Review(
        call_date=one.call.call_date,
        call_id=one.call.call_id,
        rule=one.finding.rule,
        rule_version=one.finding.rule_version,
        outcome=one.finding.outcome,
        verdict=verdict,
        reviewer=visit.person.name,
        note=note.strip(),
        at=dt.datetime.now(dt.UTC),
    )
    return verdicts(visit).keep(row, hold=hold)


def _newest_of(history: Sequence[Review], among: tuple[str, ...]) -> Review | None:
    return next((one for one in reversed(history) if one.verdict in among), None)


def settled(page: Page, waiting: Sequence[Kept]) -> set[Named]:
    """Findings that were appealed or decided."""
    sql = "select distinct call_date, call_id, rule from reviews where list_contains(?, verdict)"
    there = {(row["call_date"], row["call_id"], row["rule"]) for row in page.session.rows(sql, [list(SETTLES)])}
    return there | {name_of(kept.review) for kept in waiting if kept.review.verdict in SETTLES}


def open_appeals(page: Page, waiting: Sequence[Kept]) -> list[Appeal]:
    """Appeals that nobody decided, oldest first, without those of which a decision is on its way."""
    decided = {name_of(kept.review) for kept in waiting if kept.review.verdict in FINAL}
    return [one for one in data.appeals(page) if name_of(one) not in decided]


def states(page: Page, sample: Sample, waiting: Sequence[Kept], reviewer: str) -> list[str]:
    """By place: "" open, this reviewer's verdict, or "settled": an appeal or a final decision closed it for samples."""
    sql = """
        select call_date, call_id, rule, arg_max(verdict, "at") as verdict from reviews
        where reviewer = ? and verdict in ('confirmed', 'rejected') group by all
    """
    mine = {
        (row["call_date"], row["call_id"], row["rule"]): row["verdict"] for row in page.session.rows(sql, [reviewer])
    }
    mine |= {name_of(kept.review): kept.review.verdict for kept in waiting if kept.review.reviewer == reviewer}
    closed = settled(page, waiting)
    names = [name_of(one) for one in items(page, sample)]
    return ["settled" if name in closed else mine.get(name, "") for name in names]


@dataclass(frozen=True)
class Own:
    """A finding on an agent's own call."""

    call: data.CallLine
    rule: str
    verdict: str | None
    """What was last said of it."""


def own(page: Page, waiting: Sequence[Kept], count: int) -> list[Own]:
    """The newest hits on the calls that this person sees."""
    calls = [one for one in data.calls(page, Filters(), limit=count).lines if one.rules_hit]
    said = {(row["call_date"], row["call_id"], row["rule"]): row["verdict"] for row in page.session.rows(NEWEST)}
    said |= {name_of(kept.review): kept.review.verdict for kept in waiting}
    return [
        Own(call, rule, said.get((call.call_date, call.call_id, rule))) for call in calls for rule in call.rules_hit
    ]


NEWEST = 'select call_date, call_id, rule, arg_max(verdict, "at") as verdict from reviews group by all'
