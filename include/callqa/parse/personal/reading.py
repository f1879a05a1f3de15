"""Which of the groups of a run make a number that is personal.

Groups belong together by how far apart they are said: with a word between (`and then`), with a breath, or written
together. What a check digit or a form proves is taken first, the longest before the shorter; what is left beside it is
taken for a slip of the tongue. Of the rest, that which has the length of a personal number, or is named as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from callqa.parse.personal import numbers
from callqa.parse.personal.context import Context
from callqa.parse.personal.digits import LINK, PAUSE
from callqa.parse.personal.groups import Group, Run

NAMED_DIGITS = 7
"""Digits from which a number that is named as personal is masked, whatever its form: a local telephone number has 7."""
BESIDE_DIGITS = 3
"""Digits from which what stands beside a personal number is masked with it."""
TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""Area codes of North America whose calls the company pays for."""
MAX_WINDOW = 24
"""Parts of a run that are tried together."""
MAX_TOGETHER = 6
"""Groups written together of which some may be a number by themselves; more are digits spelt one by one."""

Part = list[Group]


@dataclass(frozen=True)
class Found:
    """A personal number and the groups that it is said in."""

    kind: str
    groups: tuple[Group, ...]

    @property
    def value(self) -> str:
        """Its digits."""
        return value_of(self.groups)


def value_of(groups: Sequence[Group]) -> str:
    """The digits of groups, one after the other."""
    return "".join(group.value for group in groups)


def read(run: Run, context: Context) -> list[Found]:
    """The personal numbers in a run."""
    breaths = _split(run.groups, LINK)
    proven = _windows(breaths, lambda groups: _proven(groups, run.language, context))
    taken = {id(group) for found in proven for group in found.groups}
    found = list(proven)
    rest: list[Part] = []
    for part in breaths:
        if id(part[0]) in taken:
            found += _named_rest(rest, context)
            rest = []
            continue
        inside = _within(part, run.language, context)
        found += inside
        if inside:
            found += _named_rest(rest, context)
            rest = []
        else:
            rest.append(part)
    return found + _named_rest(rest, context)


def _within(part: Part, language: str, context: Context) -> list[Found]:
    """Numbers in what was said in one breath."""
    written = _split(part, PAUSE)
    found = _windows(written, lambda groups: _proven(groups, language, context))
    taken = {id(group) for one in found for group in one.groups}
    for piece in written:
        if id(piece[0]) not in taken and 1 < len(piece) <= MAX_TOGETHER:
            found += _windows([[group] for group in piece], lambda groups: _proven(groups, language, context))
    if found:
        return [*found, *_beside(written, found, language)]
    other = [piece for piece in written if not numbers.is_hotline(value_of(piece), language)]
    whole = [group for piece in other for group in piece]
    kind = _supposed(whole, language, context) if whole else None
    if kind:
        return [Found(kind, tuple(whole))]
    kinds = [(_supposed(piece, language, context), piece) for piece in other]
    return [Found(kind, tuple(piece)) for kind, piece in kinds if kind]


def _beside(written: Sequence[Part], found: Sequence[Found], language: str) -> Iterator[Found]:
    """What stands in one breath with a personal number: the same, said wrong at first or once more."""
    taken = {id(group) for one in found for group in one.groups}
    for piece in written:
        left = tuple(group for group in piece if id(group) not in taken and not group.counted)
        value = value_of(left)
        if len(value) >= BESIDE_DIGITS and not (numbers.is_hotline(value, language) or numbers.is_day(value)):
            yield Found(found[0].kind, left)


def _proven(groups: Sequence[Group], language: str, context: Context) -> str | None:
    kind = numbers.certain(value_of(groups), language)
    if kind is None or _amounts(groups, 100) or _toll_free(groups):
        return None
    # One number in ten passes Luhn's formula: what several that belong to no number make together proves nothing.
    checked = kind == "id_card" and len(value_of(groups)) == numbers.ID_LENGTH
    if checked or not _apart(groups):
        return kind
    return None if context.is_labelled(groups[0]) or _of_several(groups, context) else kind


