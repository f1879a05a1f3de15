"""What every rule is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from qc_rules.call import Call, Event, Turn
from qc_rules.outcome import Evidence, Hit


@dataclass(frozen=True)
class Rule:
    """A rule: class attributes say what it is, dataclass fields are its options, `check` looks at one call.

    Subclasses are frozen dataclasses too; their docstring is their page in the docs. Every option has a default.
    """

    id: ClassVar[str]
    """Two capital letters and two digits, unique among all installed rules."""
    version: ClassVar[int] = 1
    """Goes up whenever the rule may answer differently on the same call."""
    name: ClassVar[Mapping[str, str]] = {}
    """By language: `{"zh": "高风险预警", "en": "High-risk call"}`."""
    severity: ClassVar[str] = "minor"
    """info, minor, major or critical."""
    score: ClassVar[float] = 0
    """Points that a hit adds to the call's 100: negative, or 0 where the rule only flags."""
    category: ClassVar[str] = ""
    """Groups rules in reports."""
    flags: ClassVar[Sequence[str]] = ()
    """Copied to the call's row on a hit. `invalid` takes the call out of judging and scoring."""

    applies_to: ClassVar[str] = ""
    """Which calls it is for, of their metadata: `queue in ['claims'] && direction == 'inbound'`; empty: all."""
    actions: ClassVar[Sequence[str]] = ()
    """Routes, configured by the operator, that a hit is reported on."""
    pages: ClassVar[Mapping[str, str]] = {}
    """What the docstring says, in other languages: `{"zh": "…"}`."""
    texts: ClassVar[Sequence[Mapping[str, str]]] = ()
    """The sentences of its messages and reasons by language, with `{places}` for values; the first language is the one
    that `check` fills in. Readers of another language see the sentence in theirs, where it is there."""

    def check(self, call: Call) -> Iterable[Hit]:
        """Yield a hit for each thing found; yielding none means that the call is clear.

        Raises:
            Unknown: the call lacks what the rule needs. Any other exception is the rule's crash, and only its own.
        """
        raise NotImplementedError

    def hit(
        self,
        call: Call,
        *,
        turns: Iterable[Turn] = (),
        events: Iterable[Event] = (),
        evidence: Iterable[Evidence] = (),
        message: str = "",
        condition: str = "",
    ) -> Hit:
        """A hit with these turns, events and ready-made pieces as evidence; with none, the whole call is."""
        found = [turn.evidence(condition) for turn in turns]
        found += [event.evidence(condition) for event in events]
        found += evidence
        if not found:
            found = [Evidence(None, 0.0, call.duration, "", condition)]
        return Hit(message or self.title(), tuple(found))

    @classmethod
    def sentences(cls) -> Sequence[Mapping[str, str]]:
        """All that it says in several languages: `texts`, and of a YAML rule its message."""
        return cls.texts

    @classmethod
    def title(cls, language: str = "en") -> str:
        """The rule's name in a language, else in any other, else its class's name."""
        return cls.name.get(language) or next(iter(cls.name.values()), cls.__name__)
