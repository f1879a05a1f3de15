"""In which calls something was said: the turns of the published days are looked through, newest day first.

Twenty million turns have no index, and an index of what was said would be another place to erase calls from. So a
search goes day by day for as long as a page may take, and says how far it came. What a day's file has is kept for the
process: files never change, and paging, neighbours and the next search of the same words find it again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from callqa.parse import normalise
from callqa.warehouse import reader
from callqa.warehouse.watch import Published

if TYPE_CHECKING:
    from qa_console.data.session import Session

SECONDS = 1.5
"""That one search may take of a page."""
KEPT_CALLS = 2_000_000
"""Calls that all kept searches together may have, some 60 MB."""
_FIELDS: list[pa.Field[Any]] = [pa.field("call_date", pa.date32()), pa.field("call_id", pa.string())]
SCHEMA = pa.schema(_FIELDS)

NO_CALLS = SCHEMA.empty_table()

Key = tuple[tuple[str, ...], tuple[str, ...]]
"""A day's files, and what was looked for."""


@dataclass(frozen=True)
class Matches:
    """The calls in which something was said, on the days that were looked through."""

    calls: pa.Table
    looked_through: tuple[date, ...]
    left: tuple[date, ...]
    """Days for which there was no time, the oldest; empty: all were looked through."""


class Heard:
    """What searches found, by a day's files; safe in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Key, pa.Table] = OrderedDict()
        self._calls = 0
        self._token = ""

    def search(self, session: Session, said: str, days: Sequence[date], seconds: float = SECONDS) -> Matches:
        """Look through the turns of `days`, newest first, at least of one day, until the time is over."""
        self._forget(session.published)
        until = session.left() - seconds
        found: list[pa.Table] = []
        todo = sorted(days, reverse=True)
        done = 0
        for group in _groups(todo):
            if done and session.left() < until:
                break
            found += self._of(session, group, needles(said))
            done += len(group)
        return Matches(pa.concat_tables([NO_CALLS, *found]), tuple(todo[:done]), tuple(todo[done:]))

    def _of(self, session: Session, days: Sequence[date], texts: tuple[str, ...]) -> list[pa.Table]:
        keys = {day: (session.published.of_day("turns", day), texts) for day in days}
        found = {day: self._kept(key) if key[0] else NO_CALLS for day, key in keys.items()}
        missing = [day for day, rows in found.items() if rows is None]
        if missing:
            fresh = _look(session, session.files("turns", missing), texts)
            for day in missing:
                found[day] = rows = fresh.filter(pc.equal(fresh["call_date"], pa.scalar(day)))
                self._keep(keys[day], rows)
        return [rows for rows in found.values() if rows is not None]

    def _forget(self, published: Published) -> None:
        """What files held that are published no longer: it may have been erased."""
        with self._lock:
            if self._token == published.token:
                return
            self._token = published.token
            there = set(published.files.get("turns", {}).values())
            for key in [key for key in self._found if key[0] not in there]:
                self._calls -= self._found.pop(key).num_rows

    def _kept(self, key: Key) -> pa.Table | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def _keep(self, key: Key, rows: pa.Table) -> None:
        with self._lock:
            before = self._found.pop(key, None)
            self._found[key] = rows
            self._calls += rows.num_rows - (before.num_rows if before is not None else 0)
            while self._calls > KEPT_CALLS and len(self._found) > 1:
                self._calls -= self._found.popitem(last=False)[1].num_rows


def needles(said: str) -> tuple[str, ...]:
    """What is looked for, as `Turn.text_match` is written: simplified in Chinese turns, as it is in others."""
    return tuple(dict.fromkeys(normalise.normalised(said, language).text.strip() for language in ("zh", "unknown")))


def _groups(days: Sequence[date]) -> Iterator[Sequence[date]]:
    """1, 2, 4 … days at once: a search that finds soon ends soon, and a long one keeps all cores at work."""
    first, size = 0, 1
    while first < len(days):
        yield days[first : first + size]
        first, size = first + size, min(16, 2 * size)


def _look(session: Session, paths: list[str], texts: tuple[str, ...]) -> pa.Table:
    rows = reader.rows_of("turns", paths)
    where = " or ".join("contains(text_match, ?)" for _ in texts)
    said = f"select call_date, call_id, text_match from ({rows})"
    return session.table(f"select distinct call_date, call_id from ({said}) where {where}", texts).cast(SCHEMA)
