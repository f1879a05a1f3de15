"""What denoising does to the error rate, by noise and SNR, and from which measured SNR on it does good.

Noise is added to the recordings of a manifest (default: the demo's calls), which should be fairly clean; the result goes
through 8 kHz and A-law, and through the whole of prepare, transcribe and parse: once with `denoise = off`, once with
`on`. What `auto` gives at any threshold follows from the two, since it is one or the other for each channel.

    python -m benchmarks.denoise [MANIFEST] [--recordings 6] [--noises white babble …] [--snrs 20 15 10 5 0 -5]
    python -m benchmarks.denoise --blends 6 12 100     # how much of the original to mix in, on pieces of true times

The best threshold and blend are a model's own: the demo model's say nothing of another's. With your model and your
calls: `callqa eval`'s manifest of some clean calls of yours, and `--config` with your qa.toml.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from benchmarks.noises import NOISES, RATE, Signal
from callqa import evaluate as evaluation
from callqa import settings
from callqa.evaluate import scores
from callqa.evaluate.demo import write_manifest
from callqa.evaluate.manifest import Manifest, Reference
from callqa.evaluate.matching import Hypothesis
from callqa.evaluate.scores import Scored
from callqa.parse import tags
from callqa.prepare import denoise
from callqa.prepare.intake.decode import decode
from callqa.prepare.slicing.voice import FRAME, probabilities
from callqa.settings import Settings
from callqa.transcribe import stage
from callqa.transcribe.models import model_store

LINE_RATE = 8_000
SPEECH = 0.5
"""Probability of speech from which a frame counts for the level of the speech."""
THRESHOLDS = (-100.0, 0.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0, 25.0, 100.0)
MAX_HOURS = 4
PAD = 0.15


@dataclass(frozen=True)
class Clean:
    """A recording of the manifest: its channels at 16 kHz and the level of the speech in each."""

    channels: list[Signal]
    speech: list[float]
    references: list[Reference]


def main() -> None:
    """Command line."""
    options = _options()
    chosen = settings.load(options.config).with_folders(lake=str(options.work))
    cleaned = cleans(evaluation.read(options.manifest or write_manifest(options.work / "demo.jsonl")), options)
    cores = len(os.sched_getaffinity(0))
    print(
        f"{platform.processor() or platform.machine()}, {cores} cores; model {model_store.name_of(chosen.engine)}, ",
        end="",
    )
    print(f"engine {chosen.engine.name} {chosen.engine.precision}; {len(cleaned)} recordings; {denoise.version()}")
    _cost(cleaned[0])
    if options.blends:
        _blends(cleaned, options, chosen)
    else:
        _gate(cleaned, options, chosen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", nargs="?")
    parser.add_argument("--config", help="qa.toml")
    parser.add_argument("--recordings", type=int, default=6, help="so many of the manifest's, evenly chosen")
    parser.add_argument("--noises", nargs="+", choices=list(NOISES), default=list(NOISES))
    parser.add_argument("--snrs", nargs="+", type=float, default=[20, 15, 10, 5, 0, -5])
    parser.add_argument("--sparse", action="store_true", help="each recording at each SNR with one noise, in turn")
    parser.add_argument("--blends", nargs="+", type=float, help="dB by which noise is lowered at most")
    parser.add_argument("--work", type=Path, default=Path("/tmp/callqa-denoise"))
    parser.add_argument("--json", type=Path, help="write every score there")
    return parser.parse_args()


def cleans(manifest: Manifest, options: argparse.Namespace) -> list[Clean]:
    """Some recordings of a manifest, with what is said in them."""
    of: dict[str, list[Reference]] = defaultdict(list)
    for reference in manifest.references:
        of[reference.audio].append(reference)
    names = list(of)[:: max(1, len(of) // options.recordings)][: options.recordings]
    return [clean(Path(name), of[name]) for name in names]


def clean(path: Path, references: list[Reference]) -> Clean:
    """A recording decoded."""
    with path.open("rb", buffering=0) as file:
        audio = decode(file, MAX_HOURS * 3600.0)
    channels = [soxr.resample(samples.astype(np.float32) / 32768, audio.rate, RATE) for samples in audio.channels]
    return Clean(channels, [speech_level(channel) for channel in channels], references)


def speech_level(channel: Signal) -> float:
    """RMS of the frames with speech; 0 where nobody speaks."""
    said = np.repeat(probabilities(np.rint(channel * 32767).astype(np.int16)) > SPEECH, FRAME)[: len(channel)]
    return float(np.sqrt(np.mean(channel[said] ** 2))) if said.any() else 0.0


def on_a_line(channel: Signal, noise: Signal, level: float) -> Signal:
    """A channel with noise of an RMS (within the line's band), at the line's rate."""
    line, added = soxr.resample(channel, RATE, LINE_RATE), soxr.resample(noise, RATE, LINE_RATE)
    return np.clip(line + added * (level / np.sqrt(np.mean(added**2))), -1, 1)


def noisy_channels(one: Clean, noise: str, snr: float, voices: Sequence[Signal], seed: int) -> list[Signal]:
    """Every channel at an SNR, as loud as the speech in it is (where nobody speaks: as in the loudest channel)."""
    generator = np.random.default_rng(seed)
    out = []
    for channel, speech in zip(one.channels, one.speech, strict=True):
        level = (speech or max(one.speech)) * 10 ** (-snr / 20)
        out.append(on_a_line(channel, NOISES[noise](len(channel), generator, voices), level))
    return out


def voices_of(cleaned: Sequence[Clean]) -> list[Signal]:
    """Pieces of speech to make a babble of."""
    return [_cut(one, reference) for one in cleaned for reference in one.references if reference.text]


def _cut(one: Clean, reference: Reference) -> Signal:
    channel = one.channels[reference.channel or 0]
    end = reference.end if reference.end is not None else len(channel) / RATE
    return channel[round((reference.start or 0.0) * RATE) : round(end * RATE)]


def _conditions(cleaned: Sequence[Clean], options: argparse.Namespace) -> Iterator[tuple[int, Clean, str, float, int]]:
    """Each recording at each SNR with each noise, or with one in turn."""
    every = list(itertools.product(enumerate(cleaned), enumerate(options.snrs), enumerate(options.noises)))
    for seed, ((number, one), (place, snr), (which, noise)) in enumerate(every):
        if not options.sparse or which == (number + place) % len(options.noises):
            yield number, one, noise, snr, seed


# --- the gate, through the whole path ---------------------------------------------------------------------------------


def _gate(cleaned: Sequence[Clean], options: argparse.Namespace, chosen: Settings) -> None:
    manifest, sources = _noisy_manifest(cleaned, options)
    found = {}
    for mode in ("off", "on"):
        started = time.perf_counter()
        found[mode] = evaluation.evaluate(manifest, chosen.with_value(f"prepare.denoise={mode}"), lambda *_: None)
        print(f"denoise = {mode}: {time.perf_counter() - started:.0f} s", flush=True)
    rows = [_Both(sources[a.reference.line], a, b) for a, b in zip(found["off"].rows, found["on"].rows, strict=True)]
    if options.json:
        options.json.write_text(json.dumps([row.plain() for row in rows], ensure_ascii=False))
    draws = scores.weights(len(cleaned))
    _table("SNR, dB", rows, draws, lambda row: f"{row.off.reference.snr:g}")
    _table("noise", rows, draws, lambda row: row.noise)
    _table("measured SNR", rows, draws, lambda row: scores.band(row.measured))
    _measured(rows)
    _thresholds(rows, draws)


@dataclass(frozen=True)
class _Both:
    """A reference heard without and with denoising."""

    source: int
    """Number of the clean recording: what is resampled, since noise does not make a recording another one."""
    off: Scored
    on: Scored

    @property
    def noise(self) -> str:
        return str(self.off.reference.codec)

    @property
    def measured(self) -> float | None:
        return self.off.hypothesis.snr

    def plain(self) -> dict[str, Any]:
        of = self.off.reference
        figures = {"off": self.off.counts.errors, "on": self.on.counts.errors, "tokens": self.off.counts.tokens}
        tags = {
            "language": of.language,
            "language_off": self.off.hypothesis.language,
            "language_on": self.on.hypothesis.language,
        }
        return {"source": self.source, "noise": self.noise, "snr": of.snr, "measured": self.measured, **figures, **tags}


def _noisy_manifest(cleaned: Sequence[Clean], options: argparse.Namespace) -> tuple[Manifest, dict[int, int]]:
    voices, references, sources = voices_of(cleaned), [], {}
    for number, one, noise, snr, seed in _conditions(cleaned, options):
        path = options.work / "noisy" / f"{number:03d}-{noise}-{snr:g}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        channels = noisy_channels(one, noise, snr, voices, seed)
        soundfile.write(path, np.stack(channels, 1), LINE_RATE, subtype="ALAW")
        for reference in one.references:
            line = len(references) + 1
            sources[line] = number
            changes = {"line": line, "audio": str(path), "snr": snr, "codec": noise}
            references.append(Reference(**{**vars(reference), **changes}))
    return Manifest(path="noisy", references=references, problems=[], ignored={}), sources


def _table(title: str, rows: Sequence[_Both], draws: scores.Weights, key: Any) -> None:
    print(
        f"\n| {title} | references | off | on | on - off | 95 % | language off | on |\n|---|---|---|---|---|---|---|---|"
    )
    for name in dict.fromkeys(map(key, rows)):
        part = [row for row in rows if key(row) == name]
        tokens = [(row.source, float(row.off.counts.tokens)) for row in part]
        off = [(row.source, float(row.off.counts.errors)) for row in part]
        on = [(row.source, float(row.on.counts.errors)) for row in part]
        apart = [(r, b - a) for (r, a), (_, b) in zip(off, on, strict=True)]
        rates = [_rate(values, tokens) for values in (off, on, apart)]
        told = [np.mean([_told(getattr(row, which)) for row in part]) for which in ("off", "on")]
        interval = scores.interval(apart, tokens, draws)
        shown = "-" if interval is None else f"{100 * interval[0]:+.1f} to {100 * interval[1]:+.1f}"
        figures = (
            f"{rates[0]:.1f} | {rates[1]:.1f} | {rates[2]:+.1f} | {shown} | {100 * told[0]:.0f} | {100 * told[1]:.0f}"
        )
        print(f"| {name} | {len(part)} | {figures} |")


def _told(row: Scored) -> bool:
    return row.reference.language == row.hypothesis.language


def _rate(errors: Sequence[tuple[int, float]], tokens: Sequence[tuple[int, float]]) -> float:
    return 100 * sum(e for _, e in errors) / max(1.0, sum(t for _, t in tokens))


def _measured(rows: Sequence[_Both]) -> None:
    print("\n| noise at SNR | measured, 10 %, median, 90 % |\n|---|---|")
    for name in dict.fromkeys((row.noise, row.off.reference.snr) for row in rows):
        values = [r.measured for r in rows if (r.noise, r.off.reference.snr) == name and r.measured is not None]
        shown = ", ".join(f"{value:.1f}" for value in np.percentile(values, [10, 50, 90])) if values else "-"
        print(f"| {name[0]} {name[1]:g} dB | {shown} |")


def _thresholds(rows: Sequence[_Both], draws: scores.Weights) -> None:
    print("\n| auto below, dB | denoised | errors | against off | 95 % |\n|---|---|---|---|---|")
    tokens = [(row.source, float(row.off.counts.tokens)) for row in rows]
    for threshold in THRESHOLDS:
        below = [row.measured is not None and row.measured < threshold for row in rows]
        taken = [row.on if low else row.off for row, low in zip(rows, below, strict=True)]
        errors = [(row.source, float(own.counts.errors)) for row, own in zip(rows, taken, strict=True)]
        apart = [(r, e - row.off.counts.errors) for (r, e), row in zip(errors, rows, strict=True)]
        interval = scores.interval(apart, tokens, draws)
        shown = "-" if interval is None else f"{100 * interval[0]:+.2f} to {100 * interval[1]:+.2f}"
        share = 100 * np.mean(below)
        print(
            f"| {threshold:g} | {share:.0f} % | {_rate(errors, tokens):.2f} | {_rate(apart, tokens):+.2f} | {shown} |"
        )


# --- the blend, on pieces of true times -------------------------------------------------------------------------------


def _blends(cleaned: Sequence[Clean], options: argparse.Namespace, chosen: Settings) -> None:
    engine = stage.open_engine(chosen.engine, model_store.identify(chosen.engine))
    voices = voices_of(cleaned)
    errors: dict[tuple[str, float, str], list[int]] = defaultdict(lambda: [0, 0])
    names = ["off", *(f"{blend:g} dB" for blend in options.blends)]
    for _, one, noise, snr, seed in _conditions(cleaned, options):
        lines = noisy_channels(one, noise, snr, voices, seed)
        wide = [np.rint(soxr.resample(line, LINE_RATE, RATE) * 32767).astype(np.int16) for line in lines]
        versions = [wide] + [[denoise.denoised(channel, blend_db=b) for channel in wide] for b in options.blends]
        for name, channels in zip(names, versions, strict=True):
            clips = [_piece(channels, reference) for reference in one.references]
            for reference, heard in zip(one.references, engine.transcribe(clips, ["auto"] * len(clips)), strict=True):
                text = Hypothesis(text=tags.parse(heard.text_raw).text)
                counts = scores.score(reference, text, 0).counts
                sums = errors[noise, snr, name]
                sums[0], sums[1] = sums[0] + counts.errors, sums[1] + counts.tokens
    print(f"\n| noise, SNR | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for noise, snr in dict.fromkeys(key[:2] for key in errors):
        rates = [errors[noise, snr, name] for name in names]
        print(f"| {noise} {snr:g} dB | {' | '.join(f'{100 * e / max(1, t):.1f}' for e, t in rates)} |")


def _piece(channels: Sequence[Any], reference: Reference) -> Signal:
    channel = channels[reference.channel or 0]
    start, end = (reference.start or 0.0) - PAD, (reference.end if reference.end is not None else 1e6) + PAD
    return channel[max(0, round(start * RATE)) : round(end * RATE)].astype(np.float32) / 32768


def _cost(one: Clean) -> None:
    import resource

    samples = np.rint(one.channels[0] * 32767).astype(np.int16)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    denoise.denoised(samples)
    rtf = (time.process_time() - started) / (len(samples) / RATE)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"cost: {rtf:.3f} CPU seconds a second of channel, {grown:.0f} MB more at the peak")


if __name__ == "__main__":
    main()
