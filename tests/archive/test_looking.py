from __future__ import annotations

import datetime as dt

import pytest

from callqa.archive import Span, looking
from callqa.archive.looking import FEWEST_DAYS, PROBES, look
from callqa.errors import EmptyDayError, SourceError
from callqa.settings import Settings, SourceSettings
from tests.archive import sources

FIRST = dt.date(2026, 1, 5)


def settings(root, **source) -> Settings:
    return Settings(source=SourceSettings(root=str(root), **source))


def span(days: int) -> Span:
    return Span(FIRST, FIRST + dt.timedelta(days=days - 1))


def test_lengths_go_by_the_side_car_the_header_or_the_size(tmp_path):
    sources.day(tmp_path, FIRST, [60.0, 120.0])
    folder = sources.day(tmp_path, FIRST + dt.timedelta(days=1), [2.0], side_car=False)
    (folder / "b.mp3").write_bytes(bytes(40_000))
    seen = look(settings(tmp_path), span(3), 100)
    assert seen.days[FIRST].hours == pytest.approx(180 / 3600)
    assert seen.days[FIRST].by == {"side-car": 2}
    second = seen.days[FIRST + dt.timedelta(days=1)]
    assert second.by == {"header": 1, "size": 1}
    assert second.hours == pytest.approx((2.0 + 10.0) / 3600)
    assert seen.every_length
    assert seen.there == [FIRST, FIRST + dt.timedelta(days=1)]


def test_days_in_folders_of_years_and_months_are_found_by_listing_these(tmp_path):
    for day in (FIRST, dt.date(2026, 2, 1)):
        made = sources.day(tmp_path / "flat", day, [60.0])
        to = tmp_path / "deep" / f"{day:%Y/%m/%d}"
        to.parent.mkdir(parents=True)
        made.rename(to)
    seen = look(settings(tmp_path / "deep", layout="{day:%Y}/{day:%m}/{day:%d}"), span(60), 100)
    assert seen.there == [FIRST, dt.date(2026, 2, 1)]
    assert len(seen.with_recordings()) == 2


def test_recordings_that_lie_together_are_told_apart_by_their_names(tmp_path):
    for number, day in enumerate((FIRST, FIRST, dt.date(2026, 1, 7))):
        (tmp_path / f"{day:%Y%m%d}-{number}.mp3").write_bytes(bytes(4000))
    seen = look(settings(tmp_path, layout="{day:%Y%m%d}-*"), span(4), 100)
    assert {day: len(one.recordings) for day, one in seen.days.items() if one.recordings} == {
        FIRST: 2,
        dt.date(2026, 1, 7): 1,
    }


def test_when_time_is_up_the_days_that_were_seen_cover_the_range(tmp_path):
    for day in span(200).days:
        sources.day(tmp_path, day, [60.0])
    seen = look(settings(tmp_path), span(200), 30, sources.Clock())
    assert FEWEST_DAYS <= len(seen.days) < 60
    assert min(seen.days) < FIRST + dt.timedelta(days=20)
    assert max(seen.days) > FIRST + dt.timedelta(days=180)
    assert not seen.every_day
    assert not seen.every_length


def test_of_a_large_day_some_lengths_are_looked_up_first_and_the_rest_while_there_is_time(tmp_path):
    folder = sources.day(tmp_path, FIRST, [])
    for number in range(3 * PROBES):
        (folder / f"{number:03}.mp3").write_bytes(bytes(4000))
    hurried = look(settings(tmp_path), span(1), 0, sources.Clock())
    assert len(hurried.days[FIRST].seconds) == PROBES
    assert hurried.days[FIRST].hours == pytest.approx(3 * PROBES / 3600)
    patient = look(settings(tmp_path), span(1), 100, sources.Clock())
    assert sorted(patient.days[FIRST].looked_up) == list(range(3 * PROBES))
    assert patient.every_length


def test_of_an_archive_of_millions_a_few_recordings_are_kept_and_all_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(looking, "MOST_KEPT", 2 * PROBES)
    for day in span(3).days:
        folder = sources.day(tmp_path, day, [])
        for number in range(2 * PROBES):
            (folder / f"{number:03}.mp3").write_bytes(bytes(4000))
    seen = look(settings(tmp_path), span(3), 100)
    assert [one.count for one in seen.days.values()] == [2 * PROBES] * 3
    assert sorted(len(one.recordings) for one in seen.days.values()) == [PROBES, PROBES, 2 * PROBES]
    assert [one.hours for one in seen.days.values()] == [pytest.approx(2 * PROBES / 3600)] * 3
    assert not seen.every_length, "the lengths of those that are not kept are estimated"


def test_some_of_a_list_are_spread_over_all_of_it():
    assert looking.spaced(range(79), 40)[:3] == [0, 1, 3]
    assert looking.spaced(range(79), 40)[-1] == 77
    assert looking.spaced("abc", 40) == ["a", "b", "c"]
    assert looking.spaced([], 40) == []


def test_a_day_that_cannot_be_read_is_named_and_the_others_counted(tmp_path):
    sources.day(tmp_path, FIRST, [60.0])
    broken = sources.day(tmp_path, FIRST + dt.timedelta(days=1), [60.0])
    (broken / "calls.csv").write_text("name\nx\n")
    seen = look(settings(tmp_path), span(2), 100)
    assert list(seen.problems) == [FIRST + dt.timedelta(days=1)]
    assert "no column" in seen.problems[FIRST + dt.timedelta(days=1)]
    assert len(seen.with_recordings()) == 1


def test_a_range_without_recordings_is_refused_with_what_there_is(tmp_path):
    sources.day(tmp_path, FIRST, [60.0])
    elsewhere = Span(dt.date(2020, 1, 1), dt.date(2020, 12, 31))
    with pytest.raises(EmptyDayError, match="no recordings of 2020-01-01 to 2020-12-31") as refused:
        look(settings(tmp_path), elsewhere, 100)
    assert "2026-01-05" in refused.value.remedy


def test_a_source_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        look(settings(tmp_path / "nowhere"), span(1), 100)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError):
        look(settings(tmp_path / "file"), span(1), 100)
