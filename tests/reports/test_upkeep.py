"""Retention and erasure reach reports like everything else that says something of a call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from callqa import upkeep, warehouse
from callqa.reports import folder, making
from callqa.reports.period import Period
from callqa.settings import RetentionSettings, UpkeepSettings
from tests.reports import lakes
from tests.traces import find

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
CALL = "call-0105-000"
SAID = "我的行李昨天落在虹桥机场"


@pytest.fixture
def chosen(tmp_path):
    made = lakes.settings(tmp_path, languages=["en"])
    day = lakes.made(folder=tmp_path / "source").replace("turns", 2, text=SAID, text_match=SAID)
    lakes.publish(made, day, tmp_path)
    lakes.publish(made, lakes.made(lakes.DAY + dt.timedelta(days=1)), tmp_path)
    for period in (Period.of(lakes.DAY), Period.of(lakes.DAY, "week"), Period.of(lakes.DAY + dt.timedelta(days=1))):
        making.make(made, period)
    return made


def kept(chosen) -> list[str]:
    return [one.path.name for one in folder.kept(chosen.lake.root)]


def retain(chosen, now: dt.datetime = NOW, **days: int):
    limited = chosen.model_copy(update={"retention": RetentionSettings(**days), "upkeep": UpkeepSettings()})
    return upkeep.retain(limited, now)


def test_an_erased_call_is_in_no_report_any_more_and_the_others_stay(chosen):
    root = Path(chosen.lake.root)
    assert {path.split("/")[0] for path, _ in find(root / "reports", [CALL])} == {
        "2026-01-05",
        "2026-01-05_to_2026-01-11",
    }
    certificate = upkeep.erase(chosen, [(lakes.DAY, CALL)], by="li", reason="letter 12", now=NOW)
    assert certificate.left == []
    assert certificate.removed["reports"].files > 4
    assert kept(chosen) == ["2026-01-06"]
    assert find(root, [CALL, SAID]) == []

    again = making.make(chosen, Period.of(lakes.DAY))
    assert again.summary["made"] == 12
    assert find(root, [CALL, SAID]) == []


def test_a_call_of_a_short_id_is_found_in_its_reports_too(tmp_path):
    made = lakes.settings(tmp_path, languages=["en"])
    day = lakes.made()
    day = day.replace("calls", 0, call_id="42")
    for table in ("turns", "findings"):
        for number, row in enumerate(getattr(day, table)):
            day = day.replace(table, number, call_id="42") if row.call_id == CALL else day
    lakes.publish(made, day, tmp_path)
    making.make(made, Period.of(lakes.DAY))
    upkeep.erase(made, [(lakes.DAY, "42")], by="li", reason="letter 12", now=NOW)
    assert kept(made) == []


def test_what_was_said_with_quotes_in_it_is_found_as_pages_write_it(tmp_path):
    made = lakes.settings(tmp_path, languages=["en"])
    said = "it's my \"lost\" luggage & nobody else's"
    day = lakes.made().replace("turns", 2, text=said, text_match=said)
    lakes.publish(made, day, tmp_path)
    report = making.make(made, Period.of(lakes.DAY))
    # As if the note were lost: only what stands on the pages leads to them.
    (report.folder / folder.NOTE).unlink()
    for paths in report.pages.values():
        page = Path(paths["en"])
        page.write_text(page.read_text(encoding="utf-8").replace(CALL, "…"), encoding="utf-8")
    certificate = upkeep.erase(made, [(lakes.DAY, CALL)], by="li", reason="letter 12", now=NOW)
    assert certificate.left == []
    assert kept(made) == []


def test_sound_goes_with_the_sound_and_the_pages_with_what_was_said(chosen):
    root = Path(chosen.lake.root) / "reports"
    assert list(root.rglob("*.flac"))
    retain(chosen, audio_days=30)
    assert not list(root.rglob("*.flac"))
    assert len(kept(chosen)) == 3
    retain(chosen, text_days=320)
    assert kept(chosen) == ["2026-01-06"], "a week goes with its first day"
    retain(chosen, findings_days=300)
    assert kept(chosen) == []


def test_reports_have_a_time_of_their_own(chosen):
    limited = chosen.with_value("reports.keep_days=319")
    upkeep.retain(limited, dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC))
    assert kept(chosen) == ["2026-01-05_to_2026-01-11", "2026-01-06"], "a period by its last day"
    upkeep.retain(limited, NOW, dry_run=True)
    assert len(kept(chosen)) == 2
    upkeep.retain(limited, NOW)
    assert kept(chosen) == ["2026-01-05_to_2026-01-11"]


def test_a_hold_on_a_call_keeps_its_reports(chosen):
    hold = {"by": "li", "reason": "the court", "matter": "12/26"}
    warehouse.place_hold(chosen.lake, lakes.DAY, CALL, **hold)
    retain(chosen, text_days=30)
    assert kept(chosen) == ["2026-01-05", "2026-01-05_to_2026-01-11"]


def test_an_erasure_while_a_report_is_made_leaves_nothing_of_the_call(tmp_path, monkeypatch):
    made = lakes.settings(tmp_path, languages=["en"])
    lakes.publish(made, lakes.made(), tmp_path)
    write, done = folder.write, []

    def overtaken(path, text):
        write(path, text)
        if not done:
            done.append(path)
            upkeep.erase(made, [(lakes.DAY, CALL)], by="li", reason="letter 12", now=NOW)

    monkeypatch.setattr(folder, "write", overtaken)
    report = making.make(made, Period.of(lakes.DAY))
    assert report.summary["made"] == 12
    assert find(Path(made.lake.root), [CALL]) == []
