"""The gate's verdict carried out: what passed is published, what did not is kept aside until somebody decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from callqa import contracts, storage
from callqa.errors import GateRefused, StageError
from callqa.publish.decision import Decision
from callqa.publish.refused import Quarantined, decide, deciding, open_to, quarantined, refused_in, undecided
from callqa.settings import LakeSettings

__all__ = [
    "Decision",
    "Quarantined",
    "approve",
    "decide",
    "deciding",
    "open_to",
    "quarantine",
    "quarantined",
    "refused_in",
    "run",
    "undecided",
]


def run(
    exported: dict[str, Any],
    gated: dict[str, Any],
    *,
    run_id: str,
    attempt: int,
    lake: str,
    settings: LakeSettings,
    based_on: int | None,
    origin: str | None = None,
    approval: Decision | None = None,
) -> dict[str, Any]:
    """Publish the audited files as the day in the warehouse; safe to do again, also after a kill.

    `based_on` is the day's newest sequence when the run began (`warehouse.latest_sequence`; None: not looked at),
    `origin` what the ledger says of where the rows come from, where that is no run over recordings. `approval` is of a
    person who publishes a day that the gate refused; the ledger keeps the name and the reason.
    The answer has `sequence`, `snapshots` and `rows` by table, `content_digest`, and `unchanged`: true where the
    newest publication already holds exactly these files. The day's `daily_qc.json` is published with it, as
    `<lake>/warehouse/daily_qc/YYYY-MM-DD.json`.

    Raises:
        GateRefused: the gate did not let the day pass, and nobody approved it.
        StalePublicationError: another run published the day after this one began.
        ErasedError: a call of it was erased after the run began.
        StageError: a file is not the one that the gate audited.
    """
    from callqa import warehouse

    audited = _audited(gated, approval)
    day = date.fromisoformat(exported["day"])
    wanted = warehouse.DayFiles(
        day=day,
        run_id=run_id,
        attempt=attempt,
        files={table: str(exported[table]) for table in contracts.TABLES},
        digests=audited["files"],
        gate_result_id=gated["result_id"],
        gate_results=gated.get("results"),
        approved_by=approval.by if approval else None,
        approval_reason=approval.reason if approval else None,
        based_on=based_on,
        origin=origin,
        companions={"daily_qc": str(exported["daily_qc"])},
    )
    publication, changed = warehouse.publish_day(settings.model_copy(update={"root": lake}), wanted)
    return {
        "published": True,
        "unchanged": not changed,
        "sequence": publication.sequence,
        "snapshots": {table: getattr(publication, f"snapshot_{table}") for table in contracts.TABLES},
        "rows": {table: getattr(publication, f"rows_{table}") for table in contracts.TABLES},
        "content_digest": publication.content_digest,
    }


def quarantine(
    exported: dict[str, Any],
    gated: dict[str, Any],
    *,
    run_id: str,
    lake: str,
    based_on: int | None,
    origin: str | None = None,
) -> dict[str, Any]:
    """Keep the refused files in `<lake>/quarantine/<day>/<run>/` with the gate's result and `reasons.txt`.

    Everything that `approve` needs is there; `based_on` and `origin` are as in `run`. The folder appears whole or not
    at all; doing it again replaces it, a decision on other files included.

    Raises:
        StageError: a file is missing, or the lake cannot be written.
    """
    from callqa.publish import aside

    audited = storage.read_json(gated["result"])
    results = [gated[name] for name in ("result", "results", "page") if name in gated]
    about = {"run_id": run_id, "based_on": based_on, "origin": origin}
    with deciding(lake):  # nobody decides about files that are just being replaced
        return refused_in(aside.put(exported, results, audited, about, lake=lake)).outcome()


def approve(entry: Quarantined, decision: Decision, *, lake: str, settings: LakeSettings) -> dict[str, Any]:
    """Publish a day out of the quarantine, as a person decided; the answer is that of `run`, with `approved_by`.

    Raises:
        GateRefused: the decision is not to publish it.
        StalePublicationError: the day was published after the refused run began.
        StageError: a file in the quarantine is not the one that the gate audited.
    """
    answer = run(
        entry.exported(),
        entry.gated(),
        run_id=entry.run_id,
        attempt=1,
        lake=lake,
        settings=settings,
        based_on=entry.based_on,
        origin=entry.origin,
        approval=decision,
    )
    return {**answer, "approved_by": decision.by, "approval_reason": decision.reason}


def _audited(gated: dict[str, Any], approval: Decision | None) -> dict[str, Any]:
    """The gate's result, if it is whole and the day passed or somebody approved it."""
    result: dict[str, Any] = storage.read_json(gated["result"])
    body = {key: value for key, value in result.items() if key != "id"}
    if not result.get("id") == gated["result_id"] == storage.digest_of(body):
        raise StageError(
            f"{gated['result']} is not the gate's result {gated['result_id']}", remedy="run the gate again on this run"
        )
    if not (gated["passed"] and result["passed"]) and not (approval and approval.approved and approval.by):
        raise GateRefused(
            f"{result['day']}: the gate refused the day: {', '.join(gated['blocking'])}",
            remedy=f"read {gated['result']}, correct the cause or the threshold, and run the day again",
        )
    return result
