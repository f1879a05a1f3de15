"""The register of erased calls, as an erasure uses it: what was begun, what is held, what was never finished."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from callqa import storage, warehouse
from callqa.errors import CallQAError
from callqa.settings import Settings
from callqa.upkeep import known, lake
from callqa.upkeep.asked import Key
from callqa.upkeep.known import Calls
from callqa.warehouse import catalog as catalogs
from callqa.warehouse import erased
from callqa.warehouse.holds import refuse


def refuse_held(settings: Settings, targets: Sequence[Key]) -> None:
    """Refuse the whole of it where one call is held.

    Raises:
        HeldError: it is; the error names every hold.
    """
    wanted, days = set(targets), {day for day, _ in targets}
    found = [
        hold
        for hold in warehouse.active_holds(settings.lake)
        if (hold.call_date, hold.call_id) in wanted or (hold.call_id is None and hold.call_date in days)
    ]
    if found:
        raise refuse(found, "nothing was erased")


def enter(settings: Settings, calls: Calls, certificate: str) -> int:
    """Enter calls, each with every recording that is known of it."""
    rows: list[warehouse.ErasedCall] = []
    for one in calls:
        # Which size is whose does not matter: each has to be there.
        sizes: Iterator[int | None] = itertools.cycle(sorted(one.sizes) or (None,))
        rows += [
            warehouse.ErasedCall(call_date=one.day, call_id=one.call_id, sha256=digest, size_bytes=next(sizes))
            for digest in (sorted(one.digests) or (None,))
        ]
    return warehouse.enter_erased(settings.lake, rows, certificate)


def digests(settings: Settings, targets: Sequence[Key]) -> dict[Key, str]:
    """The keyed digest of each call, as the register has it."""
    if not catalogs.exists(settings.lake):
        return {}
    with catalogs.opened(settings.lake) as catalog:
        if catalogs.load(catalog, catalogs.ERASED) is None:
            return {}
        salt = erased.salt_of(catalog)
    return {(day, call_id): erased.call_digest(salt, day, call_id) for day, call_id in targets}


def unfinished(settings: Settings) -> list[str]:
    """Ids of erasures that were begun and have no certificate."""
    folder = Path(settings.lake.root) / lake.CERTIFICATES
    begun = {row.certificate for row in warehouse.erased_rows(settings.lake)}
    return sorted(one for one in begun if not (folder / f"{one}.json").is_file())


def to_continue(settings: Settings) -> list[str]:
    """Those of them that the next erasure finishes: no hold lies on a day that they are about."""
    held = {hold.call_date for hold in warehouse.active_holds(settings.lake)}
    return [one for one in unfinished(settings) if not held & days_of(settings, [one])]


def days_of(settings: Settings, certificates: Sequence[str]) -> set[dt.date]:
    """The days that erasures are about."""
    return {row.call_date for row in warehouse.erased_rows(settings.lake) if row.certificate in certificates}


def left_of(settings: Settings, certificates: Sequence[str], folders: Sequence[Path]) -> list[Key]:
    """The calls of unfinished erasures, as far as anything still names them."""
    found: list[Key] = []
    for day in days_of(settings, certificates):
        known_calls = warehouse.erased_register(settings.lake, day)
        found += [(day, call_id) for call_id in known.ids_of(settings, day, folders) if known_calls.has_call(call_id)]
    return sorted(found)


def finish(settings: Settings, certificates: Sequence[str], by: str) -> None:
    """Say of erasures that were killed which certificate is theirs."""
    for one in certificates:
        path = Path(settings.lake.root) / lake.CERTIFICATES / f"{one}.json"
        if one != by and not path.is_file():
            storage.write_json(path, {"id": one, "finished_by": by})


def published_days(settings: Settings) -> list[dt.date]:
    """Every day that has a publication, in order."""
    with contextlib.suppress(CallQAError):
        return sorted({row.call_date for row in warehouse.publications(settings.lake)})
    return []
