"""The side-car of a day (`calls.csv`, `calls.jsonl` or `calls.parquet`) as rows of column → value."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from callqa.errors import SourceError

FILE_COLUMNS = ("file", "file_name", "filename", "recording", "recording_file", "audio", "path", "录音文件", "文件名")
"""Names of the column that says which recording a row is about; the first one that is there counts."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the side-car."""

    number: int
    """As a person counts them: lines of a text file from 1 (its heading), rows of Parquet from 1."""
    file_name: str
    values: dict[str, Any]
    """By column in lower case, without the file column; text is stripped, what is empty is left out."""
    surplus: int = 0
    """Cells beyond the heading."""


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A side-car's rows by recording, and how many rows name none."""

    rows: dict[str, Row]
    nameless: int


def join_key(name: str) -> str:
    """A file's name as recordings and rows are joined on: its last component, in composed Unicode."""
    return unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)


def read_sidecar(name: str, data: bytes, uri: str) -> Sidecar:
    """Parse a side-car's bytes.

    Raises:
        SourceError: it is not what its name says, has no file column, or two rows for one recording.
    """
    reader = {".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}[PurePosixPath(name.lower()).suffix]
    rows: dict[str, Row] = {}
    nameless = 0
    for row in _named(list(reader(data, uri)), uri):
        key = join_key(row.file_name)
        if not key:
            nameless += 1
        elif key in rows:
            raise SourceError(
                f"{uri}: rows {rows[key].number} and {row.number} are both about {key}", remedy="remove one of them"
            )
        else:
            rows[key] = row
    return Sidecar(rows=rows, nameless=nameless)


def _named(rows: list[tuple[int, dict[str, Any], int]], uri: str) -> Iterator[Row]:
    columns = {column for _, values, _ in rows for column in values}
    column = next((name for name in FILE_COLUMNS if name in columns), None)
    if column is None and rows:
        known = ", ".join(sorted(columns)) or "none"
        raise SourceError(f"{uri} has no column `file` (its columns: {known})", remedy="name the recording in `file`")
    for number, values, surplus in rows:
        kept = {k: v for k, v in values.items() if k != column and v not in (None, "")}
        if kept or values.get(column or ""):
            yield Row(number=number, file_name=str(values.get(column or "") or ""), values=kept, surplus=surplus)


def _decode(data: bytes, uri: str) -> str:
    """Text of a csv: Excel writes UTF-8 with a mark, UTF-16 with a mark, or in China GBK."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceError(f"{uri} is neither UTF-8 nor GBK text", remedy="save it as CSV UTF-8")


def _csv_rows(data: bytes, uri: str) -> Iterator[tuple[int, dict[str, Any], int]]:
    text = _decode(data, uri)
    heading = text.split("\n", 1)[0]
    separator = max(",;\t", key=heading.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns = [c.strip().lower() for c in next(reader, [])]
        _refuse_same_column(columns, uri)
        if columns and not set(FILE_COLUMNS) & set(columns):
            list(_named([(1, dict.fromkeys(columns), 0)], uri))
        for cells in reader:
            values = {c: v.strip() for c, v in zip(columns, cells, strict=False) if c}
            if any(values.values()):
                yield reader.line_num, values, max(0, len(cells) - len(columns))
    except csv.Error as error:
        raise SourceError(f"{uri} is not CSV: {error}", remedy="quote cells that hold quotes or line ends") from error


def _json_rows(data: bytes, uri: str) -> Iterator[tuple[int, dict[str, Any], int]]:
    for number, line in enumerate(_decode(data, uri).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{uri} line {number} is not JSON: {error}", remedy="write one object a line") from error
        if not isinstance(value, dict):
            raise SourceError(f"{uri} line {number} is not an object: {line[:60]!r}", remedy="write one object a line")
        yield number, {_stripped(k).lower(): _stripped(v) for k, v in value.items()}, 0


def _parquet_rows(data: bytes, uri: str) -> Iterator[tuple[int, dict[str, Any], int]]:
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        _refuse_same_column([str(c).strip().lower() for c in table.column_names], uri)
        rows = table.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{uri} is not Parquet: {error}", remedy="write it again") from error
    for number, values in enumerate(rows, start=1):
        yield number, {str(k).strip().lower(): _stripped(v) for k, v in values.items()}, 0


def _refuse_same_column(columns: list[str], uri: str) -> None:
    """Which of two columns of one name is meant cannot be told, and the second would silently replace the first."""
    double = next((column for column in columns if column and columns.count(column) > 1), None)
    if double:
        raise SourceError(f"{uri} has two columns `{double}`", remedy="rename or remove one of them")


def _stripped(value: Any) -> Any:
    """Text without blanks around it; half of a surrogate pair (JSON may hold one) cannot be stored as UTF-8."""
    return value.strip().encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
