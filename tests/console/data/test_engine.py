"""The kept reading: pinned, brought up to date, safe in threads, bounded, and shut in."""

from __future__ import annotations

import random
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from callqa.contracts import Review
from callqa.errors import RemovedError, StageError
from qa_console import data
from qa_console.access import Visible
from qa_console.data import engine, keeping
from qa_console.data.engine import Limits
from tests import rows
from tests.console.data.conftest import EVERYBODY
from tests.console.data.made import FIRST, Made, gate_results, random_day, settings

ALWAYS = Limits(check_seconds=0.0)


def consoled(root: Path, limits: Limits = ALWAYS) -> tuple[Made, data.Console]:
    made = Made(settings(root), root)
    return made, data.Console(made.settings, limits)


def marked(marker: str, day: date = FIRST, calls: int = 4) -> rows.Day:
    return rows.clean(day, calls, marker)


def markers(page: data.Page) -> set[str | None]:
    """Of which content the list, a call's row, its turns, events and findings are, and the gate's result."""
    line = data.calls(page, data.Filters(status=("analysed",)), limit=1).lines[0]
    detail = data.call(page, line.call_date, line.call_id)
    return {
        line.queue,
        detail.row.queue,
        *(turn.text.removeprefix("我要退款。") for turn in detail.turns),
        *(event.version.removeprefix("1") for event in detail.events),
        *(finding.message.removeprefix("said so") for finding in detail.findings),
        detail.publication.run_id,
        *(check.gate_result_id.removeprefix("gate-") for check in detail.gate),
        *(check.gate_result_id.removeprefix("gate-") for check in data.gate_of(page, line.call_date)),
    }


def test_a_page_stays_at_what_was_published_when_it_began(tmp_path):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as before:
        assert markers(before) == {"one"}
        made.publish(marked("two"), "two")
        with console.page(EVERYBODY) as after:
            assert markers(after) == {"two"}
        assert markers(before) == {"one"}


def test_readers_at_work_while_days_are_published_never_see_two_states_at_once(tmp_path):
    made, console = consoled(tmp_path)
    made.publish(marked("run-0"), "run-0")
    seen: list[set[str | None]] = []
    faults: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                with console.page(EVERYBODY) as page:
                    seen.append(markers(page))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test says so
                faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 6):
        made.publish(marked(f"run-{number}", calls=4 + number), f"run-{number}")
    console.refresh()  # a page alone may be served what was there while another one brings it in
    with console.page(EVERYBODY) as page:
        last = markers(page)
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert [len(one) for one in seen] == [1] * len(seen)
    assert last == {"run-5"}
    assert len({next(iter(one)) for one in seen}) > 1


def test_nothing_published_is_a_page_without_days(tmp_path):
    _, console = consoled(tmp_path)
    with console.page(EVERYBODY) as page:
        assert page.days == []
        assert data.today(page) is None
        assert data.usual(page) is None
        assert data.calls(page, data.Filters(said="x")).lines == ()
        with pytest.raises(data.UnknownCallError, match="no call 'c-1' of 2026-01-05"):
            data.call(page, FIRST, "c-1")
    assert not (tmp_path / "lake").exists()


def test_the_first_publication_is_seen_by_a_console_that_was_opened_before(tmp_path):
    made, console = consoled(tmp_path)
    console.refresh()
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as page:
        assert page.days == [FIRST]


def test_a_day_without_rows_is_published_and_empty(tmp_path):
    made, console = consoled(tmp_path)
    made.publish(rows.empty(FIRST), "none")
    with console.page(EVERYBODY) as page:
        found = data.today(page, FIRST)
        assert found is not None
        assert (found.totals.made, found.totals.coverage, found.rules, found.scores) == (0, None, (), (0,) * 10)
        assert data.calendar(page, data.Span(FIRST, FIRST))[0].publication == found.publication


def test_only_days_that_changed_are_read_again(tmp_path, monkeypatch):
    made, console = consoled(tmp_path)
    for number in range(3):
        made.publish(marked("one", FIRST + timedelta(days=number)), f"run-{number}")
    console.refresh()
    read: list[str] = []
    inner = keeping._insert
    monkeypatch.setattr(
        keeping,
        "_insert",
        lambda c, name, source, paths, kept: (read.extend([name] * len(paths)), inner(c, name, source, paths, kept)),
    )
    made.publish(marked("two", FIRST), "again")
    console.refresh()
    assert sorted(read) == ["calls", "card_days", "gate_results", "pack_days", "rule_days"]
    with console.page(EVERYBODY) as page:
        assert {line.queue for line in data.calls(page, data.Filters(status=("analysed",))).lines} == {"one", "two"}


