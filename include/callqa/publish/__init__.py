"""The gate's verdict carried out: what passed is published, what did not is kept aside with its reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

from callqa import contracts, storage
from callqa.errors import GateRefused, StageError
from callqa.settings import LakeSettings


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
) -> dict[str, Any]:
    """Publish the audited files as the day in the warehouse; safe to do again, also after a kill.

    `based_on` is the day's newest sequence when the run began (`warehouse.latest_sequence`; None: not looked at),
    `origin` what the ledger says of where the rows come from, where that is no run over recordings.
    The answer has `sequence`, `snapshots` and `rows` by table, `content_digest`, and `unchanged`: true where the
    newest publication already holds exactly these files. The day's `daily_qc.json` is published with it, as
    `<lake>/warehouse/daily_qc/YYYY-MM-DD.json`.

    Raises:
        GateRefused: the gate did not let the day pass.
        StalePublicationError: another run published the day after this one began.
        StageError: a file is not the one that the gate audited.
    """
    from callqa import warehouse

    audited = _audited(gated)
    day = date.fromisoformat(exported["day"])
    wanted = warehouse.DayFiles(
        day=day,
        run_id=run_id,
        attempt=attempt,
        files={table: str(exported[table]) for table in contracts.TABLES},
        digests=audited["files"],
        gate_result_id=gated["result_id"],
        gate_results=gated.get("results"),
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


def quarantine(exported: dict[str, Any], gated: dict[str, Any], *, run_id: str, lake: str) -> dict[str, Any]:
    """Keep the refused files in `<lake>/quarantine/<day>/<run>/` with the gate's result and `reasons.txt`.

    The folder appears whole or not at all; doing it again replaces it.

    Raises:
        StageError: a file is missing, or the lake cannot be written.
    """
    from callqa.publish import aside

    audited = storage.read_json(gated["result"])
    results = [gated[name] for name in ("result", "results", "page") if name in gated]
    folder = aside.put(exported, results, audited, run_id=run_id, lake=lake)
    return {
        "published": False,
        "quarantine": str(folder),
        "blocking": list(gated["blocking"]),
        "reasons": [aside.reason(check) for check in aside.failed(audited, "blocking")],
    }


def _audited(gated: dict[str, Any]) -> dict[str, Any]:
    """The gate's result, if it is whole and says that the day passed."""
    result: dict[str, Any] = storage.read_json(gated["result"])
    body = {key: value for key, value in result.items() if key != "id"}
    if not result.get("id") == gated["result_id"] == storage.digest_of(body):
        raise StageError(
            f"{gated['result']} is not the gate's result {gated['result_id']}", remedy="run the gate again on this run"
        )
    if not (gated["passed"] and result["passed"]):
        raise GateRefused(
            f"{result['day']}: the gate refused the day: {', '.join(gated['blocking'])}",
            remedy=f"read {gated['result']}, correct the cause or the threshold, and run the day again",
        )
    return result
