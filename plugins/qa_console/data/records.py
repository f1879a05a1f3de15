"""Rows as records of the contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import pyarrow as pa

from callqa import arrow

Record = TypeVar("Record")


def as_records(record: type[Record], table: pa.Table) -> list[Record]:
    """Columns that the record knows; where a row has none (it is older than the column), the record's default."""
    known: Mapping[str, pa.Field[Any]] = {f.name: f for f in arrow.schema_of(cast(Any, record))}
    names = {arrow.column_name(f.name) for f in dataclasses.fields(cast(Any, record))}
    columns = [name for name in table.column_names if name in names]
    schema = pa.schema([known[name].with_nullable(True) for name in columns])
    return arrow.from_table(record, table.select(columns).cast(schema))
