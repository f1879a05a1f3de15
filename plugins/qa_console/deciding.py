"""A decision about a refused day: taken by Airflow where its run waits for one, else here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from callqa import publish, storage
from callqa.contracts import GateResult
from callqa.errors import CallQAError, DecidedError
from callqa.publish import Decision, Quarantined
from callqa.settings import GateSettings
from qa_console import required_action
from qa_console.access import Person, Role
from qa_console.config import console_data
from qa_console.required_action import Asks

if TYPE_CHECKING:
    from qa_console.visit import Visiting


class NotYoursError(CallQAError):
    """The settings name the people who may decide, and this is none of them."""


@dataclass(frozen=True)
class OfDay:
    """What the audit trail names of a decision."""

    call_date: date
    call_id: None = None


def may_decide(person: Person, gate: GateSettings) -> bool:
    """Managers, and of them only those whom `gate.approvers` names, where it names any."""
    return person.may(Role.MANAGER) and (not gate.approvers or person.name in gate.approvers)


def entry_of(visit: Visiting, day: date, folder: str) -> Quarantined | None:
    """The refused run of a folder of the quarantine; None where there is none. The name is compared, never opened."""
    of_day = Path(visit.settings.lake.root) / "quarantine" / day.isoformat()
    there = [path for path in of_day.glob("*/run.json") if path.parent.name == folder]
    return publish.refused_in(there[0].parent) if there else None


def checks_of(entry: Quarantined) -> list[GateResult]:
    """What the gate said of a refused run, in its order; empty where it left no rows."""
    path = entry.gated().get("results")
    return storage.read_rows(path, GateResult) if path else []


def counts_of(entry: Quarantined) -> dict[str, int]:
    """Rows of the refused run, by table."""
    counts: dict[str, int] = storage.read_json(entry.folder / "audit.json").get("counts", {})
    return counts


def decide(visit: Visiting, entry: Quarantined, *, approve: bool, reason: str) -> bool:
    """Take the decision; returns whether it is carried out already (else Airflow's run does it in a moment).

    Raises:
        NotYoursError: `gate.approvers` names others.
        DecidedError: somebody decided before, or Airflow's run is not there yet.
        UsageError: an approval without a reason.
        StalePublicationError: the day was published after the refused run began.
    """
    decision = Decision(approved=approve, by=visit.person.name, reason=reason.strip(), at=datetime.now(UTC))
    with publish.deciding(visit.settings.lake.root):
        return _decide(visit, publish.refused_in(entry.folder), decision)


def _decide(visit: Visiting, entry: Quarantined, decision: Decision) -> bool:
    _require(visit, entry)
    asks = required_action.asks(visit.request, entry.run_id)
    if asks is Asks.SOON:
        raise DecidedError(
            f"Airflow's run {entry.run_id} is at work on {entry.day}", remedy="wait some seconds, then decide again"
        )
    by = "airflow" if asks is Asks.NOW else "console"
    said = {"approved": decision.approved, "reason": decision.reason, "by": by}
    visit.audit("decide", OfDay(entry.day), run=entry.run_id, **said)
    if asks is Asks.NOW:
        required_action.answer(visit.request, entry.run_id, approve=decision.approved, reason=decision.reason)
        return False
    _carry_out(visit, entry, decision)
    return True


def _require(visit: Visiting, entry: Quarantined) -> None:
    if not may_decide(visit.person, visit.settings.gate):
        named = ", ".join(visit.settings.gate.approvers)
        raise NotYoursError(f"refused days are decided by {named}", remedy="ask one of them")
    if not entry.waits and entry.decision:
        said = "approved" if entry.decision.approved else "rejected"
        raise DecidedError(f"{entry.decision.by} {said} {entry.day} already", remedy="load the page again")


def _carry_out(visit: Visiting, entry: Quarantined, decision: Decision) -> None:
    from callqa import pipeline

    pipeline.decide(visit.settings, entry, decision)
    console_data(visit.settings).refresh()


def seen_anew(visit: Visiting) -> None:
    """Look at what is published now: another process has published."""
    console_data(visit.settings).refresh()
