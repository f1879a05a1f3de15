"""How the Iceberg catalog is opened: the lake's own SQLite file, a database, a REST catalog or any of PyIceberg's."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from callqa.errors import SettingsError, StageError
from callqa.settings import LakeSettings
from callqa.warehouse import store

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

NAME = "callqa"
BUSY_SECONDS = 60
"""How long SQLite waits for another process's commit (each takes milliseconds) before it gives up."""


def folder(lake: LakeSettings) -> Path:
    """`<lake>/warehouse`: of the catalog and the lock, and of the files unless the settings say otherwise."""
    return Path(lake.root).absolute() / "warehouse"


def exists(lake: LakeSettings) -> bool:
    """Whether there is a catalog to open; one that is not a file of the lake is taken to be there."""
    return is_elsewhere(lake) or (folder(lake) / "catalog.db").is_file()


def is_elsewhere(lake: LakeSettings) -> bool:
    """Whether the catalog is not the lake's own SQLite file."""
    return bool(lake.catalog_uri or "type" in lake.properties)


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


def connect(lake: LakeSettings) -> Catalog:
    """The catalog as it is; what is not there yet is not made.

    Raises:
        SettingsError: `catalog_uri` cannot be opened.
        StageError: the lake's own catalog cannot be opened.
    """
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


def _properties(lake: LakeSettings) -> dict[str, str]:
    """What PyIceberg opens the catalog by; all but SQL databases have the settings' properties as they are."""
    if lake.catalog_uri.startswith(("http://", "https://")):
        return {"type": "rest", "uri": lake.catalog_uri, **lake.properties}
    if "type" in lake.properties:
        return {**({"uri": lake.catalog_uri} if lake.catalog_uri else {}), **lake.properties}
    uri = lake.catalog_uri or _sqlite_uri(folder(lake) / "catalog.db")
    own = {"type": "sql", "uri": uri, "init_catalog_tables": "false"}
    return {"warehouse": store.location(lake), **lake.properties, **own}


def _sqlite_uri(path: Path) -> str:
    from sqlalchemy import URL

    url = URL.create("sqlite", database=str(path), query={"timeout": str(BUSY_SECONDS)})
    return url.render_as_string(hide_password=False)


def make_database(path: Path) -> None:
    """The lake's own catalog, empty.

    Write-ahead logging lets readers go on while a publisher commits; the mode is kept in the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
        database.execute("pragma journal_mode=wal")


@contextlib.contextmanager
def explained(lake: LakeSettings) -> Iterator[None]:
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
