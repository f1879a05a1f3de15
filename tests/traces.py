"""What can still be found of something in a folder, however it is stored: `find(folder, needles)`.

Bytes as they lie there, and what they decode to: Parquet (all columns, statistics, key-value metadata), Avro (every
record, binary values too), JSON (texts with escapes), SQLite (a dump, also of what its write-ahead log holds), gzip. It
shares no code with what it tests: Avro is read here, by the specification.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

TRUNCATED = 16
"""Characters after which Iceberg cuts the least and greatest values of a column; of the greatest the last is changed."""


def find(folder: str | Path, needles: Iterable[str]) -> list[tuple[str, str]]:
    """Every file below `folder`, by its path in it, with each needle that it holds; names of files count too."""
    root, wanted = Path(folder), list(needles)
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [
        (str(file.relative_to(root)), needle)
        for file in files
        for needle in _in(str(file.relative_to(root)), file.read_bytes(), wanted)
    ]


def _in(name: str, content: bytes, needles: list[str]) -> list[str]:
    forms = [name.encode(), content, *decoded(content)]
    return [needle for needle in needles if any(_has(form, needle) for form in forms)]


def _has(form: bytes, needle: str) -> bool:
    return any(piece.encode(encoding) in form for piece in _pieces(needle) for encoding in ("utf-8", "utf-16-le"))


def _pieces(needle: str) -> Iterator[str]:
    yield needle
    if len(needle) > TRUNCATED:
        yield needle[: TRUNCATED - 1]
    escaped = json.dumps(needle)[1:-1]
    if escaped != needle:
        yield escaped


def decoded(content: bytes) -> Iterator[bytes]:
    """The other forms of a file's content."""
    if content[:4] == b"PAR1" and content[-4:] == b"PAR1":
        yield from _parquet(content)
    elif content[:4] == b"Obj\x01":
        yield from _avro(content)
    elif content[:16] == b"SQLite format 3\0":
        yield _sqlite(content)
    elif content[:2] == b"\x1f\x8b":
        plain = gzip.decompress(content)
        yield plain
        yield from decoded(plain)
    else:
        yield from _json(content)


def _parquet(content: bytes) -> Iterator[bytes]:
    with pq.ParquetFile(io.BytesIO(content)) as file:
        yield str(file.metadata.metadata).encode()
        for group in range(file.metadata.num_row_groups):
            row_group = file.metadata.row_group(group)
            for index in range(row_group.num_columns):
                found = row_group.column(index).statistics
                if found is not None and found.has_min_max:
                    yield f"{found.min}\n{found.max}".encode("utf-8", "surrogatepass")
        for batch in file.iter_batches(5_000):
            for column in batch.columns:
                yield "\n".join(map(str, column.to_pylist())).encode("utf-8", "surrogatepass")


def _json(content: bytes) -> Iterator[bytes]:
    try:
        lines = [json.loads(content)]
    except ValueError:
        try:
            lines = [json.loads(line) for line in content.splitlines() if line.strip()]
        except ValueError:
            return
    yield json.dumps(lines, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _sqlite(content: bytes) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        file.write(content)
        file.flush()
        database = sqlite3.connect(f"file:{file.name}?mode=ro&immutable=1", uri=True)
        try:
            return "\n".join(database.iterdump()).encode("utf-8", "surrogatepass")
        finally:
            database.close()


def _avro(content: bytes) -> Iterator[bytes]:
    for record in avro_records(content):
        yield repr(record).encode()
        yield b"\n".join(_binary(record))


def _binary(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _binary(key)
            yield from _binary(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _binary(inner)
    elif isinstance(value, str):
        yield value.encode("utf-8", "surrogatepass")


def avro_records(content: bytes) -> Iterator[Any]:
    """The records of an Avro container file (specification 1.11, codecs null and deflate)."""
    stream = io.BytesIO(content[4:])
    header = _map(stream, {"type": "map", "values": "bytes"})
    schema, codec = json.loads(header["avro.schema"]), header.get("avro.codec", b"null").decode()
    named: dict[str, Any] = {}
    yield {key: value.decode("utf-8", "replace") for key, value in header.items()}
    marker = stream.read(16)
    while stream.tell() < len(content) - 4:
        count, length = _long(stream), _long(stream)
        block = stream.read(length)
        data = io.BytesIO({"null": bytes, "deflate": lambda b: zlib.decompress(b, -15)}[codec](block))
        for _ in range(count):
            yield _value(data, schema, named)
        if data.read(1):
            raise ValueError("an Avro block holds more than its records")
        if stream.read(16) != marker:
            raise ValueError("an Avro block ends with another marker")


def _long(stream: io.BytesIO) -> int:
    shift = result = 0
    while True:
        (byte,) = stream.read(1)
        result |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (result >> 1) ^ -(result & 1)
        shift += 7


def _value(stream: io.BytesIO, schema: Any, named: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return _value(stream, schema[_long(stream)], named)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(kind, dict | list):
        return _value(stream, kind, named)
    if isinstance(schema, dict) and "name" in schema:
        named[schema["name"]] = schema
    if kind in named and kind not in ("record", "fixed", "enum"):
        return _value(stream, named[kind], named)
    if kind == "record":
        return {field["name"]: _value(stream, field["type"], named) for field in schema["fields"]}
    if kind == "array":
        return [_value(stream, schema["items"], named) for _ in _blocks(stream)]
    if kind == "map":
        return _map(stream, schema, named)
    return _scalar(stream, kind, schema)


def _scalar(stream: io.BytesIO, kind: str, schema: Any) -> Any:
    if kind == "null":
        return None
    if kind == "boolean":
        return stream.read(1) == b"\1"
    if kind in ("int", "long"):
        return _long(stream)
    if kind in ("float", "double"):
        return struct.unpack("<f" if kind == "float" else "<d", stream.read(4 if kind == "float" else 8))[0]
    if kind in ("bytes", "string"):
        raw = stream.read(_long(stream))
        return raw if kind == "bytes" else raw.decode()
    if kind == "fixed":
        return stream.read(schema["size"])
    if kind == "enum":
        return schema["symbols"][_long(stream)]
    raise ValueError(f"Avro type {kind}")


def _blocks(stream: io.BytesIO) -> Iterator[None]:
    while count := _long(stream):
        if count < 0:
            _long(stream)
        for _ in range(abs(count)):
            yield None


def _map(stream: io.BytesIO, schema: Any, named: dict[str, Any] | None = None) -> dict[str, Any]:
    known = {} if named is None else named
    return {_scalar(stream, "string", None): _value(stream, schema["values"], known) for _ in _blocks(stream)}
