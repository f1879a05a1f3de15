"""The gate's results of what was published: rows that are only ever added, and that the ledger names by their id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callqa import storage
from callqa.contracts import GateResult
from callqa.warehouse import catalog as catalogs

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


def keep(catalog: Catalog, path: str | None) -> None:
    """Add the rows of a file unless they are there, from an attempt that was ended before the ledger named them.

    Hold `catalog.locked`.

    Raises:
        StageError: the file is missing, or the catalog stays busy.
    """
    from callqa.warehouse import writer

    rows = storage.read_rows(path, GateResult) if path else []
    if not rows:
        return
    result = rows[0].gate_result_id
    table = catalog.load_table((catalogs.NAMESPACE, catalogs.GATE_RESULTS))
    wanted = f"{catalogs.of_day(rows[0].call_date)} and gate_result_id = '{result}'"
    if not table.scan(row_filter=wanted, selected_fields=("position",)).to_arrow().num_rows:
        writer.append(catalog, catalogs.GATE_RESULTS, storage.read_table(str(path)))
