"""Publication of a day: each table swaps the day in one commit, and a row of the ledger makes it visible.

PyIceberg has no commit over several tables. So the tables are committed one by one, details first, and the ledger's
row, which names the snapshot of each, comes last. Whoever reads by the ledger sees the old publication until then and
the new one after; a crash in between leaves the old one valid, and the next attempt commits all tables again.
"""

from __future__ import annotations

import dataclasses
import functools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa import arrow, contracts, storage
from callqa.contracts import PUBLISH_ORDER, Publication
from callqa.errors import StageError, StalePublicationError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import files, gate_results, ledger, plan, store

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

RUN_PROPERTY = "callqa.run-id"
"""Of a snapshot's summary: `<run id>/<attempt>` of who made it."""

COMMIT_ATTEMPTS = 20
FIRST_WAIT = 0.05
LONGEST_WAIT = 2.0
"""Seconds between attempts: doubled each time, with jitter."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a publication of a day is to say of itself."""

    day: date
    run_id: str
    attempt: int
    gate_result_id: str
    approved_by: str | None = None
    approval_reason: str | None = None
    origin: str | None = None
    """As in `Publication`, like the two above."""
    based_on: int | None = None
    """The day's newest sequence when the run began; None: whatever is there is replaced."""
    gate_results: str | None = None
    """Parquet file of `GateResult` rows, those of `gate_result_id`; None: they are there already, or there are none."""


@dataclass(frozen=True, kw_only=True)
class DayFiles(Wanted):
    """What is to be published: the audited files of a day and where they come from."""

    files: Mapping[str, str]
    """Path by table."""
    digests: Mapping[str, str]
    """SHA-256 of each file as the gate audited it, by table."""
    companions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Other files of the day by kind, copied to `<warehouse>/<kind>/<day>.<suffix>` once the day is published."""

    @property
    def content_digest(self) -> str:
        """Equal where two publications hold the same rows."""
        return storage.digest_of({table: self.digests[table] for table in PUBLISH_ORDER})


@dataclass(frozen=True)
class Kept:
    """What a table's day is to be: files that are among the published ones already."""

    paths: list[str]
    rows: int


def publish_day(lake: LakeSettings, wanted: DayFiles) -> tuple[Publication, bool]:
    """Publish a day; returns its publication and whether anything changed.

    Nothing changes where the newest publication already holds these files and the tables are as it left them.

    Raises:
        StalePublicationError: another run published the day after this one began.
        ErasedError: a call of the files was erased, after the run began.
        StageError: a file is missing or is not the one that the gate audited, or the catalog stays busy.
    """
    from callqa.warehouse import erased

    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        kept = {table: _kept(lake, table, wanted) for table in PUBLISH_ORDER}
        admit = functools.partial(erased.refuse, wanted.day, kept["calls"].paths)
        publication, changed = commit(catalog, wanted, wanted.content_digest, kept, admit)
        accompany(lake, wanted.day, wanted.companions)
    return publication, changed


def accompany(lake: LakeSettings, day: date, companions: Mapping[str, str]) -> None:
    """Put the other files of a published day, by kind, beside the tables."""
    for kind, source in companions.items():
        files.accompany(lake, kind, day, source)


def _kept(lake: LakeSettings, table: str, wanted: DayFiles) -> Kept:
    path = files.keep(lake, table, wanted.day, wanted.files[table], wanted.digests[table])
    return Kept([path], store.rows(lake, path))


def commit(
    catalog: Catalog, wanted: Wanted, digest: str, kept: Mapping[str, Kept], admit: Callable[[Catalog], None]
) -> tuple[Publication, bool]:
    """Make files that are kept already the day, in all tables and then in the ledger; `digest` is of their content.

    The answer is that of `publish_day`. `admit` raises where the files must not become the day; it is asked before
    anything changes, and again between reading the ledger and adding the row to it. Hold `catalog.locked`.

    Raises:
        StalePublicationError: another run published the day after this one began.
        StageError: the catalog stays busy.
    """
    rows = ledger.read(ledger.reload(catalog), wanted.day)
    if rows and rows[-1].content_digest == digest and _says_as_much(rows[-1], wanted) and settled(catalog, rows[-1]):
        return rows[-1], False
    _refuse_if_stale(rows, wanted)
    admit(catalog)
    snapshots = {table: _swap(catalog, table, kept[table], wanted) for table in PUBLISH_ORDER}
    counts = {table: kept[table].rows for table in PUBLISH_ORDER}
    gate_results.keep(catalog, wanted.gate_results)  # before the ledger's row, which names them
    _require_files(catalog, kept)
    return _enter(catalog, wanted, digest, snapshots, counts, admit), True


def _says_as_much(newest: Publication, wanted: Wanted) -> bool:
    """Not where a whole day is to follow one that said it was incomplete, though nobody called after it."""
    incomplete = (newest.origin or "").startswith(contracts.INCOMPLETE)
    return not incomplete or (wanted.origin or "").startswith(contracts.INCOMPLETE)


