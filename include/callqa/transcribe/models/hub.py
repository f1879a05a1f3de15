"""Models fetched from a hub, once, whole or not at all; afterwards no network is used.

A model is fetched into `<folder>.partial`, compared with what the hub announced (sizes and digests), looked through,
and only then given its name. Beside its files lies `callqa-model.json`: where they came from, and their digests.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.errors import ModelError, StageError
from callqa.transcribe.models import model_check
from callqa.transcribe.models.hub_clients import CLIENTS, Listing, is_wanted
from callqa.transcribe.pytorch.quiet import quiet

logger = logging.getLogger(__name__)

CACHE_VARIABLE = "CALLQA_MODELS"
DEFAULT_CACHE = "~/.cache/callqa/models"
RECORD = "callqa-model.json"
NAMES = {"ms": "ModelScope", "hf": "Hugging Face"}
PARTIAL, REPLACED = ".partial", ".replaced"


@dataclass(frozen=True)
class Record:
    """Where a model folder came from, and what was in it then."""

    model: str
    hub: str
    revision: str
    commit: str | None
    """What the revision meant; None where the hub did not tell."""
    pulled_at: str
    """UTC, ISO 8601."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`size` (bytes) and `sha256` by file name."""


@dataclass(frozen=True)
class Pulled:
    """What a pull came to."""

    folder: Path
    fetched: bool
    """Whether anything was downloaded."""
    note: str = ""
    """What a person should know, if anything."""


def cache_folder() -> Path:
    """Where fetched models are: $CALLQA_MODELS, else ~/.cache/callqa/models."""
    return Path(os.environ.get(CACHE_VARIABLE) or DEFAULT_CACHE).expanduser()


def folder_of(model: str, revision: str, hub: str) -> Path:
    """Where a hub's model is, or would be, in the cache."""
    return cache_folder() / hub / model / revision


def cached() -> list[tuple[str, Path]]:
    """Name and folder of what is in the cache, whole or not."""
    found = []
    for hub in NAMES:
        root = cache_folder() / hub
        for folder in sorted(root.glob("*/*/*")):
            if folder.is_dir() and folder.suffix not in (PARTIAL, REPLACED):
                owner, name, revision = folder.relative_to(root).parts
                found.append((f"{owner}/{name}@{revision}", folder))
    return found


def ensure(model: str, revision: str, hub: str) -> Path:
    """The model's folder in the cache; the hub is asked only where it is not there, or not whole.

    Raises:
        ModelError: as `pull`.
    """
    target = folder_of(model, revision, hub)
    return target if not model_check.check(target) else pull(model, revision, hub).folder


def pull(model: str, revision: str, hub: str, *, to: Path | None = None, replace: bool = False) -> Pulled:
    """Fetch a model, or make sure that the copy that is there is still what the hub has.

    An interrupted download goes on where it stopped. Processes that want the same model wait for the first.

    Args:
        model: the hub's id, for example iic/SenseVoiceSmall.
        revision: branch, tag or commit.
        hub: `ms` or `hf`.
        to: folder to fetch into; the cache's own where none is given.
        replace: whether a copy whose bytes are no longer the hub's is replaced.

    Raises:
        ModelError: the hub cannot be reached or does not know the model or the revision; what came is not what was
            announced, or not a whole model; the hub has other bytes now and `replace` is not set; the folder is not
            a model's.
    """
    target = to or folder_of(model, revision, hub)
    with _one_at_a_time(target):
        whole = _is_whole(target)
        try:
            with quiet():
                listing = CLIENTS[hub].listing(model, revision)
        except Exception as error:  # the two hubs' clients raise dozens of classes, and none of them is ours
            if whole:
                return Pulled(target, fetched=False, note=f"{NAMES[hub]} could not be asked: {_short(error)}")
            raise _no_model(model, revision, hub, error, target) from error
        if whole and _is_current(target, listing, Wanted(model, revision, hub), replace):
            return Pulled(target, fetched=False)
        return _fetch(Wanted(model, revision, hub), listing, target)


@dataclass(frozen=True)
class Wanted:
    """A model on a hub."""

    model: str
    revision: str
    hub: str

    def __str__(self) -> str:
        return f"{self.model} (revision {self.revision}, {NAMES[self.hub]})"


def _is_whole(target: Path) -> bool:
    problems = model_check.check(target)
    names = [entry.name for entry in target.iterdir()] if target.is_dir() else []
    if names and not any(map(is_wanted, names)):
        raise ModelError(f"{target} holds something else than a model", remedy="give a new or an empty folder")
    return not problems


