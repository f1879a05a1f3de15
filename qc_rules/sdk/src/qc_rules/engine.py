"""Runs rules over calls, each rule on its own: what one does, another neither sees nor suffers."""

from __future__ import annotations

import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qc_rules.call import Call
from qc_rules.errors import Unknown, is_of_a_pack, is_storable, said_by, storable
from qc_rules.kleene import Truth
from qc_rules.matching import CallWords, Scanner, Words
from qc_rules.outcome import Evidence, Hit, Outcome
from qc_rules.packs import ActiveRule
from qc_rules.rule import Rule
from qc_rules.time_limit import Clock, TimeUp, clock

if TYPE_CHECKING:
    from qc_rules.language import DeclaredRule

_SLACK = 0.5
"""Seconds that evidence may lie after the recording's end: frames are longer than nothing."""
LIMIT_SECONDS = 5.0
"""That a rule may take on one call, where nobody says otherwise."""
SUSPENDED_AFTER = 3
"""Calls on which a rule took too long, before it is tried on no other: it would cost hours."""
_MAX_REASON = 500
"""Characters of an error kept in an outcome: an exception may carry a whole transcript."""


class RuleSet:
    """Rules made ready to judge many calls: a turn is searched once for the words of all of them.

    A call's outcomes depend on the call and the rules only, but for one thing: a rule that took too long on
    SUSPENDED_AFTER calls is not tried again.
    """

    def __init__(self, rules: Iterable[Rule | ActiveRule], limit_seconds: float = LIMIT_SECONDS) -> None:
        """Prepare rules; outcomes come in their order.

        Args:
            rules: instances, with their options set.
            limit_seconds: that a rule may take on one call.

        Raises:
            ValueError: the limit is none, or a rule's `applies_to` cannot be read.
        """
        if not limit_seconds > 0:
            raise ValueError(f"limit_seconds = {limit_seconds} is not above 0")
        self.rules = tuple(rule.rule if isinstance(rule, ActiveRule) else rule for rule in rules)
        self.limit_seconds = limit_seconds
        self._declared = [_declared(rule) for rule in self.rules]
        self._clear = [_clear(rule) for rule in self.rules]
        self._filters = _by_filter(self.rules)
        self._scanner = Scanner(words for rule in self._declared if rule for words in _lists(rule))
        self._always, self._where_said = _triggers(self._declared)
        self._timeouts: Counter[int] = Counter()

    def judge(self, call: Call) -> list[Outcome]:
        """One outcome for every rule; never raises for what a rule does."""
        from qc_rules.language.metadata_filter import applicability

        applies = {text: applicability(text, call) for text in self._filters}
        outcomes = list(self._clear)
        for text, (truth, _) in applies.items():
            if truth is False:
                for index in self._filters[text]:
                    outcomes[index] = replace(outcomes[index], applies=False)
        words = self._scanner.scan(call)
        with clock(self.limit_seconds) as timer:
            for index in self._candidates(words):
                truth, reason = applies.get(self.rules[index].applies_to, (True, ""))
                if truth is not False:
                    outcomes[index] = _perhaps(self._outcome(index, call, words, timer), truth, reason)
        return outcomes

    def _candidates(self, words: CallWords) -> list[int]:
        """The rules that may be other than clear, in order: of those that wait for words, whose words are said."""
        found = set(self._always)
        for said in words.heard():
            found.update(self._where_said.get(said, ()))
        return sorted(found)

    def _outcome(self, index: int, call: Call, words: CallWords, timer: Clock) -> Outcome:
        rule, limit = self.rules[index], f"longer than {self.limit_seconds:g} s"
        if self._timeouts[index] >= SUSPENDED_AFTER:
            return _crash(rule, f"suspended: it took {limit} on {SUSPENDED_AFTER} calls before this one")
        try:
            declared = self._declared[index]
            check = partial(declared.look, call, words) if declared else partial(rule.check, call)
            return timer.run(partial(_judged, rule, call, check))
        except TimeUp:
            self._timeouts[index] += 1
            return _crash(rule, f"took {limit}")


def judge(call: Call, rules: Iterable[Rule]) -> list[Outcome]:
    """One outcome for every rule, in the order of the rules; never raises for what a rule does.

    Of many calls, a `RuleSet` is made ready once.
    """
    return RuleSet(rules).judge(call)


def _declared(rule: Rule) -> DeclaredRule | None:
    """A rule of a YAML file, which tells what words it looks for; where it cannot, that is its crash on every call."""
    from qc_rules.language import DeclaredRule

    if not isinstance(rule, DeclaredRule):
        return None
    try:
        return rule if all(isinstance(words, Words) for words in _lists(rule)) else None
    except Exception:  # noqa: BLE001 - somebody else's operator
        return None


