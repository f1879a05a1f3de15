from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from callqa import archive, pipeline, warehouse
from callqa.archive import Span, costing, planning
from callqa.settings import EngineSettings, LakeSettings, Settings, SourceSettings
from tests import rows
from tests.archive import sources
from tests.archive.test_reporting import cost
from tests.conftest import DEMO_CALLS
from tests.warehouse import published

FIRST = dt.date(2026, 1, 5)
SPAN = Span(FIRST, FIRST + dt.timedelta(days=9))


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Ten days of which the weekend is empty, and one folder of it is not there at all."""
    for day in SPAN.days:
        if day.weekday() < 5:
            sources.day(tmp_path / "source", day, [1800.0, 1800.0])
    (tmp_path / "source" / "2026-01-10").mkdir()
    source, lake = SourceSettings(root=str(tmp_path / "source")), LakeSettings(root=str(tmp_path / "lake"))
    return Settings(source=source, lake=lake)


def test_a_plan_says_what_there_is_and_what_is_to_be_done(settings):
    made = archive.plan(settings, SPAN)
    assert made["days"]["asked"] == 10
    assert made["days"]["with_recordings"] == {"value": 8, "low": 8, "high": 8, "exact": True}
    assert made["days"]["without_place"] == 1
    assert made["recordings"]["value"] == 16
    assert made["hours"] == {"value": 8.0, "low": 8.0, "high": 8.0, "exact": True, "by": {"side-car": 16}}
    assert made["cached"]["never_read"] == 16
    assert made["cached"]["hours_to_hear"]["value"] == 8.0
    assert made["time"]["hours"]["value"] == pytest.approx(8 * costing.DEMO_CPU_SECONDS_A_SECOND, abs=0.1)
    assert made["storage"]["cache_bytes"] == 8 * 3600 * costing.CACHE_BYTES_A_SECOND
    assert "2026-01-05T00:00+08:00" in made["commands"]["backfill"]


def test_published_days_are_not_to_be_done_unless_asked(settings, tmp_path):
    for day in SPAN.days[:2]:
        published.publish(settings.lake, rows.clean(day), tmp_path, run=f"r{day}")
    made = archive.plan(settings, SPAN)
    assert made["published"] == {"days": 2, "calls": 10}
    assert made["days"]["to_do"] == 7
    assert made["cached"]["hours_to_hear"]["value"] == 6.0
    again = archive.plan(settings, SPAN, given=archive.conf(again=True))
    assert again["days"]["to_do"] == 9
    assert '{"again": true}' in again["commands"]["backfill"]


def test_no_time_at_all_is_not_the_usual_time(settings, monkeypatch):
    asked = []
    look = planning.look
    monkeypatch.setattr(planning, "look", lambda *given: (asked.append(given[2]), look(*given))[1])
    archive.plan(settings, SPAN, seconds=0.0)
    archive.plan(settings, SPAN)
    assert asked == [0.0, settings.archive.look_seconds]


def test_a_plan_changes_nothing(settings):
    archive.plan(settings, SPAN)
    assert not list(Path(settings.lake.root).glob("**/*"))


def test_what_earlier_runs_took_here_is_the_estimate(settings):
    spent = {"gpu_seconds": 0.0, "cpu_seconds": 120.0, "heard_seconds": 300.0, "cached_seconds": 100.0}
    for number in range(4):
        row = cost(FIRST, f"r{number}", **spent)
        warehouse.keep_cost(settings.lake, type(row)(**{**row.__dict__, "asr_model": "demo"}))
    found = costing.rate(settings)
    assert found.seconds == pytest.approx(120.0 / 180.0)
    assert found.device == "cpu"
    assert "4 runs of this lake" in found.basis
    other = settings.model_copy(update={"engine": EngineSettings(model="iic/SenseVoiceSmall", device="cpu")})
    assert costing.rate(other).seconds == costing.CPU_SECONDS_A_SECOND


def test_a_gpu_of_which_nothing_was_measured_gets_no_figure(settings):
    on_gpu = settings.model_copy(update={"engine": EngineSettings(name="funasr", device="cuda")})
    made = costing.rate(on_gpu)
    assert (made.device, made.seconds) == ("gpu", None)
    assert "run one day" in made.basis
    assert archive.plan(on_gpu, SPAN)["time"]["hours"] is None


def test_a_lake_that_is_too_small_is_said_so(settings, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    assert archive.plan(settings, SPAN)["storage"]["enough"] is False


@pytest.mark.slow
def test_recordings_that_were_heard_are_known_by_what_a_listing_says_of_them(quick_settings, demo_runs, tmp_path):
    """A day heard and published, one heard and not published, and one whose files nobody read."""
    source = tmp_path / "source"
    for day in ("2026-01-05", "2026-01-06"):
        shutil.copytree(DEMO_CALLS / day, source / day)
    chosen = quick_settings.with_folders(source=str(source))
    pipeline.run_day(chosen, dt.date(2026, 1, 5))
    run = pipeline.begin(chosen, dt.date(2026, 1, 6))
    fetched = pipeline.run_fetch(chosen, dt.date(2026, 1, 6), run["run_dir"])
    for shard in fetched["shards"]:
        pipeline.hear_shard(chosen, shard, run["run_dir"], lambda _: None)
    shutil.copytree(DEMO_CALLS / "2026-01-07", source / "2026-01-07")
    made = archive.plan(chosen, Span(dt.date(2026, 1, 5), dt.date(2026, 1, 7)), given=archive.conf(again=True))
    cached = made["cached"]
    assert cached["not_heard"] == 0
    assert cached["never_read"] == sum(
        one.is_file() and one.suffix != ".csv" for one in (source / "2026-01-07").iterdir()
    )
    assert cached["heard"] > 15
    skipping = archive.plan(chosen, Span(dt.date(2026, 1, 5), dt.date(2026, 1, 5)))
    assert skipping["cached"]["heard"] == 0
    assert skipping["cached"]["hours_to_hear"]["value"] == 0
