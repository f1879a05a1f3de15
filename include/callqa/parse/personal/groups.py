"""Groups of digits that one speaker says one after the other, over several turns."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from callqa.contracts import Turn
from callqa.parse.personal.digits import LINK, TIGHT, Token, tokens

GOES_ON_SECONDS = 30.0
"""A speaker who goes on with a number later than this after the last group says another one."""
COUNTED_DIGITS = 6
"""Digits of a group that a unit behind it may still count: 2026年, 20000件; more of them are no quantity."""
_UNITS = re.compile(
    r"\s*([年月日号號點点分秒时時个個位次件条條张張岁歲天层樓楼室米克斤人名期章折倍度回階番個台本枚杯歳代]"
    r"|years?|days?|hours?|minutes?|points?|items?|pieces?|times|개|명|번|년|월|일|시|분|층|살|세)"
)
_MONEY = re.compile(
    r"\s*(?:[元块塊圆圓毛万萬千百亿億%％‰円원蚊]|美元|港币|人民币|dollars?|yuan|rmb|usd|hkd|bucks|pounds?|euros?|won|yen"
    r"|percent|ウォン|달러|만|천|억)"
)
_CURRENCY = re.compile(r"[$¥￥€£₩]\s*$")


@dataclass(eq=False)
class Group:
    """Digits without anything between them: characters [start, end) of a turn, by its place in the call's list."""

    turn: int
    value: str
    start: int
    end: int
    gap: int = TIGHT
    """How far the group before it in its run is apart."""
    counted: bool = False
    """A unit or a currency says that it is a quantity."""
    money: bool = False


@dataclass
class Run:
    """Groups that nothing but separators parts."""

    language: str
    groups: list[Group] = field(default_factory=list)


def runs(turns: Sequence[Turn], places: Sequence[int]) -> Iterator[Run]:
    """The runs of one speaker, whose turns are at `places`. A quantity is a run of its own."""
    run: Run | None = None
    gap, ended = LINK, -GOES_ON_SECONDS
    for place in places:
        turn = turns[place]
        gap = LINK
        if run and turn.start - ended > GOES_ON_SECONDS:
            yield run
            run = None
        for piece in _pieces(turn, place):
            if isinstance(piece, Group):
                piece.gap = gap
                if run and piece.counted and gap == LINK:
                    yield run
                    run = None
                run = run or Run(turn.language)
                run.groups.append(piece)
                gap, ended = TIGHT, turn.end
            elif piece.kind == "gap":
                gap = max(gap, piece.level)
            elif run:
                yield run
                run = None
    if run:
        yield run


def _pieces(turn: Turn, place: int) -> Iterator[Group | Token]:
    """A turn's tokens, with the digits beside one another as one group."""
    group: Group | None = None
    said = tokens(turn.text, turn.language)
    digits = {token.start for token in said if token.kind == "digits"}
    for token in said:
        if token.kind not in ("digits", "x"):
            if group:
                yield _marked(group, turn.text, digits)
            group = None
            yield token
        elif group:
            group.value, group.end = group.value + token.value, token.end
        else:
            group = Group(place, token.value, token.start, token.end)
    if group:
        yield _marked(group, turn.text, digits)


def _marked(group: Group, text: str, digits: Container[int]) -> Group:
    """The group, and whether it is counted; what is read as digits is no unit: 일 is a day, and 1."""
    after = text[group.end : group.end + 12].lower()
    group.money = bool(_MONEY.match(after) or _CURRENCY.search(text[: group.start]))
    unit = _UNITS.match(after) if len(group.value) <= COUNTED_DIGITS else None
    group.counted = group.money or (unit is not None and group.end + unit.start(1) not in digits)
    return group
