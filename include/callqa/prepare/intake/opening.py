"""A recording as a local file, wherever it is stored."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import cast
from urllib.parse import unquote_to_bytes

import fsspec

from callqa.prepare.intake import scratch


def local_path(uri: str) -> str:
    """Of a local file its path; any other URI as it is."""
    return os.fsdecode(unquote_to_bytes(uri.removeprefix("file://"))) if uri.startswith("file://") else uri


@contextlib.contextmanager
def opened(uri: str, folder: str | None) -> Iterator[FileIO]:
    """The recording as a local file: itself, or a copy (in `folder`) of what another storage holds."""
    path = local_path(uri)
    if "://" not in path:
        with Path(path).open("rb", buffering=0) as file:
            yield file
        return
    filesystem, name = fsspec.core.url_to_fs(path)
    with scratch.temporary(folder) as copy, filesystem.open(name, "rb") as remote:
        while block := remote.read(1 << 20):
            scratch.append(copy, block, folder)
        yield cast(FileIO, copy)
