"""What the installed rules are called and say, by language: findings hold ids and one language only."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callqa.errors import RulePackError
from callqa.settings import RuleSettings
from qc_rules.phrases import Sentence
from qc_rules.sentences import Said, told, value_told

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installed:
    """What is known of an installed rule in words."""

    name: Mapping[str, str]
    sentences: Sequence[Sentence]
    pages: Mapping[str, str] = field(default_factory=dict)
    """What its author says of it, by language."""


def name_of(rule: str, language: str, settings: RuleSettings) -> str:
    """A rule's name as its pack has it, in this language if it can; its id where it is not installed."""
    names = _named(_rules(settings.model_dump_json()).get(rule))
    return names.get(language) or next(iter(names.values()), rule)


def said(text: str, rule: str, language: str, settings: RuleSettings, own: Sequence[Sentence] = ()) -> Said:
    """A finding's message or reason in this language; as it was stored, where the rule does not have it in this.

    `own` are the sentences of a rule that is not installed, or of a changed one.
    """
    known = _rules(settings.model_dump_json()).get(rule)
    return told(text, language, (*own, *(known.sentences if known else ())))


def shown(text: str, language: str) -> str:
    """The text of a piece of evidence: what was said as it is, what an operator says of it in this language."""
    return value_told(text, language)


def pages_of(rule: str, settings: RuleSettings) -> Mapping[str, str]:
    """What a rule's author says of it, by language; nothing where it is not installed."""
    known = _rules(settings.model_dump_json()).get(rule)
    return known.pages if known else {}


def section_of(card: str, name: str, language: str, settings: RuleSettings) -> str:
    """The name of a scorecard's section, by the one that is stored; as it is, where the card is not installed."""
    return _sections(settings.model_dump_json()).get((card, name), {}).get(language, name)


def _named(known: Installed | None) -> Mapping[str, str]:
    return known.name if known else {}


@functools.lru_cache(maxsize=2)
def _rules(settings: str) -> Mapping[str, Installed]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError as error:  # the pages of what was published do not depend on what can be run now
        log.warning("rules are shown by their ids: %s", error)
        return {}
    return {
        rule.id: Installed(rule.name, tuple(rule.sentences()), {"en": inspect.getdoc(type(rule)) or "", **rule.pages})
        for pack in packs
        for rule in pack.rules
    }


@functools.lru_cache(maxsize=2)
def _sections(settings: str) -> Mapping[tuple[str, str], Mapping[str, str]]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError:
        return {}
    cards = [card for pack in packs for card in pack.pack.scorecards]
    return {(card.id, section.title()): section.name for card in cards for section in card.sections}
