"""What a contract has gained since a table was made, columns and fields of the records inside columns, is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types

from callqa.errors import StageError

if TYPE_CHECKING:
    from pyiceberg.table import Table


def widen(table: Table, schema: pa.Schema) -> None:
    """Add what the contract has gained since the table was made: columns, and fields of the records within columns.

    Days published before have none there.

    Raises:
        StageError: a column is there already, and of another type.
    """
    new = _gained(table.schema().as_arrow(), schema)
    if not new:
        return
    try:
        with table.update_schema() as update:
            update.union_by_name(pa.schema(new))
    except (ValueError, TypeError) as error:
        raise StageError(
            f"table {'.'.join(table.name())} cannot take the column {new[0].name}: {error}",
            remedy="publish into a new lake, or open this one with the version of callqa that made it",
        ) from error


def _gained(known: pa.Schema, wanted: pa.Schema) -> list[pa.Field[Any]]:
    """The columns that are new, or that hold something new; what is new may be null: rows from before have none."""
    fields = (_merged(known.field(f.name) if f.name in known.names else None, f) for f in wanted)
    return [field for field in fields if field is not None]


def _merged(known: pa.Field[Any] | None, wanted: pa.Field[Any]) -> pa.Field[Any] | None:
    """The field with what it has gained; None where that is nothing."""
    if known is None:
        return wanted.with_nullable(True)
    kind = _type(known.type, wanted.type)
    return None if kind is None else wanted.with_type(kind)


def _type(known: Any, wanted: Any) -> pa.DataType | None:
    if types.is_struct(known) and types.is_struct(wanted):
        return _struct(known, wanted)
    if _is_list(known) and _is_list(wanted):
        value = _merged(known.value_field, wanted.value_field)
        return None if value is None else pa.list_(value)
    return None


def _struct(known: Any, wanted: Any) -> pa.DataType | None:
    names = {known.field(index).name for index in range(known.num_fields)}
    fields = [wanted.field(index) for index in range(wanted.num_fields)]
    merged = [_merged(known.field(field.name) if field.name in names else None, field) for field in fields]
    if not any(merged):
        return None
    return pa.struct([new or field for new, field in zip(merged, fields, strict=True)])


def _is_list(kind: Any) -> bool:
    return bool(types.is_list(kind) or types.is_large_list(kind))
