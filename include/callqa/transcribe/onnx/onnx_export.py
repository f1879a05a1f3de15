"""Where the ONNX form of a model is, made where it is not there yet: the step behind `callqa model prepare`.

    <cache>/onnx/<key>/network.onnx    the network (see `onnx_build`)
    <cache>/onnx/<key>/about.json      its SHA-256, and what it was made of

The key holds the digest of the weights, the precision and the versions of the libraries that make it. Afterwards
neither torch nor FunASR is imported.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.errors import ModelError, StageError
from callqa.transcribe.engine import ModelIdentity
from callqa.transcribe.models import hub
from callqa.transcribe.onnx import onnx_quantise

logger = logging.getLogger(__name__)

EXPORT_VERSION = 1
"""Of the network that is made: raised when the same weights would give another one."""
PRECISIONS = ("int8", "fp32")
LIBRARIES = ("funasr", "torch", "onnx", "onnxruntime")
NETWORK, ABOUT = "network.onnx", "about.json"


def identity(precision: str) -> list[Any]:
    """All that the network depends on, apart from the model."""
    bits = onnx_quantise.weight_bits() if precision == "int8" else 32
    return [EXPORT_VERSION, precision, bits, *(version(name) for name in LIBRARIES)]


def prepare(model: ModelIdentity, precision: str) -> Path:
    """The network's file; exported, quantised and compared with the original where it is not there, or damaged.

    Processes that want the same one wait for the first. For the full-size model this takes a minute or two, once.

    Raises:
        ModelError: the precision is not one of PRECISIONS, the model cannot be exported, or the cache not written.
    """
    if precision not in PRECISIONS:
        raise ModelError(
            f"precision {precision!r} is not one of the onnx engine's ({', '.join(PRECISIONS)})",
            remedy="set engine.precision to one of them, or to auto",
        )
    folder = folder_of(model, precision)
    if not is_whole(folder):
        with _one_at_a_time(folder):
            if not is_whole(folder):
                _make(model, precision, folder)
    return folder / NETWORK


def folder_of(model: ModelIdentity, precision: str) -> Path:
    """Where the network of a model is, or would be, in the cache."""
    key = storage.digest_of([model.digest, *identity(precision)])
    return hub.cache_folder() / "onnx" / f"{precision}-{key[:32]}"


def is_whole(folder: Path) -> bool:
    """Whether the network is there, with the bytes that were written."""
    try:
        known = storage.read_json(folder / ABOUT)
        return bool(known["sha256"] == storage.file_digest(folder / NETWORK))
    except (StageError, OSError, KeyError, TypeError):
        return False


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise _not_written(folder, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _not_written(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"cannot write the prepared model to {folder}: {error.strerror}",
        remedy=f"free space, or set ${hub.CACHE_VARIABLE} to a folder that can be written",
    )


def _make(model: ModelIdentity, precision: str, folder: Path) -> None:
    started = time.monotonic()
    logger.info("preparing %s (%s) for the onnx engine in %s: once, a minute or two", model.name, precision, folder)
    bits = onnx_quantise.weight_bits()
    try:
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as temporary:
            made = Path(temporary) / NETWORK
            _build(model, precision, bits, made)
            digest = storage.file_digest(made)
            made.replace(folder / NETWORK)
    except OSError as error:
        raise _not_written(folder, error) from error
    about = {"sha256": digest, "model": model.name, "digest": model.digest, "made_of": identity(precision)}
    storage.write_json(folder / ABOUT, about)
    logger.info("%s is prepared, in %.0f s", model.name, time.monotonic() - started)


def _build(model: ModelIdentity, precision: str, bits: int, out: Path) -> None:
    command = [sys.executable, "-m", "callqa.transcribe.onnx.onnx_build", model.folder, precision, str(bits), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return
    if os.strerror(errno.ENOSPC) in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        refused = json.loads(done.stdout.splitlines()[-1])
        raise ModelError(refused["message"], remedy=refused["remedy"])
    except (IndexError, ValueError, KeyError, TypeError):
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with status {done.returncode}"]
        raise ModelError(
            f"the model in {model.folder} cannot be exported to ONNX: {last[0]}",
            remedy="set engine.name = funasr, and report the versions that `callqa doctor` shows",
        ) from None
