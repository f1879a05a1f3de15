"""What is published, for readers that stay open: told cheaply whether it changed, and by day which files hold it.

A reading (`callqa.warehouse.reading`) is made for one piece of work. A server would pay for opening the catalog, the
ledger and every manifest with each request; it asks `token` instead, and `published` only when that differs.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from callqa import contracts
from callqa.contracts import Publication
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import ledger, plan, store

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

WATCHED = (catalogs.LEDGER, catalogs.REVIEWS, catalogs.GATE_RESULTS)
"""Tables of which a change is one of what readers see: a day table's rows are seen when the ledger names them."""
NOTHING: Mapping[date, tuple[str, ...]] = types.MappingProxyType({})


@dataclass(frozen=True)
class Published:
    """One state of the warehouse, all tables of it agreeing: each day as its newest publication left it."""

    token: str = ""
    """Differs where the state does."""
    publications: tuple[Publication, ...] = ()
    """The ledger, by day and sequence."""
    newest: Mapping[date, Publication] = field(default_factory=dict)
    """The newest publication of each day, by day."""
    files: Mapping[str, Mapping[date, tuple[str, ...]]] = field(default_factory=dict)
    """The Parquet files of each day table, by day; a day without rows has none."""
    added: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The Parquet files of the tables whose rows are only added."""

    def of_day(self, table: str, day: date) -> tuple[str, ...]:
        """The files of a table's day."""
        return self.files.get(table, NOTHING).get(day, ())


def token(lake: LakeSettings) -> str:
    """A text that differs once something was published or added since; one small query to the catalog.

    Raises:
        StageError: the catalog does not answer.
    """
    if not catalogs.exists(lake):
        return ""
    with catalogs.opened(lake) as catalog:
        return _token(catalog)


def published(lake: LakeSettings) -> Published:
    """What is published now.

    The token is read first: what is published meanwhile makes it differ, and the next look finds it.

    Raises:
        StageError: the catalog does not answer, or a snapshot that the ledger names is no longer there.
    """
    if not catalogs.exists(lake):
        return Published()
    with catalogs.opened(lake) as catalog:
        state = _token(catalog)
        rows = ledger.read(catalogs.load(catalog, catalogs.LEDGER))
        newest = ledger.newest(rows)
        return Published(
            token=state,
            publications=tuple(rows),
            newest={row.call_date: row for row in newest},
            files={name: _by_day(catalog, name, newest) for name in (contracts.TABLES if rows else ())},
            added={name: _current(catalog, name) for name in catalogs.ADDED_TO},
        )


def _token(catalog: Catalog) -> str:
    from pyiceberg.catalog.sql import SqlCatalog

    places = _places(catalog) if isinstance(catalog, SqlCatalog) else _asked_one_by_one(catalog)
    return " ".join(places.get(name, "-") for name in WATCHED)


def _places(catalog: Catalog) -> dict[str, str]:
    """Where each table's metadata lies, which every commit changes: Iceberg's SQL catalog is one table of these."""
    import sqlalchemy

    sql = sqlalchemy.text(
        "select table_name, metadata_location from iceberg_tables"
        " where catalog_name = :catalog and table_namespace = :namespace"
    )
    try:
        with catalog.engine.connect() as connection:  # type: ignore[attr-defined]
            rows = connection.execute(sql, {"catalog": catalog.name, "namespace": catalogs.NAMESPACE})
            return {str(name): str(place) for name, place in rows}
    except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.ProgrammingError):
        return _asked_one_by_one(catalog)  # its tables are not made yet, or it does not answer: this says which


def _asked_one_by_one(catalog: Catalog) -> dict[str, str]:
    tables = {name: catalogs.load(catalog, name) for name in WATCHED}
    return {name: table.metadata_location for name, table in tables.items() if table}


def _by_day(catalog: Catalog, name: str, newest: list[Publication]) -> dict[date, tuple[str, ...]]:
    table = catalogs.load(catalog, name)
    found = plan.files_by_day(table, name, newest) if table else {}
    return {day: tuple(store.local(path) for path in paths) for day, paths in found.items()}


def _current(catalog: Catalog, name: str) -> tuple[str, ...]:
    table = catalogs.load(catalog, name)
    return tuple(store.local(file.path) for file in plan.current_files(table)) if table else ()
