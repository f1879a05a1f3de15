"""Train the demo model on a made set of clips, on a CPU, for a given number of minutes.

``python -m callqa.demo.make.train --data WORK/train --model MODEL --minutes 38``

The learning rate falls over the time given, so a slower machine makes fewer steps, not a longer
run. ``model.pt`` is written every ``SAVE_EVERY`` steps, whole or not at all.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece as spm
import torch
import yaml
from funasr.frontends.wav_frontend import load_cmvn
from funasr.models.sense_voice.model import SenseVoiceSmall

from callqa.demo.make.layout import BPE

QUERIES = 4
"""Language, emotion, event and normalisation are written at the first four positions."""
LANGUAGE_QUERIES = {"zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12, "nospeech": 13}
TEXTNORM_QUERIES = {"withitn": 14, "woitn": 15}
"""Rows of the query embedding, as SenseVoiceSmall numbers them."""
BANDS, WIDTH = 80, 560
WARM_UP = 100
SHORT_ROWS = 110
"""The longest of the short clips that a run begins with, in rows of 60 ms."""
SAVE_EVERY = 250
AVERAGE_FROM, AVERAGE = 0.55, 0.997
"""The share of the run after which weights are averaged, and the decay a step."""


@dataclass
class Corpus:
    """Clips in memory: normalised on the way out, token ids with the four tags first."""

    rows: Any
    offsets: list[int]
    lengths: np.ndarray
    tokens: list[list[int]]
    mean: np.ndarray
    scale: np.ndarray


def load_corpus(data: list[Path], model: Path) -> Corpus:
    """Read made sets, leaving out clips too short for their text under CTC."""
    tokens = spm.SentencePieceProcessor(model_file=str(model / BPE))
    shift, scale = (x.numpy() for x in load_cmvn(str(model / "am.mvn")))
    rows, offsets, lengths, targets, base = [], [], [], [], 0
    for folder in data:
        part = np.load(folder / "features.npy")
        for clip in json.loads((folder / "clips.json").read_text(encoding="utf-8")):
            tags = [clip[k] for k in ("language", "emotion", "event", "textnorm")]
            words = tokens.encode(clip["text"])
            repeats = sum(a == b for a, b in itertools.pairwise(words))
            if clip["frames"] >= len(words) + repeats:
                offsets.append(base + clip["offset"])
                lengths.append(clip["frames"])
                targets.append([tokens.piece_to_id(f"<|{t}|>") for t in tags] + words)
        rows.append(part)
        base += len(part)
    return Corpus(np.concatenate(rows), offsets, np.array(lengths), targets, shift, scale)


def build(model: Path) -> SenseVoiceSmall:
    """The network; its class knows only the hub's token ids, so ours are set on the instance."""
    config = yaml.safe_load((model / "config.yaml").read_text(encoding="utf-8"))
    tokens = spm.SentencePieceProcessor(model_file=str(model / BPE))
    network = SenseVoiceSmall(
        encoder=config["encoder"],
        encoder_conf=config["encoder_conf"],
        input_size=WIDTH,
        vocab_size=tokens.get_piece_size(),
        **config["model_conf"],
    )
    id_of = tokens.piece_to_id
    network.lid_int_dict = {id_of(f"<|{k}|>"): v for k, v in LANGUAGE_QUERIES.items()}
    network.textnorm_int_dict = {id_of(f"<|{k}|>"): v for k, v in TEXTNORM_QUERIES.items()}
    return network


def batches(lengths: np.ndarray, frames: int, longest_now: Callable[[], float]) -> Iterator[list[int]]:
    """Clips of like length, at most ``frames`` padded rows a batch, in random order, for ever.

    A round takes the clips of at most ``longest_now()`` rows: CTC finds its first alignments
    much sooner on single sentences.
    """
    while True:
        order = np.argsort(lengths + np.random.uniform(0, 12, len(lengths)))
        order = order[lengths[order] <= longest_now()]
        groups: list[list[int]] = []
        current: list[int] = []
        longest = 0
        for i in order.tolist():
            longest = max(longest, int(lengths[i]))
            if current and longest * (len(current) + 1) > frames:
                groups.append(current)
                current, longest = [], int(lengths[i])
            current.append(i)
        groups.append(current)
        random.shuffle(groups)
        yield from groups