def _apart(groups: Sequence[Group]) -> bool:
    """Whether there is a breath or a word between some of them."""
    return any(group.gap >= PAUSE for group in groups[1:])


def _of_several(groups: Sequence[Group], context: Context) -> bool:
    """Whether one of the groups is something by itself (a hotline, a day, a quantity) and none is asked for."""
    values = [group.value for group in groups] + [value_of(part) for part in _split(groups, PAUSE)]
    alone = any(map(numbers.stands_alone, values))
    return (alone or any(group.counted for group in groups)) and context.of(groups) != "personal"


def _toll_free(groups: Sequence[Group]) -> bool:
    """1-800-555-0199, which without its hyphens could be a Chinese mobile number."""
    return len(groups) > 1 and groups[0].value == "1" and groups[1].value in TOLL_FREE


def _supposed(groups: Sequence[Group], language: str, context: Context) -> str | None:
    """The kind of a number that nothing proves."""
    value, named = value_of(groups).rstrip("X"), context.of(groups)
    if groups[-1].money or _toll_free(groups) or numbers.is_hotline(value, language):
        return None
    if _apart(groups) and _of_several(groups, context):
        return None
    kind = numbers.likely(value, language)
    if named == "personal":
        return kind or ("number" if len(value) >= NAMED_DIGITS else None)
    if named == "impersonal" or _amounts(groups) or numbers.is_time_stamp(value):
        return None
    return kind or ("number" if numbers.long_enough(value) else None)


def _named_rest(parts: Sequence[Part], context: Context) -> list[Found]:
    """Groups over several breaths or turns that are a number only together."""
    parts = [part for part in parts if not _of_several(part, context)]
    groups = [group for part in parts for group in part]
    if len(parts) < 2 or groups[-1].money:
        return []
    value, named = value_of(groups), context.of(groups)
    if named == "personal":
        return [Found("number", tuple(groups))] if len(value) >= NAMED_DIGITS else []
    if named == "impersonal" or len(parts) < 3 or _amounts(groups):
        return []
    return [Found("number", tuple(groups))] if numbers.long_enough(value) else []


def _windows(parts: Sequence[Part], kind_of: Callable[[Sequence[Group]], str | None]) -> list[Found]:
    """Consecutive parts that make something together; the longest first, none twice."""
    found: list[Found] = []
    taken: set[int] = set()
    for length in range(min(len(parts), MAX_WINDOW), 0, -1):
        for start in range(len(parts) - length + 1):
            window = range(start, start + length)
            groups = [group for place in window for group in parts[place]]
            kind = None if taken.intersection(window) else kind_of(groups)
            if kind:
                taken.update(window)
                found.append(Found(kind, tuple(groups)))
    return found


def _split(groups: Sequence[Group], level: int) -> list[Part]:
    """The groups cut wherever they are at least so far apart."""
    parts: list[Part] = []
    for place, group in enumerate(groups):
        if place == 0 or group.gap >= level:
            parts.append([])
        parts[-1].append(group)
    return parts


def _amounts(groups: Sequence[Group], step: int = 10) -> bool:
    """Several round numbers (multiples of `step`), years or a count in a row: 100, 200, 300; 2024, 2025, 2026; 1, 2, 3.

    Three groups of a telephone number may all end in 0 by chance, hardly ever in 00.
    """
    if len(groups) < 3 or any(group.gap < PAUSE for group in groups[1:]):
        return False
    values = [group.value for group in groups]
    if any("X" in value or (len(value) > 1 and value[0] == "0") for value in values):
        return False
    said = [int(value) for value in values]
    steps = {after - before for before, after in itertools.pairwise(said)}
    round_ones = all(number % step == 0 for number in said)
    years = all(1900 <= number < 2100 for number in said)
    return round_ones or years or steps == {1}
