"""An older publication of a day put in place again, as a new publication: nothing is erased."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.errors import StageError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased, ledger, plan, store, writer

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog


def roll_back(
    lake: LakeSettings, day: date, to: int, *, by: str, reason: str, companions: Mapping[str, str] | None = None
) -> tuple[Publication, bool]:
    """Publish the rows of a day's publication `to` (its sequence) again; returns the new one, and whether it is new.

    Its `origin` names what it restores, `approved_by` and `approval_reason` who did it and why. Nothing changes where
    the newest publication has these rows already. It is a publication like any other: a run that began before it is
    refused. `companions` are the day's other files as of then, see `DayFiles`.

    Raises:
        UsageError: the day has no such publication, or nobody or no reason is named.
        ErasedError: a call of it was erased since.
        StageError: its snapshot or a file of it is no longer there, or the catalog stays busy.
        StalePublicationError: another machine published the day meanwhile.
    """
    if not (by.strip() and reason.strip()):
        raise UsageError(f"{day}: a rollback without a name or a reason", remedy="say who does it and why")
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        rows = ledger.read(ledger.reload(catalog), day)
        restored = ledger.of_sequence(rows, day, to)
        files = _restored(lake, catalog, restored)
        wanted = _wanted(restored, rows[-1].sequence, by.strip(), reason.strip())
        admit = functools.partial(erased.refuse, day, files["calls"].paths)
        answer = writer.commit(catalog, wanted, restored.content_digest, files, admit)
        writer.accompany(lake, day, companions or {})
    return answer


def _wanted(restored: Publication, based_on: int, by: str, reason: str) -> writer.Wanted:
    return writer.Wanted(
        day=restored.call_date,
        run_id=f"rollback__{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        attempt=1,
        gate_result_id=restored.gate_result_id,
        approved_by=by,
        approval_reason=reason,
        origin=f"rollback to sequence {restored.sequence}",
        based_on=based_on,
    )


def _restored(lake: LakeSettings, catalog: Catalog, restored: Publication) -> dict[str, writer.Kept]:
    try:
        return {table: kept(lake, catalog, table, restored) for table in PUBLISH_ORDER}
    except StageError as error:
        raise StageError(
            error.message,
            remedy=f"`callqa warehouse history {restored.call_date}` says which publications are readable; what was"
            " removed by an erasure or at the end of its retention does not come back",
        ) from error


def kept(lake: LakeSettings, catalog: Catalog, name: str, publication: Publication) -> writer.Kept:
    """The files of a table as the publication left them.

    Raises:
        StageError: its snapshot or a file of it is no longer there.
    """
    table = catalog.load_table((catalogs.NAMESPACE, name))
    paths = plan.files_of(table, name, [publication])
    gone = [path for path in paths if store.size(lake, path) is None]
    if gone:
        raise StageError(
            f"{publication.call_date}: {gone[0]}, a file of publication {publication.sequence}, is no longer there",
            remedy=f"roll back to another publication (`callqa warehouse history {publication.call_date}`), or run the"
            " day again",
        )
    return writer.Kept(paths, getattr(publication, f"rows_{name}"))
