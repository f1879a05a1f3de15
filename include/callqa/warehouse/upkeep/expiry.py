"""Snapshots that nothing needs any more are taken out of the tables' metadata; their files go with `sweep`.

Needed is what somebody can still ask for: every table as it is, each day as its newest publication left it, and for
some time the publications that were superseded, to compare with and to roll back to.

A day needs no snapshot of its own as long as the table as it is has the very files that its publication put there, and
that is so nearly always. It matters: each commit of PyIceberg's copies the list of all snapshots some forty times, so
that with a snapshot for every day of the year a publication takes seconds, and with ten years' of them minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import ledger, plan, removal

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

GRACE = timedelta(days=1)
"""Longer than the longest publication, between its first table's commit and the ledger's row that names it, and than
the longest reading."""


@dataclass(frozen=True, kw_only=True)
class Expired:
    """How many snapshots of a table went and stayed."""

    table: str
    expired: int
    kept: int


def expire(lake: LakeSettings, *, superseded_days: int, now: datetime, grace: timedelta = GRACE) -> list[Expired]:
    """Take the snapshots out of every table that nothing needs at `now`, and return how many, table by table.

    Kept are: the snapshot that a table is at; those that it was at less than `grace` ago; those named by publications
    that were published or superseded less than `superseded_days` days or `grace` ago; and one for the newest
    publication of a day that the table as it is does not show, because a publisher was killed. No file is removed.

    Safe beside publishers: a row that the ledger gets meanwhile names snapshots that are younger than `grace`, and
    nothing is expired from a table that changed since it was looked at.

    Raises:
        StageError: the catalog stays busy.
    """
    if not catalogs.exists(lake):
        return []
    with catalogs.opened(lake) as catalog:
        rows = ledger.read(catalogs.load(catalog, catalogs.LEDGER))
        recent = list(_in_force(rows, now - max(grace, timedelta(days=superseded_days))))
        tables = [name for name in catalogs.RECORDS if catalogs.load(catalog, name)]
        return [_expire(catalog, name, recent, ledger.newest(rows), now - grace) for name in tables]


def _in_force(rows: list[Publication], since: datetime) -> Iterator[Publication]:
    """The publications that were published after `since`, or superseded after it by the next of their day.

    A year-old day that was published again yesterday can be rolled back today.
    """
    days: dict[date, list[Publication]] = {}
    for row in rows:
        days.setdefault(row.call_date, []).append(row)
    for of_day in days.values():
        in_order = sorted(of_day, key=lambda row: row.sequence)
        yield from (row for row, successor in pairwise(in_order) if successor.published_at > since)
        yield from (row for row in in_order[-1:] if row.published_at > since)


def _expire(
    catalog: Catalog, name: str, recent: list[Publication], newest: list[Publication], since: datetime
) -> Expired:
    def unneeded(table: Table) -> set[int]:
        needed = _in_use(table, since)
        if name in PUBLISH_ORDER:
            needed |= {getattr(row, f"snapshot_{name}") for row in recent} | _carriers(table, name, newest)
        return {snapshot.snapshot_id for snapshot in table.metadata.snapshots} - needed

    expired = removal.expire(catalog, name, unneeded)
    left = len(catalog.load_table((catalogs.NAMESPACE, name)).metadata.snapshots)
    return Expired(table=name, expired=len(expired), kept=left)


def _in_use(table: Table, since: datetime) -> set[int]:
    """A snapshot is in use until the next one takes its place: a reader may have planned by it until then."""
    in_order = plan.snapshots(table)
    heads = {ref.snapshot_id for ref in table.metadata.refs.values()}
    return heads | {
        snapshot.snapshot_id
        for snapshot, successor in pairwise(in_order)
        if datetime.fromtimestamp(successor.timestamp_ms / 1000, UTC) > since
    }


def _carriers(table: Table, name: str, newest: list[Publication]) -> set[int]:
    """The snapshots by which days are read that the table as it is does not show as they were published."""
    hidden = plan.differing(table, name, newest)
    return {plan.carrier(table, row.call_date, getattr(row, f"snapshot_{name}")) for row in hidden}
