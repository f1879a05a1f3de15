"""Call detail records in a database: which recordings are a day's, and what is known of their calls."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from callqa import remote, storage
from callqa.errors import CallQAError, SettingsError, SourceError, UnreachableError
from callqa.fetch.day import SourceDay
from callqa.fetch.listing import Found, list_folder, sorted_out
from callqa.fetch.sidecar import Row
from callqa.settings import SourceSettings

SECONDS = 30
"""In which a database must take the connection."""
PASSING = ("OperationalError", "InterfaceError", "TimeoutError", "DisconnectionError")
REFUSED = r"password|authentication|access denied|does not exist|unknown (database|column|table)|syntax"
SQLITE_PASSING = r"locked|busy|disk i/o"
"""SQLite calls whatever is wrong an OperationalError: a column that is not there, too."""


def look(source: SourceSettings, day: dt.date) -> SourceDay:
    """The recordings that the query names for a day: one a row.

    A path is taken below `source.root`, an address must lie there. Each folder that is named is listed once.

    Raises:
        SettingsError: no database is named.
        SourceError: the query fails, has not the column, or names a recording twice or outside of the root.
        UnreachableError: the database or the storage does not answer.
    """
    rows = query(source, day)
    named = [(row, _address(source, row)) for row in rows if row.file_name]
    _refuse_twice(named)
    there = _listed(source, [uri for _, uri in named])
    found = [(there[uri], row) for row, uri in named if uri in there]
    told = storage.digest_of([[row.file_name, row.values] for row in rows])
    return SourceDay(
        where=remote.shown(source.root),
        recordings=sorted(found, key=lambda pair: (pair[0].name, pair[0].uri)),
        missing=[(row, uri) for row, uri in named if uri not in there],
        told_by="the database",
        nameless=len(rows) - len(named),
        told=told,
    )


def query(source: SourceSettings, day: dt.date) -> list[Row]:
    """The rows of a day, columns in lower case, without what is empty.

    Raises:
        SettingsError: no database is named.
        SourceError: the query fails or has not the column.
        UnreachableError: the database does not answer.
    """
    calls = source.calls
    if not calls.database:
        raise SettingsError(
            "source.calls.query is set, and no database",
            remedy="set CALLQA_SOURCE__CALLS__DATABASE, or in Airflow source.calls.connection",
        )
    column = calls.file.lower()
    columns, answer = _answer(source, day)
    _check_columns(columns, column)
    rows = []
    for number, values in enumerate(answer, start=1):
        given = dict(zip(columns, map(_plain, values), strict=True))
        name = str(given.pop(column) or "")
        rows.append(Row(number=number, file_name=name, values={k: v for k, v in given.items() if v not in (None, "")}))
    return rows


def _check_columns(columns: list[str], file: str) -> None:
    if file not in columns:
        raise SourceError(
            f"source.calls.query gives no column `{file}` (its columns: {', '.join(sorted(columns))})",
            remedy="set source.calls.file to the column that names the recording",
        )
    double = next((column for column in columns if columns.count(column) > 1), None)
    if double:  # the second would silently replace the first
        raise SourceError(
            f"source.calls.query gives two columns `{double}`", remedy="select one of them, or call it something else"
        )


def _plain(value: Any) -> Any:
    """A value as a side-car has it: text of what MySQL calls binary, seconds of an interval."""
    if isinstance(value, bytes):
        value = remote.readable(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    return value.strip() if isinstance(value, str) else value


def _answer(source: SourceSettings, day: dt.date) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns, in lower case, and the rows."""
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(source.calls.database, **_options(source.calls.database))
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise SettingsError(
            f"source.calls.database is no database that can be opened: {type(error).__name__}",
            remedy="write postgresql+psycopg://, mysql+pymysql:// or sqlite:///, and install its driver",
        ) from None
    try:
        with engine.connect() as connection:
            _in_zone(connection, source.timezone)
            # A plain text may be anything, also one that writes: what it did is never committed.
            answer = connection.execute(sqlalchemy.text(source.calls.query), _parameters(source, day, engine))
            columns = list(answer.keys())
            return [column.lower() for column in columns], [tuple(row) for row in answer]
    except SQLAlchemyError as error:
        raise _failure(engine.url, error) from None
    finally:
        engine.dispose()


