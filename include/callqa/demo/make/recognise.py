"""Run the demo model through FunASR's own classes on features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from funasr import AutoModel

from callqa.demo.make.features import Features
from callqa.demo.make.sentences import without_punctuation

TAG = re.compile(r"<\|([^|]*)\|>")


@dataclass(frozen=True)
class Recognised:
    """The four tags and the text of one clip."""

    language: str
    emotion: str
    event: str
    textnorm: str
    text: str

    @classmethod
    def of(cls, raw: str) -> Recognised:
        """Take apart the model's output; a missing tag is '?'."""
        language, emotion, event, textnorm = [*TAG.findall(raw), "?", "?", "?", "?"][:4]
        return cls(language, emotion, event, textnorm, TAG.sub("", raw).strip())


class Recogniser:
    """The model of a folder, loaded as anybody would."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        loaded = AutoModel(
            model=str(folder),
            device="cpu",
            ncpu=threads,
            disable_update=True,
            disable_pbar=True,
            log_level="ERROR",
        )
        self.network = loaded.model
        self.tokenizer = loaded.kwargs["tokenizer"]
        shift, scale = (x.numpy() for x in loaded.kwargs["frontend"].cmvn)
        self.shift, self.scale = shift, scale

    def batch(self, clips: Sequence[Features], textnorm: str = "withitn") -> list[Recognised]:
        """Recognise clips of one setting together; language is left to the model."""
        lengths = [len(c) for c in clips]
        speech = np.zeros((len(clips), max(lengths), clips[0].shape[1]), np.float32)
        for k, clip in enumerate(clips):
            speech[k, : lengths[k]] = (clip.astype(np.float32) + self.shift) * self.scale
        with torch.inference_mode():
            results, _ = self.network.inference(
                torch.from_numpy(speech),
                torch.tensor(lengths),
                key=["clip"] * len(clips),
                tokenizer=self.tokenizer,
                frontend=None,
                data_type="fbank",
                device="cpu",
                language="auto",
                use_itn=textnorm == "withitn",
            )
        return [Recognised.of(r["text"]) for r in results]

    def all(self, clips: Sequence[Features], size: int = 16) -> list[Recognised]:
        """Recognise any number of clips, in batches of like length, in their own order."""
        out: dict[int, Recognised] = {}
        order = sorted(range(len(clips)), key=lambda i: len(clips[i]))
        for at in range(0, len(order), size):
            part = order[at : at + size]
            out.update(zip(part, self.batch([clips[i] for i in part]), strict=True))
        return [out[i] for i in range(len(clips))]


def distance(a: str, b: str) -> int:
    """Levenshtein's, in characters."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def compared(text: str) -> str:
    """Text without punctuation, spaces and case, for error rates."""
    return without_punctuation(text).replace(" ", "")
