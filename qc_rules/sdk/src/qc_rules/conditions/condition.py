"""A named condition of a rule: a scope, an operator, and what counts where it cannot be told."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from qc_rules.call import Call
from qc_rules.conditions.anchors import Anchor, Place, narrowed, places
from qc_rules.conditions.answer import NO, Answer, Match, in_order, named, reasons, unknown
from qc_rules.conditions.scope import Scope
from qc_rules.conditions.view import View
from qc_rules.errors import Unknown
from qc_rules.kleene import Truth, all_of, any_of
from qc_rules.matching import CallWords

if TYPE_CHECKING:  # operators answer with what is defined here
    from qc_rules.operators.base import Operator

WHOLE_CALL = Scope()
WHEN_MISSING = ("pass", "fail", "unknown")
Pair = tuple[Place, Answer]
"""A window, and the answer in it."""
Lookup = Callable[[str], Answer]
"""Gives the answer of another condition of the same rule on the same call."""


class Question:
    """What is asked: one for all that ask it, so that nothing long is compared."""


_QUESTIONS: weakref.WeakValueDictionary[tuple[Operator, Scope], Question] = weakref.WeakValueDictionary()


@dataclass(frozen=True)
class Condition:
    """One question about a call."""

    name: str
    operator: Operator
    scope: Scope = WHOLE_CALL
    when_missing: str = "unknown"
    """What an answer that cannot be told counts as: `fail` = the condition holds, `pass` = it does not, `unknown`."""

    def answer(self, call: Call, words: CallWords, others: Lookup) -> Answer:
        """Does it hold on this call, where, or why can it not be told?"""
        view = self.scope.view(call, words)
        found = named(
            self._anchored(view, self.scope.anchors, others) if self.scope.anchors else self._once(view), self.name
        )
        if found.truth is None and self.when_missing != "unknown":
            return replace(found, truth=self.when_missing == "fail", reason="")
        return found

    def _once(self, view: View) -> Answer:
        """What conditions of several rules have in common is asked once a call."""
        question = self._question
        if question is None:
            return ask(self.operator, view)
        answer: Answer | None = view.words.memo.get(question)
        if answer is None:
            answer = view.words.memo[question] = ask(self.operator, view)
        return answer

    @functools.cached_property
    def _question(self) -> Question | None:
        """The same object for all conditions that ask the same of the same part of a call; None: it stands alone."""
        if not _is_plain(self.operator):
            return None
        try:
            return _QUESTIONS.setdefault((self.operator, self.scope), Question())
        except TypeError:  # a list among its parameters
            return None

    def _anchored(self, view: View, anchors: Sequence[Anchor], others: Lookup) -> Answer:
        """Window by window: of several anchors, the windows lie within one another."""
        if not anchors:
            return ask(self.operator, view)
        anchor, rest = anchors[0], anchors[1:]
        at = others(anchor.condition)
        if at.truth is False:
            return NO
        if at.truth is None and not at.matches:
            return unknown(at.reason)
        doubt = at.reason if at.truth is None else ""
        found = [_doubtful(place, doubt) for place in places(anchor, at, view.call)]
        answers = [self._anchored(narrowed(view, place), rest, others) for place in found]
        return chosen(anchor.which, list(zip(found, answers, strict=True)))


def _is_plain(value: Any) -> bool:
    """Is it the same as all that it equals? Equal words that know their severity may be of different ones."""
    if isinstance(value, (tuple, frozenset)):
        return all(map(_is_plain, value))
    if is_dataclass(value):
        return all(_is_plain(getattr(value, field.name)) for field in fields(value))
    return not isinstance(value, str) or type(value) is str


def ask(operator: Operator, view: View) -> Answer:
    """The operator's answer; what it lacks makes it unknown."""
    try:
        answer = operator.look(view)
    except Unknown as lack:
        return unknown(str(lack))
    if type(answer) is not Answer or not (answer.truth is None or type(answer.truth) is bool):
        raise TypeError(f"operator {operator.name} answers {answer!r}, not an Answer that is True, False or None")
    return answer


def chosen(which: str | int, pairs: Sequence[Pair]) -> Answer:
    """One answer of those in the windows of the matches that `which` names; a match may be none (unsure)."""
    answer = _chosen(which, pairs)
    if answer.truth is not None:
        return answer
    return replace(answer, reason=reasons(text for place, a in pairs for text in (a.reason, place.match.unsure)))


def _chosen(which: str | int, pairs: Sequence[Pair]) -> Answer:
    if which == "each":
        return _each(pairs)
    if which == "any":
        return _together(any_of(all_of([_is(place), answer.truth]) for place, answer in pairs), pairs)
    return _one_of(*_candidates(which, pairs))


def _is(place: Place) -> Truth:
    """Is there anything to be near to?"""
    return True if place.match.sure else None


def _each(pairs: Sequence[Pair]) -> Answer:
    """Some match there is, and at every one it holds: one that is not sure must not break it, and cannot make it."""
    exists = any_of(_is(place) for place, _ in pairs)
    held = [answer.truth if place.match.sure or answer.truth else None for place, answer in pairs]
    return _together(all_of([exists, *held]), pairs)


def _candidates(which: str | int, pairs: Sequence[Pair]) -> tuple[list[Pair], bool]:
    """The matches that may be the n-th, and whether there may be no n-th at all."""
    ordered = list(pairs)[::-1] if which == "last" else list(pairs)
    number = which if isinstance(which, int) else 1
    found: list[Pair] = []
    sure = 0
    for possible, pair in enumerate(ordered):
        if sure < number <= possible + 1:
            found.append(pair)
        sure += pair[0].match.sure
    return found, sure < number


def _one_of(pairs: list[Pair], none: bool) -> Answer:
    """One of these is meant, or, perhaps, none: only what all agree on can be told."""
    truths = {answer.truth for _, answer in pairs} | ({False} if none else set())
    return _together(truths.pop() if len(truths) == 1 else None, pairs) if truths else NO


def _together(truth: Truth, pairs: Sequence[Pair]) -> Answer:
    if truth is False:
        return NO
    kept = [(place, answer) for place, answer in pairs if answer.truth is not False]
    matches = in_order(dict.fromkeys(match for place, answer in kept for match in _doubted(answer, place)))
    return Answer(truth, matches)


def _doubted(answer: Answer, place: Place) -> Iterator[Match]:
    """In a window that may be none, what is found may be none."""
    for match in answer.matches:
        yield replace(match, unsure=reasons([match.unsure, place.match.unsure])) if place.match.unsure else match


def _doubtful(place: Place, doubt: str) -> Place:
    return replace(place, match=replace(place.match, unsure=reasons([place.match.unsure, doubt]))) if doubt else place