def _options(url: str) -> dict[str, Any]:
    timeout = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "sqlite": "timeout"}
    name = timeout.get(re.split(r"[+:]", url)[0])
    return {"hide_parameters": True, "connect_args": {name: SECONDS} if name else {}}


def _in_zone(connection: Any, zone: str) -> None:
    """Postgres reads times without a zone in the session's; and it is told that nothing will be written."""
    import sqlalchemy

    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.text("set transaction read only"))
        connection.execute(sqlalchemy.text("select set_config('TimeZone', :zone, true)"), {"zone": zone})


def _parameters(source: SourceSettings, day: dt.date, engine: Any) -> dict[str, Any]:
    """`:from` and `:to` as the database compares them: moments where it knows zones, else times of the centre."""
    zone = ZoneInfo(source.timezone)
    begin = dt.datetime.combine(day, dt.time.min, zone)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone)
    bounds: list[Any] = [begin, end]
    if engine.dialect.name == "mysql":
        bounds = [moment.replace(tzinfo=None) for moment in bounds]
    elif engine.dialect.name != "postgresql":
        bounds = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in bounds]
    given: Mapping[str, Any] = {"from": bounds[0], "to": bounds[1], "day": day.isoformat()}
    return {name: value for name, value in given.items() if re.search(rf":{name}\b", source.calls.query)}


def _failure(url: Any, error: Exception) -> CallQAError:
    from callqa.remote.address import hidden

    shown = url.set(query={}).render_as_string(hide_password=True)  # a password may stand in the query too
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    text = hidden(said, {"password": url.password or "", **url.query})
    if _is_passing(url.get_backend_name(), type(error).__name__, text):
        return UnreachableError(f"{shown} does not answer: {text}", remedy="see that the database is up, run it again")
    return SourceError(
        f"{shown}: {text}", remedy="try source.calls.query in the database's own client, with the same login"
    )


def _is_passing(backend: str, kind: str, text: str) -> bool:
    if backend == "sqlite":
        return bool(re.search(SQLITE_PASSING, text, re.IGNORECASE))
    return kind in PASSING and not re.search(REFUSED, text, re.IGNORECASE)


def _address(source: SourceSettings, row: Row) -> str:
    root = source.root.rstrip("/")
    name = row.file_name.replace("\\", "/") if "://" not in row.file_name else row.file_name
    if "://" in name or name.startswith(f"{root}/"):
        inside = name.startswith(f"{root}/") and ".." not in name.removeprefix(root).split("/")
    else:
        path = posixpath.normpath(name.lstrip("/"))
        inside, name = path.split("/")[0] != "..", remote.join(root, path)
    if not inside:
        raise SourceError(
            f"row {row.number} of source.calls.query names {remote.shown(row.file_name)}, which is not below"
            f" {remote.shown(root)}",
            remedy="set source.root to the folder of all recordings, or select a path below it",
        )
    return name


def _refuse_twice(named: list[tuple[Row, str]]) -> None:
    first: dict[str, Row] = {}
    for row, uri in named:
        if uri in first:
            raise SourceError(
                f"rows {first[uri].number} and {row.number} of source.calls.query are both about {remote.shown(uri)}",
                remedy="let the query answer one row a recording",
            )
        first[uri] = row


def _listed(source: SourceSettings, uris: list[str]) -> dict[str, Found]:
    """The files among these that are there, by the address that the rows name them by."""
    wanted: dict[str, dict[str, str]] = {}
    for uri in uris:
        wanted.setdefault(uri.rpartition("/")[0], {})[_name_of(uri)] = uri
    found: dict[str, Found] = {}
    for folder, names in wanted.items():
        here = [file for file in list_folder(source, folder) if file.name in names]
        recordings, _, _ = sorted_out(source, here)
        # What the database calls a recording is one, whatever its name ends in.
        others = [file for file in here if file.uri not in {recording.uri for recording in recordings}]
        found |= {names[file.name]: file for file in [*recordings, *others]}
    return found


def _name_of(uri: str) -> str:
    """A file's name as listings have it: each web server has its own opinion of what is written with percent signs."""
    name = uri.rpartition("/")[2]
    return remote.readable(unquote_to_bytes(name)) if uri.startswith(("http://", "https://", "file://")) else name
