"""The published files: `<lake>/warehouse/files/<table>/call_date=YYYY-MM-DD/<digest>.parquet`, never changed."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

from callqa import storage
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import catalog


def link_or_copy(source: str | Path, target: Path) -> None:
    """Another name for the bytes of `source`; a copy where the file system has no hard links or is another one.

    All of callqa's writers rename whole files into place, so the bytes behind a link never change.
    """
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def keep(lake: LakeSettings, table: str, day: date, source: str, digest: str) -> str:
    """Keep the audited file among the published ones and return where; doing it again changes nothing.

    Raises:
        StageError: the file is gone, or its bytes are not those of `digest`.
    """
    if not Path(source).is_file():
        raise StageError(f"no file {source}", remedy="run export and gate again")
    target = catalog.folder(lake) / "files" / table / f"call_date={day.isoformat()}" / f"{digest}.parquet"
    with storage.atomic(target) as temporary:
        link_or_copy(source, temporary)
        # Looked at under its new name: a late attempt of an older run can still replace `source`, but not this.
        found = storage.file_digest(temporary)
        if found != digest:
            raise StageError(
                f"{source} is not the file that the gate audited: its digest is {found}, not {digest}",
                remedy="run the gate again on this run's files",
            )
    return str(target)
