"""A rule's message: text with what its conditions matched in the place of `{condition}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from qc_rules.conditions.answer import Match
from qc_rules.language.faults import Fault, Path
from qc_rules.vocabulary import did_you_mean

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
_SPACES = re.compile(" {2,}")
_COUNT = ".count"
_SHOWN = 5
"""Different texts of one condition that are shown."""


def check(template: str, conditions: Collection[str], path: Path) -> None:
    """Refuse placeholders that name no condition, and braces that are none.

    Raises:
        Fault: which, and what was meant.
    """
    for piece in _PIECE.finditer(template):
        name = piece["name"]
        if name is None and piece.group() in "{}":
            raise Fault(
                f"a brace without its other half at character {piece.start() + 1}", path, "write {{ for a brace"
            )
        for one in _named(name) if name is not None else ():
            if one not in conditions:
                known = did_you_mean(one, conditions)
                raise Fault(
                    f"{{{name}}} names no condition{known}", path, "{name} is what it matched, {name.count} how often"
                )


def filled(template: str, matches: Callable[[str], tuple[Match, ...]]) -> str:
    """The message with what the conditions matched; `{{` is a brace. Of several spaces in a row one is left."""

    def put(piece: re.Match[str]) -> str:
        name = piece["name"]
        if name is None:
            return piece.group()[0]
        found = tuple(match for one in _named(name) for match in matches(one))
        return str(len(found)) if name.endswith(_COUNT) else _texts(found)

    return _SPACES.sub(" ", _PIECE.sub(put, template)).strip()


def _texts(matches: tuple[Match, ...]) -> str:
    texts: list[str] = []
    known: set[str] = set()
    for text in (piece.text for match in matches for piece in match.evidence if piece.text):
        words = set(text.split(", "))  # a turn's words come joined: what one condition shows another need not repeat
        texts += [] if words <= known else [text]
        known |= words
    return ", ".join(texts[:_SHOWN]) + (", …" if len(texts) > _SHOWN else "")


def _named(name: str) -> list[str]:
    """The conditions in one pair of braces: `{complains | hotline}` shows what either matched, each text once."""
    return name.removesuffix(_COUNT).split(" | ")
