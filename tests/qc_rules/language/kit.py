"""Operators made for these tests, calls in a line of text, and rules in a few lines of YAML."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from qc_rules import Call, Turn
from qc_rules.conditions import Answer, Seen, View, yes_or_no
from qc_rules.language import parse_rules
from qc_rules.lexicons import Lexicon
from qc_rules.operators import Operator, TurnOperator
from qc_rules.operators.emotion import Emotion
from qc_rules.operators.keyword import Keyword
from qc_rules.operators.regex import Regex


@dataclass(frozen=True)
class Range:
    """A parameter object."""

    shorthand: ClassVar[str] = "above"

    above: float = 0.0
    from_: int = 0

    def __post_init__(self) -> None:
        if self.above < 0:
            raise ValueError(f"above = {self.above} is less than 0")


@dataclass(frozen=True)
class Longer(TurnOperator):
    """The turn's text is longer than so many characters."""

    name: ClassVar[str] = "longer"
    shorthand: ClassVar[str] = "than"

    than: Range = Range()
    unit: Literal["characters", "words"] = "characters"
    limits: tuple[float, float] = (0.0, 1.0)
    limit: float | str | None = None
    loud: bool = False
    tags: frozenset[str] = frozenset()

    def hears(self, seen: Seen, view: View) -> str | None:
        return "" if len(seen.turn.text) > self.than.above else None


@dataclass(frozen=True)
class Nowhere(Operator):
    """None of the inner operators holds: no place in the call."""

    name: ClassVar[str] = "nowhere"
    shorthand: ClassVar[str] = "what"
    has_places: ClassVar[bool] = False

    what: Operator
    others: tuple[Operator, ...] = ()

    def look(self, view: View) -> Answer:
        return yes_or_no(not any(one.look(view).truth for one in (self.what, *self.others)))


@dataclass(frozen=True)
class Broken(Operator):
    """Its own mistake."""

    name: ClassVar[str] = "broken"

    needed: int
    also: str

    def look(self, view: View) -> Answer:
        raise RuntimeError("asked in vain")


OPERATORS: dict[str, type[Operator]] = {
    operator.name: operator for operator in (Keyword, Emotion, Regex, Longer, Nowhere, Broken)
}
LEXICONS = {"complaints": Lexicon("complaints", ("投诉", "举报"))}

HEAD = """
id: AC01
version: 2
"""


def rules(text: str, **more: Any) -> list[Any]:
    """The rules of a file."""
    return parse_rules(textwrap.dedent(text), "rules.yaml", more.get("operators", OPERATORS), LEXICONS)


def rule(conditions: str, when: str, more: str = "") -> Any:
    """One rule of these lines, ready to run with its default options."""
    body = textwrap.indent(textwrap.dedent(conditions).strip(), "  ")
    return rules(f"id: AC01\nconditions:\n{body}\nwhen: {when}\n{textwrap.dedent(more)}")[0]()


def call(*lines: str, **more: Any) -> Call:
    """A call of lines such as `c: 我要投诉`, `a happy: 您好`, `u: …`: a turn each, of one second."""
    turns = [_turn(number, *line.split(": ", 1)) for number, line in enumerate(lines)]
    return Call(call_id="C1", duration=float(len(lines)), turns=tuple(turns), **more)


def _turn(number: int, head: str, text: str) -> Turn:
    role, _, emotion = head.partition(" ")
    roles = {"a": "agent", "c": "customer", "u": "unknown"}
    return Turn(turn=number, start=number, end=number + 1, text=text, role=roles[role], emotion=emotion or "unknown")
