"""What the data-quality gate said of published days, and the refused days that wait for somebody's decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from callqa.contracts import GateResult
from callqa.errors import StageError
from callqa.publish import aside, refused
from qa_console.data.console import Page
from qa_console.data.records import as_records


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A refused run of a day."""

    day: date
    run_id: str
    folder: str
    """Name of the run's folder in the quarantine."""
    since: datetime
    blocking: tuple[str, ...]
    """Checks that refused it."""
    reasons: tuple[str, ...]
    """The same in words."""
    waits: bool
    """Nobody has decided yet."""
    approved: bool | None
    """What was decided; None: nothing."""
    by: str | None
    """Who decided; None: nobody, or time ran out."""
    reason: str | None
    at: datetime | None


def gate_of(page: Page, day: date) -> tuple[GateResult, ...]:
    """Every check of a published day's newest gate result, in the gate's order; empty where none was kept.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls; samples name other people's.
    """
    publication = page.of_everybody().published.newest.get(day)
    if publication is None:
        return ()
    sql = "select * from gate_results where call_date = ? and gate_result_id = ? order by position"
    return tuple(as_records(GateResult, page.session.table(sql, [day, publication.gate_result_id])))


def quarantined(page: Page) -> tuple[Waiting, ...]:
    """Every refused run that lies in the quarantine, by day and time; folders that nobody can read are left out.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    page.of_everybody()
    found: list[Waiting] = []
    for about in Path(page.settings.lake.root).glob(f"quarantine/*/*/{aside.ABOUT}"):
        try:
            found.append(_of(refused.refused_in(about.parent)))
        except StageError:
            continue  # it is being put there or taken away; `callqa quarantine list` says what is wrong with it
    return tuple(sorted(found, key=lambda one: (one.day, one.since, one.run_id)))


def waiting(page: Page) -> tuple[Waiting, ...]:
    """Those of `quarantined` about which nobody has decided."""
    return tuple(one for one in quarantined(page) if one.waits)


def _of(run: refused.Quarantined) -> Waiting:
    decision = run.decision
    return Waiting(
        day=run.day,
        run_id=run.run_id,
        folder=run.folder.name,
        since=run.since,
        blocking=tuple(run.blocking),
        reasons=tuple(run.reasons),
        waits=run.waits,
        approved=decision.approved if decision else None,
        by=decision.by if decision else None,
        reason=decision.reason if decision else None,
        at=decision.at if decision else None,
    )
