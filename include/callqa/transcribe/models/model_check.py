"""Is a model folder whole? Answered in milliseconds, before funasr (13 s) is imported.

FunASR itself loads a folder without `model.pt` with random weights, and one without `am.mvn` with features that the
model never saw; both without an error. So every file is looked at here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.errors import ModelError
from callqa.transcribe.models import weights

MODEL_CLASS = "SenseVoiceSmall"
CONFIG, HUB_CONFIG, STATISTICS, WEIGHTS, TOKENIZER = (
    "config.yaml",
    "configuration.json",
    "am.mvn",
    "model.pt",
    "*.bpe.model",
)
PURPOSES: Mapping[str, str] = {
    CONFIG: "the architecture of the network",
    HUB_CONFIG: "which file of the folder is what",
    STATISTICS: "mean and variance of the features",
    TOKENIZER: "the vocabulary (SentencePiece)",
    WEIGHTS: "the weights; without them FunASR would run on random numbers",
}
OUTPUT_LAYER = "ctc.ctc_lo.weight"
LFS_POINTER = "a Git LFS pointer, not the file itself"


@dataclass(frozen=True)
class Problem:
    """A file of a model folder that is missing or wrong."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def check(folder: str | Path) -> list[Problem]:
    """Everything that is wrong with the files of a model folder; empty where nothing is."""
    folder = Path(folder)
    if not folder.is_dir():
        return [Problem(str(folder), "no such folder")]
    missing = [*_missing(folder), *_pointers(folder)]
    if missing:
        return missing
    return [*_wrong_config(folder), *_wrong_hub_config(folder), *_wrong_statistics(folder), *_wrong_weights(folder)]


def require(folder: str | Path) -> None:
    """Nothing, where the folder is whole.

    Raises:
        ModelError: it is not; the message names every file at fault.
    """
    problems = check(folder)
    if problems:
        raise refusal(folder, problems)


def refusal(folder: str | Path, problems: list[Problem]) -> ModelError:
    """The error that says what is wrong with a folder."""
    listed = "".join(f"\n  - {problem}" for problem in problems)
    again = "fetch it again with `callqa model pull`, or copy the whole folder from a machine where it works"
    pointers = any(LFS_POINTER in problem.what for problem in problems)
    return ModelError(
        f"the model in {folder} cannot be used:{listed}",
        remedy=f"run `git lfs pull` in the clone that the files are from; or {again}" if pointers else again,
    )


def tokenizer_file(folder: Path) -> Path | None:
    """The SentencePiece model of a folder; None where there is none."""
    return next(iter(sorted(folder.glob(TOKENIZER))), None)


def _missing(folder: Path) -> Iterator[Problem]:
    for name, purpose in PURPOSES.items():
        files = [file for file in folder.glob(name) if file.is_file()]
        if not files:
            yield Problem(name, f"missing ({purpose})")
        elif any(file.stat().st_size == 0 for file in files):
            yield Problem(name, f"empty ({purpose})")


def _pointers(folder: Path) -> Iterator[Problem]:
    """What a clone without Git LFS has in place of its large files (those of the hubs: weights and vocabulary)."""
    for pattern in PURPOSES:
        for file in folder.glob(pattern):
            with file.open("rb") as opened:
                if opened.read(len(weights.LFS_MAGIC)) == weights.LFS_MAGIC:
                    yield Problem(file.name, LFS_POINTER)


def read_config(folder: Path) -> dict[str, Any]:
    """`config.yaml` as it is.

    Raises:
        ValueError: it is not YAML, or not a mapping.
    """
    import yaml

    try:
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"not YAML: {error}") from error
    if not isinstance(config, dict):
        raise ValueError("not a mapping")
    return config


def _wrong_config(folder: Path) -> Iterator[Problem]:
    try:
        config = read_config(folder)
    except ValueError as error:
        yield Problem(CONFIG, str(error))
        return
    if config.get("model") != MODEL_CLASS:
        yield Problem(CONFIG, f"model is {config.get('model')!r}; this engine runs {MODEL_CLASS} only")


def _wrong_hub_config(folder: Path) -> Iterator[Problem]:
    try:
        metas = json.loads((folder / HUB_CONFIG).read_text(encoding="utf-8")).get("file_path_metas", {})
        named = {
            "init_param": metas.get("init_param"),
            "config": metas.get("config"),
            "tokenizer_conf.bpemodel": metas.get("tokenizer_conf", {}).get("bpemodel"),
            "frontend_conf.cmvn_file": metas.get("frontend_conf", {}).get("cmvn_file"),
        }
    except (ValueError, AttributeError) as error:
        yield Problem(HUB_CONFIG, f"not the JSON that the hubs write: {error}")
        return
    for key, name in named.items():
        if not name:
            yield Problem(HUB_CONFIG, f"file_path_metas has no {key}")
        elif not (folder / name).is_file():
            yield Problem(HUB_CONFIG, f"file_path_metas.{key} names {name}, which is not there")


def _wrong_statistics(folder: Path) -> Iterator[Problem]:
    text = (folder / STATISTICS).read_text(encoding="utf-8", errors="replace")
    vectors = [len(body.split()) for body in re.findall(r"<LearnRateCoef>\s+\S+\s+\[([^\]]*)\]", text)]
    expected = _feature_size(folder)
    if len(vectors) != 2 or expected not in (None, vectors[0]) or vectors[0] != vectors[1]:
        yield Problem(STATISTICS, f"expected a shift and a scale of {expected} numbers each, found {vectors}")


def _feature_size(folder: Path) -> int | None:
    """Numbers in a stacked frame (mel bands x frames stacked), where config.yaml says."""
    try:
        frontend = read_config(folder).get("frontend_conf", {})
        return int(frontend["n_mels"]) * int(frontend["lfr_m"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _wrong_weights(folder: Path) -> Iterator[Problem]:
    try:
        shapes = weights.shapes(folder / WEIGHTS)
    except weights.UnreadableWeightsError as error:
        yield Problem(WEIGHTS, str(error))
        return
    tokens = _vocabulary_size(folder)
    if tokens is None:
        yield Problem(TOKENIZER, "not a SentencePiece model")
    elif shapes is not None and OUTPUT_LAYER not in shapes:
        yield Problem(WEIGHTS, f"has no {OUTPUT_LAYER}: not the weights of {MODEL_CLASS}")
    elif shapes is not None and shapes[OUTPUT_LAYER][0] != tokens:
        yield Problem(WEIGHTS, f"made for {shapes[OUTPUT_LAYER][0]} tokens, but the vocabulary has {tokens}")


def _vocabulary_size(folder: Path) -> int | None:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.Load(str(tokenizer_file(folder)))
    except (RuntimeError, OSError, TypeError):
        return None
    return int(processor.GetPieceSize())
