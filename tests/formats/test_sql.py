"""The SQL files of docs/bi.md, run on published days whose answers are known."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date

import duckdb
import pytest

from callqa import warehouse
from callqa.contracts import CardScore, Evidence
from callqa.formats import export_day, newest
from callqa.settings import LakeSettings
from tests import rows
from tests.conftest import REPOSITORY
from tests.formats import published
from tests.warehouse.published import publish

SQL = REPOSITORY / "docs" / "sql"
FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)
MOODS = {
    FIRST: [("neutral", "happy"), ("angry", "neutral"), ("neutral", "angry"), ("unknown", "angry")],
    SECOND: [("happy", "happy"), ("sad", "surprised")],
}


def mood_day(day: date) -> rows.Day:
    """A day of these moods, the first call with risk, and of one invalid and one rejected recording."""
    ids = [f"c-{number:03d}" for number in range(len(MOODS[day]))]
    calls = [
        rows.call(call_id, day, emotion_start=start, emotion_end=end, flags=["risk"] if number == 0 else [],
                  agent_id="a1" if number % 2 == 0 else "a2", score=100.0 - 10 * number)
        for number, (call_id, (start, end)) in enumerate(zip(ids, MOODS[day], strict=True))
    ]  # fmt: skip
    invalid = rows.call("x-000", day, status="invalid", score=None, flags=["invalid"], emotion_start="angry")
    found = [rows.finding(call_id, day=day) for call_id in ids[:2]]
    return rows.Day(
        calls=[*calls, invalid, rows.rejected("y-000", day)],
        turns=[rows.turn(call_id, 0, day) for call_id in ids],
        events=[],
        findings=[*found, rows.finding(ids[0], "SA01", day=day, outcome="unknown")],
        recordings=[],
        outcomes={"hit": 2, "clear": 0, "unknown": 1, "crash": 0},
        day=day,
    )


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> LakeSettings:
    folder = tmp_path_factory.mktemp("sql")
    settings = LakeSettings(root=str(folder / "lake"))
    for day in MOODS:
        publish(settings, mood_day(day), folder, run=f"r-{day}")
    return settings


@pytest.fixture
def ask(lake):
    """The rows of a dashboard's file as `callqa query` answers it, by column."""

    def answer(name: str) -> list[dict]:
        columns, found = warehouse.query(lake, (SQL / "dashboard" / f"{name}.sql").read_text(encoding="utf-8"))
        return [dict(zip(columns, row, strict=True)) for row in found]

    return answer


def test_mood_by_day(ask):
    first, second = ask("mood_by_day")
    assert (first["call_date"], first["calls"], second["call_date"], second["calls"]) == (FIRST, 4, SECOND, 2)
    shares = ("neutral_at_start", "angry_at_start", "unknown_at_start", "angry_at_end", "happy_at_end")
    assert [float(first[name]) for name in shares] == [0.5, 0.25, 0.25, 0.5, 0.25]
    assert (float(second["sad_at_start"]), float(second["other_at_end"])) == (0.5, 0.5)
    for row in (first, second):
        for moment in ("start", "end"):
            assert sum(float(value) for name, value in row.items() if name.endswith(f"_at_{moment}")) == pytest.approx(
                1
            )


def test_mood_changes(ask):
    found = {(row["call_date"], row["emotion_start"], row["emotion_end"]): row["turn"] for row in ask("mood_changes")}
    assert found == {
        (FIRST, "neutral", "happy"): "better",
        (FIRST, "angry", "neutral"): "better",
        (FIRST, "neutral", "angry"): "worse",
        (SECOND, "happy", "happy"): "same",
        (SECOND, "sad", "surprised"): "better",
    }


def test_mood_by_hour(ask):
    first = ask("mood_by_hour")[0]
    assert (first["call_date"], first["hour_of_day"], first["calls"], first["angry"]) == (FIRST, 11, 4, 3)
    assert float(first["angry_share"]) == 0.75


