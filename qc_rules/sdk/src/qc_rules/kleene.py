"""Three-valued logic: true, false, and None where it cannot be told.

`unknown and false` is false, `unknown or true` is true; only where the answer depends on what is unknown is it unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None
"""True, False, or None: not known."""


def any_of(values: Iterable[Truth]) -> Truth:
    """True if one is true; else None if one is unknown; else False (also of none)."""
    answer: Truth = False
    for value in values:
        if value:
            return True
        if value is None:
            answer = None
    return answer


def all_of(values: Iterable[Truth]) -> Truth:
    """False if one is false; else None if one is unknown; else True (also of none)."""
    answer: Truth = True
    for value in values:
        if value is None:
            answer = None
        elif not value:
            return False
    return answer


def at_least(count: int, sure: int, possible: int) -> Truth:
    """Are there `count` of something, of which `sure` are certain and `possible` (those included) may be?"""
    if sure >= count:
        return True
    return None if possible >= count else False