def test_where_nothing_changed_the_catalog_is_asked_once_and_nothing_is_read(tmp_path, monkeypatch):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    console.refresh()
    monkeypatch.setattr(engine.watch, "published", lambda lake: pytest.fail("it was looked at again"))
    console.refresh()
    with console.page(EVERYBODY) as page:
        assert markers(page) == {"one"}


def test_a_review_is_seen_after_a_refresh_without_a_publication(tmp_path):
    made, console = consoled(tmp_path, Limits(check_seconds=1000))
    made.publish(marked("one"), "one")
    console.refresh()
    made.review(
        Review(
            call_date=FIRST,
            call_id="c-001",
            rule="HR01",
            rule_version=1,
            verdict="confirmed",
            reviewer="r",
            at=made.publications[0].published_at,
        )
    )
    with console.page(EVERYBODY) as page:
        assert data.reviews_of(page, FIRST, "c-001") == ()
    console.refresh()
    with console.page(EVERYBODY) as page:
        assert data.reviews_of(page, FIRST, "c-001") == tuple(made.reviews)


def test_rewritten_files_of_reviews_are_not_counted_twice(tmp_path):
    from callqa.warehouse import catalog as catalogs

    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    at = made.publications[0].published_at
    for number in range(3):
        made.review(
            Review(
                call_date=FIRST,
                call_id="c-001",
                rule="HR01",
                rule_version=1,
                verdict="confirmed",
                reviewer=f"r{number}",
                at=at,
            )
        )
    console.refresh()
    with catalogs.opened(made.settings.lake) as catalog:
        table = catalog.load_table((catalogs.NAMESPACE, catalogs.REVIEWS))
        table.overwrite(table.scan().to_arrow())
    console.refresh()
    with console.page(EVERYBODY) as page:
        assert {review.reviewer for review in data.reviews_of(page, FIRST, "c-001")} == {"r0", "r1", "r2"}
        assert len(data.reviews_of(page, FIRST, "c-001")) == 3


def test_a_catalog_that_does_not_answer_leaves_what_was_last_seen(tmp_path, monkeypatch, caplog):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    console.refresh()

    def refused(lake):
        raise StageError("the database is away")

    monkeypatch.setattr(engine.watch, "token", refused)
    caplog.set_level("WARNING")  # the command line's tests leave the root logger at errors
    with console.page(EVERYBODY) as page:
        assert markers(page) == {"one"}
    assert "the database is away" in caplog.text
    with pytest.raises(StageError, match="away"):
        console.refresh()


def test_a_catalog_that_never_answered_is_an_error(tmp_path, monkeypatch):
    _, console = consoled(tmp_path)

    def refused(lake):
        raise StageError("the database is away")

    monkeypatch.setattr(engine.watch, "published", refused)
    with pytest.raises(StageError, match="away"), console.page(EVERYBODY):
        pass


def test_a_file_that_is_gone_is_an_error_and_the_next_page_looks_anew(tmp_path):
    made, console = consoled(tmp_path, Limits(check_seconds=1000))
    made.publish(marked("one"), "one")
    console.refresh()
    made.publish(marked("two"), "two")
    with console.page(EVERYBODY) as page:
        (gone,) = page.session.published.of_day("turns", FIRST)
        Path(gone).unlink()
        with pytest.raises(RemovedError, match="reload the page"):
            data.call(page, FIRST, "c-001")
    with console.page(EVERYBODY) as page:
        assert markers(page) == {"two"}


