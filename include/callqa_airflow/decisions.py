"""A refused day waits for a person: Airflow's required actions, and what follows from the answer.

quarantine → decide (waits) → decided → publish, or not
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from callqa_airflow import backfills

if TYPE_CHECKING:
    from airflow.sdk import Context

    from callqa.publish import Decision, Quarantined
    from callqa.settings import GateSettings

APPROVE, REJECT = "Approve", "Reject"
ATTEMPTS = 20
"""An answer that is none (an approval without a reason) fails the attempt, and the next one asks again."""
CHECKS_SHOWN = 20

log = logging.getLogger(__name__)

Result = dict[str, Any]


def decide(gate: GateSettings, *, refused_by: str) -> DecisionOperator:
    """The task `decide`, as the settings say."""
    return DecisionOperator(
        task_id="decide",
        refused_by=refused_by,
        hours=gate.decision_hours,
        subject="Publish a day that the quality gate refused?",
        options=[APPROVE, REJECT],
        defaults=REJECT,
        params={"reason": Param("", type="string", description="Why. Needed to approve; the ledger keeps it.")},
        assigned_users=[{"id": name, "name": name} for name in gate.approvers] or None,
        response_timeout=timedelta(hours=gate.decision_hours),
        # What a person takes is no execution.
        execution_timeout=None,
        retries=ATTEMPTS,
        retry_delay=timedelta(seconds=1),
        retry_exponential_backoff=0,
        retry_policy=None,
    )


class DecisionOperator(HITLOperator):  # type: ignore[misc]  # Any: providers have no types that mypy finds
    """Asks whether a day that lies in the quarantine is published; the result is a `publish.Decision`, plain.

    `refused_by` is the id of the task whose result names the quarantine's folder and the reasons. No answer within
    `hours` is a rejection; with 0 nobody is asked.
    """

    def __init__(self, *, refused_by: str, hours: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.refused_by = refused_by
        self.hours = hours

    def execute(self, context: Context) -> Any:
        """Put the question, with what the gate found, and wait."""
        refused = context["ti"].xcom_pull(task_ids=self.refused_by)
        if not self.hours or backfills.is_backfill(context["dag_run"]):
            # An archive waits for nobody: its refused days are decided about in the quarantine, at any time.
            return _answer(REJECT, "", None, datetime.now(UTC), 0)
        self.subject, self.body = question(refused, context["run_id"])
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """The answer as a decision; one that is none raises, and is asked for again."""
        given = super().execute_complete(context, event)
        user = given["responded_by_user"]
        reason = str(given["params_input"].get("reason") or "")
        return _answer(given["chosen_options"][0], reason, user and user["name"], given["responded_at"], self.hours)


def _answer(option: str, reason: str, by: str | None, at: datetime, hours: float) -> Result:
    from callqa.publish import Decision

    if not by:
        reason = f"nobody decided within {hours:g} hours" if hours else "refused days are not asked about"
    return Decision(approved=option == APPROVE, by=by, reason=reason.strip(), at=at).plain()


def question(refused: Result, run_id: str) -> tuple[str, str]:
    """Subject and body (Markdown) of what a person is asked of a refused day.

    `refused` is what `publish.quarantine` returned, with `day`.
    """
    reasons = refused["reasons"]
    shown = [f"* {_plain(reason)}" for reason in reasons[:CHECKS_SHOWN]]
    shown += [f"* … and {len(reasons) - CHECKS_SHOWN} more"] if len(reasons) > CHECKS_SHOWN else []
    lines = [
        f"The data-quality gate refused **{refused['day']}** (run `{run_id}`). Nothing of it is published.",
        "",
        *shown,
        "",
        f"Look at `page.html` and `reasons.txt` in `{refused['quarantine']}`.",
        "",
        f"**{APPROVE}** publishes the day as it is; say why, the ledger keeps your name and the reason."
        f" **{REJECT}** leaves readers with what they have.",
    ]
    return f"Publish {refused['day']}, which the quality gate refused?", "\n".join(lines)


def _plain(reason: str) -> str:
    """A reason as a line in which nothing is Markdown: it may show values of the data."""
    return "".join(
        f"\\{character}" if character in "\\`*_[]<>#|~" else character for character in " ".join(reason.split())
    )


def approved(decision: Result, refused: Result) -> bool:
    """What counts of a day: this decision, or an earlier one that somebody took on the command line meanwhile."""
    return _counting(_entry(refused), decision).approved


def conclude(settings: Any, decision: Result, refused: Result) -> Result:
    """Carry the decision out; the answer is that of `pipeline.decide`.

    Where somebody decided meanwhile, in the console or on the command line, theirs is carried out.
    """
    from callqa import pipeline, publish

    with publish.deciding(settings.lake.root):
        entry = _entry(refused)
        return pipeline.decide(settings, entry, _counting(entry, decision))


def _entry(refused: Result) -> Quarantined:
    from pathlib import Path

    from callqa import publish

    return publish.refused_in(Path(refused["quarantine"]))


def _counting(entry: Quarantined, decision: Result) -> Decision:
    from callqa.publish import Decision

    if entry.waits or entry.decision is None:
        return Decision.of(decision)
    log.info("%s was decided already, by %s: that counts", entry.day, entry.decision.by)
    return entry.decision
