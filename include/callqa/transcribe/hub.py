"""Models fetched from a hub, once, whole or not at all; afterwards no network is used."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from callqa.errors import ModelError
from callqa.transcribe import model_check
from callqa.transcribe.quiet import quiet

logger = logging.getLogger(__name__)

CACHE_VARIABLE = "CALLQA_MODELS"
DEFAULT_CACHE = "~/.cache/callqa/models"
FILES = list(model_check.PURPOSES)
"""What a model is made of; the hubs' folders also hold sample recordings and pictures."""

HF_NAMES = {"iic/SenseVoiceSmall": "FunAudioLLM/SenseVoiceSmall"}
"""Models whose id differs between the hubs (FunASR's own table)."""
HF_BRANCHES = {"master": "main"}
"""ModelScope's default branch by Hugging Face's name for it."""

Fetch = Callable[[str, str, Path], None]


def cache_folder() -> Path:
    """Where fetched models are: $CALLQA_MODELS, else ~/.cache/callqa/models."""
    return Path(os.environ.get(CACHE_VARIABLE) or DEFAULT_CACHE).expanduser()


def folder_of(model: str, revision: str, hub: str) -> Path:
    """Where a hub's model is, or would be, in the cache."""
    return cache_folder() / hub / model / revision


def pull(model: str, revision: str, hub: str, fetch: Fetch | None = None) -> Path:
    """The model's folder in the cache; fetched where it is not there, or not whole.

    An interrupted download goes on where it stopped. Processes that want the same model wait for the first.

    Raises:
        ModelError: there is no network, the hub does not know the model or the revision, or what came is not whole.
    """
    target = folder_of(model, revision, hub)
    if not model_check.check(target):
        return target
    with _one_at_a_time(target):
        if model_check.check(target):
            _fetch_into(target, model, revision, hub, fetch or FETCHERS[hub])
    return target


def _fetch_into(target: Path, model: str, revision: str, hub: str, fetch: Fetch) -> None:
    partial = target.with_name(f"{target.name}.partial")
    logger.info("fetching %s (revision %s, hub %s) into %s", model, revision, hub, target)
    try:
        with quiet():
            fetch(model, revision, partial)
    except Exception as error:  # the two hubs' clients raise dozens of classes, and none of them is ours
        raise _no_model(model, revision, hub, error) from error
    model_check.require(partial)
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)


def _no_model(model: str, revision: str, hub: str, error: Exception) -> ModelError:
    target = folder_of(model, revision, hub)
    return ModelError(
        f"cannot fetch the model {model} (revision {revision}) from hub {hub!r}: {type(error).__name__}: {error}",
        remedy=(
            "check the network and the name, then `callqa model pull`; without a network copy the folder from a "
            f"machine that has it to {target}, or set engine.model to where it is"
        ),
    )


@contextlib.contextmanager
def _one_at_a_time(target: Path) -> Iterator[None]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f"{target.name}.lock").open("w")
    except OSError as error:
        raise ModelError(
            f"cannot write to the model cache {target.parent}: {error.strerror}",
            remedy=f"set ${CACHE_VARIABLE} to a folder that can be written",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _from_modelscope(model: str, revision: str, into: Path) -> None:
    from modelscope.hub.snapshot_download import snapshot_download

    snapshot_download(model, revision=revision, local_dir=str(into), allow_patterns=FILES)


def _from_hugging_face(model: str, revision: str, into: Path) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(
        HF_NAMES.get(model, model),
        revision=HF_BRANCHES.get(revision, revision),
        local_dir=str(into),
        allow_patterns=FILES,
    )


FETCHERS: dict[str, Fetch] = {"ms": _from_modelscope, "hf": _from_hugging_face}
