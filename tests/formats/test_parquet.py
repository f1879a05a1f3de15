from __future__ import annotations

import duckdb
import pyarrow.parquet as pq

from callqa import arrow, contracts, storage
from callqa.contracts import Call, Event, Finding, Turn
from tests.formats import published


def test_the_tables_come_out_as_they_were_published(archive, tmp_path):
    folder, made = archive.export("parquet", tmp_path)
    day = published.day()
    read = {"calls": Call, "turns": Turn, "events": Event, "findings": Finding}
    assert made["files"] == {f"{table}.parquet": len(getattr(day, table)) for table in read}
    for table, record in read.items():
        found = arrow.to_table(record, storage.read_rows(folder / f"{table}.parquet", record))
        # By their words: a NaN is not equal to itself.
        assert str(found.to_pylist()) == str(arrow.to_table(record, getattr(day, table)).to_pylist()), table


def test_the_columns_are_the_contracts(archive, tmp_path):
    folder, _ = archive.export("parquet", tmp_path)
    for table, record in contracts.TABLES.items():
        found, wanted = pq.read_schema(folder / f"{table}.parquet"), arrow.schema_of(record)
        assert found.names == wanted.names
        assert found.types == wanted.types


def test_another_reader_finds_them(archive, tmp_path):
    folder, _ = archive.export("parquet", tmp_path, call="c-000")
    sql = f"select call_id, talk_seconds['agent'], scorecards[1].score from read_parquet('{folder / 'calls.parquet'}')"
    assert duckdb.sql(sql).fetchall() == [("c-000", 20.0, 72.5)]
    assert duckdb.sql(f"select count(*) from read_parquet('{folder / 'turns.parquet'}')").fetchall() == [(4,)]
