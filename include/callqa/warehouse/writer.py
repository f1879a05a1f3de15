"""Publication of a day: each table swaps the day in one commit, and a row of the ledger makes it visible.

PyIceberg has no commit over several tables. So the tables are committed one by one, details first, and the ledger's
row, which names the snapshot of each, comes last. Whoever reads by the ledger sees the old publication until then and
the new one after; a crash in between leaves the old one valid, and the next attempt commits all tables again.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from callqa import arrow, contracts, storage
from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.errors import StageError, StalePublicationError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import files, ledger, plan

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

RUN_PROPERTY = "callqa.run-id"
"""Of a snapshot's summary: `<run id>/<attempt>` of who made it."""

COMMIT_ATTEMPTS = 20
FIRST_WAIT = 0.05
LONGEST_WAIT = 2.0
"""Seconds between attempts: doubled each time, with jitter."""


@dataclass(frozen=True, kw_only=True)
class DayFiles:
    """What is to be published: the audited files of a day and where they come from."""

    day: date
    run_id: str
    attempt: int
    files: Mapping[str, str]
    """Path by table."""
    digests: Mapping[str, str]
    """SHA-256 of each file as the gate audited it, by table."""
    gate_result_id: str
    origin: str | None = None
    """As in `Publication`."""
    based_on: int | None = None
    """The day's newest sequence when the run began; None: whatever is there is replaced."""
    companions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Other files of the day by kind, copied to `<lake>/warehouse/<kind>/<day>.<suffix>` once the day is published."""

    @property
    def content_digest(self) -> str:
        """Equal where two publications hold the same rows."""
        return storage.digest_of({table: self.digests[table] for table in PUBLISH_ORDER})


def publish_day(lake: LakeSettings, wanted: DayFiles) -> tuple[Publication, bool]:
    """Publish a day; returns its publication and whether anything changed.

    Nothing changes where the newest publication already holds these files and the tables are as it left them.

    Raises:
        StalePublicationError: another run published the day after this one began.
        StageError: a file is missing or is not the one that the gate audited, or the catalog stays busy.
    """
    with catalogs.locked(lake):
        kept = {t: files.keep(lake, t, wanted.day, wanted.files[t], wanted.digests[t]) for t in PUBLISH_ORDER}
        with catalogs.opened(lake, create=True) as catalog:
            publication, changed = _publish(catalog, wanted, kept)
        _copy_companions(lake, wanted)
    return publication, changed


def _publish(catalog: SqlCatalog, wanted: DayFiles, kept: Mapping[str, str]) -> tuple[Publication, bool]:
    rows = ledger.read(ledger.reload(catalog), wanted.day)
    if rows and rows[-1].content_digest == wanted.content_digest and _settled(catalog, rows[-1]):
        return rows[-1], False
    _refuse_if_stale(rows, wanted)
    snapshots = {table: _swap(catalog, table, kept[table], wanted) for table in PUBLISH_ORDER}
    counts = {table: _row_count(kept[table]) for table in PUBLISH_ORDER}
    return _enter(catalog, wanted, snapshots, counts), True


def _settled(catalog: SqlCatalog, publication: Publication) -> bool:
    """Whether the tables' newest state of the day is this publication, and not what a killed attempt left behind."""
    for name in PUBLISH_ORDER:
        table = catalog.load_table((catalogs.NAMESPACE, name))
        if plan.files_at(table, publication.call_date) != sorted(plan.files_of(table, name, [publication])):
            return False
    return True


def _refuse_if_stale(rows: list[Publication], wanted: DayFiles) -> None:
    """A later publication by the same run is not somebody else's: its tasks were cleared and ran again."""
    if wanted.based_on is None:
        return
    later = [row for row in rows if row.sequence > wanted.based_on and row.run_id != wanted.run_id]
    if later:
        raise StalePublicationError(
            f"{wanted.day}: run {later[-1].run_id} published sequence {later[-1].sequence} at"
            f" {later[-1].published_at:%Y-%m-%d %H:%M:%S} UTC; run {wanted.run_id} began at sequence {wanted.based_on}",
            remedy="run the day again, so that it starts from what is published now",
        )


