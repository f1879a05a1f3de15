"""A rule's conditions ready to be asked, and what can be known of them before any is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from qc_rules.conditions.condition import Condition
from qc_rules.language.expression import Expression
from qc_rules.matching import Scanner, Words


class Plan:
    """The conditions of one rule."""

    def __init__(self, when: Expression, conditions: Mapping[str, Condition]) -> None:
        self.when = when
        self.conditions = conditions

    @cached_property
    def words(self) -> tuple[Words, ...]:
        """All word lists of all conditions, each once; those of `needs` too, which somebody must look for."""
        lists = [words for condition in self.conditions.values() for words in condition.operator.words()]
        return tuple(dict.fromkeys([*lists, *(self.needs or ())]))

    @cached_property
    def scanner(self) -> Scanner:
        """For this rule alone."""
        return Scanner(self.words)

    @cached_property
    def needs(self) -> tuple[Words, ...] | None:
        """Word lists of which one must be said for the rule to be anything but clear; None: it may be without any.

        With the conditions false that need words, and all others unknown, `when` must be false. Of the conditions that
        make it so no more are taken than it takes, those of the longest lists left out first.
        """
        needs = {name: self._needs(name) for name in self.conditions}
        taken = {name: lists for name, lists in needs.items() if lists is not None}
        if not self._clear_without(taken):
            return None
        for name in sorted(taken, key=lambda name: (-_count(taken[name]), name)):
            fewer = {other: lists for other, lists in taken.items() if other != name}
            if self._clear_without(fewer):
                taken = fewer
        return tuple(dict.fromkeys(words for lists in taken.values() for words in lists))

    def _clear_without(self, needs: Mapping[str, object]) -> bool:
        return self.when.truth(lambda atom: False if str(atom) in needs else None) is False

    def _needs(self, name: str) -> tuple[Words, ...] | None:
        """Where none of these is said the condition is false for certain; None: there are no such words.

        A condition that is anchored is false where the first that it is anchored to is; where that is only unknown,
        so may it be, whatever its own words. A turn that was recognised too badly may have said any word.
        """
        condition = self.conditions[name]
        if condition.when_missing == "fail":
            return None
        if condition.scope.anchors:
            return self._needs(condition.scope.anchors[0].condition)
        needs = condition.operator.needs()
        return None if needs is None or condition.scope.min_confidence > 0 else tuple(needs)


def _count(lists: tuple[Words, ...]) -> int:
    return sum(len(words.words) for words in lists)
