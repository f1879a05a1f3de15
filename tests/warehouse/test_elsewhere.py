"""The same warehouse with its catalog in PostgreSQL or behind REST, its files in an S3 store: only the settings differ."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy

from callqa import arrow, contracts, warehouse
from callqa.contracts import Review
from callqa.errors import CallQAError, StageError, StalePublicationError
from callqa.settings import LakeSettings
from callqa.warehouse import store
from tests import rows
from tests.warehouse.conftest import BUCKET
from tests.warehouse.published import ALL, publish, seen

pytestmark = pytest.mark.slow


def new_database(uri: str) -> str:
    """A database of its own on the server."""
    name = f"qa_{uuid.uuid4().hex[:12]}"
    engine = sqlalchemy.create_engine(uri, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"create database {name}"))
    engine.dispose()
    return uri.rpartition("/")[0] + f"/{name}"


def in_store(properties: dict[str, str]) -> dict[str, object]:
    return {"warehouse": f"s3://{BUCKET}/{uuid.uuid4().hex[:12]}", "properties": properties}


@pytest.fixture(params=["postgres", "s3", "rest"])
def lake(request, tmp_path) -> LakeSettings:
    values: dict[str, object] = {"root": str(tmp_path / "lake")}
    if "postgres" in request.param:
        values["catalog_uri"] = new_database(request.getfixturevalue("postgres"))
    if "rest" in request.param:
        values["catalog_uri"] = request.getfixturevalue("rest_catalog")
    if "s3" in request.param:
        values |= in_store(request.getfixturevalue("object_store"))
    return LakeSettings.model_validate(values)


@pytest.fixture
def elsewhere(postgres, object_store, tmp_path) -> list[LakeSettings]:
    """Four machines: folders of their own over one catalog and one store."""
    shared = {"catalog_uri": new_database(postgres), **in_store(object_store)}
    return [LakeSettings.model_validate({"root": str(tmp_path / f"machine{n}"), **shared}) for n in range(4)]


def test_a_day_is_published_read_compared_and_rolled_back(lake, tmp_path):
    day = rows.clean(marker="A")
    publish(lake, day, tmp_path, run="r1", based_on=0)
    for table, record in contracts.TABLES.items():
        answer = warehouse.table(lake, f"from {table}").cast(arrow.schema_of(record))
        key = [(name, "ascending") for name in ("call_id", "turn") if name in answer.column_names]
        assert arrow.from_table(record, answer.sort_by(key)) == getattr(day, table), table
    assert publish(lake, day, tmp_path, run="again")[1] is False
    publish(lake, rows.clean(marker="B"), tmp_path, run="r2", based_on=1)
    assert seen(lake) == {"B": ALL}
    assert warehouse.compare(lake, rows.DAY).tables["turns"].columns == {"text": 8}
    with pytest.raises(StalePublicationError):
        publish(lake, rows.clean(marker="C"), tmp_path, run="r3", based_on=1)
    assert warehouse.roll_back(lake, rows.DAY, 1, by="wang", reason="wrong")[0].sequence == 3
    assert seen(lake) == {"A": ALL}
    publish(lake, rows.empty(date(2026, 1, 6)), tmp_path, run="r4")
    said = Review(
        call_date=rows.DAY,
        call_id="c-000",
        rule="HR01",
        rule_version=1,
        verdict="confirmed",
        reviewer="li",
        at=datetime.now(UTC),
    )
    warehouse.add_reviews(lake, [said])
    assert warehouse.query(lake, "select reviewer from reviews")[1] == [("li",)]
    found = warehouse.status(lake)
    assert [(d.newest.sequence, d.differing, d.lost) for d in found.days] == [(3, [], []), (1, [], [])]
    # The refused run's four files and the four of the day without rows: kept, and never named.
    assert (found.unpublished, found.unnamed) == ([], 8)


def test_the_files_of_a_reading_are_on_a_disk_and_the_flat_file_lies_beside_the_tables(lake, tmp_path):
    publish(lake, rows.clean(), tmp_path, run="r1")
    with warehouse.reading(lake) as reading:
        (path,) = reading.files("turns")
        assert Path(path).is_file()
        assert reading.files("reviews") == []
    assert store.size(lake, f"{store.location(lake)}/daily_qc/2026-01-05.json")
    local = list((Path(lake.root) / "warehouse").rglob("*.parquet"))
    assert bool(local) is not store.is_remote(store.location(lake))


def test_machines_that_begin_alike_publish_one_day_once(elsewhere, tmp_path):
    publish(elsewhere[0], rows.clean(marker="first"), tmp_path, run="r0")
    ends = at_once(elsewhere, tmp_path, [rows.DAY] * 4)
    assert sorted(end for end in ends if isinstance(end, str)) == ["StalePublicationError"] * 3
    (won,) = [end for end in ends if isinstance(end, int)]
    assert won == 2
    number = ends.index(2)
    assert seen(elsewhere[0]) == {f"m{number}": ALL}
    repaired = publish(elsewhere[1], rows.clean(marker=f"m{number}"), tmp_path / "again", run="last")
    assert repaired[0].sequence in (2, 3)
    assert [day.differing for day in warehouse.status(elsewhere[0]).days] == [[]]


def test_machines_publish_different_days_at_once(elsewhere, tmp_path):
    publish(elsewhere[0], rows.clean(date(2026, 1, 1), marker="first"), tmp_path, run="r0")
    days = [date(2026, 1, day) for day in (6, 7, 8, 9)]
    assert at_once(elsewhere, tmp_path, days) == [1, 1, 1, 1]
    assert warehouse.query(elsewhere[3], "select count(*), count(distinct call_date) from turns")[1] == [(40, 5)]
    assert [day.differing for day in warehouse.status(elsewhere[2]).days] == [[]] * 5


@pytest.mark.parametrize("time", range(3))
def test_machines_make_a_new_catalog_at_once(elsewhere, tmp_path, time):
    days = [date(2026, 1, day) for day in (6, 7, 8, 9)]
    assert at_once(elsewhere, tmp_path, days) == [1, 1, 1, 1]
    assert warehouse.query(elsewhere[3], "select count(*), count(distinct call_date) from turns")[1] == [(32, 4)]


def at_once(machines: list[LakeSettings], folder: Path, days: list[date]) -> list[int | str]:
    """Each machine publishes a day at the same time; the sequence that it got, or the error's name."""

    def one(number: int) -> int | str:
        day, based_on = days[number], warehouse.latest_sequence(machines[0], days[number])
        try:
            done = publish(
                machines[number], rows.clean(day, marker=f"m{number}"), folder, run=f"run{number}", based_on=known[day]
            )
        except CallQAError as error:
            return type(error).__name__
        assert based_on >= known[day]
        return done[0].sequence

    known = {day: warehouse.latest_sequence(machines[0], day) for day in days}
    with ThreadPoolExecutor(len(machines)) as pool:
        return list(pool.map(one, range(len(machines))))


def test_a_store_that_does_not_answer_is_named_without_its_keys(tmp_path):
    properties = {
        "s3.endpoint": "http://127.0.0.1:9",
        "s3.region": "us-east-1",
        "s3.access-key-id": "key",
        "s3.secret-access-key": "secret",
        "s3.connect-timeout": "1",
        "s3.request-timeout": "1",
    }
    lake = LakeSettings(root=str(tmp_path / "lake"), warehouse="s3://nowhere/qa", properties=properties)
    with pytest.raises(StageError, match=r"the warehouse s3://nowhere/qa in .* cannot be used") as caught:
        publish(lake, rows.clean(), tmp_path, run="r1")
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"), catalog_uri="postgresql+psycopg://me:secret@127.0.0.1:9/qa")
    with pytest.raises(StageError, match=r"me:\*\*\*@127\.0\.0\.1") as caught:
        publish(lake, rows.clean(), tmp_path, run="r1")
    assert "secret" not in str(caught.value)
