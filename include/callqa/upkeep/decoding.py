"""The texts of any file of a lake, whatever it is packed in: what a search has to look at.

Parquet and Avro are compressed, SQLite keeps what was deleted, JSON writes letters as escapes: a search of the bytes on
the disk alone would find nothing in them and call that an answer.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 16 << 20
OVERLAP = 1 << 16
"""Bytes that two chunks share, so that no text is cut in two: more than a needle has."""
JSON_BYTES = 64 << 20
"""A larger JSON file is searched as it is written; callqa's own are not escaped."""
BATCH_ROWS = 5_000
BLOB_ROWS = 100
"""Where a column holds samples."""
JSON = (".json", ".jsonl")
DEPTH = 3
"""Of files in files."""
FAULTS = (pa.ArrowException, zlib.error, zipfile.BadZipFile, sqlite3.Error, EOFError, ValueError, IndexError)


@dataclass(frozen=True)
class Value:
    """A text of a file."""

    text: bytes | str
    owner: str | None = None
    """The call that the row or object around it says it is of; None where it says none."""
    whole: bool = False
    """Whether it is one value, and not a piece of something with other things around it."""
    day: str | None = None
    """The business day that the row or object says it is of."""
    again: bool = False
    """Whether all of it comes once more, with what it belongs to."""


class UnknownFormError(Exception):
    """A file that holds something which nothing here can decode."""


def values(path: Path) -> Iterator[Value]:
    """Everything in a file.

    Raises:
        UnknownFormError: it is of a known form and cannot be decoded.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        yield from _values(file, path.name, 0)


def _values(file: IO[bytes], name: str, depth: int) -> Iterator[Value]:
    magic = file.read(16)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    again = magic.startswith(b"PAR1") or (name.endswith(JSON) and size <= JSON_BYTES)
    yield from _raw(file, again)
    file.seek(0)
    try:
        if magic.startswith(b"PAR1"):
            yield from _parquet(file)
        elif magic.startswith(b"Obj\x01"):
            yield from _avro(file)
        elif magic.startswith(b"SQLite format 3\0"):
            yield from _sqlite(file)
        elif magic.startswith(b"\x1f\x8b") and depth < DEPTH:
            with gzip.GzipFile(fileobj=file) as inner:
                yield from _unpacked(inner, name.removesuffix(".gz"), depth)
        elif magic.startswith(b"PK\x03\x04") and depth < DEPTH:
            yield from _zip(file, depth)
        elif name.endswith(JSON):
            yield from _json(file)
    except (
        pa.ArrowException,
        zlib.error,
        zipfile.BadZipFile,
        sqlite3.Error,
        EOFError,
        ValueError,
        IndexError,
    ) as error:
        raise UnknownFormError(f"{type(error).__name__}: {error}") from error


def _raw(file: IO[bytes], again: bool) -> Iterator[Value]:
    """The bytes themselves, also of what a decoder passes over: footers, freed pages, remains."""
    tail = b""
    while chunk := file.read(CHUNK):
        yield Value(tail + chunk, again=again)
        tail = chunk[-OVERLAP:]


def _unpacked(inner: IO[bytes] | gzip.GzipFile, name: str, depth: int) -> Iterator[Value]:
    with tempfile.TemporaryFile() as plain:
        while chunk := inner.read(CHUNK):
            plain.write(chunk)
        plain.seek(0)
        yield from _values(plain, name, depth + 1)


def _zip(file: IO[bytes], depth: int) -> Iterator[Value]:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            yield Value(member.filename, whole=True)
            with archive.open(member) as inner:
                yield from _unpacked(inner, member.filename, depth)


def _parquet(file: IO[bytes]) -> Iterator[Value]:
    with pq.ParquetFile(file) as parquet:
        yield from (Value(b"\n".join((key, value))) for key, value in (parquet.metadata.metadata or {}).items())
        blobs = any(pa.types.is_binary(field.type) for field in parquet.schema_arrow)
        for batch in parquet.iter_batches(batch_size=BLOB_ROWS if blobs else BATCH_ROWS):
            yield from _batch(batch)


def _batch(batch: pa.RecordBatch) -> Iterator[Value]:
    owners, days = _column(batch, "call_id"), _column(batch, "call_date")
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if _has_text(field.type):
            for value, owner, day in zip(column.to_pylist(), owners, days, strict=True):
                of_day = None if day is None else str(day)
                yield from (Value(text, owner, isinstance(text, str), of_day) for text in _texts(value))


def _column(batch: pa.RecordBatch, name: str) -> list[Any]:
    return list(batch.column(name).to_pylist()) if name in batch.schema.names else [None] * batch.num_rows


def _has_text(kind: pa.DataType) -> bool:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return True
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return True
    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    return any(_has_text(kind.field(index).type) for index in range(kind.num_fields))


def _texts(value: Any) -> Iterator[str | bytes]:
    if isinstance(value, (str, bytes)):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, (list, tuple)):
        yield from (text for item in value for text in _texts(item))


def _avro(file: IO[bytes]) -> Iterator[Value]:
    """Blocks of an Avro container, unpacked; texts stand in them as they are.

    The form: https://avro.apache.org/docs/1.12.0/specification/#object-container-files
    """
    data = file.read()
    header, place = _avro_header(data)
    yield from (Value(value) for value in header.values())
    codec = header.get(b"avro.codec", b"null")
    while place < len(data):
        _, place = _number(data, place)
        size, place = _number(data, place)
        block, place = data[place : place + size], place + size + 16
        if codec == b"deflate":
            yield Value(zlib.decompress(block, -15))
        elif codec != b"null":
            raise ValueError(f"Avro's codec {codec.decode(errors='replace')}")


def _avro_header(data: bytes) -> tuple[dict[bytes, bytes], int]:
    header: dict[bytes, bytes] = {}
    place = 4
    while True:
        count, place = _number(data, place)
        if count == 0:
            return header, place + 16
        if count < 0:
            _, place = _number(data, place)
        for _ in range(abs(count)):
            length, place = _number(data, place)
            key, place = data[place : place + length], place + length
            length, place = _number(data, place)
            header[key], place = data[place : place + length], place + length


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A zigzag number of seven bits a byte, and where the next thing stands."""
    result = shift = 0
    while True:
        byte = data[place]
        place += 1
        result |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (result >> 1) ^ -(result & 1), place


