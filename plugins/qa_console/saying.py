"""What was stored in one language, as the reader of a page sees it: findings, their evidence, the gate, notes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from callqa.settings import GateSettings, RuleSettings, Settings
from qa_console import rulebook
from qa_console.language import Language
from qc_rules.phrases import Sentence
from qc_rules.sentences import Said


class Saying:
    """The sentences of findings and results in one language; templates show them by `kit.said`."""

    def __init__(self, language: Language, settings: Settings) -> None:
        self._language = language
        self._rules: RuleSettings = settings.rules
        self._gate: GateSettings = settings.gate

    def finding(self, text: str, rule: str, own: Sequence[Sentence] = ()) -> Said:
        """A finding's message, or its reason; `own` are the sentences of a rule that is installed nowhere."""
        return rulebook.said(text, rule, self._language.code, self._rules, own)

    def evidence(self, text: str) -> str:
        """The text of a piece of evidence; words that were said stay as they were said."""
        return rulebook.shown(text, self._language.code)

    def note(self, text: str) -> Said:
        """A note, a sample, a reason that the library wrote."""
        return self._language.note(text)

    def check(self, check: Any) -> Said:
        """What a check of the gate protects; one that the installed gate does not have, as it was stored."""
        if self._language.code == "zh" and (known := _protects(self._gate.model_dump_json()).get(check.check)):
            return Said(known, "zh")
        return Said(check.sentence, "en")

    def section(self, card: str, name: str) -> str:
        """The name of a scorecard's section."""
        return rulebook.section_of(card, name, self._language.code, self._rules)


@functools.lru_cache(maxsize=2)
def _protects(gate: str) -> Mapping[str, str]:
    """The installed gate's sentences in Chinese, by check; the day stands in none of them."""
    from callqa.gate import expectations

    listed = expectations.checks(GateSettings.model_validate_json(gate), "2000-01-01")
    return {check.id: check.zh for check in listed}
