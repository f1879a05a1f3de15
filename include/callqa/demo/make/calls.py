"""Render the demo's calls: three days of recordings, side-cars and the truth about them.

``python -m callqa.demo.make.calls --out CALLS`` gives the same audio each time it is run with the
same espeak-ng.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from callqa.demo.make import sounds
from callqa.demo.make.channel import noise, telephone
from callqa.demo.make.script import Hold, Script, Turn, scripts
from callqa.demo.make.sentences import SPACED, Sentence
from callqa.demo.make.speech import RATE, VOICES, Audio, levelled, speak
from callqa.demo.make.stored import write

AGENTS = (
    ("A1001", "陈静", "north", "f2"),
    ("A1002", "刘洋", "north", "m3"),
    ("A1003", "赵强", "north", "m1"),
    ("A1004", "孙丽", "outbound", "f3"),
    ("A1005", "黃嘉欣", "south", "f1"),
    ("A1006", "Grace Lin", "global", "f3"),
    ("A1007", "田中美咲", "global", "f4"),
    ("A1008", "이지은", "global", "m4"),
)
"""Invented agents: id, name, team, voice."""
COLUMNS = (
    *("file", "call_id", "started_at", "answered_at", "ended_at", "direction", "queue"),
    *("agent_id", "agent_name", "team", "customer_id", "customer_number"),
    *("channel_roles", "language_hint", "disconnect_reason", "satisfaction"),
    *("ivr_seconds", "hold_seconds", "campaign"),
)
FLOOR = 10 ** (-64 / 20)
"""Noise of a quiet line, root mean square of full scale."""
QUIET = 10 ** (-75 / 20)
KEPT = 0.55
"""The share of a truncated file's bytes that is left."""


@dataclass
class Rendering:
    """A recording's audio, shape (channels, samples) at 16 kHz, and what is in it."""

    audio: Audio
    turns: list[dict[str, Any]] = field(default_factory=list)
    holds: list[tuple[float, float]] = field(default_factory=list)


def seeded(script: Script, take: str = "") -> random.Random:
    """The recording's own random numbers, the same in every run."""
    return random.Random(zlib.crc32(f"{script.day}/{script.file}{take}".encode()))


def generator(rng: random.Random) -> np.random.Generator:
    """A numpy generator that follows ``rng``."""
    return np.random.default_rng(rng.getrandbits(32))


def spoken(turn: Turn, voice: str, rng: random.Random) -> Audio:
    """A turn's sentences, pauses and sounds in one piece."""
    g, parts = generator(rng), []
    for part in turn.parts:
        if isinstance(part, Sentence):
            sound = speak(part, voice, turn.emotion, rng)
        elif isinstance(part, str):
            sound = sounds.event(part, g)
        else:
            sound = np.zeros(int((part - 0.4) * RATE), np.float32)
        parts += [sound, np.zeros(int(rng.uniform(0.18, 0.35) * RATE), np.float32)]
    return np.concatenate(parts[:-1])


def text_of(turn: Turn) -> str:
    """A turn's words as written."""
    spaced = turn.sentences[0].language in SPACED
    return (" " if spaced else "").join(s.written for s in turn.sentences)


def channel_of(script: Script, role: str) -> int:
    """The agent is on channel 0 unless the script says otherwise."""
    if script.channels == 1:
        return 0
    return int((role == "customer") != script.reversed)


def truth(script: Script, turn: Turn, start: float, end: float) -> dict[str, Any]:
    """What a perfect transcript says of a turn; times in seconds."""
    return {
        "channel": channel_of(script, turn.role),
        "role": "unknown" if script.channels == 1 and script.bed else turn.role,  # nobody speaks in an announcement
        "start": round(start, 2),
        "end": round(end, 2),
        "language": turn.sentences[0].language,
        "emotion": turn.emotion.lower(),
        "event": "bgm" if script.bed else turn.event.lower(),
        "text": text_of(turn),
    }


def conversation(script: Script) -> Rendering:
    """Turns one after the other, each on its channel."""
    rng = seeded(script, str(script.take))
    voices = {"agent": AGENTS[script.agent][3]}
    voices["customer"] = rng.choice([v for v in VOICES if v != voices["agent"]])
    pieces: list[tuple[int, float, Audio]] = []
    out, at = Rendering(np.zeros((script.channels, 0), np.float32)), rng.uniform(0.4, 0.8)
    for turn in script.turns:
        if isinstance(turn, Hold):
            sound, channel = sounds.music(turn.duration, generator(rng)), channel_of(script, "agent")
            out.holds.append((round(at, 2), round(at + turn.duration, 2)))
        else:
            sound, channel = spoken(turn, voices[turn.role], rng), channel_of(script, turn.role)
            out.turns.append(truth(script, turn, at, at + len(sound) / RATE))
        pieces.append((channel, at, sound))
        at += len(sound) / RATE + (script.gap or rng.uniform(0.35, 0.8))
    out.audio = np.zeros((script.channels, int((at + 0.3) * RATE)), np.float32)
    for channel, start, sound in pieces:
        sounds.place(out.audio[channel], sound, start)
    if script.bed:
        music = sounds.music(out.audio.shape[1] / RATE + 0.01, generator(rng))
        out.audio += levelled(music, 0.035)[: out.audio.shape[1]]
    return out


