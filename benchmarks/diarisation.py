"""Diarisation error of `callqa.prepare.speakers.diarise` on conversations whose truth is known, through telephone codecs.

    python benchmarks/diarisation.py --voices FOLDER [--download] [--seconds 90] [--conversations 20]

Real voices: Debian's prompt packages of Asterisk, one human speaker each; `--download` fetches them with `apt-get
download` into FOLDER. A conversation joins recordings of two voices or three turn by turn, at levels up to 4 dB apart,
with pauses of 0.05 to 0.95 s between turns: `even` (turns of 0.8 to 6 s and more), `brief` (one party explains, the
other hardly says a word), `overlap` (three turns of ten begin 0.2 to 1.2 s before the last one ends). One voice alone
must stay one speaker. Synthetic voices (espeak): the demo's stereo calls mixed to one channel.

DER: wrong time over speech time, the best assignment of labels, a collar of 0.25 s at each true boundary, as in NIST's
md-eval (2009). Voice activity is callqa's own; `confusion` is the part of DER that is a wrong speaker.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from callqa.contracts import SAMPLE_RATE
from callqa.prepare.intake.decode import decode
from callqa.prepare.slicing.voice import gain_for, probabilities, speech_of
from callqa.prepare.sounds.levels import levels_of
from callqa.prepare.speakers import diarise
from callqa.settings import DEMO_FOLDER, PrepareSettings

RATE = 8000
STEP = 0.01
COLLAR = 0.25
CODECS = {"pcm": None, "alaw": "ALAW", "gsm": "GSM610"}
PACKAGES = (
    *(f"asterisk-core-sounds-{language}-wav" for language in ("en", "es", "fr", "it", "ru")),
    "asterisk-prompt-es-co", "asterisk-prompt-fr-armelle", "asterisk-prompt-it-menardi-wav",
)  # fmt: skip
CALIBRATED = ("fr_CA_f_June", "es_MX_f_Allison", "it_IT_f_Menardi", "es")
"""Voices with which the constants were chosen; the others are heard by the benchmark only."""
MATERIAL = ((1, "even"), (2, "even"), (2, "brief"), (2, "overlap"), (3, "even"))
SAME = {"en_US_f_Allison": "es_MX_f_Allison"}
"""One person under two names."""

Signal = npt.NDArray[np.float32]
Labelled = list[tuple[tuple[float, float], str]]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--conversations", type=int, default=20, help="of each kind, for each codec")
    parser.add_argument("--calibration", action="store_true", help="use the voices that the constants were chosen with")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.download:
        download(arguments.voices)
    voices = read_voices(arguments.voices)
    chosen = {name: own for name, own in voices.items() if (name in CALIBRATED) == arguments.calibration}
    print(f"{len(chosen)} real voices: {', '.join(sorted(chosen))}")
    print(
        f"{'material':12} {'codec':5} {'n':>3} {'count right':>11} {'DER %':>7} {'confusion %':>11} {'median DER %':>12} {'CPU s/s':>8}"
    )
    for codec in CODECS:
        for parties, style in MATERIAL:
            report(f"{parties} {style}", codec, conversations(chosen, parties, style, arguments))
    report_demo()


def download(folder: Path) -> None:
    """The packages of real voices, unpacked."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)


def read_voices(folder: Path) -> dict[str, list[Signal]]:
    """Recordings by voice, 8 kHz, at one level, silence at both ends cut off."""
    cache = folder / "voices.npz"
    if not cache.exists():
        flat = {
            f"{voice}/{i}": x
            for voice, files in voice_files(folder).items()
            for i, x in enumerate(map(read, files))
            if len(x) > RATE // 5
        }
        np.savez(cache, **flat)
    voices: dict[str, list[Signal]] = defaultdict(list)
    with np.load(cache) as stored:
        for key in stored.files:
            voices[key.split("/")[0]].append(stored[key])
    return {name: own for name, own in voices.items() if sum(map(len, own)) > 45 * RATE}


def voice_files(folder: Path) -> dict[str, list[Path]]:
    """Recordings of each voice."""
    found: dict[str, list[Path]] = {}
    for own in sorted(p for base in folder.rglob("share/asterisk/sounds") for p in base.iterdir() if p.is_dir()):
        files = [f for f in sorted(own.rglob("*")) if f.suffix in (".wav", ".gsm")]
        found[own.name] = [f for f in files if "silence" not in f.parts and "beep" not in f.name]
    return found


def read(file: Path) -> Signal:
    """A recording at 8 kHz."""
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
        mono = samples.mean(axis=1)
    except soundfile.LibsndfileError:
        with av.open(str(file), format="gsm" if file.suffix == ".gsm" else None) as container:
            rate = container.streams.audio[0].rate
            mono = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]).astype(np.float32)
    return trimmed(np.asarray(soxr.resample(mono, rate, RATE), np.float32))


