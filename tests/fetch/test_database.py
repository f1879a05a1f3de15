"""Calls that a database knows: SQLite, and a PostgreSQL of the tests' own; MySQL's dialect only compiles the query."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
import sqlalchemy

from callqa.errors import SettingsError, SourceError, UnreachableError
from callqa.fetch import database, manifest
from callqa.fetch.day import look
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY
from tests.fetch.servers import http_server
from tests.warehouse.conftest import free_port, postgres  # noqa: F401 - a fixture

QUERY = "select path, call_id, agent, begun as started_at, hold as hold_seconds, note from cdr where begun >= :from and begun < :to order by path"
ROWS = [
    # path below the root, id, agent, begun (Shanghai), seconds held, anything else
    ("team1/a.wav", "C-1", "A1", "2026-01-05 00:00:00", 4, "x"),
    ("team2/a.wav", "C-2", "A2", "2026-01-05 23:59:59", 0, None),
    ("team2/gone.wav", "C-3", "A2", "2026-01-05 12:00:00", None, None),
    ("team1/b.wav", "C-4", "A1", "2026-01-04 23:59:59", 1, None),
    ("team1/b.wav", "C-5", "A1", "2026-01-06 00:00:00", 1, None),
    (None, "C-6", "A1", "2026-01-05 12:00:00", 1, None),
]


@pytest.fixture
def root(tmp_path):
    for name in ("team1/a.wav", "team1/b.wav", "team1/unnamed.wav", "team2/a.wav"):
        (tmp_path / "calls" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "calls" / name).write_bytes(name.encode())
    return tmp_path / "calls"


@pytest.fixture
def sqlite(tmp_path) -> str:
    with sqlite3.connect(tmp_path / "cdr.db") as connection:
        connection.execute("create table cdr (path, call_id, agent, begun, hold, note)")
        connection.executemany("insert into cdr values (?, ?, ?, ?, ?, ?)", ROWS)
    connection.close()
    return f"sqlite:///{tmp_path / 'cdr.db'}"


def of(root, url: str, **calls: object) -> SourceSettings:
    return SourceSettings(root=str(root), calls={"query": QUERY, "file": "path", "database": url} | calls)


def calls_of(source: SourceSettings) -> dict[str, tuple]:
    built = manifest.build(DAY, look(source, DAY), source)
    return {
        row.call_id: (
            row.uri.removeprefix(f"{source.root}/"),
            row.agent_id,
            row.hold_seconds,
            row.reject_reason,
            row.extra,
        )
        for row in built.recordings
    }


WANTED = {
    "C-1": ("team1/a.wav", "A1", 4.0, None, {"note": "x"}),
    "C-2": ("team2/a.wav", "A2", 0.0, None, {}),
    "C-3": ("team2/gone.wav", "A2", None, "missing_file", {}),
}


def test_the_rows_of_a_day_are_its_recordings_and_their_columns_what_is_known(root, sqlite):
    source = of(root, sqlite)
    assert calls_of(source) == WANTED
    assert look(source, DAY).nameless == 1
    (missing,) = [r for r in manifest.build(DAY, look(source, DAY), source).recordings if r.reject_reason]
    assert "row 4 of the database names" in missing.reject_detail


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["timestamptz", "timestamp"])
def test_postgres_compares_moments_and_times_of_the_centre_alike(root, postgres, kind):  # noqa: F811
    engine = sqlalchemy.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("drop table if exists cdr"))
        connection.execute(
            sqlalchemy.text(
                f"create table cdr (path text, call_id text, agent text, begun {kind}, hold int, note text)"
            )
        )
        connection.execute(sqlalchemy.text("set time zone 'Asia/Shanghai'"))
        names = ("path", "call_id", "agent", "begun", "hold", "note")
        values = [dict(zip(names, row, strict=True)) for row in ROWS]
        connection.execute(
            sqlalchemy.text(f"insert into cdr values (:path, :call_id, :agent, cast(:begun as {kind}), :hold, :note)"),
            values,
        )
    source = of(root, postgres)
    assert calls_of(source) == WANTED
    started = {r.call_id: r.started_at for r in manifest.build(DAY, look(source, DAY), source).recordings}
    assert started["C-1"] == dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC)
    # A query that writes changes nothing.
    writing = of(
        root, postgres, query="with gone as (delete from cdr where :day = :day returning path) select path from gone"
    )
    with pytest.raises(SourceError, match="read-only"):
        look(writing, DAY)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select count(*) from cdr")).scalar_one() == len(ROWS)
    engine.dispose()


@pytest.mark.slow
def test_a_postgres_that_refuses_or_is_not_there_is_named_without_the_password(root, postgres, monkeypatch):  # noqa: F811
    url = sqlalchemy.make_url(postgres).set(password="p-a-s-s-w-o-r-d", database="nobody-made-it")
    with pytest.raises(SourceError, match="does not exist") as refused:
        look(of(root, url.render_as_string(hide_password=False)), DAY)
    with free_port() as port, pytest.raises(UnreachableError) as silent:
        look(of(root, url.set(port=port).render_as_string(hide_password=False)), DAY)
    for caught in (refused, silent):
        assert "127.0.0.1" in str(caught.value)
        assert "p-a-s-s-w-o-r-d" not in str(caught.value)


def test_mysql_gets_times_of_the_centre_and_its_own_placeholders():
    engine = sqlalchemy.create_mock_engine("mysql+pymysql://", lambda *_: None)
    source = of("/calls", "mysql+pymysql://qa@cdr/calls")
    assert database._parameters(source, DAY, engine) == {"from": dt.datetime(2026, 1, 5), "to": dt.datetime(2026, 1, 6)}
    assert "begun >= %s and begun < %s" in str(sqlalchemy.text(QUERY).compile(dialect=engine.dialect))


def test_a_path_outside_of_the_root_is_refused(root, sqlite):
    outside = "select '../secret.wav' as path where :day = :day"
    with pytest.raises(SourceError, match="not below"):
        look(of(root, sqlite, query=outside), DAY)
    with pytest.raises(SourceError, match="not below"):
        look(of(root, sqlite, query="select 's3://other/secret.wav' as path where :day = :day"), DAY)


def test_an_address_below_the_root_and_a_path_with_its_root_are_the_same_recording(root, sqlite):
    named = f"select '{root}/team1/a.wav' as path, :day as call_id union select '/team1/b.wav', 'second'"
    assert set(calls_of(of(root, sqlite, query=named))) == {"2026-01-05", "second"}


def test_two_rows_about_one_recording_are_refused(root, sqlite):
    with pytest.raises(SourceError, match="rows 1 and 2"):
        look(of(root, sqlite, query="select 'a.wav' as path where :day = :day union all select 'a.wav'"), DAY)


def test_a_column_that_is_not_there_is_named(root, sqlite):
    with pytest.raises(SourceError, match="no column `wav`"):
        look(of(root, sqlite, file="wav"), DAY)


def test_a_query_that_the_database_refuses_is_said_in_its_words(root, sqlite):
    with pytest.raises(SourceError, match="no such table: calls") as caught:
        look(of(root, sqlite, query="select path from calls where day = :day"), DAY)
    assert not isinstance(caught.value, UnreachableError)


@pytest.mark.parametrize("url", ["", "nonsense", "oracle+nothing://a:secret-word@b/c"])
def test_a_database_that_cannot_be_opened_is_a_matter_of_the_settings(root, url):
    with pytest.raises(SettingsError) as caught:
        look(of(root, url), DAY)
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize("query", ["select wav from cdr where :day = :day", "selct path from cdr where :day = :day"])
def test_a_query_that_is_wrong_is_no_database_that_does_not_answer(root, sqlite, query):
    """SQLite and MySQL call it an OperationalError, like a connection that breaks."""
    with pytest.raises(SourceError) as caught:
        look(of(root, sqlite, query=query), DAY)
    assert not isinstance(caught.value, UnreachableError)


def test_a_database_that_is_locked_may_answer_later(root, sqlite, monkeypatch):
    monkeypatch.setattr(database, "SECONDS", 0)
    locking = sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
    locking.execute("begin exclusive")
    with pytest.raises(UnreachableError, match="locked"):
        look(of(root, sqlite), DAY)
    locking.close()


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("(2013, 'Lost connection to MySQL server during query')", True),
        ("(2003, \"Can't connect to MySQL server on 'cdr' ([Errno -2] Name or service not known)\")", True),
        ("(1054, \"Unknown column 'wav' in 'field list'\")", False),
        ("(1045, \"Access denied for user 'qa'@'cdr' (using password: YES)\")", False),
    ],
)
def test_what_mysql_says_is_told_apart(said, passing):
    orig = type("OperationalError", (Exception,), {})(said)
    error = sqlalchemy.exc.OperationalError("select 1", {}, orig)
    failure = database._failure(sqlalchemy.make_url("mysql+pymysql://qa@cdr/calls"), error)
    assert isinstance(failure, UnreachableError) == passing


def test_a_password_in_the_query_of_an_address_is_not_said(root):
    with free_port() as port, pytest.raises(UnreachableError) as caught:
        look(of(root, f"postgresql+psycopg://127.0.0.1:{port}/calls?user=qa&password=a-secret-word"), DAY)
    assert "127.0.0.1" in str(caught.value)
    assert "a-secret-word" not in str(caught.value)


def test_two_columns_of_one_name_are_refused_as_in_a_side_car(root, sqlite):
    with pytest.raises(SourceError, match="two columns `call_id`"):
        look(of(root, sqlite, query="select path, call_id, agent as Call_ID from cdr where :day = :day"), DAY)


def test_a_query_without_the_column_is_refused_on_a_day_without_calls_too(root, sqlite):
    with pytest.raises(SourceError, match="no column `wav`"):
        look(of(root, sqlite, file="wav", query=f"{QUERY.partition(' order')[0]} and 1 = 0"), DAY)


def test_binary_text_and_intervals_are_read():
    """As MySQL gives VARBINARY, and PostgreSQL an interval."""
    assert database._plain("录音.wav ".encode()) == "录音.wav"
    assert database._plain("录音.wav".encode("gb18030")) == "录音.wav"
    assert database._plain(dt.timedelta(minutes=1, milliseconds=500)) == 60.5


def test_a_database_names_files_whose_names_are_gbk_on_the_disk(root, sqlite):
    import os

    (root / "team1" / os.fsdecode("投诉.wav".encode("gb18030"))).write_bytes(b"x")
    (row,) = calls_of(of(root, sqlite, query="select 'team1/投诉.wav' as path, :day as call_id")).values()
    assert row[3] is None


def test_a_web_servers_percent_signs_are_its_own_affair(sqlite):
    """Apache leaves a parenthesis as it is, others write it with percent signs; the database has a plain name."""
    with http_server() as web:
        place = "/calls/team1/"
        web.answers = {place: (200, "text/html", b'<a href="a(1)+b.wav">a</a><a href="%e5%bd%95.wav">b</a>')}
        for name in ("a(1)+b.wav", "录.wav"):
            web.answers[f"{place}{name}"] = (200, "audio/wav", b"RIFF")
        named = "select 'team1/a(1)+b.wav' as path, :day as call_id union select 'team1/录.wav', '2'"
        source = of(web.root, sqlite, query=named)
        assert [(file.name, file.size_bytes) for file, _ in look(source, DAY).recordings] == [
            ("a(1)+b.wav", 4), ("录.wav", 4),
        ]  # fmt: skip
        assert look(source, DAY).missing == []