def wordless(script: Script) -> Rendering:
    """A recording of a tone, music or silence only."""
    g = generator(seeded(script))
    if script.sound == "music":
        audio = sounds.music(script.seconds, g)
    elif script.sound == "silence":
        audio = noise(int(script.seconds * RATE), g) * np.float32(QUIET)
    else:
        audio = sounds.tone(sounds.CADENCES[script.sound], script.seconds)
    return Rendering(audio[None, :])


def through_line(rendering: Rendering, script: Script) -> Audio:
    """Each channel at its own level over its own line, wideband where the file is."""
    g = generator(seeded(script, "line"))
    if script.sound == "silence":
        return rendering.audio
    lines = []
    for channel in rendering.audio:
        line = channel * 10 ** (g.uniform(-5, 3) / 20)
        line = line + noise(len(line), g) * FLOOR
        lines.append(line if script.format.endswith("16") else telephone(line, g))
    return np.stack(lines).astype(np.float32)


def call_id(script: Script) -> str:
    """An id a telephone system could give; a duplicate repeats the other file's."""
    return script.day.replace("-", "") + "-" + Path(script.duplicate_of or script.file).stem


def row(script: Script, rendering: Rendering) -> dict[str, Any]:
    """The recording's line of calls.csv."""
    rng = seeded(script, "row")
    clock = Path(script.duplicate_of or script.file).stem[:6]
    started = datetime.strptime(f"{script.day} {clock} +0800", "%Y-%m-%d %H%M%S %z")
    talked = bool(rendering.turns) or script.sound == "music" or bool(script.broken)
    ivr = rng.randint(4, 30) if script.direction == "inbound" else 0
    answered = started + timedelta(seconds=ivr + rng.randint(2, 9))
    ended = answered + timedelta(seconds=int(rendering.audio.shape[1] / RATE))
    agent, name, team, _ = AGENTS[script.agent]
    roles = "0:customer,1:agent" if script.reversed else "0:agent,1:customer"
    customer = rng.randint(0, 99)
    return {
        "file": script.file,
        "call_id": call_id(script),
        "started_at": started.isoformat(),
        "answered_at": answered.isoformat() if talked else "",
        "ended_at": ended.isoformat(),
        "direction": script.direction,
        "queue": script.queue,
        "agent_id": agent,
        "agent_name": name,
        "team": team,
        "customer_id": f"C{customer:05d}",
        "customer_number": f"138001380{customer:02d}",
        "channel_roles": roles if script.channels == 2 and not script.broken else "",
        "language_hint": script.language or "auto",
        "disconnect_reason": rng.choice(("customer", "agent")) if talked else "no_answer",
        "satisfaction": script.satisfaction or "",
        "ivr_seconds": ivr,
        "hold_seconds": round(sum(end - start for start, end in rendering.holds)),
        "campaign": "spring-2026" if script.direction == "outbound" else "",
    }


def expected(script: Script, rendering: Rendering) -> dict[str, Any]:
    """The recording's entry of ground_truth.json."""
    reason = script.broken or ("duplicate_id" if script.duplicate_of else None)
    status = "rejected" if reason else "invalid" if "IV01" in script.rules else "analysed"
    tone = script.sound if script.sound in sounds.CADENCES else None
    return {
        "day": script.day,
        "file": script.file,
        "call_id": call_id(script) + ("~2" if script.duplicate_of else ""),
        "status": status,
        "reject_reason": reason,
        "call_state": tone,
        "sound": script.sound or None,
        "rules": list(script.rules),
        "language": script.language or None,
        "format": script.format,
        "channels": script.channels,
        "duration": round(rendering.audio.shape[1] / RATE, 2),
        "holds": [{"start": a, "end": b} for a, b in rendering.holds],
        "turns": [] if reason else rendering.turns,
    }


def store(script: Script, rendering: Rendering, path: Path) -> None:
    """Write the recording, or what is wrong with it."""
    if script.broken == "empty_file":
        path.write_bytes(b"")
    elif script.broken == "not_audio":
        path.write_text("This is a note about a call, saved under the wrong name.\n" * 20)
    else:
        write(path, through_line(rendering, script), script.format)
    if script.broken == "truncated":
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * KEPT)])


def rendered(script: Script) -> Rendering:
    """The recording's audio and turns; nothing for what never was a recording."""
    if script.sound:
        return wordless(script)
    return conversation(script) if script.turns else Rendering(np.zeros((1, 0), np.float32))


def make(out: Path) -> None:
    """Render every recording under ``out/<day>`` with calls.csv, and ``out/ground_truth.json``."""
    truths: list[dict[str, Any]] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for script in scripts():
        folder = out / script.day
        folder.mkdir(parents=True, exist_ok=True)
        rendering = rendered(script)
        store(script, rendering, folder / script.file)
        rows.setdefault(script.day, []).append(row(script, rendering))
        truths.append(expected(script, rendering))
    for day, lines in rows.items():
        with (out / day / "calls.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    text = json.dumps(truths, ensure_ascii=False, indent=1) + "\n"
    (out / "ground_truth.json").write_text(text, encoding="utf-8")
    minutes = sum(t["duration"] for t in truths) / 60
    print(f"{len(truths)} recordings, {minutes:.1f} minutes")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parents[1] / "calls"
    parser.add_argument("--out", type=Path, default=default)
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
