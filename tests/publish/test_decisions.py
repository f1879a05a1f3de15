"""A day that the gate refused, and what a person says of it."""

from __future__ import annotations

import datetime as dt
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callqa import pipeline, publish, storage, warehouse
from callqa.errors import DecidedError, GateRefused, StageError, StalePublicationError, UsageError
from callqa.publish import Decision
from callqa.settings import LakeSettings, Settings
from callqa_airflow import decisions
from tests import rows
from tests.publish.test_publish import gated, published

DAY = dt.date(2026, 1, 5)
AT = dt.datetime(2026, 1, 6, 8, 30, tzinfo=dt.UTC)
YES = Decision(approved=True, by="mei", reason="the line was down, these are all calls", at=AT)
NO = Decision(approved=False, by="mei", reason="half of the calls are missing", at=AT)
LATE = Decision(approved=False, by=None, reason="nobody decided within 48 hours", at=AT)


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def refuse(tmp_path, run_id="r1", based_on=0, marker="A", **more) -> Path:
    folder = tmp_path / run_id
    exported = rows.clean(marker=marker).exported(folder)
    verdict = gated(exported, folder, turns__language="blocking")
    root = str(tmp_path / "lake")
    answer = publish.quarantine(exported, verdict, run_id=run_id, lake=root, based_on=based_on, **more)
    return Path(answer["quarantine"])


def approve(entry, lake, decision=YES):
    return publish.approve(entry, decision, lake=lake.root, settings=lake)


def test_what_waits_is_listed_with_its_reasons(tmp_path, lake):
    assert publish.quarantined(lake.root) == []
    folder = refuse(tmp_path, based_on=3, origin="rejudge of sequence 3: HR01")
    (entry,) = publish.quarantined(lake.root)
    assert (entry.day, entry.run_id, entry.folder, entry.based_on) == (DAY, "r1", folder, 3)
    assert entry.origin == "rejudge of sequence 3: HR01"
    assert entry.blocking == ["turns.language"]
    assert entry.reasons == [
        "turns.language: not so: It should be otherwise. Found 2 of 8 rows at fault, wanted one of zh, en."
    ]
    assert entry.waits
    assert publish.undecided(lake.root, DAY) == entry


def test_an_approved_day_is_published_with_who_and_why(tmp_path, lake):
    refuse(tmp_path, origin="rejudge of sequence 3: HR01")
    answer = approve(publish.undecided(lake.root, DAY), lake)
    (row,) = warehouse.publications(lake)
    assert (answer["sequence"], answer["approved_by"], answer["approval_reason"]) == (1, "mei", YES.reason)
    assert (row.approved_by, row.approval_reason, row.run_id) == ("mei", YES.reason, "r1")
    assert row.origin == "rejudge of sequence 3: HR01"
    assert warehouse.query(lake, "select count(*) from turns")[1] == [(8,)]


def test_approved_twice_is_published_once(tmp_path, lake):
    refuse(tmp_path)
    entry = publish.undecided(lake.root, DAY)
    approve(entry, lake)
    assert approve(entry, lake)["unchanged"] is True
    assert len(warehouse.publications(lake)) == 1


def test_a_rejection_publishes_nothing(tmp_path, lake):
    refuse(tmp_path)
    with pytest.raises(GateRefused):
        approve(publish.undecided(lake.root, DAY), lake, NO)
    assert warehouse.publications(lake) == []


@pytest.mark.parametrize(
    ("by", "reason"), [(None, "a good reason"), (" ", "a good reason"), ("mei", ""), ("mei", " ok ")]
)
def test_an_approval_needs_a_name_and_a_reason(by, reason):
    with pytest.raises(UsageError, match="approval"):
        Decision(approved=True, by=by, reason=reason, at=AT)


def test_a_decision_survives_json():
    assert Decision.of(YES.plain()) == YES
    assert Decision.of(LATE.plain()) == LATE


def test_the_first_decision_counts(tmp_path, lake):
    folder = refuse(tmp_path)
    assert publish.decide(folder, NO) == NO
    assert publish.decide(folder, YES) == NO
    (entry,) = publish.quarantined(lake.root)
    assert entry.decision == NO
    with pytest.raises(UsageError, match="run r1 was rejected by mei already"):
        publish.undecided(lake.root, DAY)


def test_a_day_whose_time_ran_out_can_still_be_decided(tmp_path, lake):
    folder = refuse(tmp_path)
    publish.decide(folder, LATE)
    assert publish.undecided(lake.root, DAY).decision == LATE
    assert publish.decide(folder, YES) == YES
    assert publish.decide(folder, LATE) == YES


def by(name: str, approved: bool) -> Decision:
    return Decision(approved=approved, by=name, reason="decided at the same time", at=AT)


