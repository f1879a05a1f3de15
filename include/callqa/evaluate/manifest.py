"""What a manifest of `callqa eval` holds: recordings, what was said in them, and what else is known.

One JSON object a line (`read` has its keys). A line that is not one is a problem with its place and remedy: reported
and counted, never passed over.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.contracts import EMOTIONS, EVENT_CLASSES, LANGUAGE_HINTS, LANGUAGES, tag_meaning
from callqa.errors import SourceError

SPOKEN = (*(name for name in LANGUAGES if name != "unknown"), "mixed")
_EXAMPLE = '{"audio": "call.wav", "text": "您好。", "language": "zh"}'
_LARGEST = 1e9  # seconds, decibels and channels end far below; NaN is not below either
_NO_TEXT = re.compile("[\ud800-\udfff\0]")  # halves of characters, which JSON lets pass, and the end of a C string
_SHOWN = 80
"""Characters of a value that a message shows."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What a person wrote down of a recording, or of a piece of one."""

    line: int
    """1-based, of the manifest."""
    audio: str
    """Absolute path, or a URI."""
    text: str
    """Empty where nothing is said."""
    language: str | None = None
    """One of SPOKEN."""
    emotion: str | None = None
    events: tuple[str, ...] | None = None
    """Classes that are heard; None where nobody listened for them, () where there is none."""
    codec: str | None = None
    snr: float | None = None
    """dB."""
    start: float | None = None
    """Seconds of the recording; None: its beginning."""
    end: float | None = None
    channel: int | None = None
    """0-based; None: all channels, merged in time."""
    language_hint: str = "auto"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A line that cannot be used."""

    line: int
    message: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest as read."""

    path: str
    references: list[Reference]
    problems: list[Problem]
    ignored: dict[str, int]
    """Keys that are none of ours, with the number of lines that have them."""


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def read(path: str | Path) -> Manifest:
    """The references of a manifest, and the lines that are none.

    Keys: `audio` (relative to the manifest's folder) and `text`; and as far as known `language`, `emotion`, `events`
    (a list), `codec`, `snr` (dB), `start`, `end` (seconds), `channel`, `language_hint`. Empty lines are skipped.

    Raises:
        SourceError: there is no such file, it is no text, or not one of its lines can be used.
    """
    path = Path(path)
    ignored, seen = Counter[str](), dict[Any, int]()
    references: list[Reference] = []
    problems: list[Problem] = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            values = _object(line)
            ignored.update(key for key in values if key not in _READERS)
            references.append(_new(_reference(number, values, path.resolve().parent), seen))
        except _Refused as refused:
            problems.append(Problem(line=number, message=refused.message, remedy=refused.remedy))
    if not references:
        why = f"; line {problems[0].line}: {problems[0].message}" if problems else " at all"
        raise SourceError(f"{path} has no usable line{why}", remedy=f"write lines such as {_EXAMPLE}")
    return Manifest(path=str(path), references=references, problems=problems, ignored=dict(ignored))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", remedy="give the path of a .jsonl file") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8: {error.reason}", remedy="save it as UTF-8") from error


def _object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _Refused(f"{_short(line)} is not JSON: {error}", f"write an object, such as {_EXAMPLE}") from error
    if not isinstance(values, dict):
        raise _Refused(f"{_short(line)} is no object", f"write one, such as {_EXAMPLE}")
    return values


def _reference(number: int, values: dict[str, Any], folder: Path) -> Reference:
    for key in ("audio", "text"):
        if values.get(key) is None:
            near = difflib.get_close_matches(key, values.keys() - {key}, n=1)
            raise _Refused(f"it has no {key!r}", f"rename {near[0]!r}" if near else f"add {key!r}")
    read = {key: _READERS[key](key, value) for key, value in values.items() if key in _READERS and value is not None}
    if read.get("end", math.inf) <= read.get("start", 0.0):
        raise _Refused(f"end = {read['end']} is not after start = {read.get('start', 0.0)}", "give seconds, in order")
    audio = read.pop("audio")
    return Reference(line=number, audio=audio if "://" in audio else str((folder / audio).resolve()), **read)


def _new(reference: Reference, seen: dict[Any, int]) -> Reference:
    """A reference whose place no line before it has: what is heard there could not be shared between two."""
    place = (reference.audio, reference.start, reference.end, reference.channel)
    if place in seen:
        raise _Refused(f"it is about the same audio as line {seen[place]}", "remove one, or give start and end")
    seen[place] = reference.line
    return reference


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Refused(f"{key} = {_short(value)} is no text", "write it in quotation marks")
    if _NO_TEXT.search(value):
        raise _Refused(f"{key} = {value[:_SHOWN]!a} holds what is no character", "remove it")
    return value


def _path(key: str, value: Any) -> str:
    if not _text(key, value).strip():
        raise _Refused(f"{key} is empty", "give the path of a recording")
    return str(value)


def _among(known: tuple[str, ...]) -> Callable[[str, Any], str]:
    def read(key: str, value: Any) -> str:
        """One of the names that are known, or SenseVoice's tag of it."""
        bare = _text(key, value).strip().removeprefix("<|").removesuffix("|>").lower()
        name = bare if bare in known else (tag_meaning(bare) or ("", bare))[1]
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise _Refused(
                f"{key} = {_short(value)} is none that is known",
                f"did you mean {near[0]!r}?" if near else f"one of {', '.join(known)}",
            )
        return name

    return read


def _events(key: str, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_among(EVENT_CLASSES)(key, item) for item in items))


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
        raise _Refused(f"{key} = {_short(value)} is no number", "write it without quotation marks")
    return float(value)


def _seconds(key: str, value: Any) -> float:
    if _number(key, value) < 0:
        raise _Refused(f"{key} = {value} is before the recording", "give seconds from its start")
    return float(value)


def _channel(key: str, value: Any) -> int:
    if _seconds(key, value) != int(value):
        raise _Refused(f"{key} = {value} is no channel", "count channels from 0")
    return int(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "audio": _path, "text": _text, "language": _among(SPOKEN), "emotion": _among(EMOTIONS), "events": _events,
    "codec": _text, "snr": _number, "start": _seconds, "end": _seconds, "channel": _channel,
    "language_hint": _among(LANGUAGE_HINTS),
}  # fmt: skip
