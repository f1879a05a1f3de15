from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from callqa import warehouse
from callqa.arrow import schema_of
from callqa.contracts import TABLES, Publication
from callqa.errors import UsageError
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> LakeSettings:
    """A warehouse with one published day."""
    folder = tmp_path_factory.mktemp("query")
    settings = LakeSettings(root=str(folder / "lake"))
    publish(settings, rows.clean(), folder, run="r1")
    return settings


def test_an_answer_has_column_names_and_rows(lake):
    columns, found = warehouse.query(lake, "select call_id, status from calls order by 1 limit 2")
    assert columns == ["call_id", "status"]
    assert found == [("c-000", "analysed"), ("c-001", "analysed")]


def test_values_are_plain_python(lake):
    sql = "select started_at, call_date, channel_roles, flags, sum(turn_count) over () from calls limit 1"
    assert warehouse.query(lake, sql)[1] == [
        (datetime(2026, 1, 5, 3, 4, 5, 678901, tzinfo=UTC), date(2026, 1, 5), {0: "agent", 1: "customer"}, [], 8)
    ]
    words = warehouse.query(lake, "select words[1].text, typeof(words[1].start) from turns limit 1")[1]
    assert words == [("我", "DOUBLE")]


def test_columns_of_one_name_keep_their_places(lake):
    assert warehouse.query(lake, "select 1 as a, 2 as a") == (["a", "a"], [(1, 2)])


def test_parameters_are_values_and_never_sql(lake):
    sql = "select count(*) from calls where call_id = ?"
    assert warehouse.query(lake, sql, ["c-000"])[1] == [(1,)]
    assert warehouse.query(lake, sql, ["' or 1=1 --"])[1] == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "with x as (select 1 as a) select a from x",
        "from calls limit 0",
        "values (1)",
        "describe calls",
        "summarize turns",
        " -- a comment\nselect 1;",
    ],
)
def test_statements_that_only_read_are_answered(lake, sql):
    assert warehouse.query(lake, sql)[0]


def test_only_the_tables_are_shown(lake):
    assert warehouse.query(lake, "show tables")[1] == [
        ("calls",),
        ("erased",),
        ("events",),
        ("findings",),
        ("gate_results",),
        ("holds",),
        ("publications",),
        ("reviews",),
        ("runs",),
        ("turns",),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "drop table publications",
        "insert into publications select * from publications",
        "copy calls to 'stolen.parquet'",
        "set enable_external_access = true",
        "attach 'other.db'",
        "pragma database_list",
        "install httpfs",
        "call pragma_version()",
        "select 1; drop table publications",
        "",
        ";",
    ],
)
def test_anything_but_one_select_is_refused(lake, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        warehouse.query(lake, sql)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{secret}')",
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "select * from glob('{folder}/*')",
        "select * from lake",
        "select * from read_text('https://example.org/x')",
    ],
)
def test_a_query_reaches_nothing_but_the_published_files(lake, sql, tmp_path):
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        warehouse.query(lake, sql.format(secret=tmp_path / "secret.csv", folder=tmp_path))


def test_a_mistake_in_the_sql_is_told_in_the_databases_words(lake):
    with pytest.raises(UsageError, match='"colour" not found') as caught:
        warehouse.query(lake, "select colour from calls")
    assert "describe calls" in caught.value.remedy
    with pytest.raises(UsageError, match="syntax error"):
        warehouse.query(lake, "selec 1")
    with pytest.raises(UsageError, match="Could not convert string 'abc'"):
        warehouse.query(lake, "select 'abc'::int")


def test_without_a_warehouse_the_tables_are_there_without_rows_and_nothing_is_made(tmp_path):
    settings = LakeSettings(root=str(tmp_path / "lake"))
    for name, record in {**TABLES, "publications": Publication}.items():
        columns, found = warehouse.query(settings, f"from {name}")
        assert (columns, found) == (schema_of(record).names, [])
    assert warehouse.publications(settings) == []
    assert warehouse.latest_sequence(settings, rows.DAY) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_catalog_that_is_still_being_made_holds_nothing_yet(tmp_path):
    folder = tmp_path / "lake" / "warehouse"
    folder.mkdir(parents=True)
    (folder / "catalog.db").touch()
    settings = LakeSettings(root=str(tmp_path / "lake"))
    assert warehouse.query(settings, "select count(*) from calls")[1] == [(0,)]


def test_a_column_of_a_view_has_the_contracts_type(lake):
    assert warehouse.table(lake, "from turns limit 0").schema.names == schema_of(TABLES["turns"]).names
    kinds = dict(warehouse.query(lake, "select column_name, column_type from (describe calls)")[1])
    assert kinds["started_at"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["channel_roles"] == "MAP(BIGINT, VARCHAR)"