def _require_files(catalog: Catalog, kept: Mapping[str, Kept]) -> None:
    """A sweep on another machine may have taken a file that lay there unnamed, just as it was to be named again."""
    for table, of_table in kept.items():
        io = catalog.load_table((catalogs.NAMESPACE, table)).io
        for path in of_table.paths:
            if not io.new_input(path).exists():
                raise StageError(
                    f"{path}: removed while it was published",
                    remedy="run the task again: it puts the file in place anew",
                )


def clear(catalog: Catalog, day: date) -> None:
    """Take a day out of the tables that was never published: what a killed first publication left. Hold the lock."""
    wanted = Wanted(day=day, run_id=f"clear__{day}", attempt=1, gate_result_id="")
    for name in PUBLISH_ORDER:
        if plan.files_at(catalog.load_table((catalogs.NAMESPACE, name)), day):
            _swap(catalog, name, Kept([], 0), wanted)


def settled(catalog: Catalog, publication: Publication) -> bool:
    """Whether the tables' newest state of the day is this publication, and not what a killed attempt left behind."""
    for name in PUBLISH_ORDER:
        table = catalog.load_table((catalogs.NAMESPACE, name))
        if plan.files_at(table, publication.call_date) != sorted(plan.files_of(table, name, [publication])):
            return False
    return True


def _refuse_if_stale(rows: list[Publication], wanted: Wanted) -> None:
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


def _swap(catalog: Catalog, name: str, kept: Kept, wanted: Wanted) -> int:
    """Replace a table's day in one commit; returns the snapshot that it made."""
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    run = f"{wanted.run_id}/{wanted.attempt}"
    for attempt in range(COMMIT_ATTEMPTS):
        table = catalog.load_table((catalogs.NAMESPACE, name))
        try:
            _replace_day(table, name, wanted.day, kept, {RUN_PROPERTY: run})
        except (CommitFailedException, ValidationException):
            wait(attempt)
            continue
        return _snapshot_of(table, run)
    raise busy(name)


def _replace_day(table: Table, name: str, day: date, kept: Kept, properties: dict[str, str]) -> None:
    with table.transaction() as transaction:
        if plan.files_at(table, day):
            transaction.delete(catalogs.of_day(day), snapshot_properties=properties)
        if kept.rows:
            # The same file may come back (A, B, A again, or a repair); the delete above took its old entry away.
            transaction.add_files(kept.paths, snapshot_properties=properties, check_duplicate_files=False)
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
    catalog: Catalog,
    wanted: Wanted,
    digest: str,
    snapshots: Mapping[str, int],
    counts: Mapping[str, int],
    admit: Callable[[Catalog], None],
) -> Publication:
    """Write the ledger's row; from here on the publication is what readers see."""
    for attempt in range(COMMIT_ATTEMPTS):
        table = ledger.reload(catalog)
        rows = ledger.read(table, wanted.day)
        _refuse_if_stale(rows, wanted)
        admit(catalog)  # whatever comes between this and the row makes the row fail, if it published the day too
        sequence = 1 + max((row.sequence for row in rows), default=0)
        publication = _publication(wanted, sequence, digest, snapshots, counts)
        if ledger.append(table, publication):
            return publication
        wait(attempt)
    raise busy(catalogs.LEDGER)


def _publication(
    wanted: Wanted, sequence: int, digest: str, snapshots: Mapping[str, int], counts: Mapping[str, int]
) -> Publication:
    named: dict[str, Any] = {f"snapshot_{table}": snapshots[table] for table in PUBLISH_ORDER}
    named |= {f"rows_{table}": counts[table] for table in PUBLISH_ORDER}
    return Publication(
        call_date=wanted.day,
        run_id=wanted.run_id,
        attempt=wanted.attempt,
        sequence=sequence,
        content_digest=digest,
        gate_result_id=wanted.gate_result_id,
        approved_by=wanted.approved_by,
        approval_reason=wanted.approval_reason,
        origin=wanted.origin,
        published_at=datetime.now(UTC),
        **named,
    )


def append(catalog: Catalog, name: str, rows: pa.Table) -> None:
    """Add rows to a table that no publication swaps, whoever else writes it meanwhile.

    Raises:
        StageError: the catalog stays busy.
    """
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    for attempt in range(COMMIT_ATTEMPTS):
        try:
            catalog.load_table((catalogs.NAMESPACE, name)).append(rows)
        except (CommitFailedException, ValidationException):
            wait(attempt)
            continue
        return
    raise busy(name)


def wait(attempt: int) -> None:
    """Before the next attempt at a commit that another writer overtook."""
    time.sleep(min(LONGEST_WAIT, FIRST_WAIT * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret


def busy(table: str) -> StageError:
    """That other writers were faster each time."""
    return StageError(
        f"{COMMIT_ATTEMPTS} commits to {catalogs.NAMESPACE}.{table} were each overtaken by another writer's",
        remedy="run the task again when fewer publishers are at work",
    )
