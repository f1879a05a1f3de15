"""Names and shapes of the tensors in a `model.pt`, read without torch and without running a line of the file.

A checkpoint is a zip archive whose `data.pkl` describes the tensors; only that description is read (kilobytes, also
of a 900 MB file), by an unpickler in which every class and function is an inert stand-in.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

Shapes = dict[str, tuple[int, ...]]

LFS_MAGIC = b"version https://git-lfs"
ZIP_MAGIC = b"PK\x03\x04"
PICKLE_MAGIC = b"\x80"
WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the weights, in the order in which FunASR looks for them."""


class UnreadableWeightsError(Exception):
    """The file is not a whole checkpoint; the message says what it is instead."""


def shapes(path: Path) -> Shapes | None:
    """Shape by tensor name; None for what only torch can judge: the format before 1.6, an unusual description.

    Raises:
        UnreadableWeightsError: a Git LFS pointer, a truncated archive, or a file without weights.
    """
    with path.open("rb") as file:
        magic = file.read(len(LFS_MAGIC))
    if magic == LFS_MAGIC:
        raise UnreadableWeightsError("a Git LFS pointer, not the weights")
    if magic.startswith(PICKLE_MAGIC):
        return None
    if not magic.startswith(ZIP_MAGIC):
        raise UnreadableWeightsError("not a PyTorch checkpoint")
    description = _description(path)
    return None if description is None else _tensors(description)


def _description(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(name) as file:
                return _InertUnpickler(file).load()
    except zipfile.BadZipFile as error:
        raise UnreadableWeightsError("truncated or damaged: the archive has no end") from error
    except StopIteration as error:
        raise UnreadableWeightsError("an archive, but not a PyTorch checkpoint") from error
    except Exception:  # noqa: BLE001 - damaged, or written by something unusual; the stand-ins cannot tell
        return None


def _tensors(value: Any) -> Shapes:
    for wrapper in WRAPPERS:
        if isinstance(value, dict) and wrapper in value:
            value = value[wrapper]
    found = {
        name.removeprefix("module."): tensor.shape
        for name, tensor in (value.items() if isinstance(value, dict) else ())
        if isinstance(tensor, _Tensor)
    }
    if not found:
        raise UnreadableWeightsError("a PyTorch file without weights")
    return found


class _Tensor:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


class _Inert:
    """Stands for any class or function that the file names: takes everything, does nothing."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> _Inert:
        return super().__new__(cls)

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __call__(self, *_args: Any, **_kwargs: Any) -> _Inert:
        return self

    def __setstate__(self, _state: Any) -> None:
        pass

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass

    def append(self, _value: Any) -> None:
        pass

    def extend(self, _values: Any) -> None:
        pass


def _rebuild_tensor(_storage: Any, _offset: int, size: tuple[int, ...], *_rest: Any) -> _Tensor:
    return _Tensor(tuple(int(n) for n in size))


def _rebuild_parameter(tensor: Any, *_rest: Any) -> Any:
    return tensor


class _InertUnpickler(pickle.Unpickler):
    """Never imports what the file names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict  # of a module's `state_dict()`, which also carries an attribute
        if module == "torch._utils" and name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _rebuild_parameter
        return _Inert

    def persistent_load(self, _key: Any) -> Any:
        return _Inert()