def test_a_publication_whose_files_cannot_be_read_leaves_the_old_state(tmp_path):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    console.refresh()
    made.publish(marked("two"), "two")
    (folder,) = (tmp_path / "lake/warehouse/files/findings").iterdir()
    newest = max(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    kept = newest.rename(newest.with_suffix(".away"))
    with pytest.raises(RemovedError):
        console.refresh()
    with console.page(EVERYBODY) as page:
        assert {line.queue for line in data.calls(page, data.Filters(status=("analysed",))).lines} == {"one"}
    kept.rename(newest)
    console.refresh()
    with console.page(EVERYBODY) as page:
        assert markers(page) == {"two"}


def test_a_database_that_ended_is_made_anew(tmp_path, caplog):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    console.refresh()
    console._engine._database.close()
    with console.page(EVERYBODY) as page:
        assert markers(page) == {"one"}
    assert "is made anew" in caplog.text


def test_consoles_over_one_lake_share_what_is_kept(tmp_path):
    made, console = consoled(tmp_path)
    other = data.Console(
        made.settings.model_copy(update={"rules": made.settings.rules.model_copy(update={"disable": ["HR01"]})}), ALWAYS
    )
    assert other._engine is console._engine
    assert data.Console(made.settings, Limits(threads=1))._engine is not console._engine


def test_more_sessions_than_may_be_are_told_to_come_again(tmp_path):
    _, console = consoled(tmp_path, Limits(sessions=2, wait_seconds=0.01))
    with console.page(EVERYBODY), console.page(EVERYBODY):
        with pytest.raises(data.BusyError, match="try again"), console.page(EVERYBODY):
            pass
        with console.page(EVERYBODY, export=True) as page:  # counted apart
            assert page.days == []
        with pytest.raises(data.BusyError), console.page(EVERYBODY, export=True), console.page(EVERYBODY, export=True):
            pass
    with console.page(EVERYBODY) as page:
        assert page.days == []


def test_a_question_that_takes_too_long_is_ended_and_the_next_page_is_answered(tmp_path):
    made, console = consoled(tmp_path, Limits(seconds=2.0))
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as page, pytest.raises(data.TooSlowError, match=r"longer than 2 s"):
        page.session.table("select sum(a.range * b.range) from range(10000000) a, range(100000) b")
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == 5


def test_the_time_is_of_all_questions_of_a_page_together(tmp_path):
    _, console = consoled(tmp_path, Limits(seconds=0.3))

    def ask(page: data.Page) -> None:
        for _ in range(10_000):
            page.session.table("select sum(range) from range(1000000)")

    with console.page(EVERYBODY) as page, pytest.raises(data.TooSlowError):
        ask(page)


def test_the_time_between_questions_is_the_pages_own(tmp_path):
    _, console = consoled(tmp_path, Limits(seconds=2.0))
    with console.page(EVERYBODY) as page:
        time.sleep(2.2)
        assert data.calls(page, data.Filters()).total == 0


def test_a_question_that_needs_too_much_memory_is_ended(tmp_path):
    made, console = consoled(tmp_path, Limits(memory_mb=64))
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as page, pytest.raises(data.TooSlowError, match="memory"):
        page.session.table("select list(range) from range(100000000)")
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == 5


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/console-was-here.csv'",
        "attach '/tmp/console-was-here.db' as x",
        "install httpfs",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "create table leak as select 1",
    ],
)
def test_the_database_reaches_nothing_but_the_published_files(tmp_path, sql):
    import duckdb

    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as page:
        if sql.startswith("create"):
            page.session._cursor.execute(sql)  # ends with the session's transaction
        else:
            with pytest.raises(duckdb.Error):
                page.session._cursor.execute(sql)
    with console.page(EVERYBODY) as page, pytest.raises(duckdb.CatalogException):
        page.session.table("select * from leak")
    assert not list(Path("/tmp").glob("console-was-here*"))


def test_days_that_were_published_before_columns_were_gained_are_read_beside_newer_ones(tmp_path, older):
    made, console = consoled(tmp_path)
    older(made.settings.lake, marked("old"), tmp_path, run="old")
    made.publish(random_day(random.Random(1), FIRST + timedelta(days=1), 10), "new")
    span = data.Span(FIRST, FIRST + timedelta(days=1))
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == 5 + 10
        detail = data.call(page, FIRST, "c-001")
        assert (detail.row.scorecards, detail.row.rules_not_applicable, detail.turns[0].announcement) == ([], [], False)
        assert any(line.cards for line in data.compare(page, span).lines)


def test_a_session_that_does_not_say_who_asks_sees_nothing(console):
    """The default of the views, should a caller ever forget."""
    cursor = console._engine._database.cursor()
    for view in (*keeping.DAYS, *keeping.ADDED):
        assert cursor.sql(f"select count(*) as n from {view}").to_arrow_table().to_pylist() == [{"n": 0}]


def test_gate_results_of_an_older_publication_are_not_the_days(tmp_path):
    made, console = consoled(tmp_path)
    made.publish(marked("one"), "one", gate=gate_results(FIRST, "gate-one", [])[:1])
    made.publish(marked("two"), "two")
    with console.page(Visible(everybody=True)) as page:
        assert {check.gate_result_id for check in data.gate_of(page, FIRST)} == {"gate-two"}
        runs = data.day_runs(page, FIRST).runs
        assert [(run.publication.run_id, run.newest, len(run.gate)) for run in runs] == [
            ("two", True, 3),
            ("one", False, 1),
        ]


def test_days_that_are_brought_in_by_pieces_are_all_there_once(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "PIECE_CALLS", 10)
    made, console = consoled(tmp_path)
    for number in range(4):
        made.publish(marked("one", FIRST + timedelta(days=number), calls=6), f"run-{number}")
    made.review(
        Review(call_date=FIRST, call_id="c-001", rule="HR01", rule_version=1, verdict="confirmed", reviewer="r", at=made.publications[0].published_at)
    )  # fmt: skip
    with console.page(EVERYBODY) as page:
        assert (data.calls(page, data.Filters()).total, len(page.days)) == (4 * 7, 4)
        assert sum(line.hits for day in page.days for line in data.rule_days(page, day)) == 4 * 6
        assert len(data.reviews_of(page, FIRST, "c-001")) == 1
