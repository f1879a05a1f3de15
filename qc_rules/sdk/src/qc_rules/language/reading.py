"""YAML text as plain values, and the line that each stands on.

A strict and small part of YAML: what its versions and readers understand differently, or what hides how a rule is
written (anchors, tags, several documents), is refused. A plain scalar is a whole number, a decimal number, true, false,
null, or else text: `2026-01-01`, `0123` and `12:30` are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from qc_rules.language.faults import Fault, Path

Plain = str | int | float | bool | None | list[Any] | dict[str, Any]
"""What a document is made of."""
Lines = dict[Path, int]
"""The line, from 1, of a value (of a mapping's value: of its key)."""

MAX_DEPTH = 30
"""Of lists and mappings within one another."""
_INT = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_CONSTANTS: dict[str, Plain] = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAPS = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
"""Texts that some readers of YAML take for true, false or null."""
_WIDE = {"：": ":", "，": ",", "“": '"', "”": '"', "｛": "{", "｝": "}", "［": "[", "］": "]", "【": "[", "】": "]"}
"""What a Chinese keyboard writes in the place of YAML's own characters."""
_BRACE = re.compile(r"\$\{|:\s+\{[^{}]*\}\s*[^\s#]")
"""An option, or a message that begins with what a condition matched."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's events where it is built in: ten times as fast."""


class YamlFault(Fault):
    """The text is no YAML, or YAML that is not understood here; with the line."""

    def __init__(self, message: str, line: int, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.line = line

    def __reduce__(self) -> tuple[object, tuple[str, int, str]]:
        return YamlFault, (self.message, self.line, self.remedy)


def read(text: str) -> tuple[Plain, Lines]:
    """The text's one document and where its parts stand.

    Raises:
        YamlFault: no YAML, duplicate keys, anchors, tags, several documents, or an unquoted word that is a trap.
    """
    reader = _Reader(text)
    try:
        return reader.document(), reader.lines
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error, text) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise YamlFault(f"it is no YAML: {error}", 1, "save the file as UTF-8 text") from None


def _no_yaml(error: yaml.MarkedYAMLError, text: str) -> YamlFault:
    """What YAML's own reader says, on the line that is to be mended, and what most often is wrong there."""
    what = " ".join(part for part in (error.context, error.problem) if part)
    # Of a key without a colon YAML says where the colon is missed for certain: lines below.
    marks = (error.problem_mark, error.context_mark)
    mark = next(filter(None, marks[::-1] if "simple key" in what else marks), None)
    number = mark.line if mark else 0
    line = next(iter(text.splitlines()[number : number + 1]), "")
    return YamlFault(f"it is no YAML: {what}", number + 1, _remedy(line, what))


def _remedy(line: str, what: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent the line with spaces: it begins with a tab"
    wide = next((character for character in line if character in _WIDE), "")
    if wide:
        return f"write {_WIDE[wide]} in the place of the full-width {wide}, or quotes around text that has it"
    if "mapping values are not allowed" in what:
        return 'put text with a colon in it in quotes: "he says: no"'
    if _BRACE.search(line):
        return 'put text with braces in it in quotes: "{complains} is said", "${turns}"'
    return "correct the indentation, the brackets or the quotes"


def is_text(text: str) -> bool:
    """Would every reader of YAML take it for text, were it not quoted? `0123` is text here and a number elsewhere."""
    return text.lower() not in _TRAPS and text not in _CONSTANTS and _FLOAT.fullmatch(text) is None


class _Reader:
    """Goes through the events of a YAML text once."""

    def __init__(self, text: str) -> None:
        self.lines: Lines = {}
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)

    def document(self) -> Plain:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        found = self._value((), next(self._events))
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _fault("a second document begins", after, "write all rules under `rules:` of one document")
        return found

    def _value(self, path: Path, event: Any) -> Plain:
        self._refuse(event, len(path))
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path)
        return _scalar(event)

    def _mapping(self, path: Path) -> Plain:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in found:
                first = self.lines[*path, key]
                raise _fault(f"the key {key} is there twice, first on line {first}", event, "keep one of the two")
            self.lines[*path, key] = event.start_mark.line + 1
            found[key] = self._value((*path, key), next(self._events))
        return found

    def _key(self, event: Any) -> str:
        self._refuse(event, 0)
        if not isinstance(event, yaml.ScalarEvent):
            raise _fault("a list or a mapping is no key", event, "write a word before the colon")
        if event.value == "<<" and not event.style:  # quoted it is a word like others
            raise _fault("the key << means nothing here", event, "write the keys out")
        return str(event.value)

    def _list(self, path: Path) -> Plain:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value((*path, len(found)), event))
        return found

    def _refuse(self, event: Any, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _fault(
                "YAML anchors (&) and aliases (*) are not known here", event, "quote the text, or write it out"
            )
        if event.tag is not None:
            raise _fault(
                f"the tag {event.tag} is not known here", event, "leave the tag out; quote text that begins with !"
            )
        if depth > MAX_DEPTH:
            raise _fault(f"more than {MAX_DEPTH} lists and mappings within one another", event, "flatten it")


def _scalar(event: Any) -> Plain:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text.lower() in _TRAPS:
        remedy = f'write "{text}" in quotes if it is a word, else true, false or null'
        raise _fault(
            f"{text}, unquoted, is a word to one reader of YAML and true, false or null to another", event, remedy
        )
    return _number(event, text)


def _number(event: Any, text: str) -> Plain:
    if _INT.fullmatch(text):
        return int(text)
    if not _FLOAT.fullmatch(text):
        return text
    if text.lstrip("-").isdigit():  # 0123, or too long for a number: digits that are said
        return text
    value = float(text)
    if not math.isfinite(value):
        raise _fault(f"{text} is too large a number", event, f'write "{text}" in quotes if it is text')
    return value


def _fault(message: str, event: Any, remedy: str) -> YamlFault:
    return YamlFault(message, event.start_mark.line + 1, remedy)
