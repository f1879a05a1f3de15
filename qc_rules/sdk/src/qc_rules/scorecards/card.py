"""What a scorecard is: sections of rules with weights, what fails a call outright, and the mark that passes it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from qc_rules.call import Call
from qc_rules.errors import PackError
from qc_rules.kleene import Truth
from qc_rules.language.metadata_filter import applicability
from qc_rules.language.metadata_filter import check as check_filter
from qc_rules.vocabulary import did_you_mean

Critical = Literal["", "fail", "fail_section"]
CRITICAL = ("fail", "fail_section")
Unknown = Literal["exclude", "fail", "pass"]
UNKNOWN = ("exclude", "fail", "pass")
Result = Literal["hit", "clear"]
PASSES_ON = ("clear", "hit")
FULL = 100.0
"""The score of a call in which every item passes."""


@dataclass(frozen=True)
class Item:
    """One rule on a scorecard.

    Raises:
        ValueError: points that cannot be, or an id that is no rule's.
    """

    rule: str
    points: float = 1.0
    """Its weight among the items of its section; 0 for one that only can fail the card or is only shown."""
    critical: Critical = ""
    """What the item's failing does besides losing its points: `fail` sets the card's score to 0, `fail_section` the
    section's; empty: nothing."""
    unknown: Unknown = "exclude"
    """What an unknown outcome (a crash too) counts as: left out like an item that does not apply, failed or passed."""
    passes_on: Result = "clear"
    """The outcome that passes: nearly always `clear`, for rules find faults; `hit` where the rule finds the good."""
    line: int = field(default=0, compare=False)
    """Of the document."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]{2}[0-9]{2}", self.rule):
            raise ValueError(f"rule is {self.rule!r}: two capital letters and two digits, for example SC01")
        _check_weight("points", self.points)


@dataclass(frozen=True)
class Section:
    """A part of a scorecard with a score of its own.

    Raises:
        ValueError: no items, a rule twice, a weight that cannot be, or one that no item's points can fill.
    """

    name: Mapping[str, str]
    """By language."""
    items: tuple[Item, ...]
    weight: float = 1.0
    """Among the sections of the card; 0 for a section that is only shown."""

    def __post_init__(self) -> None:
        title = self.title()
        if not self.items:
            raise ValueError(f"section {title} has no items")
        _check_weight(f"the weight of section {title}", self.weight)
        if self.weight and not any(item.points for item in self.items):
            raise ValueError(f"section {title} has a weight, but all its items have 0 points")

    def title(self, language: str = "en") -> str:
        """Its name in a language, else in any other. The English one (else the first) names it in results."""
        return _title(self.name, language)


@dataclass(frozen=True)
class Scorecard:
    """How outcomes of rules become a score of 0 to 100.

    Raises:
        ValueError: an id, a version, a mark, a filter or weights that cannot be, a section or a rule twice.
    """

    id: str
    """A word, unique among all installed scorecards."""
    sections: tuple[Section, ...]
    pass_mark: float
    """The score from which on a call passes."""
    version: int = 1
    """Goes up whenever the same outcomes may be scored otherwise; scores of two versions are kept apart."""
    name: Mapping[str, str] = field(default_factory=dict)
    """By language."""
    applies_to: str = ""
    """Which calls it is for, of their metadata, as a rule's `applies_to`; empty: all."""
    min_coverage: float = 0.0
    """A call of which a smaller share could be told (see `CardResult.coverage`) has no score."""
    origin: str = field(default="", compare=False)
    """Pack and file, for messages."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", self.id):
            raise ValueError(f"id is {self.id!r}: a word in small letters, for example service-quality")
        if type(self.version) is not int or self.version < 1:
            raise ValueError(f"version is {self.version!r}: a whole number from 1")
        for name, value, most in (("pass_mark", self.pass_mark, FULL), ("min_coverage", self.min_coverage, 1.0)):
            if not 0 <= value <= most:
                raise ValueError(f"{name} is {value:g}: a number from 0 to {most:g}")
        _refuse_twice("section", [section.title() for section in self.sections])
        _refuse_twice("rule", [item.rule for item in self.items()])
        check_filter(self.applies_to)
        if not any(section.weight for section in self.sections):
            raise ValueError("no section has a weight above 0, so nothing could be scored")

    def title(self, language: str = "en") -> str:
        """Its name in a language, else in any other, else its id."""
        return _title(self.name, language) or self.id

    def items(self) -> Iterator[Item]:
        """The items of all sections, in order."""
        return (item for section in self.sections for item in section.items)

    def applies(self, call: Call) -> tuple[Truth, str]:
        """Is it for calls like this one? Where that cannot be told, why."""
        return applicability(self.applies_to, call)

    def check(self, rule_ids: Iterable[str]) -> None:
        """Refuse a card with a rule that is not installed: its points would never be lost.

        Raises:
            PackError: names the card, the line and the rule.
        """
        known = frozenset(rule_ids)
        for item in self.items():
            if item.rule not in known:
                place = f"{self.origin}:{item.line}: " if self.origin else ""
                raise PackError(
                    f"{place}scorecard {self.id}: no installed pack has rule {item.rule}"
                    f"{did_you_mean(item.rule, known)}",
                    remedy="correct the rule's id on the scorecard, or install the pack that has the rule",
                )


def _title(name: Mapping[str, str], language: str) -> str:
    return name.get(language) or name.get("en") or next(iter(name.values()), "")


def _check_weight(what: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what}: {value:g} is not a number from 0")


def _refuse_twice(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} {name} is on it twice")