def _swap(catalog: SqlCatalog, name: str, path: str, wanted: DayFiles) -> int:
    """Replace a table's day by one file in one commit; returns the snapshot that it made."""
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    run = f"{wanted.run_id}/{wanted.attempt}"
    for attempt in range(COMMIT_ATTEMPTS):
        table = catalog.load_table((catalogs.NAMESPACE, name))
        try:
            _replace_day(table, name, wanted.day, path, {RUN_PROPERTY: run})
        except (CommitFailedException, ValidationException):
            _wait(attempt)
            continue
        return _snapshot_of(table, run)
    raise _busy(name)


def _replace_day(table: Table, name: str, day: date, path: str, properties: dict[str, str]) -> None:
    with table.transaction() as transaction:
        if plan.files_at(table, day):
            transaction.delete(catalogs.of_day(day), snapshot_properties=properties)
        if _row_count(path):
            # The same file may come back (A, B, A again, or a repair); the delete above took its old entry away.
            transaction.add_files([path], snapshot_properties=properties, check_duplicate_files=False)
        else:
            # A file without rows has no day; an append of nothing still makes the snapshot that the ledger names.
            nothing = arrow.schema_of(contracts.TABLES[name]).empty_table()
            transaction.append(nothing, snapshot_properties=properties)


def _snapshot_of(table: Table, run: str) -> int:
    made = [
        s for s in table.metadata.snapshots if s.summary and s.summary.additional_properties.get(RUN_PROPERTY) == run
    ]
    return max(made, key=lambda snapshot: snapshot.sequence_number or 0).snapshot_id


def _enter(
    catalog: SqlCatalog, wanted: DayFiles, snapshots: Mapping[str, int], counts: Mapping[str, int]
) -> Publication:
    """Write the ledger's row; from here on the publication is what readers see."""
    for attempt in range(COMMIT_ATTEMPTS):
        table = ledger.reload(catalog)
        rows = ledger.read(table, wanted.day)
        _refuse_if_stale(rows, wanted)
        publication = _publication(wanted, 1 + max((r.sequence for r in rows), default=0), snapshots, counts)
        if ledger.append(table, publication):
            return publication
        _wait(attempt)
    raise _busy(catalogs.LEDGER)


def _publication(
    wanted: DayFiles, sequence: int, snapshots: Mapping[str, int], counts: Mapping[str, int]
) -> Publication:
    named: dict[str, Any] = {f"snapshot_{table}": snapshots[table] for table in PUBLISH_ORDER}
    named |= {f"rows_{table}": counts[table] for table in PUBLISH_ORDER}
    return Publication(
        call_date=wanted.day,
        run_id=wanted.run_id,
        attempt=wanted.attempt,
        sequence=sequence,
        content_digest=wanted.content_digest,
        gate_result_id=wanted.gate_result_id,
        origin=wanted.origin,
        published_at=datetime.now(UTC),
        **named,
    )


def append(catalog: SqlCatalog, name: str, rows: pa.Table) -> None:
    """Add rows to a table that no publication swaps, whoever else writes it meanwhile.

    Raises:
        StageError: the catalog stays busy.
    """
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    for attempt in range(COMMIT_ATTEMPTS):
        try:
            catalog.load_table((catalogs.NAMESPACE, name)).append(rows)
        except (CommitFailedException, ValidationException):
            _wait(attempt)
            continue
        return
    raise _busy(name)


def _copy_companions(lake: LakeSettings, wanted: DayFiles) -> None:
    for kind, source in wanted.companions.items():
        target = catalogs.folder(lake) / kind / f"{wanted.day.isoformat()}{Path(source).suffix}"
        with storage.atomic(target) as temporary:
            files.link_or_copy(source, temporary)


def _row_count(path: str) -> int:
    return int(pq.read_metadata(path).num_rows)


def _wait(attempt: int) -> None:
    time.sleep(min(LONGEST_WAIT, FIRST_WAIT * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret


def _busy(table: str) -> StageError:
    return StageError(
        f"{COMMIT_ATTEMPTS} commits to {catalogs.NAMESPACE}.{table} were each overtaken by another writer's",
        remedy="run the task again when fewer publishers are at work",
    )
