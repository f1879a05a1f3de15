"""The stage: list the day, join the side-car, write the manifest and its shards."""

from __future__ import annotations

import hashlib
import logging
from datetime import date
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Recording
from callqa.errors import EmptyDayError
from callqa.fetch import manifest, shards
from callqa.fetch.erased import Erased
from callqa.fetch.listing import DayFolder, list_day, read_bytes
from callqa.fetch.privacy import check_key
from callqa.fetch.sidecar import Sidecar, read_sidecar
from callqa.settings import ShardSettings, SourceSettings

STAGE_VERSION = "1"
"""Changes whenever the same source would give other rows."""

log = logging.getLogger(__name__)


# `shards` is the name that the pipeline calls it by; the module of that name is reached through `_make`.
def run(
    *, day: date, run_dir: str, source: SourceSettings, shards: ShardSettings, erased: Erased | None = None
) -> dict[str, Any]:
    """Write the manifest of a day and its shards under `<run_dir>/fetch/`.

    Returns `day`, `manifest` (path), `recordings`, `rejected`, `shards` (paths), `ignored` (files that are no
    recordings), `problems` (side-car values left out; `extra["_problems"]` of their recordings says why) and `erased`:
    how many recordings were left out because their calls are in the register of the erased.

    Raises:
        SourceError: the source cannot be listed or its side-car is malformed.
        EmptyDayError: there is nothing for the day and the settings refuse that.
        SettingsError: numbers are to be hashed and there is no key.
    """
    check_key(source)
    folder = list_day(source.root, day, source.raw)
    content = read_bytes(folder.sidecar) if folder.sidecar else b""
    out = Path(run_dir) / "fetch"
    left_out = erased.identity() if erased else ""
    inputs = [STAGE_VERSION, day, source.model_dump(), shards.model_dump(), _listing(folder, content), left_out]
    return storage.once(out / "result.json", inputs, lambda: _make(day, folder, content, out, source, shards, erased))


def _listing(folder: DayFolder, content: bytes) -> list[Any]:
    files = [[file.uri, file.size_bytes, file.etag] for file in folder.recordings]
    return [files, folder.ignored, folder.sidecar and folder.sidecar.uri, hashlib.sha256(content).hexdigest()]


def _make(
    day: date,
    folder: DayFolder,
    content: bytes,
    out: Path,
    source: SourceSettings,
    settings: ShardSettings,
    erased: Erased | None,
) -> dict[str, Any]:
    sidecar = Sidecar(rows={}, nameless=0)
    if folder.sidecar:
        sidecar = read_sidecar(folder.sidecar.name, content, folder.sidecar.uri)
    built = manifest.build(day, folder, sidecar, source, erased)
    if not (built.recordings or built.erased) and source.on_empty_day == "refuse":
        raise EmptyDayError(
            f"{folder.uri} holds no recordings of {day}",
            remedy='check the feed; set source.on_empty_day = "publish" if nobody called',
        )
    return _written(day, folder, built, out, shards.cut(built.recordings, source, settings))


def _written(
    day: date, folder: DayFolder, built: manifest.Manifest, out: Path, pieces: list[list[Recording]]
) -> dict[str, Any]:
    paths = [storage.write_rows(out / f"shard-{i:03}.parquet", Recording, piece) for i, piece in enumerate(pieces)]
    rejected = sum(r.reject_reason is not None for r in built.recordings)
    log.info("%s: %d recordings (%d rejected) in %d shards", day, len(built.recordings), rejected, len(paths))
    if folder.ignored or built.problems:
        log.warning("%s: %d files ignored, %d side-car values left out", day, folder.ignored, built.problems)
    if built.erased:
        log.info("%s: %d recordings left out, their calls were erased", day, built.erased)
    return {
        "day": day.isoformat(),
        "manifest": storage.write_rows(out / "manifest.parquet", Recording, built.recordings),
        "recordings": len(built.recordings),
        "rejected": rejected,
        "shards": paths,
        "ignored": folder.ignored,
        "problems": built.problems,
        "erased": built.erased,
    }
