"""The numbers of the published days before a day."""

from __future__ import annotations

import collections
from datetime import date

import pytest

from callqa import storage, warehouse
from callqa.contracts import Measure
from callqa.settings import LakeSettings
from callqa.warehouse import reader
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """Three days of one, two and three calls (and a rejected recording each), the second published twice."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    for number, run in ((1, "a"), (2, "b"), (3, "c")):
        publish(settings, rows.clean(day(number), calls=number), tmp_path, run=run)
    publish(settings, rows.clean(day(2), calls=20), tmp_path, run="d")
    return settings


def day(number: int) -> date:
    return date(2026, 1, number)


def before(lake: LakeSettings, number: int, days: int, folder) -> dict[date, dict[tuple[str, str], float]]:
    found = collections.defaultdict(dict)
    for m in storage.read_rows(warehouse.days_before(lake, day(number), days, folder / "h.parquet"), Measure):
        found[m.call_date][m.measure, m.part] = m.value
    return found


def test_days_come_as_their_newest_publication_left_them(lake, tmp_path):
    found = before(lake, 4, 28, tmp_path)
    assert {when: numbers["volume", ""] for when, numbers in found.items()} == {day(1): 2, day(2): 21, day(3): 4}
    assert found[day(3)] == {
        ("volume", ""): 4, ("duration", ""): 60, ("characters_a_minute", ""): 14.4, ("language", "zh"): 1,
        ("emotion", "angry"): 1, ("hit_rate", "HR01"): 1, ("pack", "standard 1.0.0"): 1,
    }  # fmt: skip


def test_only_the_last_days_before_the_day_count(lake, tmp_path):
    assert list(before(lake, 3, 28, tmp_path)) == [day(1), day(2)]
    assert list(before(lake, 9, 2, tmp_path)) == [day(2), day(3)]
    assert list(before(lake, 1, 28, tmp_path)) == []


def test_each_day_is_read_once_until_it_is_published_anew(lake, tmp_path, monkeypatch):
    first = before(lake, 4, 28, tmp_path)
    read = []
    inner = reader.reading
    monkeypatch.setattr(reader, "reading", lambda lake, at=None: read.append(at.call_date) or inner(lake, at))
    assert before(lake, 4, 28, tmp_path) == first
    assert read == []
    publish(lake, rows.clean(day(3), calls=7), tmp_path, run="e")
    assert before(lake, 4, 28, tmp_path)[day(3)]["volume", ""] == 8
    assert read == [day(3)]


def test_without_a_warehouse_there_are_no_days(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    assert storage.read_rows(warehouse.days_before(lake, day(1), 28, tmp_path / "h.parquet"), Measure) == []
    assert not (tmp_path / "lake").exists()


def test_a_day_without_calls_has_its_volume_only(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.empty(day(1)), tmp_path, run="a")
    assert before(lake, 2, 28, tmp_path) == {day(1): {("volume", ""): 0}}
