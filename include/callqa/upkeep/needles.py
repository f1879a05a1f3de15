"""What is looked for when a call is to leave no trace, and what counts as found.

An id is found where it stands by itself: `c-1` is not in `c-12`, and what lies within a longer name that belongs to
another call (`c-1` in `c-1-5.wav`) is that call's. What was said is looked for where no other call says the same, and
not in rows that say they are another call's.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from callqa.upkeep.decoding import Value

SHORT_NAME = 6
"""Characters below which a name is only looked for as a whole value: `42` is in every file."""
SHORT_TEXT = 8
"""Characters below which a text says nothing of whose it is."""
DATE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
AROUND = 600
"""Characters of the neighbourhood: a file's name and a call's id are shorter."""


@dataclass(frozen=True)
class Needle:
    """Something to look for."""

    kind: str
    """What it is, for the certificate: `call id`, `file name`, `text` …"""
    text: str
    says_whose: bool = True
    """Whether it names the call wherever it stands; a text only does in rows that do not name another call."""
    days: frozenset[str] = frozenset()
    """Where other calls of other days have the same name: the days on which it is this call's. Empty: wherever."""


class Needles:
    """All that is looked for, made ready.

    Args:
        wanted: the needles.
        calls: ids of the calls that they are of.
        longer: names of other calls in which one of the needles is contained.
    """

    def __init__(self, wanted: Iterable[Needle], calls: Iterable[str], longer: Iterable[str] = ()) -> None:
        self.wanted = tuple(wanted)
        self.calls = frozenset(calls)
        self._longer = tuple(longer)
        self._whole = {needle.text: needle for needle in self.wanted}
        self._forms = [(form, form.encode(), needle) for needle in self.wanted for form in sorted(_forms(needle))]

    def found_in(self, value: Value, day: str | None = None) -> set[str]:
        """The kinds of needles that are in a text of a file; `day` is what its path says where the text does not."""
        others = value.again or (value.owner is not None and value.owner not in self.calls)
        found = set(self._matches(value.text))
        if value.whole and isinstance(value.text, str) and value.text in self._whole:
            found.add(self._whole[value.text])
        return {n.kind for n in found if _counts(n, value.day or day, others, value.again)}

    def hidden(self, line: bytes, day: str | None) -> bytes:
        """A line of JSON with as many asterisks in the place of every name; `day` is the one that it is about."""
        for form, raw, needle in self._forms:
            place = line.find(raw)
            while place >= 0:
                if _counts(needle, day, False, False) and self._stands(line, place, len(raw), form, needle):
                    line = line[:place] + b"*" * len(raw) + line[place + len(raw) :]
                place = line.find(raw, place + 1)
        for short in (n for n in self.wanted if len(n.text) < SHORT_NAME and _counts(n, day, False, False)):
            quoted = json.dumps(short.text, ensure_ascii=False).encode()
            line = line.replace(b'"call_id": ' + quoted, b'"call_id": "' + b"*" * (len(quoted) - 2) + b'"')
        return line

    def counts(self) -> dict[str, int]:
        """Needles by kind."""
        return dict(Counter(needle.kind for needle in self.wanted))

    def in_path(self, path: str) -> set[str]:
        """The kinds of needles that a file's path names."""
        day = day_of(path)
        return {kind for part in path.split("/") for kind in self.found_in(Value(part, whole=True), day)}

    def _matches(self, text: str | bytes) -> Iterator[Needle]:
        for form, raw, needle in self._forms:
            wanted: str | bytes = form if isinstance(text, str) else raw
            place = _find(text, wanted, 0)
            while place >= 0:
                if self._stands(text, place, len(wanted), form, needle):
                    yield needle
                    break
                place = _find(text, wanted, place + 1)

    def _stands(self, text: str | bytes, place: int, length: int, form: str, needle: Needle) -> bool:
        """Whether what was found is the needle, and not a piece of something else."""
        if not needle.says_whose:
            return True
        before, after = _around(text, place, length)
        if (before[-1:].isascii() and before[-1:].isalnum()) or (after[:1].isascii() and after[:1].isalnum()):
            return False
        around, start = before + form + after, len(before)
        return not any(_covers(around, start, form, name) for name in self._longer)


def day_of(path: str) -> str | None:
    """The business day that a path names, in one of its folders or in the file's name."""
    found = DATE.search(path)
    return found[1] if found else None


def _counts(needle: Needle, day: str | None, others: bool, again: bool) -> bool:
    """Whether a needle that was found is the call's, by whose it is and of which day the place is."""
    if needle.days and (again if day is None else day not in needle.days):
        return False
    return needle.says_whose or not others


def _find(text: Any, wanted: Any, start: int) -> int:
    return int(text.find(wanted, start))


def _around(text: str | bytes, place: int, length: int) -> tuple[str, str]:
    before, after = text[max(0, place - AROUND) : place], text[place + length : place + length + AROUND]
    if isinstance(before, bytes) and isinstance(after, bytes):
        return before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
    return str(before), str(after)


def _covers(text: str, place: int, form: str, name: str) -> bool:
    """Whether what stands at a place is part of a longer name."""
    offset = name.find(form)
    while offset >= 0:
        if place >= offset and text.startswith(name, place - offset):
            return True
        offset = name.find(form, offset + 1)
    return False


def text_needles(texts: Iterable[str], kind: str = "text") -> list[Needle]:
    """Needles of what was said, without those that anybody says."""
    return [Needle(kind, text, says_whose=False) for text in sorted(set(texts)) if len(text) >= SHORT_TEXT]


def _forms(needle: Needle) -> set[str]:
    """The ways in which our files write it: as it is, in JSON, in HTML, in a URI."""
    text = needle.text
    if not text or (needle.says_whose and len(text) < SHORT_NAME):
        return set()
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    markup = html.escape(text)
    pages = {markup, markup.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}  # as the reports' templates have it
    return {text, *escaped, *pages, quote(text), quote(text, safe="")}
