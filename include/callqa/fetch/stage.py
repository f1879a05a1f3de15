"""The stage: list the day, join the side-car, write the manifest and its shards."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Recording
from callqa.errors import EmptyDayError
from callqa.fetch import manifest, shards
from callqa.fetch.day import SourceDay, look
from callqa.fetch.erased import Erased
from callqa.fetch.privacy import check_key
from callqa.settings import ShardSettings, SourceSettings

STAGE_VERSION = "2"
"""Changes whenever the same source would give other rows."""

log = logging.getLogger(__name__)


# `shards` is the name that the pipeline calls it by; the module of that name is reached through `_make`.
def run(
    *,
    day: date,
    run_dir: str,
    source: SourceSettings,
    shards: ShardSettings,
    erased: Erased | None = None,
    settle_seconds: float = 0.0,
) -> dict[str, Any]:
    """Write the manifest of a day and its shards under `<run_dir>/fetch/`.

    Returns `day`, `manifest` (path), `recordings`, `rejected`, `shards` (paths), `ignored` (files that are no
    recordings), `problems` (side-car values left out; `extra["_problems"]` of their recordings says why), `erased`:
    how many recordings were left out because their calls are in the register of the erased, and `unsettled`: how many
    because they were changed less than `settle_seconds` ago and may still be written.

    Raises:
        SourceError: the source cannot be listed or its side-car is malformed.
        UnreachableError: the source does not answer; later it may.
        EmptyDayError: there is nothing for the day and the settings refuse that.
        SettingsError: numbers are to be hashed and there is no key.
    """
    check_key(source)
    there = look(source, day, settle_seconds)
    out = Path(run_dir) / "fetch"
    left_out = erased.identity() if erased else ""
    inputs = [STAGE_VERSION, day, source.model_dump(), shards.model_dump(), there.identity(), left_out]
    return storage.once(out / "result.json", inputs, lambda: _make(day, there, out, source, shards, erased))


def _make(
    day: date,
    there: SourceDay,
    out: Path,
    source: SourceSettings,
    settings: ShardSettings,
    erased: Erased | None,
) -> dict[str, Any]:
    built = manifest.build(day, there, source, erased)
    if not (built.recordings or built.erased) and source.on_empty_day == "refuse":
        raise EmptyDayError(
            f"{there.where} holds no recordings of {day}",
            remedy='check the feed; set source.on_empty_day = "publish" if nobody called',
        )
    return _written(day, there, built, out, shards.cut(built.recordings, source, settings))


def _written(
    day: date, there: SourceDay, built: manifest.Manifest, out: Path, pieces: list[list[Recording]]
) -> dict[str, Any]:
    paths = [storage.write_rows(out / f"shard-{i:03}.parquet", Recording, piece) for i, piece in enumerate(pieces)]
    rejected = sum(r.reject_reason is not None for r in built.recordings)
    log.info("%s: %d recordings (%d rejected) in %d shards", day, len(built.recordings), rejected, len(paths))
    if there.ignored or built.problems:
        log.warning("%s: %d files ignored, %d side-car values left out", day, there.ignored, built.problems)
    if built.erased:
        log.info("%s: %d recordings left out, their calls were erased", day, built.erased)
    return {
        "day": day.isoformat(),
        "manifest": storage.write_rows(out / "manifest.parquet", Recording, built.recordings),
        "recordings": len(built.recordings),
        "rejected": rejected,
        "shards": paths,
        "ignored": there.ignored,
        "problems": built.problems,
        "erased": built.erased,
        "unsettled": there.unsettled,
    }
