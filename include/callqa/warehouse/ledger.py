"""The ledger: one row a publication of a day, with the snapshot of each table that belongs to it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from callqa import arrow
from callqa.contracts import Publication
from callqa.errors import UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


def latest_sequence(lake: LakeSettings, day: date) -> int:
    """The sequence of a day's newest publication, 0 where it has none; what a run that begins now is based on."""
    return max((p.sequence for p in publications(lake, day)), default=0)


def publications(lake: LakeSettings, day: date | None = None) -> list[Publication]:
    """Every publication, of one day or of all, by day and sequence; none where nothing was ever published."""
    if not catalogs.exists(lake):
        return []
    with catalogs.opened(lake) as catalog:
        return read(catalogs.load(catalog, catalogs.LEDGER), day)


def publication(lake: LakeSettings, day: date, sequence: int) -> Publication:
    """A day's publication by its sequence.

    Raises:
        UsageError: the day has none of this number.
    """
    return of_sequence(publications(lake, day), day, sequence)


def read(table: Table | None, day: date | None = None) -> list[Publication]:
    """The rows of an open ledger, by day and sequence."""
    if table is None:
        return []
    rows = (table.scan() if day is None else table.scan(row_filter=catalogs.of_day(day))).to_arrow()
    return sorted(arrow.from_table(Publication, rows), key=lambda p: (p.call_date, p.sequence))


def newest(rows: list[Publication]) -> list[Publication]:
    """The newest publication of each day, by day."""
    last = {row.call_date: row for row in sorted(rows, key=lambda p: (p.call_date, p.sequence))}
    return [last[day] for day in sorted(last)]


def of_sequence(rows: list[Publication], day: date, sequence: int) -> Publication:
    """The publication of a day by its sequence.

    Raises:
        UsageError: the day has none of this number.
    """
    for row in rows:
        if row.sequence == sequence:
            return row
    known = ", ".join(str(row.sequence) for row in rows)
    raise UsageError(
        f"{day} has no publication {sequence}",
        remedy=f"it has {known}" if rows else "nothing was ever published for it",
    )


def append(table: Table, publication: Publication) -> bool:
    """Add a row if nobody added one since `table` was loaded; False where somebody did.

    PyIceberg commits an append only onto the snapshot it was planned on (its own retries are off), so two publishers
    that saw the same newest sequence cannot both get the next one.
    """
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    try:
        table.append(arrow.to_table(Publication, [publication]))
    except (CommitFailedException, ValidationException):
        return False
    return True


def reload(catalog: Catalog) -> Table:
    """The ledger as it is now; the catalog was opened with `create`."""
    return catalog.load_table((catalogs.NAMESPACE, catalogs.LEDGER))