def trimmed(signal: Signal) -> Signal:
    """A recording at one level, without silence at its ends."""
    loud = np.flatnonzero(np.abs(signal) > 0.02 * np.abs(signal).max(initial=1e-9))
    if not len(loud):
        return signal[:0]
    signal = signal[max(0, loud[0] - 400) : loud[-1] + 400]
    return np.asarray(0.06 * signal / (np.sqrt(np.mean(signal**2)) + 1e-9), np.float32)


def conversations(
    voices: dict[str, list[Signal]], parties: int, style: str, arguments: argparse.Namespace
) -> list[tuple[Signal, Labelled]]:
    """As many conversations as asked for; the same for the same seed."""
    rng = np.random.default_rng(arguments.seed + parties)
    return [conversation(voices, parties, style, arguments.seconds, rng) for _ in range(arguments.conversations)]


def conversation(
    voices: dict[str, list[Signal]], parties: int, style: str, seconds: float, rng: np.random.Generator
) -> tuple[Signal, Labelled]:
    """A conversation of so many seconds and who speaks when in it."""
    names = cast(voices, parties, rng)
    gains = [10 ** (rng.uniform(-4, 4) / 20) for _ in names]
    placed: list[tuple[float, Signal, int]] = []
    at, who = 0.3, 0
    while at < seconds:
        who = who if parties == 1 else int(rng.choice([i for i in range(parties) if i != who]))
        for x in turn(voices[names[who]], turn_seconds(style, who, rng), rng):
            placed.append((at, np.asarray(gains[who] * x, np.float32), who))
            at += len(x) / RATE + rng.uniform(0.05, 0.35)
        overlapping = style == "overlap" and rng.random() < 0.3
        at += -rng.uniform(0.5, 1.2) if overlapping else rng.uniform(0.0, 0.6)
    signal = rng.normal(0, 0.0006, round((at + 10) * RATE)).astype(np.float32)
    for start, x, _ in placed:
        signal[round(start * RATE) : round(start * RATE) + len(x)] += x
    truth = [((start, start + len(x) / RATE), names[speaker]) for start, x, speaker in placed]
    return signal[: round((max(end for (_, end), _ in truth) + 0.5) * RATE)], truth


def turn_seconds(style: str, who: int, rng: np.random.Generator) -> float:
    """How long a turn is at least; in the style `brief` one party explains and the others hardly say a word."""
    if style == "brief":
        return float(rng.uniform(3.0, 8.0) if who == 0 else rng.choice([0.3, 0.3, 0.8, 1.5]))
    return float(rng.uniform(0.8, 6.0))


def cast(voices: dict[str, list[Signal]], parties: int, rng: np.random.Generator) -> list[str]:
    """Voices of different people."""
    while True:
        names = [str(name) for name in rng.choice(sorted(voices), parties, replace=False)]
        if len({SAME.get(name, name) for name in names}) == parties:
            return names


def turn(own: list[Signal], seconds: float, rng: np.random.Generator) -> list[Signal]:
    """Recordings of one voice that last so many seconds."""
    pieces: list[Signal] = []
    while sum(map(len, pieces)) < seconds * RATE:
        pieces.append(own[int(rng.integers(len(own)))][: 8 * RATE])
    return pieces


def through(signal: Signal, codec: str) -> npt.NDArray[np.int16]:
    """The signal after the codec, as 16 kHz int16."""
    if CODECS[codec]:
        file = io.BytesIO()
        soundfile.write(file, np.clip(signal, -1, 1), RATE, format="WAV", subtype=CODECS[codec])
        file.seek(0)
        signal = soundfile.read(file, dtype="float32")[0]
    wide = soxr.resample(signal, RATE, SAMPLE_RATE)
    return np.clip(np.rint(wide * 32767), -32768, 32767).astype(np.int16)


def heard(samples: npt.NDArray[np.int16]) -> tuple[Labelled, float]:
    """What diarisation says, and its CPU seconds."""
    settings = PrepareSettings()
    gain = gain_for(levels_of(samples, SAMPLE_RATE), settings.sound_floor_dbfs)
    speech = speech_of(
        probabilities(samples, gain), settings.vad_threshold, settings.min_speech_seconds, len(samples) / SAMPLE_RATE
    )
    began = time.process_time()
    found = diarise.speakers_of(samples, speech, settings)
    return found, time.process_time() - began


