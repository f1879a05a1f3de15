"""The register of erased calls: digests by which a call is known again, and nothing that says who or what it was.

A recording may still lie in its source when its call was erased: fetch leaves it out, and nothing that contains an
erased call is published. The salt of the digests is the table's own id, which is random and never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO, TYPE_CHECKING, cast

import pyarrow.parquet as pq

from callqa import arrow, storage
from callqa.contracts import Erased
from callqa.errors import ErasedError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


@dataclass(frozen=True, kw_only=True)
class ErasedCall:
    """A call that is to be entered."""

    call_date: date
    call_id: str
    sha256: str | None = None
    """Of its recording's bytes, as `calls.sha256` has it; None where it was never read."""
    size_bytes: int | None = None
    """Of its recording; without it the recording is known again by its call id only."""


class Register:
    """The erased calls of one day, and the erased recordings of all days; made by `erased_register`."""

    def __init__(self, salt: bytes, day: date, rows: Sequence[Erased]) -> None:
        self._salt = salt
        self._day = day
        self._calls = frozenset(row.call for row in rows if row.call_date == day)
        recordings = [row for row in rows if row.recording and row.size_bytes]
        self._recordings = frozenset(row.recording for row in recordings)
        self.sizes = frozenset(row.size_bytes for row in recordings if row.size_bytes)
        """Bytes of the erased recordings: a file of another size is none of them."""

    def knows_calls(self) -> bool:
        """Whether any call of the day was erased."""
        return bool(self._calls)

    def has_call(self, call_id: str) -> bool:
        """Whether this call of the day was erased."""
        return bool(self._calls) and call_digest(self._salt, self._day, call_id) in self._calls

    def has_recording(self, sha256: str) -> bool:
        """Whether a recording of these bytes was erased, on any day."""
        return bool(self._recordings) and recording_digest(self._salt, sha256) in self._recordings

    def identity(self) -> str:
        """Equal where two registers know the same."""
        return storage.digest_of([self._day, sorted(self._calls), sorted(self._recordings)])

    def among(self, call_ids: Iterable[str]) -> list[str]:
        """The erased ones among calls of the day: one SHA-256 a call, and none on a day of which nothing was erased."""
        if not self._calls:
            return []
        start = hashlib.sha256(_call_prefix(self._salt, self._day))
        found = []
        for call_id in call_ids:
            one = start.copy()
            one.update(call_id.encode("utf-8", "surrogatepass"))
            if one.hexdigest() in self._calls:
                found.append(call_id)
        return found


def erased_register(lake: LakeSettings, day: date) -> Register:
    """What is known of erased calls, for a run of `day`."""
    if not catalogs.exists(lake):
        return Register(b"", day, [])
    with catalogs.opened(lake) as catalog:
        return of_day(catalog, day)


def enter_erased(lake: LakeSettings, calls: Iterable[ErasedCall], certificate: str) -> int:
    """Add calls to the register, unless they are in it; returns how many are new.

    Do it before anything is removed: from then on nothing that contains them is published.

    Raises:
        UsageError: no certificate is named.
    """
    if not certificate.strip():
        raise UsageError("an erasure without a certificate's id", remedy="give the id that the certificate will have")
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        table = catalog.load_table((catalogs.NAMESPACE, catalogs.ERASED))
        known = {(row.call, row.recording) for row in _rows(table)}
        salt = _salt(table)
        rows = {(row.call, row.recording): row for row in (_row(salt, call, certificate) for call in calls)}
        new = [row for key, row in rows.items() if key not in known]
        if new:
            writer.append(catalog, catalogs.ERASED, arrow.to_table(Erased, new))
    return len(new)


def erased_rows(lake: LakeSettings, day: date | None = None) -> list[Erased]:
    """The rows of the register, of one day or of all."""
    if not catalogs.exists(lake):
        return []
    with catalogs.opened(lake) as catalog:
        table = catalogs.load(catalog, catalogs.ERASED)
        return [row for row in _rows(table) if day in (None, row.call_date)] if table else []


def of_day(catalog: Catalog, day: date) -> Register:
    """The same as `erased_register`, of an open catalog."""
    table = catalogs.load(catalog, catalogs.ERASED)
    return Register(b"", day, []) if table is None else Register(_salt(table), day, _rows(table))


def refuse(day: date, paths: Sequence[str], catalog: Catalog) -> None:
    """Raise where the files of a day's calls contain an erased one. Where the day has none, no file is opened.

    The catalog was opened with `create`.

    Raises:
        ErasedError: they do.
    """
    table = catalog.load_table((catalogs.NAMESPACE, catalogs.ERASED))
    known = Register(_salt(table), day, _rows(table))
    if not known.knows_calls():
        return
    found = [call_id for path in paths for call_id in known.among(_call_ids(table, path))]
    if found:
        raise ErasedError(
            f"{day}: {len(found)} of the calls that were to be published had been erased",
            remedy="run the day again from fetch: it leaves erased calls out",
        )


def nothing_left(day: date, what: str) -> UsageError:
    """The error for whoever wants something of an erased call; it does not name the call."""
    return UsageError(f"a call of {day} that was to be {what} had been erased", remedy="leave it out")


def call_digest(salt: bytes, day: date, call_id: str) -> str:
    """SHA-256 by which a call is known again."""
    return hashlib.sha256(_call_prefix(salt, day) + call_id.encode("utf-8", "surrogatepass")).hexdigest()


def recording_digest(salt: bytes, sha256: str) -> str:
    """SHA-256 by which a recording is known again."""
    return hashlib.sha256(salt + b"recording\0" + sha256.lower().encode()).hexdigest()


def salt_of(catalog: Catalog) -> bytes:
    """What the digests of this warehouse are salted with; the catalog was opened with `create`."""
    return _salt(catalog.load_table((catalogs.NAMESPACE, catalogs.ERASED)))


def _call_prefix(salt: bytes, day: date) -> bytes:
    return salt + f"call\0{day.isoformat()}\0".encode()


def _salt(table: Table) -> bytes:
    return table.metadata.table_uuid.bytes


def _row(salt: bytes, call: ErasedCall, certificate: str) -> Erased:
    return Erased(
        call_date=call.call_date,
        call=call_digest(salt, call.call_date, call.call_id),
        recording=recording_digest(salt, call.sha256) if call.sha256 else None,
        size_bytes=call.size_bytes if call.sha256 else None,
        certificate=certificate,
        at=datetime.now(UTC),
    )


def _rows(table: Table) -> list[Erased]:
    return arrow.from_table(Erased, table.scan().to_arrow())


def _call_ids(table: Table, path: str) -> Iterator[str]:
    """The call ids of a file, through the table's own access to its store."""
    with table.io.new_input(path).open() as file:
        yield from call_ids(pq.ParquetFile(cast(IO[bytes], file)))


def call_ids(file: pq.ParquetFile) -> Iterator[str]:
    """The call ids of an open file."""
    for batch in file.iter_batches(columns=["call_id"]):
        yield from cast(list[str], batch.column(0).to_pylist())
