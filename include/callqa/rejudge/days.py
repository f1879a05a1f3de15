"""A range of published days judged again in one process: what `callqa rejudge` and the tests call."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from callqa import judge, turns, warehouse
from callqa.errors import RunAtWorkError, StalePublicationError
from callqa.rejudge import archive, difference, steps
from callqa.rejudge.choice import Choice
from callqa.settings import Settings

BY = "callqa rejudge"
ATTEMPTS = 3
"""How often a day is begun anew because somebody else published it meanwhile."""

log = logging.getLogger(__name__)

Result = dict[str, Any]
Tell = Callable[[dt.date, str], None]
"""Is told which step of which day begins."""


def _tell_nobody(_day: dt.date, _step: str) -> None:
    pass


def new_run_id() -> str:
    """Of a run that nobody named."""
    return f"rejudge__{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def check(settings: Settings, days: Sequence[dt.date], choice: Choice) -> None:
    """Refuse, before anything is judged, what cannot be: a rule or pack that is nowhere, rules that cannot be loaded.

    Raises:
        UsageError: a chosen rule or pack is neither installed nor has findings on these days.
        RulePackError: an installed pack, or what the settings say of it, cannot be used.
    """
    installed = judge.packs(settings.rules)
    sql = "select distinct rule, pack from findings where call_date between ? and ?"
    _, published = warehouse.query(settings.lake, sql, [min(days), max(days)])
    rules = {rule.id for pack in installed for rule in pack.rules} | {str(rule) for rule, _ in published}
    choice.check(rules, {pack.name for pack in installed} | {str(pack) for _, pack in published})


def rejudge(
    settings: Settings,
    first: dt.date,
    last: dt.date,
    choice: Choice,
    *,
    dry_run: bool = False,
    run_id: str | None = None,
    tell: Tell = _tell_nobody,
) -> Result:
    """Judge the published days of a range again, one after another, and publish what changes.

    The answer has `days` (one entry each: `day` and `outcome`, see `of_day`), and `changes` summed over them. A dry run
    judges and reports, and publishes nothing.

    Raises:
        UsageError, RulePackError: as `check`.
    """
    days = archive.days_between(first, last)
    check(settings, days, choice)
    run_id = run_id or new_run_id()
    done = [rejudge_day(settings, day, choice, run_id=run_id, dry_run=dry_run, tell=tell) for day in days]
    changes = difference.together([entry["changes"] for entry in done if "changes" in entry])
    return {"run_id": run_id, "choice": choice.plain(), "dry_run": dry_run, "days": done, "changes": changes}


def rejudge_day(
    settings: Settings,
    day: dt.date,
    choice: Choice,
    *,
    run_id: str,
    dry_run: bool = False,
    tell: Tell = _tell_nobody,
) -> Result:
    """One day from begin to publication, in its turn; begun anew where somebody else publishes it meanwhile.

    The answer's `outcome` is one of `skipped` and `at_work` (another run is; both with the `reason`), `unchanged`,
    `difference` (of a dry run), `published` (with its `sequence`) and `refused` by the gate (with its `reasons`).

    Raises:
        StalePublicationError: the day was published by others again and again.
    """
    # Before the turn: a day of which no run ever began has none.
    if dry_run or "skipped" in steps.begin(settings, day, run_id, choice):
        return _rejudge_day(settings, day, choice, run_id, dry_run, tell)
    try:
        with turns.held(settings.lake.root, day, run_id, BY):
            return _until_it_is_newest(settings, day, choice, run_id, tell)
    except RunAtWorkError as error:
        return {"day": day.isoformat(), "outcome": "at_work", "reason": error.message}


def _until_it_is_newest(settings: Settings, day: dt.date, choice: Choice, run_id: str, tell: Tell) -> Result:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _rejudge_day(settings, day, choice, run_id, False, tell)
        except StalePublicationError as error:
            if attempt == ATTEMPTS:
                raise
            log.info("%s: begun again: %s", day, error.message)
    raise AssertionError  # pragma: no cover - the loop returns or raises


def _rejudge_day(settings: Settings, day: dt.date, choice: Choice, run_id: str, dry_run: bool, tell: Tell) -> Result:
    run = steps.begin(settings, day, run_id, choice)
    if "skipped" in run:
        return of_day(run)
    tell(day, "judge")
    judged = steps.judge(settings, run)
    if dry_run or judged["same"]:
        return of_day(run, judged, dry_run=dry_run)
    tell(day, "export")
    exported = steps.export(settings, run, judged)
    tell(day, "gate")
    gated = steps.gate(settings, run, exported)
    tell(day, "publish")
    return of_day(run, judged, steps.conclude(settings, run, exported, gated), gated)


def of_day(
    run: Result,
    judged: Result | None = None,
    concluded: Result | None = None,
    gated: Result | None = None,
    *,
    dry_run: bool = False,
) -> Result:
    """What became of a day, from what its steps said."""
    entry: Result = {"day": run["day"]}
    if judged is None:
        return {**entry, "outcome": "skipped", "reason": run["skipped"]}
    entry |= {"based_on": run["based_on"], "difference": judged["difference"], "changes": judged["changes"]}
    if judged["same"]:
        return {**entry, "outcome": "unchanged", "sequence": run["based_on"]}
    if dry_run:
        return {**entry, "outcome": "difference"}
    if concluded is None or gated is None:
        return {**entry, "outcome": "unfinished"}
    if not concluded["published"]:
        refused = {"reasons": concluded["reasons"], "quarantine": concluded["quarantine"]}
        return {**entry, "outcome": "refused", "blocking": gated["blocking"], **refused}
    return {**entry, "outcome": "published", "sequence": concluded["sequence"], "warnings": gated["warnings"]}
