"""Removal at once: what the newest publication of a day does not use, in every form in which it still lies there.

Snapshots of Iceberg are of a whole table, so the newest publications of other days name snapshots in which a removed
file is still listed. They stay: whoever reads them by day never opens that file. Only where the lists tell values of
its rows (least and greatest ones, which older versions wrote) they go too; readers by the ledger do not need them, for
the current state has the same files of those days.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from callqa.contracts import PUBLISH_ORDER
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased, holds, ledger, manifests, plan, rollback, store, writer
from callqa.warehouse.forgetting import purge_added
from callqa.warehouse.manifests import Listed
from callqa.warehouse.removal import Purged, Removed, at_work, expire, remove, together, unnamed
from callqa.warehouse.store import Stored
from callqa.warehouse.upkeep.marks import same

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

__all__ = ["Purged", "Removed", "purge_added", "purge_day", "together"]


def purge_day(lake: LakeSettings, day: date) -> Purged:
    """Remove every file of the day that its newest publication does not use, with the snapshots that needed them.

    There is no grace: older publications of the day can no longer be read, compared or rolled back to, and a reader
    that is at one loses it. A day whose tables are not as its newest publication left them (a publisher was killed) is
    put right first; of one that was never published everything goes. Killed at any moment, do it again.

    Raises:
        HeldError: the whole day is held.
        StageError: a file of the newest publication is gone, or the catalog stays busy.
    """
    if not catalogs.exists(lake):
        return Purged()
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        held = [hold for hold in holds.in_force(catalog, day) if hold.call_id is None]
        if held:
            raise holds.refuse(held, f"{day}: older publications would be removed")
        shutil.rmtree(catalogs.folder(lake) / "rewriting", ignore_errors=True)
        _settle(lake, catalog, day)
        parts = [_purge(lake, catalog, name, day) for name in PUBLISH_ORDER]
        return together([*parts, Purged(files=remove(lake, _unfinished(lake, day)))])


def _settle(lake: LakeSettings, catalog: Catalog, day: date) -> None:
    """Make the tables what the newest publication of a day says; nothing changes where they are."""
    rows = ledger.read(ledger.reload(catalog), day)
    if not rows:
        writer.clear(catalog, day)
        return
    newest = rows[-1]
    wanted = writer.Wanted(
        day=day,
        run_id=f"repair__{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        attempt=1,
        gate_result_id=newest.gate_result_id,
        approved_by=newest.approved_by,
        approval_reason=newest.approval_reason,
        origin=f"repair of sequence {newest.sequence}",
        based_on=newest.sequence,
    )
    kept = {name: rollback.kept(lake, catalog, name, newest) for name in PUBLISH_ORDER}
    writer.commit(catalog, wanted, newest.content_digest, kept, lambda _: None)


def _purge(lake: LakeSettings, catalog: Catalog, name: str, day: date) -> Purged:
    table = catalog.load_table((catalogs.NAMESPACE, name))
    wanted = _wanted(catalog, table, name, day)
    look = manifests.Look(day, wanted)
    before = look.at(table)
    expired = expire(catalog, name, lambda now: _unneeded(lake, catalog, look.at(now), name, day))
    table = catalog.load_table((catalogs.NAMESPACE, name))
    after = look.at(table).metadata()
    left: list[str] = []
    orphans: list[str] = []
    for file in unnamed(lake, f"{store.location(lake)}/files/{name}/call_date={day}", _names(before.files | wanted)):
        (left if _at_work(lake, catalog, file, day) else orphans).append(file.address)
    lists = _telling_lists(lake, table, after | before.metadata(), day, wanted)
    gone = [*sorted(before.files), *orphans, *sorted(before.metadata() - after), *lists]
    return Purged(files=remove(lake, gone), snapshots={name: expired} if expired else {}, left=left)


def _names(addresses: set[str] | frozenset[str]) -> set[str]:
    return {same(address) for address in addresses}


def _wanted(catalog: Catalog, table: Table, name: str, day: date) -> frozenset[str]:
    """The files of a table in the day's newest publication."""
    return frozenset(plan.files_of(table, name, ledger.read(ledger.reload(catalog), day)[-1:]))


def _at_work(lake: LakeSettings, catalog: Catalog, file: Stored, day: date) -> bool:
    """Whether to leave a file that nobody names to another machine: not with an erased call, it is refused there."""
    if not at_work(lake, file) or not file.address.endswith(".parquet"):
        return False
    try:
        with store.parquet(lake, file.address) as opened:
            return not erased.of_day(catalog, day).among(erased.call_ids(opened))
    except (OSError, pa.ArrowInvalid):
        return True


def _telling_lists(
    lake: LakeSettings, table: Table, known: set[str], day: date, wanted: frozenset[str]
) -> Iterator[str]:
    """Manifests of commits that never came about, and of snapshots that went before, where they name what goes."""
    for path, manifest in manifests.left_behind(lake, table, known):
        if any(manifests.unwanted(table, manifest, day, wanted)):
            yield path


def _unneeded(lake: LakeSettings, catalog: Catalog, found: Listed, name: str, day: date) -> set[int]:
    """The snapshots that go: of the day's older publications, of no publication but with a file that goes, and those
    that tell values of one.
    """
    rows = ledger.read(ledger.reload(catalog))
    newest = ledger.newest(rows)
    named = {getattr(row, f"snapshot_{name}"): row for row in rows}
    older = {snapshot for snapshot, row in named.items() if row.call_date == day and row not in newest}
    telling = found.snapshots(found.telling)
    for row in newest:
        if getattr(row, f"snapshot_{name}") in telling:
            _settle(lake, catalog, row.call_date)  # so that the current state alone has the day
    # One that no publication names may be of a publisher on another machine, who is about to; it tells nothing.
    of_nobody = set() if catalogs.is_elsewhere(lake) else found.snapshots(found.naming) - set(named)
    return older | telling | of_nobody


def _unfinished(lake: LakeSettings, day: date) -> list[str]:
    """What killed publishers left of the day's other files; in an object store a file is there whole or not at all."""
    location = store.location(lake)
    if store.is_remote(location):
        return []
    return sorted(str(path) for path in Path(location).glob(f"*/.{day.isoformat()}.*.tmp-*"))
