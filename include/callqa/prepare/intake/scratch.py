"""Samples on a disk: a recording of hours is never in memory as a whole.

The files have no name (they are gone when whoever holds them ends, in whatever way), are written by `write` (a full
disk is then an error, where writing to a mapping would end the process), and are read through a mapping of shared
pages that the system may take back at any time.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from callqa.errors import StageError

Samples = npt.NDArray[np.int16]
"""One channel, full scale 32768: an array, or the read-only mapping of a file of hours."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def temporary(folder: str | None) -> IO[bytes]:
    """A file without a name in a folder, which is made where it is missing (None: the system's folder for such files).

    Raises:
        StageError: there is no room, or the folder cannot be written.
    """
    try:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=folder, buffering=0)
    except OSError as error:
        raise _refused(folder, error) from error


def append(file: IO[bytes], block: Any, folder: str | None) -> None:
    """Write all of a block of bytes.

    Raises:
        StageError: the disk is full.
    """
    rest = memoryview(block).cast("B")
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise _refused(folder, error) from error


def _refused(folder: str | None, error: OSError) -> StageError:
    where = folder or tempfile.gettempdir()
    if error.errno in FULL:
        return StageError(
            f"no space left in {where} for the samples of a recording",
            remedy="free space (a stereo hour of 8 kHz takes 350 MB for a while) or set TMPDIR to a larger disk",
        )
    return StageError(
        f"cannot write {where}: {error.strerror}",
        remedy="check that the folder exists and is writable, or set TMPDIR to another one",
    )


class Track:
    """One channel on its way to the disk."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._file = temporary(folder)

    def add(self, block: Samples) -> None:
        """Append samples.

        Raises:
            StageError: the disk is full.
        """
        append(self._file, np.ascontiguousarray(block), self._folder)

    def samples(self) -> Samples:
        """All that was appended; nothing can be appended any more."""
        with self._file as file:
            if not file.tell():
                return np.zeros(0, np.int16)
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.int16)

    def close(self) -> None:
        """Give up what was appended and not asked for."""
        self._file.close()


def stored(blocks: Iterable[Samples], folder: str | None) -> Samples:
    """Blocks of one channel as its samples, on the disk."""
    with contextlib.closing(Track(folder)) as track:
        for block in blocks:
            track.add(block)
        return track.samples()


def let_go(samples: Samples) -> None:
    """Give back the memory that a mapping's pages take; they are read again where they are needed again."""
    mapping = samples.base.obj if isinstance(samples.base, memoryview) else None
    if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)
