"""Erased calls taken out of the tables to which rows are only added: reviews, the gate's results, holds.

A table is written anew without them in one commit, which fails if anybody added rows meanwhile and is then made again;
after that its older snapshots and files are removed at once.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from callqa.settings import LakeSettings
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased, holds, manifests, plan, store, writer
from callqa.warehouse.removal import Purged, at_work, expire, remove, together, unnamed
from callqa.warehouse.upkeep.marks import same

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

Chosen = Callable[[date, str], bool]
"""Whether a call, by day and id, is one of those that are erased."""

Rewrite = Callable[[pa.Table], tuple[pa.Table, int]]
"""From rows to the rows that stay, and how many went or changed."""


def purge_added(lake: LakeSettings, call: Chosen) -> Purged:
    """Take the calls that `call` chooses out of `reviews`, `gate_results` and `holds`, older states of them included.

    A review of the call goes; of a gate's result the samples that name it go, and its numbers stay; a released hold
    stays, with the digest of the register of erased calls in place of the call's id. Whoever adds rows at the same time
    loses none. Older states of the tables are removed in any case: killed at any moment, do it again.

    Raises:
        HeldError: one of the calls is held; nothing was changed.
        StageError: the catalog stays busy.
    """
    if not catalogs.exists(lake):
        return Purged()
    with catalogs.locked(lake), catalogs.opened(lake, create=True) as catalog:
        chosen = _unless_held(catalog, call)
        rewrites: Mapping[str, Rewrite] = {
            catalogs.REVIEWS: functools.partial(_without, chosen),
            catalogs.GATE_RESULTS: functools.partial(_unsampled, chosen),
            catalogs.HOLDS: functools.partial(_unnamed, chosen, erased.salt_of(catalog)),
        }
        for name, rewrite in rewrites.items():  # all of them are looked through before one is changed
            _count(catalog.load_table((catalogs.NAMESPACE, name)), rewrite)
        return together([_purge(lake, catalog, name, rewrite) for name, rewrite in rewrites.items()])


def _unless_held(catalog: Catalog, call: Chosen) -> Chosen:
    """The same choice; it raises HeldError where it takes a held call."""
    held = holds.in_force(catalog)

    def chosen(day: date, call_id: str) -> bool:
        taken = call(day, call_id)
        found = [h for h in held if h.call_date == day and h.call_id in (None, call_id)] if taken else []
        if found:
            raise holds.refuse(found, f"{day}: what is kept of call {call_id} would be removed")
        return taken

    return chosen


def _purge(lake: LakeSettings, catalog: Catalog, name: str, rewrite: Rewrite) -> Purged:
    rows = _rewrite(catalog, name, rewrite)
    table = catalog.load_table((catalogs.NAMESPACE, name))
    look = manifests.Look()
    before = look.at(table).metadata() | plan.named_files(table)
    expired = expire(catalog, name, lambda now: {s.snapshot_id for s in now.metadata.snapshots})
    table = catalog.load_table((catalogs.NAMESPACE, name))
    after = look.at(table).metadata() | plan.named_files(table)
    left: list[str] = []
    orphans: list[str] = []
    for file in _orphans(lake, table, before | after):
        (left if at_work(lake, file) else orphans).append(file.address)
    return Purged(
        files=remove(lake, [*sorted(before - after), *orphans]),
        snapshots={name: expired} if expired else {},
        rows={name: rows} if rows else {},
        left=left,
    )


def _orphans(lake: LakeSettings, table: Table, known: set[str]) -> Iterator[store.Stored]:
    """Files of commits that never came about: rows, and what manifests tell of them."""
    named = {same(path) for path in known}
    yield from unnamed(lake, store.local(f"{table.location()}/data"), named)
    for file in unnamed(lake, store.local(f"{table.location()}/metadata"), named):
        if file.address.endswith(manifests.SUFFIX):
            yield file


def _count(table: Table, rewrite: Rewrite) -> int:
    with contextlib.closing(table.scan().to_arrow_batch_reader()) as rows:
        return sum(rewrite(pa.Table.from_batches([batch]))[1] for batch in rows)


def _rewrite(catalog: Catalog, name: str, rewrite: Rewrite) -> int:
    """Write a table anew where a row of it goes or changes; returns how many do."""
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    for attempt in range(writer.COMMIT_ATTEMPTS):
        table = catalog.load_table((catalogs.NAMESPACE, name))
        count = _count(table, rewrite)
        if not count:
            return 0
        try:
            with contextlib.closing(table.scan().to_arrow_batch_reader()) as rows:
                table.overwrite(pa.RecordBatchReader.from_batches(rows.schema, _rewritten(rows, rewrite)))
        except (CommitFailedException, ValidationException):
            writer.wait(attempt)
            continue
        return count
    raise writer.busy(name)


def _rewritten(rows: pa.RecordBatchReader, rewrite: Rewrite) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        yield from rewrite(pa.Table.from_batches([batch]))[0].to_batches()


def _without(call: Chosen, rows: pa.Table) -> tuple[pa.Table, int]:
    """Rows of other calls."""
    stays = [not call(row["call_date"], row["call_id"]) for row in rows.select(["call_date", "call_id"]).to_pylist()]
    return rows.filter(pa.array(stays, pa.bool_())), stays.count(False)


def _unsampled(call: Chosen, rows: pa.Table) -> tuple[pa.Table, int]:
    """All rows, without the samples that name a call."""
    told = rows.select(["call_date", "samples"]).to_pylist()
    after = [[sample for sample in row["samples"] if not _names(call, row["call_date"], sample)] for row in told]
    changed = sum(len(row["samples"]) != len(kept) for row, kept in zip(told, after, strict=True))
    index = rows.schema.get_field_index("samples")
    field = rows.schema.field(index)
    return rows.set_column(index, field, pa.array(after, field.type)), changed


def _names(call: Chosen, day: date, sample: Mapping[str, Any]) -> bool:
    return sample["call_id"] is not None and call(day, sample["call_id"])


def _unnamed(call: Chosen, salt: bytes, rows: pa.Table) -> tuple[pa.Table, int]:
    """All rows, with a digest in place of a call's id wherever it stands."""
    changed = 0
    after = rows.to_pylist()
    for row in after:
        if row["call_id"] is not None and call(row["call_date"], row["call_id"]):
            digest = erased.call_digest(salt, row["call_date"], row["call_id"])
            told = {name: row[name].replace(row["call_id"], digest) for name in ("reason", "matter")}
            row |= {"call_id": digest, **told}
            changed += 1
    return pa.Table.from_pylist(after, rows.schema), changed
