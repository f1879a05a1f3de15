from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from callqa import archive, publish, storage, warehouse
from callqa.archive import Outcome, Span
from callqa.contracts import GateResult, RunCost
from callqa.publish import Decision
from callqa.settings import LakeSettings, Settings
from tests import rows
from tests.publish.test_publish import gated
from tests.warehouse import published

FIRST = dt.date(2026, 1, 5)
NAMES = ("published", "overtaken", "waiting", "rejected", "empty", "failed", "nothing")
DAYS = {name: FIRST + dt.timedelta(days=number) for number, name in enumerate(NAMES)}
SPAN = Span(FIRST, DAYS["nothing"])
AT = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


def refuse(lake: LakeSettings, root: Path, day: dt.date, run_id: str) -> publish.Quarantined:
    exported = rows.clean(day).exported(root / run_id)
    verdict = gated(exported, root / run_id, turns__language="blocking")
    publish.quarantine(exported, verdict, run_id=run_id, lake=lake.root, based_on=0)
    return next(entry for entry in publish.quarantined(lake.root) if entry.run_id == run_id)


def cost(day: dt.date, run_id: str, **seconds: float) -> RunCost:
    return RunCost(
        call_date=day, run_id=run_id, outcome="published", started_at=AT, ended_at=AT, recordings=5, rejected=1, shards=1,
        audio_seconds=240.0, transcribe_cpu_seconds=0.0, bytes_written=None, **seconds,
    )  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A lake with a day of each kind."""
    root = tmp_path_factory.mktemp("archive")
    lake = LakeSettings(root=str(root / "lake"))
    refuse(lake, root, DAYS["overtaken"], "early")
    published.publish(lake, rows.clean(DAYS["published"]), root, run="r1")
    published.publish(lake, rows.clean(DAYS["overtaken"], calls=2), root, run="r2")
    refuse(lake, root, DAYS["waiting"], "r3")
    no = Decision(approved=False, by="mei", reason="half of it is missing", at=AT)
    publish.decide(refuse(lake, root, DAYS["rejected"], "r4").folder, no)
    for name in ("empty", "failed", "published"):
        facts = {"task": "export", "error": "StageError"} if name == "failed" else {}
        archive.leave(lake.root, Outcome(day=DAYS[name], outcome=name, run_id="backfill__5", at=AT, facts=facts))
    spent = {"gpu_seconds": 0.0, "cpu_seconds": 1800.0, "heard_seconds": 3600.0, "cached_seconds": 0.0}
    warehouse.keep_cost(lake, cost(DAYS["published"], "r1", **spent))
    again = {"gpu_seconds": 0.0, "cpu_seconds": 360.0, "heard_seconds": 0.0, "cached_seconds": 3600.0}
    warehouse.keep_cost(lake, cost(DAYS["published"], "r1-again", **again))
    return Settings(lake=lake)


@pytest.fixture(scope="module")
def made(settings) -> dict:
    return archive.report(settings, SPAN)


def of(made: dict, name: str) -> dict:
    return next(day for day in made["days"] if day["day"] == str(DAYS[name]))


def test_every_day_of_the_range_has_a_state(made):
    states = {name: of(made, name)["state"] for name in NAMES}
    assert states == {**{name: name for name in NAMES}, "overtaken": "published"}
    assert made["states"] == {
        "published": 2, "waiting": 1, "rejected": 1, "empty": 1, "failed": 1, "nothing": 1,
    }  # fmt: skip
    assert len(made["days"]) == len(SPAN)


def test_what_waits_for_a_decision_is_named_with_its_checks(made):
    assert made["waiting"] == [str(DAYS["waiting"])]
    assert of(made, "waiting")["refused"] == ["turns.language"]
    assert of(made, "overtaken")["refused"] == []


def test_the_numbers_are_those_of_what_is_published(made):
    assert made["totals"] == {"recordings": 8, "rejected": 2, "invalid": 0, "hours": 0.1}
    assert made["rejections"] == {"not_audio": 2}
    day = of(made, "published")
    assert (day["recordings"], day["rejected"], day["sequence"], day["run_id"]) == (5, 1, 1, "r1")
    assert of(made, "nothing")["recordings"] == 0


def test_the_cost_is_that_of_all_runs_over_these_days(made, settings):
    assert made["cost"] == {
        "runs": 2, "gpu_hours": 0.0, "cpu_hours": 0.6, "heard_hours": 1.0, "cached_hours": 1.0,
    }  # fmt: skip
    other = archive.report(settings, Span(DAYS["waiting"], DAYS["nothing"]))
    assert other["cost"]["runs"] == 0


def test_a_failure_says_where_and_of_what_kind(made):
    assert of(made, "failed")["facts"] == {"task": "export", "error": "StageError"}
    assert of(made, "failed")["run_id"] == "backfill__5"


def test_checks_that_failed_on_published_days_are_counted(settings, tmp_path):
    from callqa.warehouse import catalog, gate_results

    result = GateResult(
        call_date=DAYS["published"], gate_result_id="gate", position=0, check="day.drift", table="day",
        severity="warning", result="failed", observed=1.0, rows=None, low=None, high=0.5, sentence="It is alike.",
    )  # fmt: skip
    path = storage.write_rows(tmp_path / "results.parquet", GateResult, [result])
    with catalog.locked(settings.lake), catalog.opened(settings.lake, create=True) as opened:
        gate_results.keep(opened, path)
    (check,) = archive.report(settings, SPAN)["checks"]
    assert (check["check"], check["severity"], check["days"]) == ("day.drift", "warning", 1)
    assert check["first"] == check["last"] == str(DAYS["published"])


def test_it_is_written_whole_and_is_json(settings):
    path, made = archive.write_report(settings, SPAN)
    assert Path(path) == Path(settings.lake.root) / archive.REPORTS / f"{SPAN.first}_{SPAN.last}.json"
    assert json.loads(Path(path).read_text(encoding="utf-8")) == made


def test_a_lake_without_anything_has_a_report_too(tmp_path):
    made = archive.report(Settings(lake=LakeSettings(root=str(tmp_path / "none"))), SPAN)
    assert made["states"]["nothing"] == len(SPAN)
    assert made["totals"]["recordings"] == 0
    assert made["cost"]["runs"] == 0


def test_a_refused_day_that_cannot_be_read_does_not_keep_the_others_from_the_report(settings):
    folder = Path(settings.lake.root) / "quarantine" / str(DAYS["nothing"]) / "half"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    assert archive.report(settings, SPAN)["states"]["waiting"] == 1
