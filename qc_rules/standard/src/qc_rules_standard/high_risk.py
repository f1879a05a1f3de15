"""HR01: the customer is upset and speaks of complaining, reporting or getting the money back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from qc_rules import (
    Call,
    Evidence,
    Hit,
    Rule,
    Truth,
    Turn,
    Unknown,
    all_of,
    any_of,
    find_words,
    known_emotions,
    lacking,
)

KEYWORDS = (
    "投诉", "投訴", "举报", "舉報", "退款", "不发货", "不發貨",
    "12378", "幺二三七八", "一二三七八",  # hotline of the Chinese financial regulator, written and spoken
    "refund", "complaint", "complain",
    "苦情", "返金",
    "불만", "환불",
)  # fmt: skip


class Heard(NamedTuple):
    """A turn and what the rule makes of it."""

    turn: Turn
    upset: Truth
    """Is it an upset turn of the customer?"""
    complains: Truth
    """Is it a turn of the customer with a keyword?"""
    words: list[str]


@dataclass(frozen=True)
class HighRisk(Rule):
    """High-risk call: an angry or frightened customer who speaks of a complaint, a report or a refund.

    What it catches: some turn of the customer sounds angry or fearful, and some turn of the customer (the same or
    another) has one of the keywords. Both are needed: a calm question about a refund is everyday business.

    Why it matters: such a call becomes a formal complaint unless a supervisor calls back within minutes.

    Options: `emotions` are the emotions that count as upset. `keywords` are the words; width and case do not matter,
    Latin words match from their beginning, numbers as a whole. Giving either replaces the list.

    Unknown: where the speakers are not told apart, or the emotion of a deciding turn is not known, and the answer
    depends on it. A call in which nobody is upset, or nobody says a keyword, is clear whoever speaks.

    Limits: words are matched, not meant: "我不是要投诉" matches too. A word that the model misheard is missed.
    """

    id = "HR01"
    name = {"zh": "高风险预警", "en": "High-risk call"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "critical"
    score = -20
    category = "risk"
    flags = ("risk",)

    emotions: tuple[str, ...] = ("angry", "fearful")
    keywords: tuple[str, ...] = KEYWORDS

    def __post_init__(self) -> None:
        known_emotions(self.emotions)
        find_words(self.keywords, "")

    def check(self, call: Call) -> Iterable[Hit]:
        """Hit, or raise Unknown, by three-valued logic over the turns."""
        turns = [self._hear(turn) for turn in call.turns]
        answer = all_of([any_of(heard.upset for heard in turns), any_of(heard.complains for heard in turns)])
        if answer is None:
            raise Unknown(lacking(heard.turn for heard in turns if heard.upset is None or heard.complains is None))
        if answer:
            yield self._found(call, turns)

    def _hear(self, turn: Turn) -> Heard:
        customer = turn.is_role("customer")
        words = find_words(self.keywords, turn.text)
        upset = all_of([customer, turn.feels(self.emotions)])
        return Heard(turn, upset, all_of([customer, bool(words)]), words)

    def _found(self, call: Call, turns: list[Heard]) -> Hit:
        evidence: list[Evidence] = []
        for heard in turns:
            if heard.upset:
                evidence.append(heard.turn.evidence(f"emotion {heard.turn.emotion}"))
            if heard.complains:
                evidence.append(heard.turn.evidence("keyword", text=" ".join(heard.words)))
        words = dict.fromkeys(word for heard in turns if heard.complains for word in heard.words)
        feelings = dict.fromkeys(heard.turn.emotion for heard in turns if heard.upset)
        message = f"the customer is {' and '.join(feelings)} and says {', '.join(words)}"
        return self.hit(call, evidence=evidence, message=message)
