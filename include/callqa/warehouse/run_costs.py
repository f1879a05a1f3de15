"""What runs took: a row a run, kept whether its day was published or not, and for as long as the warehouse is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callqa import arrow
from callqa.contracts import RunCost
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


def keep_cost(lake: LakeSettings, cost: RunCost) -> None:
    """Add what a run took, in the place of what an earlier attempt of the same run said.

    Raises:
        StageError: the warehouse cannot be written.
    """
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        there = _rows(catalog, cost)
        if not there:
            writer.append(catalog, catalogs.RUNS, arrow.to_table(RunCost, [cost]))
        elif there != [cost]:
            _replace(catalog, cost)


def _rows(catalog: Catalog, cost: RunCost) -> list[RunCost]:
    rows = catalog.load_table((catalogs.NAMESPACE, catalogs.RUNS)).scan(row_filter=catalogs.of_day(cost.call_date))
    return [row for row in arrow.from_table(RunCost, rows.to_arrow()) if row.run_id == cost.run_id]


def _replace(catalog: Catalog, cost: RunCost) -> None:
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    run_id = cost.run_id.replace("'", "''")  # as PyIceberg reads a quote in a filter
    of_run = f"{catalogs.of_day(cost.call_date)} and run_id = '{run_id}'"
    for attempt in range(writer.COMMIT_ATTEMPTS):
        try:
            table = catalog.load_table((catalogs.NAMESPACE, catalogs.RUNS))
            table.overwrite(arrow.to_table(RunCost, [cost]), overwrite_filter=of_run)
        except (CommitFailedException, ValidationException):
            writer.wait(attempt)
            continue
        return
    raise writer.busy(catalogs.RUNS)
