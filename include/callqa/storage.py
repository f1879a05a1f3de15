"""Where files go and how they are written: whole or not at all.

The lake is one folder:

    <lake>/runs/<run>/<stage>/…       what a run's stages hand to one another
    <lake>/cache/<stage>/ab/ab12….…   results by content: the same audio is never worked on twice
    <lake>/quarantine/<day>/<run>/    what the gate refused, with its reasons
    <lake>/warehouse/                 catalog, tables and published files
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from callqa import arrow
from callqa.errors import StageError

Record = TypeVar("Record")


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well and is removed when it does not.

    Concurrent writers of one path are safe: each writes its own temporary file, the last rename wins.

    Raises:
        StageError: the disk is full or the folder cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = _held(f".{path.name}.tmp-", path.parent)
    except OSError as error:
        raise _write_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_UMASK)
        temporary.replace(path)
    except OSError as error:
        raise _write_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def _held(prefix: str, folder: Path) -> tuple[int, str]:
    """A new temporary file, locked for as long as it is open: by that `tidy` knows that its writer lives."""
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=folder)
        with contextlib.suppress(OSError):  # a file system without locks: nothing is tidied there
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # tidied away before it was locked


def tidy(path: str | Path) -> None:
    """Remove the temporary files beside `path` whose writers were ended before they could."""
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.tmp-*"):
        with contextlib.suppress(OSError), left.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where the writer is still there
            left.unlink(missing_ok=True)


def _current_umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


_UMASK = _current_umask()


def _write_error(path: Path, error: OSError) -> StageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StageError(f"no space left to write {path}", remedy="free space or move the lake, then run again")
    return StageError(f"cannot write {path}: {error.strerror}", remedy="check that the folder exists and is writable")


def write_rows(path: str | Path, record: type[Record], rows: Iterable[Record]) -> str:
    """Write records as one Parquet file of the record's schema; returns the path."""
    return write_table(path, arrow.to_table(record, rows))


def read_rows(path: str | Path, record: type[Record]) -> list[Record]:
    """The records of a file that `write_rows` wrote.

    Raises:
        StageError: the file is missing or not Parquet.
    """
    return arrow.from_table(record, read_table(path))


def write_table(path: str | Path, table: pa.Table) -> str:
    """Write a table as Parquet (zstd), whole or not at all; returns the path."""
    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return str(path)


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """One Parquet file as it is (no folder names are taken for columns)."""
    try:
        return pq.ParquetFile(path).read(columns=columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise StageError(
            f"cannot read {path}: {error}", remedy="remove it and run the stage that writes it again"
        ) from error


def write_json(path: str | Path, value: Any) -> str:
    """Write JSON (UTF-8, indented), whole or not at all; returns the path."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return str(path)


def read_json(path: str | Path) -> Any:
    """The value of a JSON file.

    Raises:
        StageError: the file is missing or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(f"cannot read {path}: {error}", remedy="remove it and run again") from error


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON: the name of a set of parameters."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    ).hexdigest()


def run_folder(lake: str | Path, run_id: str) -> Path:
    """`<lake>/runs/<run>`; characters that file systems or URLs dislike in a run's id become `-`."""
    return Path(lake) / "runs" / re.sub(r"[^A-Za-z0-9._-]+", "-", run_id)


class Cache:
    """Results of a stage by content: `<lake>/cache/<stage>/<ab>/<key>.<suffix>`.

    A key is made of everything that the result depends on; so an entry never goes stale, it only falls out of use.
    """

    def __init__(self, lake: str | Path, stage: str, suffix: str = "parquet") -> None:
        self.folder = Path(lake) / "cache" / stage
        self.suffix = suffix

    def key(self, *parts: Any) -> str:
        """The name of the result that depends on exactly these parts."""
        return digest_of(parts)

    def path(self, key: str) -> Path:
        """Where the entry of a key is or would be."""
        return self.folder / key[:2] / f"{key}.{self.suffix}"

    def rows(self, key: str, record: type[Record]) -> list[Record] | None:
        """The rows of an entry, or None where there is none or it cannot be read (it is then made anew)."""
        path = self.path(key)
        if not path.exists():
            return None
        try:
            rows = read_rows(path, record)
        except (StageError, TypeError):
            return None
        self.used(key)
        return rows

    def used(self, key: str) -> None:
        """Leave the time of use on an entry: that is what upkeep goes by, for file systems keep it badly."""
        with contextlib.suppress(OSError):  # a cache that can only be read is somebody else's to tidy
            os.utime(self.path(key))

    def put_rows(self, key: str, record: type[Record], rows: Iterable[Record]) -> Path:
        """Store an entry."""
        write_rows(self.path(key), record, rows)
        return self.path(key)


def once(path: str | Path, inputs: Any, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result that a stage left at `path`; made, and written there last, where there is none for these inputs.

    This is what makes a stage idempotent: its result file appears only after all its other files, and holds the
    digest of what it was made from (parameters, versions, digests of input files), so that a task that is cleared
    and run again does nothing unless something changed.
    """
    digest = digest_of(inputs)
    if Path(path).exists():
        left = read_json(path)
        if left.get("inputs") == digest:
            return dict(left["result"])
    result = make()
    write_json(path, {"inputs": digest, "result": result})
    return result
