"""Hold music: how much of it is named, by codec, and how much speech is, alone and over music.

    python -m benchmarks.music [--music NAME=FOLDER ...] [--speech NAME=FOLDER ...]

Folders hold recordings (wav, flac, ogg) of music, such as what Debian's asterisk-moh-opsound-wav installs, and of
speech, such as asterisk-core-sounds-en-wav's. The demo's calls and generated music are always there.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soxr
from tabulate import tabulate

from benchmarks.tone_set import CODECS, RATE, Signal, levelled, through
from benchmarks.tones import demo_speech, folder
from callqa.demo.make import sounds
from callqa.prepare.intake.scratch import Samples
from callqa.prepare.sounds.levels import STEP, levels_of
from callqa.prepare.sounds.music import music_of
from callqa.prepare.spans import Span, joined, of_mask, overlap, total

MINUTE = 60 * RATE
OVER_DB = (20, 10, 5, 0)
"""Of speech over the music under it."""


def minutes(clips: Iterable[tuple[Samples, int]], most: int) -> list[Signal]:
    """Up to `most` minutes of recordings, joined, at 8 kHz, in pieces of a minute."""
    pieces: list[Signal] = []
    rest = np.zeros(0)
    for samples, rate in clips:
        rest = np.concatenate([rest, soxr.resample(samples / 32768.0, rate, RATE), np.zeros(RATE // 3)])
        while len(rest) >= MINUTE:
            pieces, rest = [*pieces, rest[:MINUTE]], rest[MINUTE:]
        if len(pieces) >= most:
            return pieces[:most]
    return [*pieces, rest] if len(rest) > 10 * RATE else pieces


def generated() -> Iterator[tuple[Samples, int]]:
    """Music as the demo's callers hear it while they wait."""
    for seed in range(10):
        yield (sounds.music(60, np.random.default_rng(seed)) * 32767).astype(np.int16), 16_000


def named(pieces: Sequence[Signal], codec: str) -> float:
    """The share of the pieces that is called music."""
    covered = seconds = 0.0
    for piece in pieces:
        samples, rate = through(np.clip(piece, -1, 1), codec)
        covered += total(span for found in music_of(samples, rate) for span in found.bursts)
        seconds += len(samples) / rate
    return covered / seconds


def speech_spans(voice: Signal) -> list[Span]:
    """Where somebody speaks in speech without noise."""
    levels = levels_of((voice * 32767).astype(np.int16), RATE)
    return joined(of_mask(levels > np.percentile(levels, 90) - 20, STEP), 0.1)


def over(music: Sequence[Signal], speech: Sequence[Signal], decibels: float) -> float:
    """The share of speech, in the middle of music and so much louder than it, that is called music."""
    covered = seconds = 0.0
    for song, voice in zip(music, speech, strict=False):
        middle = levelled(voice[: 20 * RATE], -32 + decibels)
        mixed = levelled(song, -32)
        mixed[20 * RATE : 40 * RATE] += middle
        samples, rate = through(np.clip(mixed, -1, 1), "alaw")
        found = [span for tone in music_of(samples, rate) for span in tone.bursts]
        spans = speech_spans(middle)
        covered += sum(overlap(found, 20 + a, 20 + b) for a, b in spans)
        seconds += total(spans)
    return covered / seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--speech", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--most", type=int, default=20, help="minutes of each")
    options = parser.parse_args(arguments)
    sets = {"music": {"generated": minutes(generated(), options.most)}, "speech": {}}
    for kind, entries in (("music", options.music), ("speech", options.speech)):
        for name, path in (entry.split("=", 1) for entry in entries):
            sets[kind][name] = minutes(folder(Path(path)), options.most)
    print("share called music\n" + _shares(sets))
    speech = [piece for pieces in sets["speech"].values() for piece in pieces if len(piece) == MINUTE]
    music = [piece for pieces in sets["music"].values() for piece in pieces if len(piece) == MINUTE]
    if speech:
        rows = [[decibels, f"{over(music, speech, decibels):.4f}"] for decibels in OVER_DB]
        print(
            "\nspeech over music\n" + tabulate(rows, headers=["dB louder", "share called music"], disable_numparse=True)
        )
    noise = (np.random.default_rng(0).standard_normal(600 * RATE) * 3000).astype(np.int16)
    start = time.process_time()
    music_of(noise, RATE)
    print(f"\n{(time.process_time() - start) / 600:.6f} CPU seconds a second of a channel of 8 kHz")


def _shares(sets: dict[str, dict[str, list[Signal]]]) -> str:
    rows: list[list[object]] = []
    for kind, named_sets in sets.items():
        for name, pieces in named_sets.items():
            by = defaultdict(list)
            for i, piece in enumerate(pieces):
                by[CODECS[i % len(CODECS)]].append(piece)
            shares = [f"{named(by[codec], codec):.3f}" if by[codec] else "" for codec in CODECS]
            rows.append([kind, name, f"{sum(map(len, pieces)) / MINUTE:.0f}", *shares])
    found = [f"{total(s for t in music_of(x, rate) for s in t.bursts):.1f}" for x, rate in demo_speech()]
    text = tabulate(rows, headers=["", "", "minutes", *CODECS], disable_numparse=True)
    return text + "\nseconds of music in the channels of the demo's calls (one holds 27): " + " ".join(found)


if __name__ == "__main__":
    main()
