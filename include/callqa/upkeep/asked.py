"""Whose erasure is asked for: named calls, or all calls of a customer's number."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from callqa import storage, warehouse
from callqa.errors import CallQAError, UsageError
from callqa.fetch.privacy import protect
from callqa.settings import Settings
from callqa.upkeep import known, source

Key = tuple[dt.date, str]

NAMED = 20
"""Calls that an error lists."""


def parse(text: str) -> Key:
    """A call as it is named on the command line: `2026-01-05/C-88231`.

    Raises:
        UsageError: it is not.
    """
    from callqa.pipeline import parse_day

    day, slash, call_id = text.partition("/")
    if not (slash and call_id):
        raise UsageError(f"{text!r} names no call", remedy="write DAY/ID, for example 2026-01-05/C-88231")
    return parse_day(day), call_id


def of_calls(settings: Settings, calls: Iterable[Key], folders: Sequence[Path]) -> list[Key]:
    """The calls, where each is known to the lake, its source, or the register of erased calls.

    Raises:
        UsageError: one is not, with the ids most like it.
    """
    wanted: set[Key] = set()
    for day, call_id in calls:
        ids = known.ids_of(settings, day, folders)
        if call_id not in ids and not _is_registered(settings, day, call_id):
            raise _unknown(day, call_id, ids)
        wanted.add((day, call_id))
    if not wanted:
        raise UsageError("nobody's erasure was asked for", remedy="name calls with --call, or a number with --customer")
    return sorted(wanted)


def with_doubles(settings: Settings, calls: Iterable[Key], folders: Sequence[Path]) -> list[Key]:
    """The calls, and the recordings that came under the id of one of them (`<id>~2`, rejected): these name it."""
    wanted = set(calls)
    for day in {day for day, _ in wanted}:
        ids = known.ids_of(settings, day, folders)
        wanted |= {(day, i) for i in ids for of, call_id in calls if of == day and _is_double(i, call_id)}
    return sorted(wanted)


def _is_double(call_id: str, of: str) -> bool:
    start, tilde, number = call_id.rpartition("~")
    return bool(tilde) and start == of and number.isdigit()


def _is_registered(settings: Settings, day: dt.date, call_id: str) -> bool:
    return warehouse.erased_register(settings.lake, day).has_call(call_id)


def _unknown(day: dt.date, call_id: str, ids: set[str]) -> UsageError:
    near = difflib.get_close_matches(call_id, sorted(ids), n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else "`callqa query` lists them: select call_id from calls"
    return UsageError(f"no call {call_id} of {day} is known", remedy=remedy if ids else f"nothing is known of {day}")


def of_customer(settings: Settings, number: str, folders: Sequence[Path]) -> list[Key]:
    """The calls of a number as dialled, by how `source.customer_number` keeps it.

    Raises:
        UsageError: numbers are masked, so that many may look alike (the calls are listed), or are not kept at all.
        SettingsError: they are hashed and there is no key.
    """
    kept = protect(number, settings.source)
    how = settings.source.customer_number
    if how == "drop":
        raise UsageError(
            'customers\' numbers are not kept (source.customer_number = "drop"): nobody can be found by one',
            remedy="find the calls in the telephone system, and name them with --call DAY/ID",
        )
    if kept is None:
        raise UsageError(f"{number!r} has no digit", remedy="give the number as it was dialled")
    found = sorted(_with_number(settings, kept, folders))
    if how == "mask":
        raise _candidates(kept, found)
    if not found:
        raise UsageError(
            "no call of this number is known under the present key",
            remedy="calls from before the key was changed are found with that key (CALLQA_SOURCE__NUMBER_KEY)",
        )
    return found


def _candidates(kept: str, found: list[Key]) -> UsageError:
    listed = " ".join(f"--call {day}/{call_id}" for day, call_id in found[:NAMED])
    more = f" … and {len(found) - NAMED} more" if len(found) > NAMED else ""
    what = f"{len(found)} call(s) have a number masked as {kept}, which others may share: nothing was erased"
    return UsageError(what, remedy=f"choose those that are meant: {listed}{more}" if found else "none has: look again")


def _with_number(settings: Settings, kept: str, folders: Sequence[Path]) -> set[Key]:
    sql = "select call_date, call_id from calls where customer_number = ?"
    found: set[Key] = set()
    publications = warehouse.publications(settings.lake)
    for publication in publications:
        with contextlib.suppress(CallQAError), warehouse.reading(settings.lake, publication) as reading:
            found |= {(row["call_date"], row["call_id"]) for row in reading.table(sql, [kept]).to_pylist()}
    for folder in folders:
        for path in (folder / "fetch" / "manifest.parquet", folder / "calls.parquet"):
            found |= {_key(row) for row in _rows(path) if row["customer_number"] == kept}
    days = {publication.call_date for publication in publications} | set(_days_of_source(settings))
    for day in days:
        recordings = source.recordings(settings, day)
        found |= {(day, recording.call_id) for recording in recordings if recording.customer_number == kept}
    return found


def _key(row: dict[str, Any]) -> Key:
    return row["call_date"], row["call_id"]


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    with contextlib.suppress(CallQAError):
        return list(storage.read_table(path, ["call_date", "call_id", "customer_number"]).to_pylist())
    return []


def _days_of_source(settings: Settings) -> Iterable[dt.date]:
    """The days that a folder of this machine holds; those of another storage are known once they are published."""
    root = Path(settings.source.root)
    for path in root.iterdir() if "://" not in settings.source.root and root.is_dir() else ():
        with contextlib.suppress(ValueError):
            yield dt.date.fromisoformat(path.name)
