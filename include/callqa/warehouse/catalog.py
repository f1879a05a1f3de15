"""The Iceberg catalog and its tables, made on first use.

<lake>/warehouse/catalog.db                  the catalog, unless the settings name another
<lake>/warehouse/publish.lock                held by the one publisher of this machine
<warehouse>/tables/<table>/metadata/         Iceberg's own files
<warehouse>/files/<table>/call_date=…/       the published Parquet files, by digest

<warehouse> is <lake>/warehouse, unless the settings name another folder or an object store. `connecting` opens what is
there; the tables and their columns are made here.
"""

from __future__ import annotations

import contextlib
import fcntl
import random
import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from callqa import arrow, contracts
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import store, widening
from callqa.warehouse.connecting import (
    BUSY_SECONDS,
    NAME,
    connect,
    exists,
    explained,
    folder,
    is_elsewhere,
    make_database,
    shown,
)

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

__all__ = [
    "ADDED_TO",
    "BUSY_SECONDS",
    "ERASED",
    "FOUNDING_ATTEMPTS",
    "GATE_RESULTS",
    "HOLDS",
    "LEDGER",
    "NAME",
    "NAMESPACE",
    "RECORDS",
    "REVIEWS",
    "RUNS",
    "TABLE_PROPERTIES",
    "UNPARTITIONED",
    "exists",
    "folder",
    "is_elsewhere",
    "load",
    "locked",
    "of_day",
    "opened",
    "shown",
]

NAMESPACE = "qa"
LEDGER = "publications"
REVIEWS = "reviews"
GATE_RESULTS = "gate_results"
HOLDS = "holds"
ERASED = "erased"
RUNS = "runs"
ADDED_TO: Mapping[str, type] = {
    REVIEWS: contracts.Review,
    GATE_RESULTS: contracts.GateResult,
    HOLDS: contracts.Hold,
    ERASED: contracts.Erased,
    RUNS: contracts.RunCost,
}
"""Tables whose rows are only ever added, besides the ledger."""
UNPARTITIONED = (LEDGER, *ADDED_TO)
"""Tables that have a few rows a day: a partition a day would keep a file a day for ever, see `upkeep.compact`."""
RECORDS: Mapping[str, type] = {**contracts.TABLES, LEDGER: contracts.Publication, **ADDED_TO}

FOUNDING_ATTEMPTS = 10
"""Of making a catalog's tables while other machines make them too."""

TABLE_PROPERTIES = {
    # Conflicts are retried by our own code, which looks again at what is there: PyIceberg's retry would commit a
    # decision that was made before the other writer's commit.
    "commit.retry.num-retries": "0",
    # A reader opens at most twenty manifests, not one a day.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "20",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
    # Least and greatest values of a column are the beginnings of what was said and of ids: in Iceberg's own files
    # they would outlive an erasure. Of the day they are needed, to find its files and to swap them.
    "write.metadata.metrics.default": "counts",
    "write.metadata.metrics.column.call_date": "full",
}


@contextlib.contextmanager
def locked(lake: LakeSettings) -> Iterator[None]:
    """One publisher at a time on this machine; the kernel frees the lock when its holder dies."""
    path = folder(lake) / "publish.lock"
    with explained(lake):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def opened(lake: LakeSettings, *, create: bool = False) -> Iterator[Catalog]:
    """The catalog; with `create`, all tables are there and have the contract's columns. Hold `locked` to create.

    Raises:
        SettingsError: `catalog_uri` cannot be opened.
        StageError: the lake's own catalog cannot be opened, or its database, disk or object store refuses.
    """
    with explained(lake):
        if create and not is_elsewhere(lake):
            make_database(folder(lake) / "catalog.db")
        catalog = connect(lake)
        try:
            if create:
                _found(catalog, store.location(lake))
            yield catalog
        finally:
            catalog.close()


def load(catalog: Catalog, table: str) -> Table | None:
    """A table, or None where nothing was ever published.

    Raises:
        StageError: the catalog does not answer.
    """
    from pyiceberg.exceptions import NoSuchTableError
    from sqlalchemy.exc import OperationalError, ProgrammingError

    try:
        return catalog.load_table((NAMESPACE, table))
    except NoSuchTableError:
        return None
    except (OperationalError, ProgrammingError) as error:
        if _is_being_made(catalog):
            return None
        raise StageError(
            f"the catalog does not answer: {error.orig}",
            remedy="check lake.catalog_uri and its database, and try again",
        ) from error


def _is_being_made(catalog: Catalog) -> bool:
    """Whether the database is there and its tables are not yet: another process is creating them."""
    import sqlalchemy
    from pyiceberg.catalog.sql import SqlCatalog

    if not isinstance(catalog, SqlCatalog):
        return False
    try:
        return not sqlalchemy.inspect(catalog.engine).has_table("iceberg_tables")
    except sqlalchemy.exc.SQLAlchemyError:
        return False


def of_day(day: date) -> str:
    """The rows of one day, as a filter that PyIceberg reads."""
    return f"call_date = '{day.isoformat()}'"


def _found(catalog: Catalog, location: str) -> None:
    """Make what is not there yet; several machines may do so at the same moment, and a database refuses all but one."""
    from sqlalchemy.exc import IntegrityError, ProgrammingError

    for attempt in range(FOUNDING_ATTEMPTS):
        try:
            _ensure_catalog(catalog)
            _ensure_tables(catalog, location)
        except (IntegrityError, ProgrammingError):
            if attempt + 1 == FOUNDING_ATTEMPTS:
                raise
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - jitter, no secret
        else:
            return


def _ensure_catalog(catalog: Catalog) -> None:
    """The two tables that a SQL catalog keeps its own in."""
    from pyiceberg.catalog.sql import SqlCatalog

    if isinstance(catalog, SqlCatalog) and _is_being_made(catalog):
        catalog.create_tables()


def _ensure_tables(catalog: Catalog, location: str) -> None:
    catalog.create_namespace_if_not_exists(NAMESPACE)
    for name, record in RECORDS.items():
        table = load(catalog, name) or _create(catalog, name, arrow.schema_of(record), f"{location}/tables/{name}")
        _renew(table, name)
        widening.widen(table, arrow.schema_of(record))


def _create(catalog: Catalog, name: str, schema: pa.Schema, location: str) -> Table:
    from pyiceberg.exceptions import CommitFailedException, TableAlreadyExistsError

    try:
        with catalog.create_table_transaction(
            (NAMESPACE, name), schema, location=location, properties={"format-version": "2", **TABLE_PROPERTIES}
        ) as transaction:
            if name not in UNPARTITIONED:
                transaction.update_spec().add_identity("call_date").commit()
    except (TableAlreadyExistsError, CommitFailedException):
        pass  # another machine was faster
    return catalog.load_table((NAMESPACE, name))


def _renew(table: Table, name: str) -> None:
    """Give a table that an older version made what tables have now; its files stay as they are, and readable."""
    from pyiceberg.exceptions import CommitFailedException

    lacking = {key: value for key, value in TABLE_PROPERTIES.items() if key not in table.properties}
    days = [field.name for field in table.spec().fields] if name in UNPARTITIONED else []
    if not (lacking or days):
        return
    with contextlib.suppress(CommitFailedException), table.transaction() as transaction:
        # Suppressed: another writer was faster; it opened the table like us, or the next opening does it.
        if lacking:
            transaction.set_properties(lacking)
        for field in days:
            transaction.update_spec().remove_field(field).commit()
