"""Legal holds: what nobody may change or remove, whatever its retention says and whoever asks for its erasure.

A hold is of a call or of a whole day, for a matter; rows are only added, the newest of a matter counts. It is placed
under the publisher's lock: what is being rewritten then is finished first, what comes later finds the hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from callqa import arrow
from callqa.contracts import Hold
from callqa.errors import HeldError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased, writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


def place_hold(lake: LakeSettings, day: date, call_id: str | None = None, *, by: str, reason: str, matter: str) -> Hold:
    """Hold a call, or with no `call_id` the whole day; returns the row that was added.

    The call need not be published yet.

    Raises:
        UsageError: nobody, no reason or no matter is named, or the call was erased.
    """
    return _add(lake, day, call_id, "hold", by, reason, matter)


def release_hold(
    lake: LakeSettings, day: date, call_id: str | None = None, *, by: str, reason: str, matter: str
) -> Hold:
    """Release what a matter holds; other matters go on holding it. Returns the row that was added.

    Raises:
        UsageError: the matter does not hold it, or nobody or no reason is named.
    """
    return _add(lake, day, call_id, "release", by, reason, matter)


def active_holds(lake: LakeSettings, day: date | None = None) -> list[Hold]:
    """The holds in force, of one day or of all, by day, call and matter."""
    if not catalogs.exists(lake):
        return []
    with catalogs.opened(lake) as catalog:
        return in_force(catalog, day)


def is_held(lake: LakeSettings, day: date, call_id: str) -> bool:
    """Whether a call is held, by itself or with its whole day."""
    return any(hold.call_id in (None, call_id) for hold in active_holds(lake, day))


def in_force(catalog: Catalog, day: date | None = None) -> list[Hold]:
    """The same of an open catalog."""
    newest: dict[tuple[date, str | None, str], Hold] = {}
    for row in sorted(_rows(catalogs.load(catalog, catalogs.HOLDS), day), key=lambda row: row.at):
        newest[row.call_date, row.call_id, row.matter] = row
    standing = [row for row in newest.values() if row.action == "hold"]
    return sorted(standing, key=lambda row: (row.call_date, row.call_id or "", row.matter))


def guarded(change: Callable[[pa.Table], pa.Table], held: Sequence[Hold], what: str) -> Callable[[pa.Table], pa.Table]:
    """The same change of rows, but it raises HeldError where it alters or leaves out a row of a held call.

    `what` is said of the refusal: what was to be done.
    """

    def checked(before: pa.Table) -> pa.Table:
        after = change(before)
        if held and after is not before and not after.equals(before):
            found = [hold for hold in held if not _of(before, hold).equals(_of(after, hold))]
            if found:
                raise refuse(found, what)
        return after

    return checked if held else change


def _of(rows: pa.Table, hold: Hold) -> pa.Table:
    return rows if hold.call_id is None else rows.filter(pc.equal(rows["call_id"], pa.scalar(hold.call_id)))


def refuse(found: Sequence[Hold], what: str) -> HeldError:
    """The error for whoever wants to do `what`; it says who holds what and why."""
    told = "; ".join(_told(hold) for hold in found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
    return HeldError(
        f"{what}: {told}", remedy="leave these calls out, or have the hold released by whoever answers for its matter"
    )


def _told(hold: Hold) -> str:
    what = f"call {hold.call_id} of {hold.call_date}" if hold.call_id else f"all of {hold.call_date}"
    return f"{what} is held since {hold.at:%Y-%m-%d} by {hold.by} for {hold.matter} ({hold.reason})"


def _rows(table: Table | None, day: date | None) -> Iterable[Hold]:
    if table is None:
        return []
    scan = table.scan() if day is None else table.scan(row_filter=catalogs.of_day(day))
    return arrow.from_table(Hold, scan.to_arrow())


def _add(lake: LakeSettings, day: date, call_id: str | None, action: str, by: str, reason: str, matter: str) -> Hold:
    for name, value in (("name", by), ("reason", reason), ("matter", matter)):
        if not value.strip():
            raise UsageError(f"{day}: a {action} without a {name}", remedy="say who, why and for which matter")
    if call_id is not None and not call_id.strip():
        raise UsageError(f"{day}: a {action} of a call without an id", remedy="give the call's id, or none for the day")
    said = {"by": by.strip(), "reason": reason.strip(), "matter": matter.strip()}
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        row = Hold(call_date=day, call_id=call_id, action=action, at=datetime.now(UTC), **said)
        standing = [h for h in in_force(catalog, day) if (h.call_id, h.matter) == (call_id, row.matter)]
        if action == "release" and not standing:
            raise UsageError(
                f"{row.matter} does not hold {f'call {call_id} of ' if call_id else ''}{day}",
                remedy="see what is held and for which matter",
            )
        if action == "hold" and call_id and erased.of_day(catalog, day).has_call(call_id):
            raise erased.nothing_left(day, "held")
        writer.append(catalog, catalogs.HOLDS, arrow.to_table(Hold, [row]))
    return row
