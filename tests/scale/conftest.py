"""Servers and a cluster, started once for all of these tests."""

from __future__ import annotations

import os

import pytest

from callqa import pipeline, settings, warehouse
from tests.conftest import REPOSITORY
from tests.scale import servers as scale
from tests.scale.cluster import SHARD_SECONDS, SHORT, celery, no_other_airflow, short_source

LOST_WORKER_DAY, KILLED_DAY = "2026-01-06", "2026-01-07"
TABLES = ("calls", "turns", "events", "findings")


def require_servers() -> None:
    """Leave the test out where the servers are not installed, unless SERVER_TESTS=required."""
    if lacking := scale.missing():
        told = f"not installed: {', '.join(lacking)} (make servers)"
        if os.environ.get("SERVER_TESTS") == "required":
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def servers():
    """Redis and PostgreSQL."""
    require_servers()
    with scale.running() as started:
        yield started


@pytest.fixture(scope="session")
def cluster(servers, tmp_path_factory):
    """Two workers, days of two short calls, the warehouse's catalog in PostgreSQL."""
    folder = tmp_path_factory.mktemp("cluster")
    source = short_source(folder / "source", {day: SHORT[day] for day in (LOST_WORKER_DAY, KILLED_DAY)})
    catalog = {"CALLQA_LAKE__CATALOG_URI": servers.postgres.address("callqa", "psycopg")}
    with no_other_airflow():
        made = celery(folder / "home", servers, source=source, lake=folder / "lake", **catalog)
        try:
            made.up()
            yield made
        finally:
            made.down()


@pytest.fixture(scope="session")
def by_hand(cluster, tmp_path_factory) -> settings.Settings:
    """The same days by `callqa run`, in a lake of their own."""
    chosen = settings.load(REPOSITORY / "qa.toml", {"CALLQA_SHARDS__SECONDS": SHARD_SECONDS})
    source = cluster.home.extra["CALLQA_SOURCE__ROOT"]
    chosen = chosen.with_folders(source=source, lake=str(tmp_path_factory.mktemp("by-hand")))
    for day in (LOST_WORKER_DAY, KILLED_DAY):
        pipeline.run_day(chosen, pipeline.parse_day(day))
    return chosen


@pytest.fixture(scope="session")
def rows(cluster, by_hand):
    """Gives the rows of a table and a day: the workers', those of `callqa run`."""
    theirs = settings.load(REPOSITORY / "qa.toml", cluster.home.extra)

    def of(table: str, day: str) -> tuple:
        sql = f"SELECT * FROM {table} WHERE call_date = DATE '{day}' ORDER BY ALL"
        return warehouse.query(theirs.lake, sql), warehouse.query(by_hand.lake, sql)

    return of