def errors(truth: Labelled, found: Labelled) -> dict[str, float]:
    """Seconds of missed, false and wrongly attributed speech outside the collars, and of speech."""
    length = round(max(end for (_, end), _ in [*truth, *found]) / STEP) + 1
    ours, theirs = mask(truth, length), mask(found, length)
    scored = np.ones(length, bool)
    for (start, end), _ in truth:
        for edge in (start, end):
            scored[max(0, round((edge - COLLAR) / STEP)) : round((edge + COLLAR) / STEP)] = False
    ours, theirs = ours[:, scored], theirs[:, scored]
    said, said_by_us = ours.sum(axis=0), theirs.sum(axis=0)
    right = best_match(ours.astype(int) @ theirs.astype(int).T)
    both = float(np.minimum(said, said_by_us).sum())
    return {
        "missed": float(np.maximum(0, said - said_by_us).sum()) * STEP,
        "false": float(np.maximum(0, said_by_us - said).sum()) * STEP,
        "confused": (both - right) * STEP,
        "speech": float(said.sum()) * STEP,
    }


def mask(labelled: Labelled, length: int) -> npt.NDArray[np.bool_]:
    """[names, steps]: who speaks in each step."""
    names = sorted({name for _, name in labelled})
    out = np.zeros((len(names), length), bool)
    for (start, end), name in labelled:
        out[names.index(name), round(start / STEP) : round(end / STEP)] = True
    return out


def best_match(common: npt.NDArray[np.int64]) -> float:
    """Steps in common under the best assignment of labels."""
    wide = common if common.shape[0] <= common.shape[1] else common.T
    return float(
        max(
            sum(wide[i, j] for i, j in enumerate(order))
            for order in itertools.permutations(range(wide.shape[1]), wide.shape[0])
        )
    )


def report(material: str, codec: str, made: list[tuple[Signal, Labelled]]) -> None:
    """One line of the table."""
    rows = []
    for signal, truth in made:
        found, cpu = heard(through(signal, codec))
        rows.append(row_of(truth, found, cpu, len(signal) / RATE))
    print_rows(material, codec, rows)


def row_of(truth: Labelled, found: Labelled, cpu: float, seconds: float) -> dict[str, float]:
    """Errors and cost of one conversation."""
    counted = len({name for _, name in truth}) == len({name for _, name in found})
    return {**errors(truth, found or [((0.0, 0.01), "none")]), "counted": counted, "cpu": cpu, "seconds": seconds}


def print_rows(material: str, codec: str, rows: list[dict[str, float]]) -> None:
    """The sums of conversations as a line."""
    total = {key: sum(row[key] for row in rows) for key in rows[0]}
    ders = [100 * (r["missed"] + r["false"] + r["confused"]) / r["speech"] for r in rows]
    der = 100 * (total["missed"] + total["false"] + total["confused"]) / total["speech"]
    print(
        f"{material:12} {codec:5} {len(rows):3} {total['counted'] / len(rows):11.2f} {der:7.1f} "
        f"{100 * total['confused'] / total['speech']:11.1f} {np.median(ders):12.1f} {total['cpu'] / total['seconds']:8.4f}"
    )


def report_demo() -> None:
    """The demo's calls on one channel: synthetic voices."""
    truths: list[dict[str, Any]] = json.loads((DEMO_FOLDER / "calls" / "ground_truth.json").read_text(encoding="utf-8"))
    wanted = [t for t in truths if t["status"] == "analysed" and t["turns"]]
    for channels, material in ((2, "demo mixed"), (1, "demo mono")):
        rows = [demo_row(t) for t in wanted if t["channels"] == channels]
        print_rows(material, "any", rows)


def demo_row(truth: dict[str, Any]) -> dict[str, float]:
    """One demo call."""
    samples = demo_samples(DEMO_FOLDER / "calls" / truth["day"] / truth["file"])
    # The two mono calls alternate between the parties, beginning with the agent.
    labels = [t["role"] if t["role"] != "unknown" else f"p{i % 2}" for i, t in enumerate(truth["turns"])]
    said = [((t["start"], t["end"]), label) for t, label in zip(truth["turns"], labels, strict=True)]
    found, cpu = heard(samples)
    return row_of(said, found, cpu, len(samples) / SAMPLE_RATE)


def demo_samples(file: Path) -> npt.NDArray[np.int16]:
    """A demo call mixed to one channel at 16 kHz."""
    with file.open("rb", buffering=0) as opened:
        audio = decode(opened, max_seconds=3600.0)
    mixed = sum(np.asarray(channel, np.float32) for channel in audio.channels)
    return np.clip(np.rint(soxr.resample(mixed / 2, audio.rate, SAMPLE_RATE)), -32768, 32767).astype(np.int16)


if __name__ == "__main__":
    sys.exit(main())
