"""The published files: `<warehouse>/files/<table>/call_date=YYYY-MM-DD/<digest>.parquet`, never changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from callqa import storage
from callqa.errors import StageError
from callqa.settings import LakeSettings
from callqa.warehouse import store

REFRESH_AFTER = timedelta(hours=1)
"""An object of a store that is older is written again when it is kept again: `upkeep.sweep` takes what is old and not
named yet for something that nobody needs."""


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
    target = f"{store.location(lake)}/files/{table}/call_date={day.isoformat()}/{digest}.parquet"
    if store.is_remote(target):
        _upload(lake, source, target, digest)
        return target
    with storage.atomic(target) as temporary:
        link_or_copy(source, temporary)
        _touch(temporary)
        # Looked at under its new name: a late attempt of an older run can still replace `source`, but not this.
        _require(source, storage.file_digest(temporary), digest)
    return target


def accompany(lake: LakeSettings, kind: str, day: date, source: str) -> None:
    """Another file of a published day: `<warehouse>/<kind>/<day>.<suffix>`, in place of the one that was there."""
    target = f"{store.location(lake)}/{kind}/{day.isoformat()}{Path(source).suffix}"
    if store.is_remote(target):
        with Path(source).open("rb") as file:
            store.put(lake, file, target)
        return
    with storage.atomic(target) as temporary:
        link_or_copy(source, temporary)


def _touch(path: Path) -> None:
    """A link is as old as its source, and what is old may be swept by another machine before it is named."""
    with contextlib.suppress(PermissionError):  # somebody else's file: it stays old
        os.utime(path)


def _upload(lake: LakeSettings, source: str, target: str, digest: str) -> None:
    """The open file stays the same bytes, whatever a late attempt of an older run puts under its name."""
    with Path(source).open("rb") as file:
        _require(source, hashlib.file_digest(file, "sha256").hexdigest(), digest)
        length = file.tell()
        file.seek(0)
        changed_at = store.changed_at(lake, target)
        is_new = changed_at is not None and changed_at > datetime.now(UTC) - REFRESH_AFTER
        if not (is_new and store.size(lake, target) == length):
            store.put(lake, file, target)


def _require(source: str, found: str, digest: str) -> None:
    if found != digest:
        raise StageError(
            f"{source} is not the file that the gate audited: its digest is {found}, not {digest}",
            remedy="run the gate again on this run's files",
        )
