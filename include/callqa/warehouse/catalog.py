"""The Iceberg catalog and its tables, made on first use.

<lake>/warehouse/catalog.db                  the catalog, unless the settings name another
<lake>/warehouse/publish.lock                held by the one publisher of this machine
<warehouse>/tables/<table>/metadata/         Iceberg's own files
<warehouse>/files/<table>/call_date=…/       the published Parquet files, by digest

<warehouse> is <lake>/warehouse, unless the settings name another folder or an object store.
"""

from __future__ import annotations

import contextlib
import fcntl
import random
import sqlite3
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from callqa import arrow, contracts
from callqa.errors import SettingsError, StageError
from callqa.settings import LakeSettings
from callqa.warehouse import store, widening

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

NAME = "callqa"
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

BUSY_SECONDS = 60
"""How long SQLite waits for another process's commit (each takes milliseconds) before it gives up."""

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


def folder(lake: LakeSettings) -> Path:
    """`<lake>/warehouse`: of the catalog and the lock, and of the files unless the settings say otherwise."""
    return Path(lake.root).absolute() / "warehouse"


def exists(lake: LakeSettings) -> bool:
    """Whether there is a catalog to open; one that is not a file of the lake is taken to be there."""
    return is_elsewhere(lake) or (folder(lake) / "catalog.db").is_file()


def shown(lake: LakeSettings) -> str:
    """The catalog as messages name it: without its password."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if not lake.catalog_uri:
        return lake.properties.get("type", str(folder(lake)))
    try:
        return make_url(lake.catalog_uri).render_as_string(hide_password=True)
    except ArgumentError:
        return lake.catalog_uri


@contextlib.contextmanager
def locked(lake: LakeSettings) -> Iterator[None]:
    """One publisher at a time on this machine; the kernel frees the lock when its holder dies."""
    path = folder(lake) / "publish.lock"
    with _explained(lake):
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
    with _explained(lake):
        if create and not is_elsewhere(lake):
            _make_database(folder(lake) / "catalog.db")
        catalog = _connect(lake)
        try:
            if create:
                _found(catalog, store.location(lake))
            yield catalog
        finally:
            catalog.close()


@contextlib.contextmanager
def _explained(lake: LakeSettings) -> Iterator[None]:
    """What a database or a disk refuses, as an error of ours; readers keep what they saw."""
    from pyiceberg.exceptions import RESTError
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, sqlite3.Error, RESTError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise StageError(
            f"the warehouse {_place(lake)} cannot be used: {reason}",
            remedy="check its disk or object store (space, permissions) and its catalog, then run again",
        ) from error


def _place(lake: LakeSettings) -> str:
    return " in ".join(dict.fromkeys((store.location(lake), shown(lake)))) if lake.warehouse else shown(lake)


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


def is_elsewhere(lake: LakeSettings) -> bool:
    """Whether the catalog is not the lake's own SQLite file."""
    return bool(lake.catalog_uri or "type" in lake.properties)


def _properties(lake: LakeSettings) -> dict[str, str]:
    """What PyIceberg opens the catalog by; all but SQL databases have the settings' properties as they are."""
    if lake.catalog_uri.startswith(("http://", "https://")):
        return {"type": "rest", "uri": lake.catalog_uri, **lake.properties}
    if "type" in lake.properties:
        return {**({"uri": lake.catalog_uri} if lake.catalog_uri else {}), **lake.properties}
    uri = lake.catalog_uri or _sqlite_uri(folder(lake) / "catalog.db")
    own = {"type": "sql", "uri": uri, "init_catalog_tables": "false"}
    return {"warehouse": store.location(lake), **lake.properties, **own}


def _connect(lake: LakeSettings) -> Catalog:
    from pyiceberg.catalog import load_catalog
    from pyiceberg.exceptions import NotInstalledError
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        return load_catalog(NAME, **_properties(lake))
    except (ArgumentError, SQLAlchemyError, ImportError, NotInstalledError, ValueError) as error:
        if not is_elsewhere(lake):
            raise StageError(
                f"cannot open the catalog {folder(lake) / 'catalog.db'}: {getattr(error, 'orig', error)}",
                remedy=f"restore it from a backup, or move {folder(lake)} away and run its days again",
            ) from error
        raise SettingsError(
            f"cannot open the catalog {shown(lake)}: {type(error).__name__}: {error}",
            remedy="set lake.catalog_uri to a SQLAlchemy URI whose driver is installed, or leave it empty",
        ) from error


def _sqlite_uri(path: Path) -> str:
    from sqlalchemy import URL

    url = URL.create("sqlite", database=str(path), query={"timeout": str(BUSY_SECONDS)})
    return url.render_as_string(hide_password=False)


def _make_database(path: Path) -> None:
    """Write-ahead logging lets readers go on while a publisher commits; the mode is kept in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
        database.execute("pragma journal_mode=wal")


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
        _widen(table, arrow.schema_of(record))


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


def _widen(table: Table, schema: pa.Schema) -> None:
    """Add what the contract has gained since the table was made: columns, and fields of the records within columns.

    Days published before have none there.
    """
    gained = widening.gained(table.schema().as_arrow(), schema)
    if not gained:
        return
    try:
        with table.update_schema() as update:
            update.union_by_name(pa.schema(gained))
    except (ValueError, TypeError) as error:
        raise StageError(
            f"table {'.'.join(table.name())} cannot take the column {gained[0].name}: {error}",
            remedy="publish into a new lake, or open this one with the version of callqa that made it",
        ) from error
