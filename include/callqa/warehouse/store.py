"""Where the published files and Iceberg's own lie: a folder, or an object store that PyArrow opens (S3, GCS, OSS, …).

One address form: an absolute path, or `scheme://bucket/key`. `lake.properties` has what opens a store, by the names
that PyIceberg gives them (`s3.endpoint`, `s3.region`, …); an S3 store without keys there takes them from the machine.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow.parquet as pq
from fsspec.implementations.arrow import ArrowFSWrapper

from callqa import storage
from callqa.settings import LakeSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyarrow.fs import FileSystem

COPY_BYTES = 8 * 2**20


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


def listing(lake: LakeSettings, folder: str) -> Iterator[tuple[str, int]]:
    """Address and bytes of every file below a folder; none where there is no such folder."""
    from pyarrow.fs import FileSelector

    system, path = _opened(lake, folder)
    prefix = folder[: len(folder) - len(path)] if is_remote(folder) else ""
    for info in system.get_file_info(FileSelector(path, recursive=True, allow_not_found=True)):
        if info.is_file:
            yield prefix + info.path, int(info.size)


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