@pytest.mark.parametrize("first", [True, False])
def test_of_many_who_decide_at_once_one_does(tmp_path, lake, first):
    """On the command line and in Airflow's task: what is published and what is noted agree, the others are told."""
    folder = refuse(tmp_path)
    entry = publish.undecided(lake.root, DAY)
    chosen = Settings(lake=lake)
    people = [by(f"p{n}", approved=(n % 2 == 0) == first) for n in range(6)]

    def at_once(decision):
        try:
            return pipeline.decide(chosen, entry, decision)["decision"]["by"]
        except DecidedError as error:
            return error

    def of_airflow(decision):
        return decisions.conclude(chosen, decision.plain(), entry.outcome())["decision"]["by"]

    with ThreadPoolExecutor(8) as pool:
        answers = [*(pool.submit(at_once, one) for one in people), pool.submit(of_airflow, by("airflow", first))]
        said = [answer.result() for answer in answers]
    kept = publish.refused_in(folder).decision
    assert {one for one in said if isinstance(one, str)} == {kept.by}, "Airflow's task carries out what counts"
    assert sum(isinstance(one, DecidedError) for one in said) == (6 if kept.by == "airflow" else 5)
    assert [row.approved_by for row in warehouse.publications(lake)] == ([kept.by] if kept.approved else [])


WAITER = """
import sys
from callqa import publish
print("ready", flush=True)
with publish.deciding(sys.argv[1]):
    print("in", flush=True)
"""


def test_another_process_waits_for_whoever_decides_and_not_for_one_that_died(tmp_path, lake):
    refuse(tmp_path)
    with publish.deciding(lake.root):
        with publish.deciding(lake.root):
            pass
        command = [sys.executable, "-c", WAITER, lake.root]
        waiter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert waiter.stdout.readline() == "ready\n"
        assert not select.select([waiter.stdout], [], [], 0.5)[0], "it is in while another one decides"
    assert waiter.communicate(timeout=30)[0] == "in\n"


def test_a_decision_is_carried_out_again_after_a_kill(tmp_path, lake):
    """Killed between the publication and the note: the same one, or another person's, finds the day as it is."""
    refuse(tmp_path)
    entry = publish.undecided(lake.root, DAY)
    approve(entry, lake)
    chosen = Settings(lake=lake)
    assert pipeline.decide(chosen, entry, YES)["unchanged"] is True
    assert pipeline.decide(chosen, entry, YES)["unchanged"] is True
    with pytest.raises(DecidedError, match="run r1 was approved by mei already"):
        pipeline.decide(chosen, entry, NO)


def test_of_several_refused_runs_one_has_to_be_named(tmp_path, lake):
    refuse(tmp_path, "r1")
    refuse(tmp_path, "r2", marker="B")
    with pytest.raises(UsageError, match="2 refused runs wait") as caught:
        publish.undecided(lake.root, DAY)
    assert "r1, r2" in str(caught.value)
    assert publish.undecided(lake.root, DAY, "r2").run_id == "r2"
    with pytest.raises(UsageError, match="no refused run is called r3"):
        publish.undecided(lake.root, DAY, "r3")


def test_a_day_that_is_not_there_is_named(lake):
    with pytest.raises(UsageError, match="2026-01-05: no refused run lies in the quarantine"):
        publish.undecided(lake.root, DAY)


def test_a_day_published_meanwhile_is_not_replaced(tmp_path, lake):
    refuse(tmp_path, based_on=0)
    other = rows.clean(marker="B").exported(tmp_path / "b")
    published(other, gated(other, tmp_path / "b"), tmp_path, run_id="b", based_on=0)
    with pytest.raises(StalePublicationError):
        approve(publish.undecided(lake.root, DAY), lake)


def test_a_file_that_was_changed_in_the_quarantine_is_not_published(tmp_path, lake):
    folder = refuse(tmp_path)
    other = rows.clean(marker="B").exported(tmp_path / "b")
    (folder / "turns.parquet").unlink()
    (folder / "turns.parquet").write_bytes(Path(other["turns"]).read_bytes())
    with pytest.raises(StageError, match="is not the file that the gate audited"):
        approve(publish.undecided(lake.root, DAY), lake)
    assert warehouse.publications(lake) == []


def test_a_verdict_that_was_changed_in_the_quarantine_is_not_believed(tmp_path, lake):
    folder = refuse(tmp_path)
    audited = storage.read_json(folder / "audit.json")
    audited["files"]["turns"] = "0" * 64
    storage.write_json(folder / "audit.json", audited)
    with pytest.raises(StageError, match="is not the gate's result"):
        approve(publish.undecided(lake.root, DAY), lake)


def test_a_folder_that_is_not_as_callqa_left_it_is_named(tmp_path, lake):
    folder = refuse(tmp_path)
    storage.write_json(folder / "run.json", {"day": "tomorrow"})
    with pytest.raises(StageError, match=r"r1 is not as callqa left it") as caught:
        publish.quarantined(lake.root)
    assert "move it out of the quarantine" in str(caught.value)


def test_the_same_run_refused_again_waits_for_a_new_decision(tmp_path, lake):
    publish.decide(refuse(tmp_path), NO)
    refuse(tmp_path, marker="B")
    assert publish.undecided(lake.root, DAY).decision is None
