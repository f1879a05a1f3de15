"""Records as Arrow tables. A schema is derived from its record's annotations, so that the two cannot drift apart."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import pyarrow as pa

_SCALARS: Mapping[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    date: pa.date32(),
    datetime: pa.timestamp("us", tz="UTC"),
}

Record = TypeVar("Record")


@functools.cache
def schema_of(record: Any) -> pa.Schema:
    """The Arrow schema of a record class; what may be None is nullable, nothing else is."""
    return pa.schema(_fields(record))


def to_table(record: type[Record], rows: Iterable[Record]) -> pa.Table:
    """Rows as an Arrow table of exactly `schema_of(record)`, also where there are none."""
    plain = [_plain(row) for row in rows]
    return pa.Table.from_pylist(plain, schema=schema_of(typing.cast(typing.Hashable, record)))


def from_table(record: type[Record], table: pa.Table) -> list[Record]:
    """The rows of a table written from `record`; columns that the class does not know are left out.

    A null where the class has none is its default: the row is from before the contract gained the column.
    """
    readers = {column_name(name): (name, _reader(hint)) for name, hint in _hints(record).items()}
    missing = _where_null(record)
    known = table.select([column for column in table.column_names if column in readers])
    plans = [readers[column] for column in known.column_names]
    columns = [known.column(index).to_pylist() for index in range(known.num_columns)]
    return [
        record(
            **{
                name: read(value)
                for (name, read), value in zip(plans, row, strict=True)
                if value is not None or name not in missing
            }
        )
        for row in zip(*columns, strict=True)
    ]


def column_name(field_name: str) -> str:
    """The column of a field: `class_` is `class`, all others are called as the field is."""
    return field_name.removesuffix("_")


def widen(record: type[Record], row: object, **more: Any) -> Record:
    """A record of a wider class made of a narrower one and the fields that are new or changed."""
    names = {f.name for f in dataclasses.fields(record)}  # type: ignore[arg-type]
    known = {f.name: getattr(row, f.name) for f in dataclasses.fields(row) if f.name in names}  # type: ignore[arg-type]
    return record(**{**known, **more})


def _hints(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _fields(record: type) -> list[pa.Field[Any]]:
    return [_field(f.name, _hints(record)[f.name]) for f in dataclasses.fields(record)]


def _field(name: str, hint: Any) -> pa.Field[Any]:
    inner = _without_none(hint)
    return pa.field(column_name(name), _arrow_type(inner), nullable=inner is not hint)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        return rest[0]
    return hint


def _arrow_type(hint: Any) -> Any:
    if hint in _SCALARS:
        return _SCALARS[hint]
    args = typing.get_args(hint)
    if typing.get_origin(hint) is list:
        return pa.list_(pa.field("element", _arrow_type(args[0]), nullable=False))
    if typing.get_origin(hint) is dict:
        # The stubs know map_ of types only; the library also takes a field, which is how values become required.
        return typing.cast(Any, pa).map_(_arrow_type(args[0]), pa.field("value", _arrow_type(args[1]), nullable=False))
    if dataclasses.is_dataclass(hint):
        return pa.struct(_fields(typing.cast(type, hint)))
    raise TypeError(f"no Arrow type for {hint!r}")


def _plain(value: Any) -> Any:
    """A record as the dicts and lists that Arrow reads; unlike `dataclasses.asdict` it copies no bytes."""
    if dataclasses.is_dataclass(value):
        return {column_name(f.name): _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(v) for v in value]
    return value


def _where_null(record: type) -> frozenset[str]:
    """The fields that have a default and cannot be None."""
    required = (dataclasses.MISSING, dataclasses.MISSING)
    defaults = {f.name for f in dataclasses.fields(record) if (f.default, f.default_factory) != required}
    return frozenset(name for name, hint in _hints(record).items() if name in defaults and _without_none(hint) is hint)


def _reader(hint: Any) -> Any:
    """What makes the value of a column from what Arrow gives: maps come as pairs, records as dicts."""
    inner = _without_none(hint)
    args = typing.get_args(inner)
    if typing.get_origin(inner) is dict:
        return lambda v: None if v is None else dict(v)
    if typing.get_origin(inner) is list and dataclasses.is_dataclass(args[0]):
        read = _reader(args[0])
        return lambda v: None if v is None else [read(item) for item in v]
    if dataclasses.is_dataclass(inner):
        return _record_reader(typing.cast(Any, inner))
    return lambda v: v


def _record_reader(kind: Any) -> Any:
    """Of a record within a row. One of plain fields only, as nearly all are, is made in one step."""
    hints = _hints(kind)
    nested = {name: _reader(hint) for name, hint in hints.items() if _holds_records(hint)}
    if not nested:
        return lambda v: None if v is None else kind(**v)
    return lambda v: None if v is None else kind(**{**v, **{name: read(v[name]) for name, read in nested.items()}})


def _holds_records(hint: Any) -> bool:
    inner = _without_none(hint)
    return any(
        dataclasses.is_dataclass(one) or typing.get_origin(one) is dict for one in (inner, *typing.get_args(inner))
    )
