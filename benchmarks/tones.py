"""Telephone tones: precision and recall by class and codec on a generated set, false alarms an hour on what is none.

    python -m benchmarks.tones [--each 4] [--minutes 10] [--negatives NAME=FOLDER ...]

The folders of `--negatives` hold recordings without tones (wav, ogg, flac): speech, such as what Debian's
asterisk-core-sounds-en-wav installs, music, such as asterisk-moh-opsound-wav's.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from tabulate import tabulate

from benchmarks.tone_set import CODECS, RATE, Clip, Generator, Signal, negatives, positives, through
from callqa.prepare.intake.decode import Samples
from callqa.prepare.sounds.cadences import PLANS
from callqa.prepare.sounds.dtmf import dtmf_of, presses_of
from callqa.prepare.sounds.tones import Tone, tones_of
from callqa.prepare.spans import overlap

DEMO_CALLS = Path(__file__).parents[1] / "include" / "callqa" / "demo" / "calls"
SUFFIXES = {".wav", ".flac", ".ogg"}
Score = tuple[int, int, int]
"""Tones that were made, of these found, and found where none was made."""


def score(clip: Clip) -> Score:
    """A clip's score: for key presses each press counts, its digit included."""
    found = tones_of(clip.samples, clip.rate, clip.country)
    if clip.kind == "dtmf":
        pressed = presses_of(clip.samples, clip.rate)
        inside = [p for p in pressed if clip.start - 0.1 <= p.start <= clip.end + 0.1]
        right = _in_order("".join(p.digit for p in inside), clip.digits)
        return len(clip.digits), right, len(pressed) - right + len(found)
    right = int(any(_covers(tone, clip) for tone in found))
    return 1, right, len(found) - right + len(dtmf_of(clip.samples, clip.rate))


def _covers(tone: Tone, clip: Clip) -> bool:
    covered = overlap([(tone.start, tone.end)], clip.start - 0.1, clip.end + 0.1)
    return tone.kind == clip.kind and covered >= 0.5 * (clip.end - clip.start)


def _in_order(found: str, made: str) -> int:
    """Length of the longest common subsequence."""
    rows = np.zeros((len(found) + 1, len(made) + 1), int)
    for i, a in enumerate(found):
        for j, b in enumerate(made):
            rows[i + 1, j + 1] = rows[i, j] + 1 if a == b else max(rows[i, j + 1], rows[i + 1, j])
    return int(rows[-1, -1])