def masked(rows: np.ndarray) -> np.ndarray:
    """SpecAugment (Park et al. 2019): two bands and some stretches of time set to the mean."""
    bands = rows.reshape(-1, WIDTH // BANDS, BANDS)
    for _ in range(2):
        width = random.randint(0, 10)
        start = random.randint(0, BANDS - width)
        bands[:, :, start : start + width] = 0
    for _ in range(1 + len(rows) // 60):
        width = random.randint(0, 4)
        start = random.randint(0, max(1, len(rows) - width))
        rows[start : start + width] = 0
    return rows


def collate(corpus: Corpus, batch: list[int]) -> tuple[torch.Tensor, ...]:
    """Padded features, their lengths, padded targets, their lengths."""
    lengths = corpus.lengths[batch]
    speech = np.zeros((len(batch), lengths.max(), WIDTH), np.float32)
    for k, i in enumerate(batch):
        n, at = corpus.lengths[i], corpus.offsets[i]
        rows = (corpus.rows[at : at + n].astype(np.float32) + corpus.mean) * corpus.scale
        if random.random() < 0.5:
            rows += random.gauss(0, 0.15)
        speech[k, :n] = masked(rows) if random.random() < 0.5 else rows
    sizes = [len(corpus.tokens[i]) for i in batch]
    targets = np.full((len(batch), max(sizes)), -1, np.int64)
    for k, i in enumerate(batch):
        targets[k, : sizes[k]] = corpus.tokens[i]
    arrays = (speech, lengths.astype(np.int64), targets, np.array(sizes))
    return tuple(torch.from_numpy(a) for a in arrays)


def losses(network: SenseVoiceSmall, parts: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    """CTC a token (a clip would drown the tags) and cross-entropy of the four tags."""
    speech, lengths, targets, sizes = parts
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoded, out_lengths = network.encode(speech, lengths.clone(), targets)
    encoded = encoded.float()
    words = sizes - QUERIES
    ctc, _ = network._calc_ctc_loss(encoded[:, QUERIES:], (out_lengths - QUERIES).long(), targets[:, QUERIES:], words)
    rich, _ = network._calc_rich_ce_loss(encoded[:, :QUERIES], targets[:, :QUERIES])
    return ctc * len(sizes) / max(1, int(words.sum())), rich


def save(state: dict[str, torch.Tensor], model: Path) -> None:
    """Write half-precision weights under a temporary name, then rename."""
    half = {k: v.half() if v.dtype == torch.float32 else v for k, v in state.items()}
    part = model / "model.pt.part"
    torch.save({"state_dict": half}, part)
    part.replace(model / "model.pt")


def rate(step: int, progress: float, peak: float) -> float:
    """Linear warm-up by steps, then a cosine over the share of time gone."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return peak * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


class Average:
    """An exponential average of the weights over the last part of the run."""

    def __init__(self) -> None:
        self.state: dict[str, torch.Tensor] | None = None

    @torch.no_grad()
    def update(self, network: SenseVoiceSmall) -> None:
        """Take one step in."""
        now = network.state_dict()
        if self.state is None:
            self.state = {k: v.detach().clone() for k, v in now.items()}
            return
        for key, value in now.items():
            if value.dtype.is_floating_point:
                self.state[key].lerp_(value, 1 - AVERAGE)
            else:
                self.state[key].copy_(value)


class Run:
    """One training run: each thread takes a batch, computes its gradient on one core, and their mean is applied.

    Threads meet once a step and not in every operation, so that a busy machine costs little.
    """

    def __init__(self, corpus: Corpus, network: SenseVoiceSmall, options: argparse.Namespace) -> None:
        self.corpus, self.network, self.options = corpus, network, options
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=options.peak, betas=(0.9, 0.98), weight_decay=1e-2, fused=True
        )
        self.average, self.begun = Average(), time.time()
        self.log: list[Any] = []
        self.replicas = [self.replica() for _ in range(options.threads)]

    @property
    def progress(self) -> float:
        """The share of the time that is gone."""
        budget: float = 60 * self.options.minutes
        return min(1.0, (time.time() - self.begun) / budget)

    def longest(self) -> float:
        """Rows of the longest clip to take at present."""
        return SHORT_ROWS if self.progress < self.options.short else math.inf

    def replica(self) -> SenseVoiceSmall:
        """A network of its own gradients over the shared weights."""
        copied = copy.deepcopy(self.network)
        for ours, shared in zip(copied.parameters(), self.network.parameters(), strict=True):
            ours.data = shared.data
        return copied.train()

    def gradient(self, replica: SenseVoiceSmall, parts: tuple[torch.Tensor, ...]) -> tuple[float, float]:
        """Compute a batch's gradient on a replica and give the two losses."""
        torch.set_num_threads(1)
        replica.zero_grad(set_to_none=True)
        ctc, rich = losses(replica, parts)
        torch.autograd.backward(ctc + rich)
        return float(ctc.detach()), float(rich.detach())

    def apply(self, step: int) -> None:
        """Change the shared weights by the mean of the replicas' gradients."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate(step, self.progress, self.options.peak)
        for shared, *ours in zip(self.network.parameters(), *(r.parameters() for r in self.replicas), strict=True):
            grads = [p.grad for p in ours if p.grad is not None]
            shared.grad = torch.stack(grads).mean(0) if grads else None
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        if self.progress > AVERAGE_FROM:
            self.average.update(self.network)

    def record(self, step: int, pairs: list[tuple[float, float]]) -> None:
        """Report and save now and then."""
        self.log.append(np.mean(pairs, axis=0))
        if step % 50 == 0:
            means, spent = np.mean(self.log[-50:], axis=0), time.time() - self.begun
            print(f"{step} {spent:.0f} s ctc {means[0]:.3f} tags {means[1]:.3f}", flush=True)
        if step % SAVE_EVERY == 0:
            save(self.average.state or self.network.state_dict(), self.options.model)

    def train(self) -> None:
        """Step until the time is over, then save."""
        supply = batches(self.corpus.lengths, self.options.frames, self.longest)
        step = 0
        with ThreadPoolExecutor(self.options.threads) as pool:
            while self.progress < 1:
                step += 1
                parts = [collate(self.corpus, next(supply)) for _ in self.replicas]
                pairs = list(pool.map(self.gradient, self.replicas, parts))
                self.apply(step)
                self.record(step, pairs)
        save(self.average.state or self.network.state_dict(), self.options.model)
        print(f"done: {step} steps, {time.time() - self.begun:.0f} s", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=38.0)
    parser.add_argument("--frames", type=int, default=500, help="padded rows of 60 ms a thread and step")
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--short", type=float, default=0.2, help="share of the run on short clips only")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="weights to begin from")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    corpus, network = load_corpus(options.data, options.model), build(options.model)
    if options.start:
        network.load_state_dict(torch.load(options.start)["state_dict"])
    size = sum(p.numel() for p in network.parameters()) / 1e6
    print(f"{len(corpus.tokens)} clips, {size:.2f} M parameters", flush=True)
    Run(corpus, network, options).train()


if __name__ == "__main__":
    main()
