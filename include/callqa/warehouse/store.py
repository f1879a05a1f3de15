"""Where the published files and Iceberg's own lie: a folder, or an object store that PyArrow opens (S3, GCS, OSS, …).

One address form: an absolute path, or `scheme://bucket/key`. `lake.properties` has what opens a store, by the names
that PyIceberg gives them (`s3.endpoint`, `s3.region`, …); an S3 store without keys there takes them from the machine.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import pyarrow.parquet as pq
from fsspec.implementations.arrow import ArrowFSWrapper

from callqa import storage
from callqa.settings import LakeSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow.fs import FileSystem

COPY_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Stored:
    """A file on a disk or in a store."""

    address: str
    size: int
    """Bytes."""
    changed_at: datetime


def location(lake: LakeSettings) -> str:
    """The warehouse's address: `lake.warehouse`, else `<lake>/warehouse`."""
    return local(lake.warehouse or str(Path(lake.root).absolute() / "warehouse")).rstrip("/")


def is_remote(address: str) -> bool:
    """Whether an address is of an object store and not of a disk."""
    return "://" in address and not address.startswith("file://")


def local(address: str) -> str:
    """A disk's address as a path."""
    return address.removeprefix("file://")


def put(lake: LakeSettings, source: IO[bytes], target: str) -> None:
    """Write an object, whole or not at all: a store shows it when its last byte is there.

    Raises:
        OSError: the store refuses.
    """
    system, path = _opened(lake, target)
    try:
        with system.open_output_stream(path) as out:
            shutil.copyfileobj(source, out, COPY_BYTES)
    except BaseException:
        _forget(system, path)
        raise


def get(lake: LakeSettings, source: str, target: Path) -> None:
    """Copy an object to a disk, whole or not at all.

    Raises:
        StageError: the disk cannot be written.
        OSError: the store refuses, or has no such object.
    """
    system, path = _opened(lake, source)
    with system.open_input_stream(path) as found, storage.atomic(target) as temporary, temporary.open("wb") as out:
        shutil.copyfileobj(found, out, COPY_BYTES)


def read(lake: LakeSettings, address: str) -> bytes:
    """The bytes of a small file or object.

    Raises:
        OSError: the store refuses, or has no such object.
    """
    system, path = _opened(lake, address)
    with system.open_input_stream(path, compression=None) as found:
        return bytes(found.read())


def size(lake: LakeSettings, address: str) -> int | None:
    """Bytes of a file or object; None where there is none."""
    system, path = _opened(lake, address)
    info = system.get_file_info(path)
    return int(info.size) if info.is_file else None


def rows(lake: LakeSettings, address: str) -> int:
    """Rows of a Parquet file, from its footer."""
    if not is_remote(address):
        return int(pq.read_metadata(local(address)).num_rows)
    system, path = _opened(lake, address)
    return int(pq.read_metadata(path, filesystem=system).num_rows)


@contextlib.contextmanager
def parquet(lake: LakeSettings, address: str) -> Iterator[pq.ParquetFile]:
    """An open Parquet file, of which no more is read than what is asked for.

    Raises:
        OSError: there is no such file, or the store refuses.
    """
    system, path = _opened(lake, address)
    with system.open_input_file(path) as opened, pq.ParquetFile(opened) as file:
        yield file


def remove(lake: LakeSettings, address: str) -> int | None:
    """Delete a file or object; returns its bytes, None where there was none."""
    length = size(lake, address)
    if length is not None:
        system, path = _opened(lake, address)
        with contextlib.suppress(FileNotFoundError):  # somebody else was faster
            system.delete_file(path)
    return length


def listing(lake: LakeSettings, folder: str) -> Iterator[tuple[str, int]]:
    """Address and bytes of every file below a folder; none where there is no such folder."""
    for file in stored(lake, folder):
        yield file.address, file.size


def stored(lake: LakeSettings, folder: str) -> Iterator[Stored]:
    """Every file below a folder; none where there is no such folder. On a disk links are not followed."""
    if not is_remote(folder):
        yield from _on_disk(local(folder))
        return
    from pyarrow.fs import FileSelector

    system, path = _opened(lake, folder)
    prefix = folder[: len(folder) - len(path)]
    for info in system.get_file_info(FileSelector(path, recursive=True, allow_not_found=True)):
        if info.is_file:
            yield Stored(prefix + info.path, int(info.size), cast(datetime, info.mtime))


def _on_disk(folder: str) -> Iterator[Stored]:
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                found = os.lstat(address := f"{place}/{name}")
                if stat.S_ISREG(found.st_mode):
                    yield Stored(address, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def changed_at(lake: LakeSettings, address: str) -> datetime | None:
    """When a file or object was last written; None where there is none."""
    system, path = _opened(lake, address)
    changed: datetime | None = system.get_file_info(path).mtime
    return changed


def open_to(connection: DuckDBPyConnection, lake: LakeSettings, addresses: list[str]) -> None:
    """Let DuckDB read these addresses through the same opener; its own extensions cannot be had offline."""
    schemes = {address.split("://", 1)[0]: address for address in addresses if is_remote(address)}
    for scheme, address in schemes.items():
        connection.register_filesystem(_wrapped(_opened(lake, address)[0], scheme))


def _wrapped(system: FileSystem, scheme: str) -> ArrowFSWrapper:
    """A PyArrow file system under the scheme by which DuckDB asks for it; none that an earlier caller got."""
    kind = type("StoreFileSystem", (ArrowFSWrapper,), {"protocol": scheme, "cachable": False})
    return kind(fs=system)


def _opened(lake: LakeSettings, address: str) -> tuple[FileSystem, str]:
    """The file system of an address, and the address as it knows it."""
    from pyiceberg.io.pyarrow import PyArrowFileIO

    scheme, host, path = PyArrowFileIO.parse_location(address)
    return _system(scheme, host, tuple(sorted(lake.properties.items()))), path


@functools.lru_cache(maxsize=16)
def _system(scheme: str, host: str, properties: tuple[tuple[str, str], ...]) -> FileSystem:
    from pyiceberg.io.pyarrow import PyArrowFileIO

    return PyArrowFileIO(dict(properties)).fs_by_scheme(scheme, host)


def _forget(system: FileSystem, path: str) -> None:
    """A stream that is closed early leaves the beginning of an object."""
    if system.get_file_info(path).is_file:
        system.delete_file(path)