def test_risk_by_day(ask):
    first, second = ask("risk_by_day")
    counts = [first[name] for name in ("recordings", "analysed", "invalid", "rejected", "risk")]
    assert (counts, float(first["risk_share"]), first["mean_score"]) == ([6, 4, 1, 1, 1], 0.25, 85.0)
    assert float(second["risk_share"]) == 0.5
    assert first["hours"] == pytest.approx(5 / 60, abs=0.005)


def test_hits_by_rule(ask):
    assert [
        (row["call_date"], row["rule"], row["calls_hit"], row["share_of_analysed"]) for row in ask("hits_by_rule")
    ] == [
        (FIRST, "HR01", 2, 0.5),
        (SECOND, "HR01", 2, 1.0),
    ]


def test_agents(ask):
    found = {row["agent_id"]: row for row in ask("agents")}
    assert {agent: row["calls"] for agent, row in found.items()} == {"a1": 3, "a2": 3}
    assert (found["a1"]["mean_score"], found["a2"]["mean_score"]) == (pytest.approx(93.3), pytest.approx(83.3))
    assert float(found["a1"]["risk_share"]) == pytest.approx(2 / 3, abs=1e-4)


@pytest.fixture
def exported(archive, lake, tmp_path, monkeypatch):
    """A DuckDB with the views over exported days, as docs/bi.md makes it."""
    export_day(archive.lake, archive.publication, "parquet", tmp_path)
    export_day(lake, newest(lake, SECOND), "parquet", tmp_path)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        for name in ("exported", "views"):
            connection.execute((SQL / "duckdb" / f"{name}.sql").read_text(encoding="utf-8"))
        yield connection


def test_the_views_over_exported_days_are_flat(exported):
    facts = exported.sql(
        "select call_id, agent_seconds, risk, invalid, rules_hit from call_facts where call_id = 'c-000'"
    )
    assert facts.order("1, 3").fetchall() == [("c-000", 20.0, True, False, 1)] * 2
    columns = exported.sql(
        "select distinct data_type from information_schema.columns"
        " where table_name in ('call_facts', 'finding_evidence', 'card_scores', 'turn_emotions')"
    ).fetchall()
    assert not [kind for (kind,) in columns if re.search(r"\[|MAP|STRUCT", kind)]


def test_a_finding_without_evidence_has_a_row_in_the_view(exported):
    sql = f"select rule, start_seconds, text from finding_evidence where call_id = 'c-000' and call_date = '{published.DAY}'"
    assert exported.sql(sql).order("1, 2").fetchall() == [
        ("HR01", 0.0, ""), ("HR01", 68.0, "我要投诉"), ("SA01", None, None),
    ]  # fmt: skip


def test_scorecards_have_a_row_a_card_in_the_view(exported):
    assert exported.sql("select call_id, agent_id, card, score, passed from card_scores").fetchall() == [
        ("c-000", "a7", "service", 72.5, False)
    ]


def test_the_dashboard_also_runs_on_the_exported_days(exported):
    for file in sorted((SQL / "dashboard").glob("*.sql")):
        assert exported.sql(file.read_text(encoding="utf-8").rstrip()).fetchall(), file.name


def test_trinos_views_are_those_of_duckdb_and_name_the_contracts_columns():
    """There is no Trino here: what can be seen without one is that it has the same views and knows every field."""
    duck, trino = ((SQL / engine / "views.sql").read_text(encoding="utf-8") for engine in ("duckdb", "trino"))
    views = re.compile(r"create or replace view (\w+) as")
    assert set(views.findall(trino)) - {"published"} == set(views.findall(duck))
    for record, name in ((CardScore, "scorecards"), (Evidence, "evidence")):
        spelt = re.search(rf"unnest\(\w\.{name}\) as \w \(([^)]*)\)", trino)
        assert spelt is not None
        assert [part.strip(' \n"') for part in spelt[1].split(",")] == [field.name for field in fields(record)]