def _is_current(target: Path, listing: Listing, wanted: Wanted, replace: bool) -> bool:
    differences = listing.differences(target)
    if not differences:
        if read_record(target) is None:  # copied here by hand, and now known to be the hub's
            _write_record(target, wanted, listing)
        return True
    if replace:
        return False
    record = read_record(target)
    here = f"fetched {record.pulled_at}, commit {record.commit or 'unknown'}" if record else "of unknown origin"
    raise ModelError(
        f"{wanted} is not any more what is in {target} ({here}): on the hub is commit {listing.commit or 'unknown'}, "
        f"and there {_listed(differences)} here",
        remedy="what is here goes on working; `callqa model pull --replace` takes the hub's, after which results are "
        "labelled with another digest; a commit or tag as --revision does not move",
    )


def _listed(differences: dict[str, str]) -> str:
    return "; ".join(f"{name} differs: {what}" for name, what in differences.items())


def _fetch(wanted: Wanted, listing: Listing, target: Path) -> Pulled:
    partial = target.with_name(target.name + PARTIAL)
    _require_files(wanted, listing)
    logger.info("fetching %s into %s", wanted, target)
    try:
        with quiet():
            CLIENTS[wanted.hub].fetch(wanted.model, wanted.revision, listing, partial)
    except Exception as error:  # as above
        raise _no_model(wanted.model, wanted.revision, wanted.hub, error, target) from error
    _require_announced(wanted, listing, partial)
    model_check.require(partial)
    _keep_only_the_model(partial)
    _write_record(partial, wanted, listing)
    _swap(partial, target)
    return Pulled(target, fetched=True)


def _require_files(wanted: Wanted, listing: Listing) -> None:
    patterns = [pattern for pattern in model_check.PURPOSES if not any(Path(f).match(pattern) for f in listing.files)]
    if patterns:
        raise ModelError(
            f"{wanted} has no {', '.join(patterns)}: it is not a SenseVoice model for FunASR",
            remedy="check the name and the revision; iic/SenseVoiceSmall is the published model",
        )


def _require_announced(wanted: Wanted, listing: Listing, partial: Path) -> None:
    differences = listing.differences(partial)
    for name in differences:
        (partial / name).unlink(missing_ok=True)  # so that the next try does not take it for finished
    if differences:
        raise ModelError(
            f"what came of {wanted} is not what the hub announced: {_listed(differences)}",
            remedy="`callqa model pull` again fetches these files anew; if it stays so, a proxy may be changing them",
        )


def _keep_only_the_model(partial: Path) -> None:
    """Without what the hubs' libraries leave beside it."""
    for entry in partial.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif not is_wanted(entry.name):
            entry.unlink()


def _swap(partial: Path, target: Path) -> None:
    before = target.with_name(target.name + REPLACED)
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        target.rename(before)
    partial.rename(target)
    shutil.rmtree(before, ignore_errors=True)


def _write_record(folder: Path, wanted: Wanted, listing: Listing) -> None:
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": storage.file_digest(folder / name)}
        for name in sorted(listing.files)
    }
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    record = Record(wanted.model, wanted.hub, wanted.revision, listing.commit, now, files)
    storage.write_json(folder / RECORD, asdict(record))


def read_record(folder: Path) -> Record | None:
    """What was written beside a model when it was fetched; None where it was not fetched by callqa."""
    try:
        return Record(**storage.read_json(folder / RECORD))
    except (StageError, TypeError):
        return None


def changed_since(folder: Path) -> dict[str, str]:
    """By file: what is not as it was when the model was fetched; reads every byte. Empty where there is no record."""
    record = read_record(folder)
    found = {}
    for name, was in (record.files if record else {}).items():
        file = folder / name
        if not file.is_file():
            found[name] = "missing"
        elif storage.file_digest(file) != was["sha256"]:
            found[name] = f"not the bytes that were fetched on {record.pulled_at if record else ''}"
    return found


def _no_model(model: str, revision: str, hub: str, error: Exception, target: Path) -> ModelError:
    other = {"ms": "hf", "hf": "ms"}[hub]
    return ModelError(
        f"cannot fetch the model {model} (revision {revision}) from {NAMES[hub]}: {_short(error)}",
        remedy=(
            f"check the name, the revision and the network (a proxy is taken from HTTPS_PROXY), or take {NAMES[other]} "
            f"(--hub {other}), then `callqa model pull` again: it goes on where it stopped. Without a network copy the "
            f"folder from a machine that has it to {target}, or set engine.model to where it is"
        ),
    )


def _short(error: Exception) -> str:
    """The first line of a library's message; they run to pages."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:300]}"


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
