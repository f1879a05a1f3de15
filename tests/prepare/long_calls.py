"""Long calls built from known pieces of speech, and what came of each piece.

A piece is a turn of a demo call that the demo model writes without a fault when it hears it alone: what is missing or
double in a long call is then the slicer's fault.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import soundfile
import soxr

from callqa import fetch, prepare, storage, transcribe
from callqa.contracts import Segment
from callqa.settings import EngineSettings, PrepareSettings, ShardSettings, SourceSettings
from tests.conftest import DEMO_CALLS

RATE = 8000
DAY = date(2026, 1, 5)
EDGE = 0.04
"""Seconds kept before and after a turn's known times."""
FOUND = 0.75
"""Share of a piece's characters that must be written at its time: the demo model has its own faults within a clip."""
SLACK = 0.15
"""Seconds by which a clip may touch a piece without having to do with it: its pad."""
WINDOW = 480
"""Samples (60 ms) over which loudness is taken."""
AUDIBLE = 25.0
"""dB below its loudest moment from which a piece is not heard: pauses in it, closures of consonants."""
Audio = np.ndarray


@dataclass(frozen=True)
class Piece:
    """A known piece of speech, 8 kHz, full scale 1."""

    text: str
    language: str
    audio: Audio


@dataclass(frozen=True)
class Placed:
    """A piece in a call."""

    piece: Piece
    channel: int
    start: float

    @property
    def end(self) -> float:
        return self.start + len(self.piece.audio) / RATE


def turns_of_demo(ground_truth: Iterable[dict], language: str = "zh", longest: float = 6.0) -> list[Piece]:
    """The turns of the clean stereo demo calls, one of each text."""
    found: dict[str, Piece] = {}
    for row in ground_truth:
        if row["status"] != "analysed" or row["channels"] != 2 or not row["file"].endswith((".wav", ".flac")):
            continue
        audio, rate = soundfile.read(DEMO_CALLS / row["day"] / row["file"], dtype="float32")
        for turn in row["turns"]:
            if turn["language"] == language and turn["end"] - turn["start"] <= longest and turn["event"] == "speech":
                first, last = round((turn["start"] - EDGE) * rate), round((turn["end"] + EDGE) * rate)
                own = audio[max(0, first) : last, turn["channel"]]
                piece = Piece(turn["text"], language, soxr.resample(own, rate, RATE).astype(np.float32))
                found.setdefault(bare(turn["text"]), piece)
    return list(found.values())


def in_a_row(pieces: Sequence[Piece], pauses: Iterable[float], channel: int = 0, lead: float = 1.0) -> list[Placed]:
    """Pieces one after the other on one channel."""
    placed, at = [], lead
    for piece, pause in zip(pieces, pauses, strict=False):
        placed.append(Placed(piece, channel, at))
        at = placed[-1].end + pause
    return placed


def without_end(pieces: Sequence[Piece], seconds: float, gap: float, seed: int) -> list[Placed]:
    """Random pieces, their faded ends taken off, each `gap` seconds after the one before: speech without a rest."""
    g = np.random.default_rng(seed)
    row: list[Placed] = []
    while not row or row[-1].end < seconds - 1.0:
        row = in_a_row(
            [*(item.piece for item in row), _trimmed(pieces[g.integers(len(pieces))])], itertools.repeat(gap)
        )
    return row[:-1]


def _trimmed(piece: Piece) -> Piece:
    power = np.convolve(piece.audio**2, np.full(80, 1 / 80), "same")
    audible = np.flatnonzero(power > power.max() * 10**-3.5)
    return Piece(piece.text, piece.language, piece.audio[audible[0] : audible[-1]])


def conversation(pieces: Sequence[Piece], seconds: float, channels: int, seed: int) -> list[Placed]:
    """Random pieces with pauses of 0.1-6 s (short ones oftener), each on a random channel."""
    g = np.random.default_rng(seed)
    placed, at = [], 0.5
    while True:
        item = Placed(pieces[g.integers(len(pieces))], int(g.integers(channels)), round(at, 3))
        if item.end > seconds - 0.5:
            return placed
        placed.append(item)
        at = item.end + float(np.exp(g.uniform(np.log(0.1), np.log(6.0))))


def mixed(placed: Sequence[Placed], seconds: float, channels: int, seed: int, noise_dbfs: float = -62.0) -> Audio:
    """The call: (samples, channels), every piece at a level of its own (-12 to +3 dB), over the noise of the line."""
    g = np.random.default_rng(seed)
    audio = 10 ** (noise_dbfs / 20) * g.standard_normal((round(seconds * RATE), channels), dtype=np.float32)
    for item in placed:
        first = round(item.start * RATE)
        gain = 10 ** (g.uniform(-12, 3) / 20)
        audio[first : first + len(item.piece.audio), item.channel] += gain * item.piece.audio
    return np.clip(audio, -1, 1)