def _lists(rule: DeclaredRule) -> tuple[Words, ...]:
    """The word lists that it asks for, and those without which it is clear."""
    return (*rule.word_lists(), *(rule.needs() or ()))


def _triggers(rules: list[DeclaredRule | None]) -> tuple[list[int], dict[Words, list[int]]]:
    """The rules that every call needs looking at, and those that are clear unless one of these words is said."""
    always: list[int] = []
    where_said: dict[Words, list[int]] = defaultdict(list)
    for index, rule in enumerate(rules):
        needs = rule.needs() if rule else None
        if needs is None:
            always.append(index)
        else:
            for words in needs:
                where_said[words].append(index)
    return always, dict(where_said)


def _by_filter(rules: tuple[Rule, ...]) -> dict[str, list[int]]:
    """The rules that are for some calls only, by their `applies_to`."""
    from qc_rules.language.metadata_filter import check

    found: dict[str, list[int]] = defaultdict(list)
    for index, rule in enumerate(rules):
        if rule.applies_to:
            check(rule.applies_to)
            found[rule.applies_to].append(index)
    return dict(found)


def _perhaps(outcome: Outcome, applies: Truth, reason: str) -> Outcome:
    """The outcome of a rule that is for this call, or may be: what it found is then not known to count."""
    if applies is None and outcome.result == "hit":
        return Outcome(outcome.rule, outcome.rule_version, "unknown", reason=_shorten(reason))
    return outcome


def _judged(rule: Rule, call: Call, check: Callable[[], Iterable[Hit]]) -> Outcome:
    hits: list[Hit] = []
    try:
        for hit in _found(check):
            hits.append(_checked(hit, call))
        return _hit(rule, hits) if hits else _clear(rule)
    except Unknown as answer:
        # True or unknown is true: what was already found stands.
        return _hit(rule, hits) if hits else _unknown(rule, said_by(answer))
    except BaseException as error:  # whatever a rule raises is its own crash
        if not is_of_a_pack(error):
            raise
        return _crash(rule, _describe(error))


def _found(check: Callable[[], Iterable[Hit]]) -> Iterable[object]:
    found: Iterable[object] | None = check()
    if found is None:
        raise TypeError("check returned None: yield hits, or return a list of them")
    return found


def _checked(hit: object, call: Call) -> Hit:
    if not isinstance(hit, Hit):
        raise TypeError(f"check gave {hit!r}, not a hit: make it with self.hit(...)")
    if not hit.evidence:
        raise ValueError("a hit without evidence: make it with self.hit(...)")
    for piece in hit.evidence:
        _check_place(piece, call)
    return hit


def _check_place(piece: Evidence, call: Call) -> None:
    """Refuse evidence that is nowhere in the call: the gate would refuse the whole day for it."""
    if piece.turn is not None and all(turn.turn != piece.turn for turn in call.turns):
        raise ValueError(f"evidence: the call has no turn {piece.turn}")
    if not 0 <= piece.start <= piece.end:
        raise ValueError(f"evidence from {piece.start:g} to {piece.end:g} s is no stretch of time")
    if piece.end > call.duration + _SLACK and piece.end > _last_end(call):
        raise ValueError(f"evidence ends at {piece.end:g} s, the call at {call.duration:g} s")


def _last_end(call: Call) -> float:
    """Of what there is in the call: where that is after its duration, a rule that points to it is not at fault."""
    return max([0.0, *(turn.end for turn in call.turns), *(event.end for event in call.events)])


def _clear(rule: Rule) -> Outcome:
    return Outcome(rule.id, rule.version, "clear")


def _unknown(rule: Rule, reason: str) -> Outcome:
    return Outcome(rule.id, rule.version, "unknown", reason=_shorten(reason.strip() or "the rule gives no reason"))


def _crash(rule: Rule, reason: str) -> Outcome:
    return Outcome(rule.id, rule.version, "crash", reason=reason)


def _hit(rule: Rule, hits: list[Hit]) -> Outcome:
    message = storable("; ".join(dict.fromkeys(hit.message for hit in hits)))
    evidence = tuple(_stored(piece) for hit in hits for piece in hit.evidence)
    return Outcome(rule.id, rule.version, "hit", message=message, evidence=evidence)


def _stored(piece: Evidence) -> Evidence:
    if is_storable(piece.text) and is_storable(piece.condition):
        return piece
    return replace(piece, text=storable(piece.text), condition=storable(piece.condition))


def _describe(error: BaseException) -> str:
    """`KeyError: 'queue' (farewell.py:12)`: no folders and no memory addresses, so that equal runs write equal rows."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = re.sub(r" at 0x[0-9a-fA-F]+", "", said_by(error))
    return _shorten(f"{type(error).__name__}: {said}" if said else type(error).__name__) + where


def _shorten(reason: str) -> str:
    return reason if len(reason) <= _MAX_REASON else reason[: _MAX_REASON - 1] + "…"
