"""What is looked for of calls that are to leave no trace."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callqa import storage, warehouse
from callqa.errors import CallQAError
from callqa.settings import Settings
from callqa.upkeep import source
from callqa.upkeep.known import Calls
from callqa.upkeep.needles import SHORT_TEXT, Needle, Needles
from callqa.warehouse import Reading


def needles_of(settings: Settings, calls: Calls, folders: Sequence[Path]) -> Needles:
    """The names of the calls, and of what was said and of their customers what no other call has."""
    named = _named(calls)
    texts = {text for known in calls for text in known.texts if len(text) >= SHORT_TEXT}
    customers = {customer for known in calls for customer in known.customers}
    wanted = {text for _, text in named}
    elsewhere = _unpublished(settings, calls, folders)
    with warehouse.reading(settings.lake) as reading:
        texts -= _said_by_others(reading, calls, texts)
        customers -= _customers_of_others(reading, calls, customers)
        others = _containing(reading, wanted)
        shared = elsewhere.shared | {
            one for column in ("call_id", "file_name") for one in _of_others(reading, calls, wanted, "calls", column)
        }
    names = [Needle(kind, text, days=days if text in shared else frozenset()) for (kind, text), days in named.items()]
    names += [Needle("text", text, says_whose=False) for text in texts]
    names += [Needle("customer", customer, says_whose=False) for customer in customers]
    unique = sorted(set(names), key=lambda needle: (needle.kind, needle.text))
    longer = {name for name in (others | elsewhere.names) - wanted if any(one in name for one in wanted)}
    return Needles(unique, calls.ids(), longer)


def _named(calls: Calls) -> dict[tuple[str, str], frozenset[str]]:
    """What names the calls, by kind and text, with the days of those that it names."""
    named: dict[tuple[str, str], frozenset[str]] = {}
    for known in calls:
        found = [("call id", known.call_id), *(("file name", name) for name in known.file_names)]
        found += [*(("address", uri) for uri in known.uris), *(("digest", digest) for digest in known.digests)]
        for key in found:
            named[key] = named.get(key, frozenset()) | {known.day.isoformat()}
    return named


def digests_of_others(settings: Settings, calls: Calls) -> set[str]:
    """The digests of recordings that another published call has too: the same bytes under another id or day."""
    digests = {digest for known in calls for digest in known.digests}
    with warehouse.reading(settings.lake) as reading:
        return _of_others(reading, calls, digests, "calls", "sha256")


def _said_by_others(reading: Reading, calls: Calls, texts: set[str]) -> set[str]:
    """Those that another published call has too, in any column that says what was said."""
    places = (
        ("turns", "text"),
        ("turns", "text_raw"),
        ("findings", "message"),
        ("(select call_date, call_id, unnest(evidence).text as text from findings)", "text"),
    )
    return {text for place in places for text in _of_others(reading, calls, texts, *place)}


def _customers_of_others(reading: Reading, calls: Calls, customers: set[str]) -> set[str]:
    columns = ("customer_id", "customer_number")
    return {one for column in columns for one in _of_others(reading, calls, customers, "calls", column)}


def _of_others(reading: Reading, calls: Calls, values: set[str], table: str, column: str) -> set[str]:
    """The values that a call other than these has in a column."""
    sql = f"""
        select distinct {column} from {table} where {column} in (select unnest(?))
            and call_date::varchar || '/' || call_id not in (select unnest(?))
    """  # noqa: S608 - names from above
    own = [f"{known.day.isoformat()}/{known.call_id}" for known in calls]
    return _found(reading, sql, [sorted(values), own])


def _found(reading: Reading, sql: str, parameters: list[Any]) -> set[str]:
    if not parameters[0]:
        return set()
    return {str(value) for value in reading.table(sql, parameters).column(0).to_pylist()}


def _containing(reading: Reading, wanted: set[str]) -> set[str]:
    """Published names that contain one of these."""
    found: set[str] = set()
    for column in ("call_id", "file_name", "uri"):
        sql = f"select distinct {column} from calls, unnest(?) as u(name) where contains({column}, name)"  # noqa: S608
        found |= _found(reading, sql, [sorted(wanted)])
    return found


@dataclass
class _Elsewhere:
    """What manifests of runs and of refused days, and the source, say of other calls."""

    names: set[str] = field(default_factory=set)
    """Ids, names and addresses of all."""
    shared: set[str] = field(default_factory=set)
    """Ids and names of files that calls of other days have too."""


def _unpublished(settings: Settings, calls: Calls, folders: Sequence[Path]) -> _Elsewhere:
    found = _Elsewhere()
    own = set(calls.by_key)
    for path in (p for f in folders for p in (f / "fetch" / "manifest.parquet", f / "calls.parquet") if p.is_file()):
        with contextlib.suppress(CallQAError):
            for row in storage.read_table(path, ["call_date", "call_id", "file_name", "uri"]).to_pylist():
                found.names |= {row["call_id"], row["file_name"], row["uri"]}
                if (row["call_date"], row["call_id"]) not in own:
                    found.shared |= {row["call_id"], row["file_name"]}
    for day in calls.days():
        for recording in source.recordings(settings, day):
            found.names |= {recording.call_id, recording.file_name, recording.uri}
    return found
