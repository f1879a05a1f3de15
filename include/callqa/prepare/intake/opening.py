"""A recording as a local file, wherever it is stored."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import IO, Any, cast

from callqa import remote
from callqa.errors import SourceError, UnreachableError
from callqa.prepare.intake import scratch
from callqa.remote import local_path

__all__ = ["local_path", "opened"]

BLOCK = 1 << 20
NOTHING: Mapping[str, Any] = {}


@contextlib.contextmanager
def opened(uri: str, folder: str | None, storage: Mapping[str, Any] = NOTHING) -> Iterator[FileIO]:
    """The recording as a local file: itself, or a copy (in `folder`) of what another storage holds.

    `storage` is what opens that storage, `SourceSettings.storage`.

    Raises:
        OSError: it is not there, cannot be read, or changes while it is read.
        UnreachableError: the storage does not answer; nothing is said of the recording.
        StageError: there is no room for the copy.
    """
    if remote.is_local(uri):
        with Path(local_path(uri)).open("rb", buffering=0) as file:
            yield file
        return
    with scratch.temporary(folder) as copy:
        _fetch(uri, storage, copy, folder)
        yield cast(FileIO, copy)


def _fetch(uri: str, storage: Mapping[str, Any], copy: IO[bytes], folder: str | None) -> None:
    def read(system: Any, path: str) -> None:
        copy.seek(0)
        copy.truncate()
        with system.open(path, "rb", **remote.streamed(uri)) as there:
            while block := there.read(BLOCK):
                scratch.append(copy, block, folder)
        _compare(system, path, copy.tell())

    try:
        remote.attempt(uri, storage, read)
    except UnreachableError:
        raise
    except SourceError as error:  # of this recording: the others of its shard are none the worse for it
        raise OSError(error.message) from error
    copy.seek(0)


def _compare(system: Any, path: str, size: int) -> None:
    """What was longer or shorter a moment ago is still being written; a moment later it may be whole."""
    now = system.info(path).get("size")
    if now is not None and now != size:
        raise remote.ChangingError(f"it has {now} bytes, and {size} were read: it changes while it is read")