def _sqlite(file: IO[bytes]) -> Iterator[Value]:
    """Every row of every table, from a copy: a log beside the file is searched as a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        with copy.open("wb") as out:
            while chunk := file.read(CHUNK):
                out.write(chunk)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                for row in database.execute(f'select * from "{table}"'):  # noqa: S608 - a name that SQLite gave
                    yield from (Value(value, whole=True) for value in row if isinstance(value, (str, bytes)))


def _json(file: IO[bytes]) -> Iterator[Value]:
    data = file.read(JSON_BYTES + 1)
    if len(data) > JSON_BYTES:
        return
    for document in _documents(data.decode("utf-8", "replace")):
        yield from _of_json(document)


def _documents(text: str) -> Iterator[Any]:
    """The one document of a file, or one a line; what is neither was searched as it is written."""
    try:
        yield json.loads(text)
    except ValueError:
        for line in re.split(r"[\r\n]+", text):
            with contextlib.suppress(ValueError):
                yield json.loads(line)


def _of_json(value: Any, owner: str | None = None, day: str | None = None) -> Iterator[Value]:
    if isinstance(value, str):
        yield Value(value, owner, True, day)
    elif isinstance(value, list):
        for item in value:
            yield from _of_json(item, owner, day)
    elif isinstance(value, dict):
        named, dated = value.get("call_id"), value.get("call_date", value.get("day"))
        owner = named if isinstance(named, str) else owner
        day = dated if isinstance(dated, str) else day
        for key, item in value.items():
            yield Value(key, owner, True, day)
            yield from _of_json(item, owner, day)
