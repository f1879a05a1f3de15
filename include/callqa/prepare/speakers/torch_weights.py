"""Tensors out of a file that `torch.save` of before 1.6 wrote, without torch and without running what the pickle says.

The format: four pickles (a magic number, the protocol, facts of the machine, the object), in which a tensor names its
storage; then a pickle of the storages' keys, and for each of them its number of elements (int64) and its elements.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from callqa.errors import StageError

MAGIC = 0x1950A86A20F9469CFC6C
STATE = "model_state"
"""Key of the checkpoint under which resemblyzer keeps the network's tensors."""
KINDS = ("FloatStorage", "DoubleStorage", "LongStorage", "IntStorage", "HalfStorage")


class _Storage(NamedTuple):
    kind: str
    key: str


class _Stored(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]


def read_tensors(path: str | Path) -> dict[str, npt.NDArray[np.float32]]:
    """The float32 tensors under `model_state`, by name.

    Raises:
        StageError: the file is not such a checkpoint.
    """
    try:
        with Path(path).open("rb") as file:
            return _read(file)
    except (OSError, ValueError, KeyError, EOFError, TypeError, struct.error, pickle.UnpicklingError) as error:
        raise StageError(
            f"{path} is not a checkpoint of float32 tensors: {error}", remedy="install it again"
        ) from error


def _read(file: BinaryIO) -> dict[str, npt.NDArray[np.float32]]:
    if _Restricted(file).load() != MAGIC:
        raise ValueError("it does not begin as one")
    _protocol, _machine, checkpoint, keys = (_Restricted(file).load() for _ in range(4))
    tensors: dict[str, _Stored] = checkpoint[STATE]
    wanted = {stored.storage.key for stored in tensors.values()}
    flat = _storages(file, keys, wanted)
    return {name: _shaped(flat[stored.storage.key], stored) for name, stored in tensors.items()}


def _storages(file: BinaryIO, keys: list[str], wanted: set[str]) -> dict[str, npt.NDArray[np.float32]]:
    """The storages that are asked for; the file is read up to the last of them (every one is of float32)."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        if key in wanted:
            found[key] = np.frombuffer(file.read(4 * count), "<f4")
        else:
            file.seek(4 * count, 1)
    return found


def _shaped(flat: npt.NDArray[np.float32], stored: _Stored) -> npt.NDArray[np.float32]:
    count = int(np.prod(stored.shape))
    return flat[stored.offset : stored.offset + count].reshape(stored.shape).astype(np.float32)


class _Restricted(pickle.Unpickler):
    """A reader that builds dictionaries, lists and names of tensors, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _stored
        if module == "torch" and name in KINDS:
            return name
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: tuple[Any, ...]) -> _Storage:
        _, kind, key, *_ = pid
        if kind != "FloatStorage":
            raise pickle.UnpicklingError(f"it has a {kind}")
        return _Storage(kind, key)


def _stored(storage: _Storage, offset: int, shape: tuple[int, ...], *_: Any) -> _Stored:
    return _Stored(storage, offset, tuple(shape))
