"""One recording outside of any day: what `callqa inspect` and the console's trial call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.contracts import Recording
from callqa.errors import SourceError
from callqa.pipeline.stages import run_shard
from callqa.settings import Settings


def inspect_file(settings: Settings, file: str, roles: dict[int, str] | None = None) -> dict[str, Any]:
    """One recording through prepare … judge, outside any day: judge's result with the paths of its rows.

    Raises:
        SourceError: there is no such file.
    """
    path = Path(file)
    if not path.is_file():
        raise SourceError(f"no file {file}", remedy="give the path of one recording")
    stat = path.stat()
    recording = Recording(
        call_date=dt.datetime.now(dt.UTC).date(),
        call_id=path.stem,
        uri=str(path.resolve()),
        file_name=path.name,
        size_bytes=stat.st_size,
        etag=f"{stat.st_size}-{stat.st_mtime_ns}",
        channel_roles=roles or {},
    )
    run_dir = storage.run_folder(
        settings.lake.root, f"inspect__{storage.digest_of([recording.uri, recording.etag])[:16]}"
    )
    shard = storage.write_rows(run_dir / "fetch" / "shard-000.parquet", Recording, [recording])
    return run_shard(settings, shard, str(run_dir))
