"""Which column says what was said."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from callqa import arrow, contracts
from callqa.contracts import Evidence
from callqa.upkeep import columns
from tests import rows


def table(name: str) -> pa.Table:
    finding = rows.finding("a", evidence=[Evidence(turn=1, start=1.0, end=2.0, text="我要退款", condition="said")] * 2)
    made = {
        "calls": [rows.call("a"), rows.call("b")],
        "turns": [rows.turn("a"), rows.turn("b"), rows.turn("a", 1)],
        "events": [rows.event("a")],
        "findings": [finding, rows.finding("b", evidence=[], reason="ValueError: 我要退款")],
    }
    return arrow.to_table(contracts.TABLES[name], made[name])


@pytest.mark.parametrize("name", contracts.TABLES)
def test_every_column_of_the_contract_has_exactly_one_class(name):
    text, kept = set(columns.TEXT.get(name, {})), set(columns.KEPT[name])
    assert not text & kept
    assert text | kept == set(columns.names(name))


@pytest.mark.parametrize("name", contracts.TABLES)
def test_only_what_was_said_changes(name):
    before = table(name)
    after = columns.without_text(name, before)
    assert after.schema == before.schema
    assert "退款" not in str(after.to_pylist())
    after.validate(full=True)
    for one, other in zip(before.to_pylist(), after.to_pylist(), strict=True):
        for column, value in one.items():
            if column == "evidence":
                assert [{**e, "text": ""} for e in value] == other[column]
            elif column not in columns.TEXT.get(name, {}):
                assert other[column] == value


def test_held_calls_keep_what_they_said_and_rows_keep_their_order():
    before = table("turns")
    after = columns.without_text("turns", before, held={"a"})
    assert after["call_id"].to_pylist() == ["a", "b", "a"]
    assert [bool(text) for text in after["text"].to_pylist()] == [True, False, True]
    assert after.slice(0, 1).equals(before.slice(0, 1))


@pytest.mark.parametrize("name", columns.TEXT)
def test_sql_tells_rows_that_still_say_what_was_said(name):
    with duckdb.connect() as connection:
        for view, rows_ in (("said", table(name)), ("removed", columns.without_text(name, table(name)))):
            connection.register(view, rows_)
            sql = f"select count(*) from {view} where {columns.has_text(name)}"
            assert connection.sql(sql).fetchall()[0][0] == (rows_.num_rows if view == "said" else 0)


def test_a_day_from_before_a_column_was_added_is_no_error():
    older = table("turns").drop_columns(["text_match"])
    assert columns.without_text("turns", older)["text"].to_pylist() == ["", "", ""]


def test_a_table_of_no_rows_stays_one():
    assert columns.without_text("findings", table("findings").slice(0, 0)).num_rows == 0
