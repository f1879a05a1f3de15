"""How reports come to lie where they lie: once a publication, whole or not at all, for their owner alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from callqa import reports, warehouse
from callqa.contracts import RunCost
from callqa.errors import StageError, UsageError
from callqa.reports import folder, making, taken
from callqa.reports.period import Period
from tests.reports import lakes


@pytest.fixture
def chosen(tmp_path):
    made = lakes.settings(tmp_path, languages=["en"])
    lakes.publish(made, lakes.made(folder=tmp_path / "source"), tmp_path)
    return made


def times(report) -> dict[str, int]:
    return {name: Path(name).stat().st_mtime_ns for name in report.files}


def test_the_same_publication_is_reported_once_and_a_new_one_again(chosen, tmp_path):
    first = making.make(chosen, Period.of(lakes.DAY))
    before = times(first)
    again = making.make(chosen, Period.of(lakes.DAY))
    assert (first.changed, again.changed) == (True, False)
    assert times(again) == before
    assert again.summary == first.summary
    assert again.pages == first.pages

    lakes.publish(chosen, lakes.made(calls=15, folder=tmp_path / "source"), tmp_path, run="run-2")
    third = making.make(chosen, Period.of(lakes.DAY))
    assert third.changed
    assert third.summary["made"] == 16


def test_a_day_published_before_it_changes_what_it_is_compared_with(chosen, tmp_path):
    making.make(chosen, Period.of(lakes.DAY))
    lakes.publish(chosen, lakes.made(lakes.DAY - dt.timedelta(days=1)), tmp_path)
    assert making.make(chosen, Period.of(lakes.DAY)).changed
    lakes.publish(chosen, lakes.made(lakes.DAY + dt.timedelta(days=1)), tmp_path)
    assert not making.make(chosen, Period.of(lakes.DAY)).changed


def test_another_setting_makes_other_pages(chosen):
    making.make(chosen, Period.of(lakes.DAY))
    assert making.make(chosen.with_value("reports.min_calls=9"), Period.of(lakes.DAY)).changed
    assert not making.make(
        chosen.with_value("reports.keep_days=9").with_value("reports.min_calls=9"), Period.of(lakes.DAY)
    ).changed


def test_nobody_but_the_owner_may_read_any_of_it(chosen):
    umask = os.umask(0)
    try:
        report = making.make(chosen, Period.of(lakes.DAY))
    finally:
        os.umask(umask)
    assert any(name.endswith(".flac") for name in report.files)
    for path in [report.folder, *report.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(report.folder.parent.stat().st_mode) == 0o700


def test_a_page_that_was_lost_is_made_again(chosen):
    report = making.make(chosen, Period.of(lakes.DAY))
    Path(report.pages["training"]["en"]).unlink()
    assert making.make(chosen, Period.of(lakes.DAY)).changed


def test_run_makes_the_day_and_the_longer_periods_that_end_with_it(chosen, tmp_path):
    sunday = lakes.DAY + dt.timedelta(days=6)
    lakes.publish(chosen, lakes.made(sunday), tmp_path)
    weekly = chosen.with_value("reports.periods=['day', 'week', 'month']")
    assert reports.run(weekly, lakes.DAY)["periods"] == {}
    found = reports.run(weekly, sunday)
    assert set(found["periods"]) == {"week"}
    assert Path(found["folder"]).name == "2026-01-11"
    assert Path(found["periods"]["week"]["folder"]).name == "2026-01-05_to_2026-01-11"
    assert found["periods"]["week"]["summary"]["made"] == 26
    assert all(Path(name).is_file() for name in found["files"])
    assert [one.path.name for one in folder.kept(chosen.lake.root)] == [
        "2026-01-05",
        "2026-01-05_to_2026-01-11",
        "2026-01-11",
    ]


def test_a_week_that_is_over_is_reported_again_when_a_day_of_it_is_published_again(chosen, tmp_path):
    sunday = lakes.DAY + dt.timedelta(days=6)
    lakes.publish(chosen, lakes.made(sunday), tmp_path)
    weekly = chosen.with_value("reports.periods=['week']")
    reports.run(weekly, sunday)
    lakes.publish(chosen, lakes.made(calls=15), tmp_path, run="run-2")
    found = reports.run(weekly, lakes.DAY)
    assert found["periods"]["week"]["summary"]["made"] == 29


COST = RunCost(
    call_date=lakes.DAY, run_id="run-1", outcome="published", started_at=dt.datetime(2026, 1, 6, tzinfo=dt.UTC),
    ended_at=dt.datetime(2026, 1, 6, 0, 10, tzinfo=dt.UTC), recordings=13, rejected=1, shards=1, audio_seconds=720.0,
    heard_seconds=700.0, cached_seconds=0.0, gpu_seconds=0.0, cpu_seconds=60.0, transcribe_cpu_seconds=50.0,
    bytes_written=1_000_000, stage_seconds={}, devices=["cpu"], asr_model="demo", version="1",
)  # fmt: skip


def test_what_a_run_took_is_on_the_page_as_soon_as_it_is_told(chosen):
    def page() -> str:
        report = making.make(chosen, Period.of(lakes.DAY))
        changed.append(report.changed)
        return Path(report.pages["overview"]["en"]).read_text(encoding="utf-8")

    changed: list[bool] = []
    assert "What the runs took" not in page()
    for run in ("run-1", "run-2"):
        warehouse.keep_cost(chosen.lake, dataclasses.replace(COST, run_id=run))
        assert ("1 run<" if run == "run-1" else "2 runs<") in page()
        page()
    assert changed == [True, True, False, True, False]


def test_what_the_run_took_is_waited_for_and_not_for_ever(chosen):
    waited: list[float] = []

    def told(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            warehouse.keep_cost(chosen.lake, COST)

    taken.wait_for(chosen.lake, lakes.DAY, 0.0, told)
    assert waited == []
    taken.wait_for(chosen.lake, lakes.DAY, 600.0, told)
    taken.wait_for(chosen.lake, lakes.DAY, 600.0, told)
    assert waited == [taken.LOOK_SECONDS] * 2


def test_nobody_waits_for_what_is_told_by_no_run(chosen, tmp_path):
    waited: list[float] = []
    lakes.publish(chosen, lakes.made(calls=15), tmp_path, run="run-2")
    warehouse.roll_back(chosen.lake, lakes.DAY, 1, by="lin", reason="a test")
    for day in (lakes.DAY, lakes.DAY + dt.timedelta(days=1)):
        taken.wait_for(chosen.lake, day, 600.0, waited.append)
    assert waited == []


def test_a_day_that_is_not_published_is_refused(chosen):
    with pytest.raises(UsageError, match="nothing is published for 2026-02-01"):
        reports.run(chosen, dt.date(2026, 2, 1))
    assert not (Path(chosen.lake.root) / "reports").exists()


def test_a_folder_that_is_no_report_is_left_alone(chosen, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no report\.json"):
        making.make(chosen, Period.of(lakes.DAY), out=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_report_elsewhere_replaces_an_earlier_one_there(chosen, tmp_path):
    making.make(chosen, Period.of(lakes.DAY), out=tmp_path / "out")
    report = making.make(chosen, Period.of(lakes.DAY), pages=["planners"], languages=["zh"], out=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["planners.zh.html", "report.json"]
    assert report.summary["made"] == 13


def test_what_cannot_be_written_says_where(chosen, tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(folder, "write", full)
    with pytest.raises(StageError, match="no space left"):
        making.make(chosen, Period.of(lakes.DAY))
    assert list((Path(chosen.lake.root) / "reports").iterdir()) == []


def test_two_at_once_leave_one_whole_report(chosen):
    found: list[object] = []

    def one() -> None:
        found.append(making.make(chosen, Period.of(lakes.DAY)))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    root = Path(chosen.lake.root) / "reports"
    assert [path.name for path in root.iterdir()] == ["2026-01-05"]
    assert not making.make(chosen, Period.of(lakes.DAY)).changed


KILLED = """
import os, sys, datetime as dt
from callqa import settings
from callqa.reports import folder, making
from callqa.reports.period import Period
def killed(*of):
    os.kill(os.getpid(), 9)
