"""`keyword`: words that are said, or are not."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, Match, counted, in_order, of_turn, reasons
from qc_rules.kleene import Truth, all_of, at_least
from qc_rules.matching import Said, Words, one_by_one
from qc_rules.operators.base import Operator
from qc_rules.operators.fuzzy import Fuzzy, spelled
from qc_rules.text import fold, simplified

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

_QUANTIFIERS = ("any", "all", "none")
_SHOWN = ", "


@dataclass(frozen=True)
class Keyword(Operator):
    """Words said in scope.

    One of `any`, `all` and `none`. With `any`, matches are the turns that say one of them; with `all`, those that say
    any of them, where together they say every one; `none` has no matches.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly.

    ```yaml
    complains: {role: customer, keyword: {any: [投诉, 举报], fuzzy: pinyin}}
    ```
    """

    name: ClassVar[str] = "keyword"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...] = ()
    """One of these words is said."""
    all: tuple[str, ...] = ()
    """Each of these words is said, in whatever turns of the scope."""
    none: tuple[str, ...] = ()
    """None of these words is said."""
    at_least: int = 1
    """Of `any`: so many different words."""
    turns: int = 1
    """Of `any`: in so many turns."""
    fuzzy: Fuzzy = ""
    """`pinyin`: what sounds the same counts too (头诉 is 投诉); `[pinyin, n/l, zh/z]`: and these confusions."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fuzzy", spelled(self.fuzzy))
        given = [name for name in _QUANTIFIERS if getattr(self, name)]
        if len(given) != 1:
            what = f"both {' and '.join(given)}; make two conditions of it" if given else "no words"
            raise ValueError(f"keyword has {what}; it takes words under one of any, all and none")
        self._check_counts()
        _ = self._lists  # refuses empty words

    def _check_counts(self) -> None:
        for name in ("at_least", "turns"):
            if getattr(self, name) != 1 and not self.any:
                raise ValueError(f"{name} goes with any only")
        if self.turns < 1:
            raise ValueError(f"turns = {self.turns} is not a number of turns from 1")
        if not 1 <= self.at_least <= max(1, _different(self.any)):
            raise ValueError(
                f"at_least = {self.at_least} is not a number of its {_different(self.any)} different words"
            )

    @functools.cached_property
    def _lists(self) -> tuple[Words, ...]:
        """One list; of `all`, where a word may hide another, each its own."""
        fuzzy = spelled(self.fuzzy)
        return one_by_one(self.all, fuzzy) if self.all else (Words(self.any or self.none, fuzzy),)

    def words(self) -> tuple[Words, ...]:
        """Its lists."""
        return self._lists

    def needs(self) -> tuple[Words, ...] | None:
        """Of `all`, the longest word: where it is not said, not all are."""
        return None if self.none else (max(self._lists, key=lambda words: len(words.words[0])),)

    def look(self, view: View) -> Answer:
        """By three-valued logic: a turn that may be none of the scope's, or cannot be read, leaves it open."""
        matches = in_order(self._matches(view))
        if self.none:
            return _none(matches)
        truth = self._all(view) if self.all else self._any(view, matches)
        if truth is False:
            return NO
        return Answer(truth, matches, reasons(match.unsure for match in matches) if truth is None else "")

    def _matches(self, view: View) -> Iterator[Match]:
        texts = {text for words in self._lists for text in view.words.texts(words)}
        for seen in view.seen:
            found = self._said(view, seen) if seen.turn.text in texts else []
            if found:
                yield of_turn(seen.turn, _SHOWN.join(one.text for one in found), seen.unsure)
            elif seen.unread:
                yield of_turn(seen.turn, unsure=seen.unsure)

    def _said(self, view: View, seen: Seen) -> list[Said]:
        found = [one for words in self._lists for one in view.said(seen, words)]
        return sorted(dict.fromkeys(found), key=lambda one: (one.start, one.end)) if len(found) > 1 else found

    def _any(self, view: View, matches: tuple[Match, ...]) -> Truth:
        turns = counted(matches, self.turns).truth
        return turns if self.at_least == 1 else all_of([turns, self._different_said(view)])

    def _different_said(self, view: View) -> Truth:
        sure: set[str] = set()
        possible: set[str] = set()
        for seen in view.seen:
            words = {_same(one.word) for one in self._said(view, seen)}
            sure |= set() if seen.unsure else words
            possible |= words if not seen.unread else {_same(word) for word in self.any}
        return at_least(self.at_least, len(sure), len(possible))

    def _all(self, view: View) -> Truth:
        return all_of(self._somewhere(view, words) for words in self._lists)

    def _somewhere(self, view: View, words: Words) -> Truth:
        truth: Truth = False
        for seen in view.seen:
            if seen.unread or view.said(seen, words):
                if not seen.unsure:
                    return True
                truth = None
        return truth


def _none(matches: tuple[Match, ...]) -> Answer:
    said = counted(matches)
    if said.truth is None:
        return Answer(None, reason=said.reason)
    return NO if said.truth else Answer(True)


def _same(word: str) -> str:
    return " ".join(simplified(fold(word)).split())


def _different(words: Iterable[str]) -> int:
    return len({_same(word) for word in words})