def heard(
    folder: Path, calls: dict[str, Audio], engine: EngineSettings, settings: PrepareSettings | None = None
) -> dict:
    """Segments by name of the call: the calls written as files, fetched, prepared and transcribed."""
    root, lake, run_dir = folder / "calls", str(folder / "lake"), str(folder / "run")
    (root / DAY.isoformat()).mkdir(parents=True)
    for name, audio in calls.items():
        soundfile.write(root / DAY.isoformat() / f"{name}.wav", audio, RATE, subtype="PCM_16")
    source = SourceSettings(root=str(root))
    fetched = fetch.run(day=DAY, run_dir=run_dir, source=source, shards=ShardSettings(seconds=1e6))
    (shard,) = fetched["shards"]
    prepared = prepare.run(shard, run_dir=run_dir, lake=lake, source=source, settings=settings or PrepareSettings())
    done = transcribe.run(prepared, run_dir=run_dir, lake=lake, settings=engine)
    segments: dict[str, list[Segment]] = {name: [] for name in calls}
    for segment in storage.read_rows(done["segments"], Segment):
        segments[segment.call_id].append(segment)
    return segments


def bare(text: str) -> str:
    """Letters and digits only, lower case, tags left out."""
    plain = unicodedata.normalize("NFKC", re.sub(r"<\|[^|]*\|>", "", text)).lower()
    return "".join(char for char in plain if char.isalnum())


@dataclass(frozen=True)
class Account:
    """What came of the pieces of a call."""

    pieces: int
    lost: list[tuple[float, str, str]]
    """Start, text and what was written of the pieces of which less than FOUND is written at their time."""
    late: list[float]
    """Seconds by which the first word of each piece found is written after it is said."""
    characters: int
    missing: int
    surplus: int
    """Characters that nobody said."""

    @property
    def recall(self) -> float:
        return 1 - len(self.lost) / self.pieces if self.pieces else 1.0


def account(placed: Sequence[Placed], segments: Sequence[Segment]) -> Account:
    """Each piece looked for, in order, in the clips that overlap it on its channel, and nowhere else."""
    lost: list[tuple[float, str, str]] = []
    late: list[float] = []
    missing = surplus = 0
    for said, clips in _together(placed, segments):
        wanted, written = "".join(bare(item.piece.text) for item in said), [c for s in clips for c in _characters(s)]
        got, times = "".join(char for char, _ in written), [at for _, at in written]
        matched = np.full(len(wanted), -1)
        for block in difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks():
            matched[block.a : block.a + block.size] = range(block.b, block.b + block.size)
        missing += int((matched < 0).sum())
        surplus += int(len(got) - (matched >= 0).sum())
        at = 0
        for item in said:
            size = len(bare(item.piece.text))
            if (matched[at : at + size] >= 0).mean() < FOUND:
                lost.append((round(item.start, 2), item.piece.text, got))
            elif matched[at] >= 0:
                late.append(round(times[matched[at]] - item.start - EDGE, 3))
            at += size
    characters = sum(len(bare(item.piece.text)) for item in placed)
    return Account(len(placed), lost, late, characters, missing, surplus)


def _characters(segment: Segment) -> list[tuple[str, float]]:
    """Each character of a segment and when the word that it is in begins."""
    return [(char, word.start) for word in segment.words for char in bare(word.text)]


def _together(placed: Sequence[Placed], segments: Sequence[Segment]) -> list[tuple[list[Placed], list[Segment]]]:
    """Pieces and clips of a channel in groups that overlap in time: no group shares a piece or a clip with another."""
    groups: list[tuple[list[Placed], list[Segment]]] = []
    for channel in {item.channel for item in placed} | {s.channel for s in segments}:
        things = [(item.start + SLACK, item.end - SLACK, 0, item) for item in placed if item.channel == channel]
        things += [(s.start + SLACK, s.end - SLACK, 1, s) for s in segments if s.channel == channel]
        until = -np.inf
        for start, end, kind, thing in sorted(things, key=lambda thing: thing[:3]):
            if start >= until:
                groups.append(([], []))
            groups[-1][kind].append(thing)
            until = max(until, end)
    return groups


def severed(placed: Sequence[Placed], segments: Sequence[Segment]) -> list[tuple[float, float]]:
    """Where a clip begins or ends inside a piece while it is heard: time, and dB below the piece's loudest 60 ms."""
    found = []
    for item in placed:
        edges = {edge for s in segments if s.channel == item.channel for edge in (s.start, s.end)}
        for edge in sorted(edges):
            depth = _depth(item, edge) if item.start < edge < item.end else np.inf
            if depth < AUDIBLE:
                found.append((round(edge, 2), round(depth, 1)))
    return found


def _depth(item: Placed, at: float) -> float:
    power = np.convolve(item.piece.audio.astype(np.float64) ** 2, np.full(WINDOW, 1 / WINDOW), "same")
    here = power[min(len(power) - 1, round((at - item.start) * RATE))]
    return float(10 * np.log10(power.max() / max(here, 1e-12)))


def uncovered(placed: Sequence[Placed], segments: Sequence[Segment]) -> float:
    """Audible seconds of pieces that lie in no clip of their channel, or in two."""
    seconds = 0.0
    for item in placed:
        times = item.start + np.arange(0, len(item.piece.audio), WINDOW) / RATE
        clips = np.zeros(len(times), int)
        for s in segments:
            if s.channel == item.channel and s.start < item.end and item.start < s.end:
                clips += (times >= s.start) & (times < s.end)
        heard_at = np.array([_depth(item, at) < AUDIBLE for at in times[clips != 1]])
        seconds += float(heard_at.sum()) * WINDOW / RATE
    return seconds
