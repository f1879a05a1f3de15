"""A case: a call, and what one rule must answer on it. In YAML:

HR01:
  - hit: an angry customer complains          # or clear (pass), unknown, not_applicable
    call:
      - agent: 您好
      - customer@12-15 angry: 我要投诉          # when, an emotion, a language, +laughter, announcement, interrupts
      - customer: 听到没有
        confidence: 0.3                       # any other field of a turn
    events: [bgm@3-5, cough@4 agent]
    metadata: {queue: claims}
    duration: 60                              # and any other field of a call; detects: [yawn], lacks: [bgm]
    options: {keywords: [投诉]}
    evidence: [1]                             # turns, counted from 0; what follows is looked at where it is given
    message: 投诉
    reason: the roles of the speakers         # of an unknown outcome
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qc_rules.call import Call
from qc_rules.engine import judge
from qc_rules.options import configure
from qc_rules.outcome import Outcome
from qc_rules.rule import Rule
from qc_rules.testing.calls import CALL_KEYS, parse_call, refuse_unknown
from qc_rules.testing.documents import read_yaml
from qc_rules.testing.errors import CaseError
from qc_rules.testing.showing import shown_call, shown_outcome
from qc_rules.vocabulary import did_you_mean

EXPECTED = {"hit": "hit", "clear": "clear", "pass": "clear", "unknown": "unknown", "not_applicable": "not_applicable"}
"""What a case can expect, by its key."""
CASE_KEYS = (*EXPECTED, "call", *CALL_KEYS, "options", "evidence", "reason", "message")
_REMEDY = "write `- hit: what happens in the call` (or clear, unknown, not_applicable), and `call:` below it"
_FILE_REMEDY = "write a rule's id, a colon, and below it a list of cases"


@dataclass(frozen=True)
class Case:
    """One call and the outcome that one rule must have on it."""

    rule: str
    """The rule's id."""
    expected: str
    """hit, clear, unknown or not_applicable."""
    title: str
    call: Call
    options: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[int, ...] | None = None
    """The numbers of the turns that must be the evidence, all of them; empty: no turn is. None: not looked at."""
    reason: str = ""
    """Stands in the outcome's reason."""
    message: str = ""
    """Stands in the outcome's message."""
    origin: str = ""
    """File and line."""

    def __str__(self) -> str:
        return f"{self.rule} {self.expected}: {self.title}"

    def problem(self, rule: type[Rule]) -> str:
        """What is wrong with the rule's answer: what was said, the outcome, the evidence. Empty: nothing is.

        Raises:
            CaseError: the rule does not have the case's options.
        """
        try:
            ready = configure(rule, self.options)
        except (ValueError, TypeError) as error:
            raise CaseError(f"{self.origin}: {self.rule}: {error}", remedy="correct the case's options") from error
        [outcome] = judge(self.call, [ready])
        faults = list(self._faults(outcome))
        return (
            "\n".join([f"{self.origin}: {self}", *faults, *shown_call(self.call), *shown_outcome(outcome)])
            if faults
            else ""
        )

    def _faults(self, outcome: Outcome) -> list[str]:
        came = answered(outcome)
        if came != self.expected:
            return [f"expected {self.expected}, came out {came}"]
        faults = []
        turns = tuple(sorted({piece.turn for piece in outcome.evidence if piece.turn is not None}))
        if self.evidence is not None and turns != self.evidence:
            faults.append(f"expected turns {list(self.evidence)} as evidence, came out {list(turns)}")
        for name, wanted, found in (
            ("reason", self.reason, outcome.reason or ""),
            ("message", self.message, outcome.message),
        ):
            if wanted not in found:
                faults.append(f"expected a {name} with {wanted!r}, came out {found!r}")
        return faults


def answered(outcome: Outcome) -> str:
    """hit, clear, unknown, crash or not_applicable."""
    return outcome.result if outcome.applies else "not_applicable"


def parse_cases(text: str, origin: str) -> list[Case]:
    """The cases of one file: a list for each rule, under the rule's id.

    Raises:
        CaseError: it is no YAML, no case, or has none; with file and line.
    """
    document, lines = read_yaml(text, origin)
    if not document:
        raise CaseError(f"{origin}: it has no cases", remedy=_FILE_REMEDY)
    if not isinstance(document, dict):
        raise CaseError(f"{origin}: the cases stand under no rule", remedy=_FILE_REMEDY)
    return [
        _case(rule, item, f"{origin}:{lines[rule, number]}")
        for rule, items in document.items()
        for number, item in enumerate(_listed(rule, items, f"{origin}:{lines[rule,]}"))
    ]


def _listed(rule: str, items: Any, place: str) -> list[Any]:
    if not isinstance(items, list) or not items:
        raise CaseError(f"{place}: {rule}: no list of cases below it", remedy=_REMEDY)
    return items


def _case(rule: str, item: Any, place: str) -> Case:
    if not isinstance(item, dict):
        raise CaseError(f"{place}: {rule}: {item!r} is no case", remedy=_REMEDY)
    refuse_unknown(item, CASE_KEYS, f"{place}: {rule}")
    expected = [key for key in EXPECTED if key in item]
    if len(expected) != 1:
        said = " and ".join(expected) or "nothing"
        raise CaseError(f"{place}: {rule}: the case expects {said}, not one outcome", remedy=_REMEDY)
    if not item[expected[0]]:
        raise CaseError(f"{place}: {rule}: the case does not say what happens", remedy=_REMEDY)
    known = {key: item[key] for key in ("call", *CALL_KEYS) if key in item}
    if "call" not in known and "duration" not in known:
        raise CaseError(f"{place}: {rule}: the case has no call", remedy="write `call:` and its turns, or a duration")
    if isinstance(known.get("call"), Mapping):
        raise CaseError(f"{place}: {rule}: `call` is a list of turns", remedy="write events, metadata … beside it")
    return Case(
        rule=rule,
        expected=EXPECTED[expected[0]],
        title=_text(item, expected[0], place),
        call=parse_call(known, place),
        options=_options(item, place),
        evidence=_evidence(item, place),
        reason=_text(item, "reason", place),
        message=_text(item, "message", place),
        origin=place,
    )


def _text(item: Mapping[str, Any], key: str, place: str) -> str:
    value = item.get(key) or ""
    if not isinstance(value, str):
        raise CaseError(f"{place}: {key} = {value!r} is not text", remedy="put it in quotes")
    return value


def _options(item: Mapping[str, Any], place: str) -> dict[str, Any]:
    options = item.get("options") or {}
    if not isinstance(options, Mapping):
        raise CaseError(f"{place}: options = {options!r} is not a mapping", remedy="write `options: {name: value}`")
    return dict(options)


def _evidence(item: Mapping[str, Any], place: str) -> tuple[int, ...] | None:
    if "evidence" not in item:
        return None
    turns = item["evidence"]
    if not isinstance(turns, list) or any(type(turn) is not int for turn in turns):
        raise CaseError(
            f"{place}: evidence = {turns!r} is not a list of turn numbers",
            remedy="the first turn of a call has number 0",
        )
    return tuple(sorted(set(turns)))


def refuse_unknown_rules(cases: list[Case], rules: Mapping[str, type[Rule]]) -> None:
    """Every case must be of one of these rules.

    Raises:
        CaseError: one is not.
    """
    for case in cases:
        if case.rule not in rules:
            raise CaseError(
                f"{case.origin}: there is no rule {case.rule}{did_you_mean(case.rule, rules)}", remedy="correct the id"
            )
