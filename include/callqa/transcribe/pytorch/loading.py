"""A SenseVoice model loaded through FunASR, and proof that it is the one in the folder.

FunASR logs what does not fit and goes on with random numbers in its place. So after loading, names and shapes of the
file are compared with those of the network, both ways.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.errors import ModelError
from callqa.transcribe.models import weights
from callqa.transcribe.models.model_check import WEIGHTS, Problem, refusal
from callqa.transcribe.pytorch.quiet import quiet

logger = logging.getLogger(__name__)

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "MODELSCOPE_OFFLINE": "1"}
"""What the hubs' libraries read: the model is in a folder, so nothing may call out."""
SAFE: dict[str, str | None] = {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": None}
"""What torch reads: FunASR's `torch.load` takes tensors only, whatever the environment says. A file can run nothing."""
SHOWN = 5
"""Names of a kind that an error lists."""


@dataclass(frozen=True)
class Loaded:
    """The parts of FunASR's model that the engine uses; untyped, because FunASR is."""

    network: Any
    """`SenseVoiceSmall`, in evaluation mode, on its device."""
    frontend: Any
    """`WavFrontend`: samples to stacked, normalised mel frames."""
    tokenizer: Any
    pieces: list[str]
    """The vocabulary, by token id."""


def load(folder: str | Path, device: str, threads: int) -> Loaded:
    """The model of a folder that `model_check.require` accepted, on `device` (`cpu` or `cuda:<n>`).

    Raises:
        ModelError: FunASR cannot build it, a tensor is missing, unknown, of another shape or not finite, or the
            features' statistics were not loaded.
    """
    started = time.monotonic()
    with quiet(), _environment({**OFFLINE, **SAFE}):
        auto = _build(Path(folder), device, threads)
    problems = [*check_loaded(Path(folder), auto.model), *_check_frontend(auto.kwargs["frontend"])]
    if problems:
        raise refusal(folder, problems)
    logger.info("model %s loaded on %s in %.1f s", folder, device, time.monotonic() - started)
    return _parts(auto)


def _parts(auto: Any) -> Loaded:
    tokenizer = auto.kwargs["tokenizer"]
    pieces = [tokenizer.sp.IdToPiece(index) for index in range(tokenizer.get_vocab_size())]
    return Loaded(network=auto.model, frontend=auto.kwargs["frontend"], tokenizer=tokenizer, pieces=pieces)


def _build(folder: Path, device: str, threads: int) -> Any:
    try:
        from funasr import AutoModel

        return AutoModel(
            model=str(folder),
            device=device,
            ncpu=threads,
            disable_update=True,
            disable_pbar=True,
            log_level="ERROR",
            trust_remote_code=False,
            frontend_conf={"dither": 0.0},  # noise added to the samples: the same file would give different text
        )
    except Exception as error:  # FunASR asserts, and raises whatever its parts do
        raise ModelError(
            f"FunASR cannot load the model in {folder}: {type(error).__name__}: {error}",
            remedy="`callqa model pull` fetches it again; `callqa doctor` shows the installed versions",
        ) from error


@contextlib.contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set_environment(values)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def check_loaded(folder: Path, network: Any) -> list[Problem]:
    """What of `model.pt` does not fit the network that was built for it, or is not a finite number."""
    built = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    return [*mismatches(built, _stored_shapes(folder / WEIGHTS)), *_not_finite(network)]


def mismatches(built: Mapping[str, tuple[int, ...]], stored: Mapping[str, tuple[int, ...]]) -> list[Problem]:
    """Tensors that are missing in the file, unknown to the network, or of another shape."""
    missing = sorted(built.keys() - stored.keys())
    unknown = sorted(stored.keys() - built.keys())
    reshaped = [
        f"{name} {stored[name]} instead of {built[name]}"
        for name in sorted(built.keys() & stored.keys())
        if stored[name] != built[name]
    ]
    found = (("lacks", missing), ("has what the network does not know:", unknown), ("has wrong shapes:", reshaped))
    return [Problem(WEIGHTS, f"{what} {_listed(names)}") for what, names in found if names]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _stored_shapes(file: Path) -> weights.Shapes:
    return weights.shapes(file) or _legacy_shapes(file)


def _legacy_shapes(file: Path) -> weights.Shapes:
    import torch

    state = torch.load(file, map_location="cpu", weights_only=True)
    for wrapper in weights.WRAPPERS:
        state = state.get(wrapper, state)
    return {name.removeprefix("module."): tuple(tensor.shape) for name, tensor in state.items()}


def _not_finite(network: Any) -> list[Problem]:
    bad = [name for name, tensor in network.state_dict().items() if not tensor.isfinite().all()]
    return [Problem(WEIGHTS, f"holds numbers that are not finite: {_listed(bad)}")] if bad else []


def _check_frontend(frontend: Any) -> list[Problem]:
    if frontend.cmvn is None or not frontend.cmvn.isfinite().all():
        return [Problem("am.mvn", "was not loaded: the features would not be normalised")]
    return []
