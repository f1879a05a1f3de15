"""A refused day waits for a person: what is asked, what the answers do, under a real scheduler."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import pytest

from callqa import publish, warehouse
from callqa.settings import GateSettings, LakeSettings
from callqa_airflow import decisions, stack
from callqa_airflow.rest import Client
from tests import refused
from tests.waiting import until

SECONDS = 60
"""How long a day waits: runs that are meant to be answered are answered well before."""
DAYS = {"2026-01-05": "approve", "2026-01-06": "reject", "2026-01-07": "forget"}
AT = dt.datetime(2026, 1, 6, 8, 30, tzinfo=dt.UTC)
REFUSED = {"day": "2026-01-05", "reasons": ["calls.x: not so."], "quarantine": "/lake/quarantine/2026-01-05/r"}


def answered(operator, option, reason="", user=None):
    event = {
        "chosen_options": [option],
        "params_input": {"reason": reason},
        "responded_at": AT,
        "responded_by_user": user,
    }
    return operator.execute_complete({}, event)


def test_an_answer_is_a_decision():
    operator = decisions.decide(GateSettings(), refused_by="quarantine")
    given = answered(operator, "Approve", " the line was down ", {"id": "7", "name": "mei"})
    assert given == {"approved": True, "by": "mei", "reason": "the line was down", "at": AT.isoformat()}
    assert answered(operator, "Reject", "", {"id": "7", "name": "mei"})["approved"] is False


def test_an_approval_without_a_reason_is_no_answer():
    operator = decisions.decide(GateSettings(), refused_by="quarantine")
    with pytest.raises(Exception, match="an approval needs a reason"):
        answered(operator, "Approve", "", {"id": "7", "name": "mei"})
    assert operator.retries > 2


def test_nobodys_answer_is_a_rejection():
    operator = decisions.decide(GateSettings(decision_hours=6), refused_by="quarantine")
    given = answered(operator, operator.defaults[0])
    assert given == {"approved": False, "by": None, "reason": "nobody decided within 6 hours", "at": AT.isoformat()}


def test_only_the_named_may_decide():
    operator = decisions.decide(GateSettings(approvers=["mei", "jun"]), refused_by="quarantine")
    assert [user["id"] for user in operator.assigned_users] == ["mei", "jun"]
    assert decisions.decide(GateSettings(), refused_by="quarantine").assigned_users is None


def test_the_question_shows_the_reasons_as_plain_text():
    subject, body = decisions.question({**REFUSED, "reasons": ["a: *bold* [link](http://x) <b>", "b"]}, "run 1")
    assert "2026-01-05" in subject
    assert r"* a: \*bold\* \[link\](http://x) \<b\>" in body
    assert REFUSED["quarantine"] in body


def test_of_many_reasons_the_first_are_shown():
    _, body = decisions.question({**REFUSED, "reasons": [f"check {n}" for n in range(67)]}, "r")
    assert body.count("* check") == decisions.CHECKS_SHOWN
    assert "and 47 more" in body


@pytest.mark.slow
def test_a_refused_day_is_approved_rejected_or_forgotten(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(refused.source(tmp_path, DAYS)))
    monkeypatch.setenv("CALLQA_GATE__DECISION_HOURS", str(SECONDS / 3600))
    monkeypatch.setenv("AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL", "2")
    lake = LakeSettings(root=str(tmp_path / "lake"))
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(stack.down, home)
        assert stack.main(["up"]) == 0
        client = Client(home)
        refused.begin(client, DAYS)
        waits_for(client, "2026-01-05")
        assert warehouse.publications(lake) == []
        assert {entry.day.isoformat() for entry in publish.quarantined(lake.root)} >= {"2026-01-05"}
        answer(client, "2026-01-05", "Approve", "")
        waits_for(client, "2026-01-05", attempt=2)
        answer(client, "2026-01-05", "Approve", "only one call came in")
        waits_for(client, "2026-01-06")
        answer(client, "2026-01-06", "Reject", "come on")
        states = {day: refused.ended(client, day) for day in DAYS}
    assert states == {"2026-01-05": "success", "2026-01-06": "failed", "2026-01-07": "failed"}
    (row,) = warehouse.publications(lake)
    assert (str(row.call_date), row.approved_by, row.approval_reason) == (
        "2026-01-05",
        "admin",
        "only one call came in",
    )
    decided = {str(entry.day): entry.decision for entry in publish.quarantined(lake.root)}
    assert [(d.approved, d.by) for _, d in sorted(decided.items())] == [
        (True, "admin"),
        (False, "admin"),
        (False, None),
    ]
    assert decided["2026-01-06"].reason == "come on"


def waits_for(client, day, attempt=1) -> None:
    until(lambda: (i := refused.asked(client, day))["state"] == "awaiting_input" and i["try_number"] >= attempt)
    time.sleep(6)  # a task that is answered in the seconds in which it is parked may fail


def answer(client, day, option, reason) -> None:
    path = f"/dags/daily_call_qa/dagRuns/{day}/taskInstances/decide/-1/hitlDetails"
    client.patch(path, {"chosen_options": [option], "params_input": {"reason": reason}})
