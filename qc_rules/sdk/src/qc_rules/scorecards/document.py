"""A scorecard from its YAML document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from qc_rules.errors import PackError
from qc_rules.language.faults import Fault, Path
from qc_rules.language.metadata_filter import check
from qc_rules.language.reading import Lines, YamlFault, read
from qc_rules.scorecards.card import CRITICAL, PASSES_ON, UNKNOWN, Item, Scorecard, Section
from qc_rules.vocabulary import did_you_mean

_REMEDY = "correct the scorecard's document"
_CARD = ("id", "version", "name", "applies_to", "pass_mark", "unknown", "min_coverage", "sections")
_SECTION = ("name", "weight", "items")
_ITEM = ("rule", "points", "critical", "unknown", "passes_on")

Made = TypeVar("Made")


def load(text: str, origin: str) -> Scorecard:
    """The scorecard that a YAML document describes; `origin` names its pack and file in messages.

    Raises:
        PackError: names file, line and value of what cannot be used.
    """
    lines: Lines = {}
    try:
        document, lines = read(text)
        return _card(_Node(document, (), lines), origin)
    except YamlFault as fault:
        raise PackError(f"{origin}:{fault.line}: {fault.message}", remedy=fault.remedy or _REMEDY) from None
    except Fault as fault:
        message = f"{origin}:{_line(lines, fault.path)}: {fault}"
        raise PackError(message, remedy=fault.remedy or _REMEDY) from None


def _line(lines: Lines, path: Path) -> int:
    """Of the nearest part of the document that stands there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Node:
    """A value of the document and its place."""

    def __init__(self, value: Any, path: Path, lines: Lines) -> None:
        self.value = value
        self.path = path
        self.line = _line(lines, path)
        self._lines = lines

    def at(self, key: str | int) -> _Node:
        """The value under a key or an index; None where there is none."""
        there = isinstance(key, int) or key in self.value
        return _Node(self.value[key] if there else None, (*self.path, key), self._lines)

    def mapping(self, what: str, keys: tuple[str, ...]) -> _Node:
        """Itself, with these keys and no others."""
        if not isinstance(self.value, dict):
            raise Fault(f"{what} is {self.value!r}, not a mapping of {', '.join(keys)}", self.path)
        for key in self.value:
            if key not in keys:
                raise Fault(f"unknown key {key}{did_you_mean(key, keys)}", (*self.path, key))
        return self

    def items(self, what: str) -> list[_Node]:
        """The parts of a list that is not empty."""
        if not isinstance(self.value, list) or not self.value:
            raise Fault(f"it is {self.value!r}, not a list of {what}", self.path)
        return [self.at(index) for index in range(len(self.value))]

    def text(self, default: str | None = None) -> str:
        if self.value in (None, "") and default is not None:
            return default
        if not isinstance(self.value, str) or not self.value:
            raise Fault(self._is_not("text"), self.path)
        return self.value

    def number(self, default: float | None = None) -> float:
        if self.value is None and default is not None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise Fault(self._is_not("a number"), self.path)
        return float(self.value)

    def one_of(self, words: tuple[str, ...], default: str) -> Any:
        if self.value is None:
            return default
        if self.value not in words:
            raise Fault(f"it is {self.value!r}{did_you_mean(str(self.value), words)}", self.path)
        return self.value

    def names(self, default: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """By language; a text alone is the English one."""
        if self.value is None and default is not None:
            return default
        if isinstance(self.value, str) and self.value:
            return {"en": self.value}
        if not isinstance(self.value, dict) or not self.value:
            raise Fault(self._is_not("a name, or names by language"), self.path)
        return {language: self.at(language).text() for language in self.value}

    def _is_not(self, what: str) -> str:
        return f"{what} is missing" if self.value is None else f"it is {self.value!r}, not {what}"


def _card(node: _Node, origin: str) -> Scorecard:
    node.mapping("a scorecard", _CARD)
    unknown = node.at("unknown").one_of(UNKNOWN, "exclude")
    version = node.at("version")
    sections = tuple(_section(part, unknown) for part in node.at("sections").items("sections"))
    _refuse_twice([item for part in node.at("sections").items("sections") for item in part.at("items").items("items")])
    return _made(
        node,
        lambda: Scorecard(
            id=node.at("id").text(),
            version=1 if version.value is None else version.value,
            name=node.at("name").names(default={}),
            applies_to=_filter(node.at("applies_to")),
            pass_mark=node.at("pass_mark").number(),
            min_coverage=node.at("min_coverage").number(0.0),
            sections=sections,
            origin=origin,
        ),
    )


def _filter(node: _Node) -> str:
    text = node.text(default="")
    try:
        check(text)
    except ValueError as error:
        raise Fault(str(error), node.path) from None
    return text


def _section(node: _Node, unknown: str) -> Section:
    node.mapping("a section", _SECTION)
    items = tuple(_item(part, unknown) for part in node.at("items").items("items"))
    name, weight = node.at("name").names(), node.at("weight").number(1.0)
    return _made(node, lambda: Section(name, items, weight))


def _item(node: _Node, unknown: str) -> Item:
    node.mapping("an item", _ITEM)
    return _made(
        node,
        lambda: Item(
            rule=node.at("rule").text(),
            points=node.at("points").number(1.0),
            critical=node.at("critical").one_of(CRITICAL, ""),
            unknown=node.at("unknown").one_of(UNKNOWN, unknown),
            passes_on=node.at("passes_on").one_of(PASSES_ON, "clear"),
            line=node.line,
        ),
    )


def _made(node: _Node, make: Callable[[], Made]) -> Made:
    """What the card itself refuses, with the place."""
    try:
        return make()
    except Fault:
        raise
    except ValueError as error:
        raise Fault(str(error), node.path) from None


def _refuse_twice(items: list[_Node]) -> None:
    """Here, where the second one's line is known."""
    seen: dict[str, int] = {}
    for item in items:
        rule = item.value["rule"]
        if rule in seen:
            raise Fault(
                f"rule {rule} is on the scorecard already, on line {seen[rule]}", item.path, "keep one of the two"
            )
        seen[rule] = item.line