name, lake = sys.argv[1:]
if name == "between":
    rename = folder.Path.rename
    def second(path, target):
        rename(path, target)
        killed()
    folder.Path.rename = second
else:
    setattr(folder, name, killed)
making.make(settings.Settings().with_folders(lake=lake).with_value("reports.min_calls=5"), Period.of(dt.date(2026, 1, 5)))
"""


@pytest.mark.parametrize("where", ["write", "open_new", "take_place", "between"])
def test_a_maker_that_is_killed_leaves_nothing_that_counts(chosen, where):
    making.make(chosen, Period.of(lakes.DAY))
    died = subprocess.run([sys.executable, "-c", KILLED, where, chosen.lake.root], check=False)
    assert died.returncode == -9
    report = making.make(chosen, Period.of(lakes.DAY))
    assert report.changed == (where == "between")
    left = [path.name for path in (Path(chosen.lake.root) / "reports").iterdir() if not path.name.startswith(".")]
    assert left == ["2026-01-05"]


def test_what_is_published_meanwhile_is_what_is_reported(chosen, tmp_path, monkeypatch):
    write, done = folder.write, []

    def overtaken(path, text):
        write(path, text)
        if not done:
            done.append(path)
            lakes.publish(chosen, lakes.made(calls=18), tmp_path, run="run-2")

    monkeypatch.setattr(folder, "write", overtaken)
    assert making.make(chosen, Period.of(lakes.DAY)).summary["made"] == 19


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [("day", "2026-01-31", "2026-01-31"), ("week", "2026-01-26", "2026-02-01"), ("month", "2026-01-01", "2026-01-31")],
)
def test_a_day_lies_in_its_week_and_month(kind, first, last):
    period = Period.of(dt.date(2026, 1, 31), kind)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert period.before.last == period.first - dt.timedelta(days=1)
    assert next(iter(period.days())) == period.first


def test_a_period_of_another_name_is_refused():
    with pytest.raises(UsageError, match="'year' is no period"):
        Period.of(lakes.DAY, "year")