def demo_speech() -> list[tuple[Samples, int]]:
    """The channels of the demo's calls in which people talk, holds included, as they were recorded."""
    truths = json.loads((DEMO_CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    names = [DEMO_CALLS / t["day"] / t["file"] for t in truths if t["turns"] and not t["reject_reason"]]
    files = [soundfile.read(name, dtype="int16", always_2d=True) for name in names if name.suffix in SUFFIXES]
    return [(np.ascontiguousarray(channel), rate) for samples, rate in files for channel in samples.T]


def talk() -> Callable[[Generator], Signal]:
    """Pieces of one to four seconds of the demo's speech."""
    import soxr

    voices = [soxr.resample(samples / 32768.0, rate, RATE) for samples, rate in demo_speech()]

    def piece(g: Generator) -> Signal:
        while True:
            voice, length = voices[g.integers(len(voices))], round(g.uniform(1, 4) * RATE)
            at = int(g.integers(len(voice) - length))
            if np.std(voice[at : at + length]) > 0.01:
                return voice[at : at + length]

    return piece


def folder(path: Path) -> Iterator[tuple[Samples, int]]:
    """The channels of the recordings below a folder."""
    for name in sorted(path.rglob("*")):
        if name.suffix in SUFFIXES:
            samples, rate = soundfile.read(name, dtype="int16", always_2d=True)
            yield from ((np.ascontiguousarray(channel), rate) for channel in samples.T)


def quiet(kind: str, clips: Iterable[tuple[Samples, int]]) -> list[object]:
    """Hours of something without tones, the tones and key presses found in it, by any country's plan."""
    seconds, tones, presses, kinds = 0.0, 0, 0, defaultdict(int)
    for samples, rate in clips:
        seconds += len(samples) / rate
        presses += len(presses_of(samples, rate))
        for country in PLANS:
            for tone in tones_of(samples, rate, country):
                tones += 1
                kinds[f"{country} {tone.kind}"] += 1
    return [kind, f"{seconds / 3600:.3f}", tones, presses, " ".join(f"{k}:{n}" for k, n in kinds.items())]


def table(scores: dict[str, list[Score]], first: str) -> str:
    """Precision and recall by what the scores are grouped by."""
    rows = []
    for name, group in scores.items():
        made, right, wrong = np.sum(group, axis=0)
        rows.append([name, made, right, wrong, f"{right / max(1, right + wrong):.4f}", f"{right / made:.4f}"])
    return tabulate(rows, headers=[first, "made", "found", "false", "precision", "recall"], disable_numparse=True)


def cost(seconds: float = 600.0) -> list[list[object]]:
    """CPU seconds a second of one channel, on noise."""
    rows = []
    for rate in (8_000, 16_000, 48_000):
        noise = (np.random.default_rng(0).standard_normal(round(seconds * rate)) * 3000).astype(np.int16)
        row: list[object] = [rate]
        for work in (tones_of, dtmf_of):
            start = time.process_time()
            work(noise, rate)
            row.append(f"{(time.process_time() - start) / seconds:.6f}")
        rows.append(row)
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=8, help="clips of each tone through each codec")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each kind of generated negatives")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--negatives", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--verbose", action="store_true", help="print every clip that went wrong")
    options = parser.parse_args(arguments)
    _positives(options.seed, options.each, options.processes, options.verbose)
    _negatives(options.seed, options.minutes, dict(entry.split("=", 1) for entry in options.negatives))
    print("\nCPU seconds a second of a channel\n" + tabulate(cost(), headers=["Hz", "tones", "dtmf"]))


def _scored(seed: int, each: int, codec: str) -> list[tuple[Clip, Score]]:
    """The clips of a codec, without their samples."""
    nothing = np.zeros(0, np.int16)
    return [(replace(clip, samples=nothing), score(clip)) for clip in positives(seed, each, [codec], talk())]


def _positives(seed: int, each: int, processes: int, verbose: bool) -> None:
    groups: dict[str, dict[str, list[Score]]] = {
        name: defaultdict(list) for name in ("all", "class", "codec", "dB SNR")
    }
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        parts = pool.starmap(_scored, [(seed, each, codec) for codec in CODECS], chunksize=1)
    for clip, scored in (one for part in parts for one in part):
        if verbose and (scored[1] < scored[0] or scored[2]):
            print(clip.country, clip.kind, clip.codec, clip.snr, clip.start, clip.end, scored)
        for group, name in (("all", "all"), ("class", f"{clip.country} {clip.kind}"), ("codec", clip.codec)):
            groups[group][name].append(scored)
        groups["dB SNR"][str(clip.snr)].append(scored)
    for name, scores in groups.items():
        print(table(scores, name) + "\n")


def _negatives(seed: int, minutes: float, folders: dict[str, str]) -> None:
    made: dict[str, list[tuple[Samples, int]]] = defaultdict(list)
    for i, (name, audio) in enumerate(negatives(seed, minutes)):
        made[name].append(through(audio, ("pcm", "alaw", "gsm", "amr_12.2", "opus_16")[i % 5]))
    rows = [quiet(name, clips) for name, clips in made.items()]
    rows.append(quiet("demo calls", demo_speech()))
    rows += [quiet(name, folder(Path(path))) for name, path in folders.items()]
    print(tabulate(rows, headers=["without tones", "hours", "tones", "key presses", "which"], disable_numparse=True))


if __name__ == "__main__":
    main()
