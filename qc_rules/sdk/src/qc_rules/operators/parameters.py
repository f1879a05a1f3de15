"""Checks that operators make of their parameters; each refuses with the name, the value and what would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from qc_rules.operators.base import Operator
from qc_rules.vocabulary import did_you_mean


def one_of(name: str, value: str, known: Collection[str]) -> None:
    """A word of a list.

    Raises:
        ValueError: it is none of them; with the nearest.
    """
    if value not in known:
        raise ValueError(f"{name} = {value!r} is not known{did_you_mean(str(value), known)}")


def each_of(name: str, values: Iterable[str], known: Collection[str], *, empty: bool = False) -> None:
    """Words of a list; none at all only where `empty` allows it.

    Raises:
        ValueError: one is not of the list, or there are none.
    """
    values = tuple(values)
    if not values and not empty:
        raise ValueError(f"{name} is empty; known: {', '.join(sorted(known))}")
    for value in values:
        one_of(name, value, known)


def at_least(name: str, value: float | None, least: float) -> None:
    """A number from `least`; None is not checked.

    Raises:
        ValueError: it is less, or no number.
    """
    if value is not None and not value >= least:
        raise ValueError(f"{name} = {value} is less than {least:g}")


def within(name: str, value: float | None, least: float, greatest: float) -> None:
    """A number of a range, both ends included; None is not checked.

    Raises:
        ValueError: it is outside, or no number.
    """
    if value is not None and not least <= value <= greatest:
        raise ValueError(f"{name} = {value} is not from {least:g} to {greatest:g}")


def given(operator: Operator, names: Collection[str]) -> str:
    """Which one of these parameters is given.

    Raises:
        ValueError: none is, or several are.
    """
    found = [name for name in names if getattr(operator, name) not in (None, ())]
    if len(found) != 1:
        several = f"{' and '.join(found)} are given together" if found else "none is given"
        raise ValueError(f"one of {', '.join(names)} is needed, and {several}")
    return found[0]
