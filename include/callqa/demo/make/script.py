"""The demo's calls as scripts: read and checked from dialogues.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from callqa.demo.make.sentences import Sentence, find
from callqa.demo.make.sounds import EVENTS
from callqa.demo.make.speech import EMOTIONS

DIALOGUES = Path(__file__).with_name("dialogues.yaml")
ROLES = {"a": "agent", "c": "customer"}
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Turn:
    """One turn: its parts are sentences, pauses in seconds and names of vocal sounds."""

    role: str
    emotion: str
    parts: tuple[Sentence | float | str, ...]

    @property
    def sentences(self) -> list[Sentence]:
        """What is said, without pauses and sounds."""
        return [p for p in self.parts if isinstance(p, Sentence)]

    @property
    def event(self) -> str:
        """The tag of the turn's sound."""
        return next((p for p in self.parts if isinstance(p, str)), "Speech")


@dataclass(frozen=True)
class Hold:
    """Music on the agent's channel while both wait, in seconds."""

    duration: float


@dataclass(frozen=True)
class Script:
    """One recording: what is in it, how it is stored, what the rules should find."""

    day: str
    file: str
    agent: int
    queue: str
    rules: tuple[str, ...]
    turns: tuple[Turn | Hold, ...] = ()
    format: str = "wav"
    language: str = ""
    direction: str = "inbound"
    sound: str = ""
    seconds: float = 0.0
    broken: str = ""
    duplicate_of: str = ""
    mono: bool = False
    bed: bool = False
    reversed: bool = False
    gap: float = 0.0
    take: int = 1
    satisfaction: int | None = None

    @property
    def channels(self) -> int:
        """Two where agent and customer are apart."""
        return 1 if self.mono or self.sound else 2


def identity_check(digits: str) -> str:
    """The last place of a Chinese identity number (GB 11643-1999)."""
    total = sum(int(d) * w for d, w in zip(digits, IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def luhn_check(digits: str) -> str:
    """The last digit of a bank card number (ISO/IEC 7812-1)."""
    doubled = [int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def completed(text: str) -> str:
    """Fill in the check places ``{id}`` (serial and check) and ``{luhn}`` of invented numbers."""
    number = re.sub(r"[^\d]", "", text)
    if "{id}" in text:
        serial = next(f"{n:03d}" for n in range(1, 99) if identity_check(f"{number}{n:03d}") != "X")
        return text.replace("{id}", serial + identity_check(number + serial))
    return text.replace("{luhn}", luhn_check(number)) if "{luhn}" in text else text


def part(text: str) -> Sentence | float | str:
    """A pause, a sound, or a taught sentence."""
    if text.startswith("<"):
        name = text.strip("<>")
        return name if name in EVENTS else float(name)
    return find(completed(text))


def turn(line: str) -> Turn | Hold:
    """Read one line of a script."""
    if line.startswith("hold "):
        return Hold(float(line.split()[1]))
    head, _, said = line.partition(": ")
    speaker, emotion = head.split()
    if emotion not in EMOTIONS:
        raise ValueError(f"dialogues.yaml: emotion {emotion!r} in {line!r} is not one of {EMOTIONS}")
    return Turn(ROLES[speaker], emotion, tuple(part(p) for p in said.split("|")))


@cache
def scripts() -> tuple[Script, ...]:
    """All recordings, by day and file name."""
    days: dict[Any, list[dict[str, Any]]] = yaml.safe_load(DIALOGUES.read_text(encoding="utf-8"))
    found = []
    for day, calls in days.items():
        for call in calls:
            turns = tuple(turn(t) for t in call.pop("turns", []))
            rules = tuple(call.pop("rules"))
            found.append(Script(day=str(day), rules=rules, turns=turns, **call))
    return tuple(sorted(found, key=lambda s: (s.day, s.file)))
