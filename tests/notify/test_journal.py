"""The record of what was told: whole after a kill, and without erased calls."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from callqa.errors import StageError
from callqa.notify import forgetting, journal
from callqa.notify.journal import Journal

DAY = dt.date(2026, 1, 5)
NOW = dt.datetime(2026, 1, 6, tzinfo=dt.UTC)
FIRST, SECOND = ("c-1", "HR01", 1), ("c-2", "HR01", 1)


@pytest.fixture
def record(tmp_path) -> Journal:
    return Journal(tmp_path, DAY, "people")


def queue(record: Journal, *groups) -> list[journal.Message]:
    with record.locked() as page:
        return page.queue("calls", groups, NOW)


def test_what_was_queued_and_noted_is_read_again(record):
    first, second = queue(record, [FIRST], [SECOND])
    with record.locked() as page:
        page.note(page.messages[first.id], journal.BEGUN, NOW)
        page.note(page.messages[first.id], journal.PENDING, NOW, "HTTP 500")
    with record.locked() as page:
        assert page.told() == {FIRST, SECOND}
        read = page.messages[first.id]
        assert (read.state, read.attempts, read.reason) == ("pending", 1, "HTTP 500")
        assert page.messages[second.id].state == "pending"


def test_a_torn_line_is_none_and_the_next_one_is_whole(record):
    queue(record, [FIRST])
    with record.path.open("ab") as file:
        file.write(b'{"do": "queue", "id": "ab", "items": [["c-')
    queue(record, [SECOND])
    with record.locked() as page:
        assert page.told() == {FIRST, SECOND}
        assert len(page.messages) == 2


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"do": "sent", "id": "nobody", "at": "2026-01-06", "reason": ""}',
        '{"do": "queue", "id": 1}',
        "\x00\x00",
    ],
)
def test_a_line_that_says_nothing_is_passed_over(record, line):
    queue(record, [FIRST])
    with record.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with record.locked() as page:
        assert page.told() == {FIRST}


def test_many_writers_at_once_lose_no_line(record):
    def write(number):
        for place in range(10):
            queue(record, [(f"c-{number}-{place}", "HR01", 1)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with record.locked() as page:
        assert len(page.told()) == 50


def test_odd_ids_survive(record):
    odd = [("a\nb\r\u2028", "HR01", 1), ('"\\', "HR01", 1), ("../../x", "HR01", 1)]
    queue(record, odd)
    with record.locked() as page:
        assert page.told() == set(odd)


def test_a_forgotten_call_is_in_no_line_and_the_others_stay_told(record, tmp_path):
    queue(record, [FIRST, SECOND])
    assert forgetting.forget(tmp_path, {(DAY, "c-1")}, dry_run=True) == 1
    assert "c-1" in record.path.read_text()
    assert forgetting.forget(tmp_path, {(DAY, "c-1"), (DAY + dt.timedelta(days=1), "c-2")}) == 1
    assert "c-1" not in record.path.read_text()
    with record.locked() as page:
        assert page.told() == {SECOND}
    assert forgetting.forget(tmp_path, {(DAY, "c-1")}) == 0


def test_what_a_message_is_not_about_any_more_was_not_told_and_is_forgotten_too(record, tmp_path):
    (message,) = queue(record, [FIRST, SECOND])
    with record.locked() as page:
        page.note(message, journal.BEGUN, NOW, items=[SECOND])
        assert page.told() == {SECOND}
    assert forgetting.forget(tmp_path, {(DAY, "c-2")}) == 2
    assert "c-2" not in record.path.read_text()
    with record.locked() as page:
        assert page.told() == set()


def test_records_of_days_that_are_over_are_found(record, tmp_path):
    queue(record, [FIRST])
    assert forgetting.over(tmp_path, DAY) == []
    assert forgetting.over(tmp_path, DAY + dt.timedelta(days=1)) == [record.path]


def test_a_full_disk_says_what_to_do(record, monkeypatch):
    queue(record, [FIRST])
    record.path.unlink()
    record.path.mkdir()  # nothing can be written there
    with pytest.raises(StageError, match="nobody is told twice"):
        queue(record, [SECOND])
