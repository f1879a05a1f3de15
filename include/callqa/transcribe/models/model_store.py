"""Which folder a model's name means, whether it is whole, and its digest."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.errors import ModelError, StageError
from callqa.settings import DEMO_FOLDER, DEMO_MODEL, EngineSettings
from callqa.transcribe.engine import ModelIdentity
from callqa.transcribe.models import hub
from callqa.transcribe.models.model_check import (
    CONFIG,
    STATISTICS,
    WEIGHTS,
    Problem,
    check,
    refusal,
    require,
    tokenizer_file,
)
from callqa.transcribe.onnx import onnx_export

__all__ = [
    "Problem",
    "check",
    "check_whole",
    "describe",
    "digest",
    "identify",
    "models",
    "name_of",
    "pull",
    "require",
    "resolve",
]

LARGE = 64 * 1024 * 1024
"""Bytes from which a file's digest is remembered: below, hashing takes less than a tenth of a second."""


def resolve(settings: EngineSettings) -> Path:
    """The folder that `engine.model` names; a hub's model is fetched where it is not in the cache.

    Raises:
        ModelError: no such folder, or the model cannot be fetched.
    """
    if settings.model == DEMO_MODEL:
        return DEMO_FOLDER / "model"
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if not _is_hub_id(settings.model):
        raise ModelError(
            f"engine.model = {settings.model!r}: there is no such folder",
            remedy="give `demo`, an existing folder, or a hub's id such as iic/SenseVoiceSmall",
        )
    return hub.ensure(settings.model, settings.revision, settings.hub)


def pull(settings: EngineSettings, *, to: Path | None = None, replace: bool = False) -> hub.Pulled:
    """Fetch the model of the settings, or make sure that the hub still has what is here; a folder is itself.

    Raises:
        ModelError: as `hub.pull`, and where the folder is not whole.
    """
    if settings.model == DEMO_MODEL or Path(settings.model).expanduser().is_dir() or not _is_hub_id(settings.model):
        folder = resolve(settings)
        require(folder)
        return hub.Pulled(folder, fetched=False)
    return hub.pull(settings.model, settings.revision, settings.hub, to=to, replace=replace)


def identify(settings: EngineSettings) -> ModelIdentity:
    """The model of the settings, checked without loading it.

    Raises:
        ModelError: it is not there or not whole.
    """
    folder = resolve(settings)
    require(folder)
    return ModelIdentity(folder=str(folder), name=name_of(settings), digest=digest(folder))


def check_whole(settings: EngineSettings) -> dict[str, Any]:
    """Load the model of the settings and compare every tensor; what was found, for a person to read.

    Raises:
        ModelError: a file is missing or wrong, a tensor does not fit, or the device is not there.
    """
    from callqa.transcribe.pytorch.funasr_engine import open_funasr

    model = identify(settings)
    changed = hub.changed_since(Path(model.folder))
    if changed:
        raise refusal(model.folder, [Problem(file, what) for file, what in changed.items()])
    own = settings.model_copy(update={"precision": "auto"})  # int8 is onnx's, and says nothing about these files
    engine = open_funasr(own, model)
    return {"model": model.name, **describe(Path(model.folder)), **engine.facts()}


def describe(folder: Path) -> dict[str, Any]:
    """Where a whole model folder came from (nulls where callqa did not fetch it), its size and digest."""
    record = hub.read_record(folder)
    known = asdict(record) if record else {}
    return {
        "folder": str(folder),
        "digest": digest(folder),
        "size": sum(file.stat().st_size for file in folder.iterdir() if file.is_file()),
        **{name: known.get(name) for name in ("hub", "revision", "commit", "pulled_at")},
    }


def models() -> list[dict[str, Any]]:
    """The demo model and those of the cache: what `describe` says, name, problem (or empty), prepared precisions."""
    demo = DEMO_FOLDER / "model"
    return [_listed(DEMO_MODEL, demo), *(_listed(name, folder) for name, folder in hub.cached())]


def _listed(name: str, folder: Path) -> dict[str, Any]:
    problems = check(folder)
    if problems:
        empty = dict.fromkeys(("hub", "revision", "commit", "pulled_at"))
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        facts = {"folder": str(folder), "digest": "", "size": size, **empty}
        return {"model": name, **facts, "problem": str(problems[0]), "prepared": []}
    facts = describe(folder)
    identity = ModelIdentity(folder=str(folder), name=name, digest=facts["digest"])
    prepared = [p for p in onnx_export.PRECISIONS if onnx_export.is_whole(onnx_export.folder_of(identity, p))]
    return {"model": name, **facts, "problem": "", "prepared": prepared}


def name_of(settings: EngineSettings) -> str:
    """What results call the model: `demo`, a folder's name, or a hub's id with its revision."""
    if settings.model == DEMO_MODEL:
        return DEMO_MODEL
    folder = Path(settings.model).expanduser()
    return folder.resolve().name if folder.is_dir() else f"{settings.model}@{settings.revision}"


def digest(folder: str | Path) -> str:
    """SHA-256 over the weights, the vocabulary, the feature statistics and the architecture, hexadecimal.

    The names of the files and their place do not count: a copy has the same digest.

    Raises:
        ModelError: one of the four is not there.
    """
    folder = Path(folder)
    tokenizer = tokenizer_file(folder)
    files = [folder / WEIGHTS, tokenizer or folder / "*.bpe.model", folder / STATISTICS, folder / CONFIG]
    absent = [file.name for file in files if not file.is_file()]
    if absent:
        raise ModelError(f"{folder} has no {', '.join(absent)}", remedy="copy the whole model folder")
    return storage.digest_of([_file_digest(file) for file in files])


def _file_digest(file: Path) -> str:
    stat = file.stat()
    if stat.st_size < LARGE:
        return storage.file_digest(file)
    identity = [str(file.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ino]
    memory = hub.cache_folder() / "digests" / f"{storage.digest_of(identity)}.json"
    return _remembered(memory) or _remember(memory, storage.file_digest(file))


def _remembered(memory: Path) -> str | None:
    try:
        value = storage.read_json(memory)
    except StageError:
        return None
    return value if isinstance(value, str) else None


def _remember(memory: Path, value: str) -> str:
    try:
        storage.write_json(memory, value)
    except StageError:  # a cache that cannot be written costs time only
        return value
    return value


def _is_hub_id(model: str) -> bool:
    """`owner/name`, and not a path."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", model) is not None
