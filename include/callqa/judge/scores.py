"""Scorecards over one call: which installed cards judge, and their results as columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import qc_rules
from callqa.contracts import CardScore, SectionScore
from callqa.settings import RuleSettings
from qc_rules.scorecards import CardResult, Scorecard, SectionResult, score_call


def cards_of(
    settings: RuleSettings, installed: Sequence[qc_rules.Pack], rules: Sequence[qc_rules.ActiveRule]
) -> list[Scorecard]:
    """The scorecards that judge, by id: of packs that are not switched off, with a rule on them that runs."""
    running = {active.rule.id for active in rules}
    cards = [card for pack in installed if pack.name not in settings.disable for card in pack.scorecards]
    judging = [card for card in cards if any(item.rule in running for item in card.items())]
    return sorted(judging, key=lambda card: card.id)


def identity(card: Scorecard) -> dict[str, Any]:
    """What a card's results depend on: all but where it was read from."""
    return {name: value for name, value in dataclasses.asdict(card).items() if name != "origin"}


def scored(
    call: qc_rules.Call, outcomes: Iterable[qc_rules.Outcome], cards: Iterable[Scorecard]
) -> tuple[CardScore, ...]:
    """The call's scores on the cards that are for it, in the order of the cards."""
    known = tuple(outcomes)
    results = (score_call(card, known, call) for card in cards)
    return tuple(_row(result) for result in results if result is not None)


def result_of(row: CardScore) -> CardResult:
    """A stored score as `qc_rules.scorecards` has it."""
    values = {field.name: _tuple(getattr(row, field.name)) for field in dataclasses.fields(CardResult)}
    sections = tuple(SectionResult(**vars(section)) for section in row.sections)
    return CardResult(**{**values, "sections": sections})


def _row(result: CardResult) -> CardScore:
    values = {field.name: _list(getattr(result, field.name)) for field in dataclasses.fields(CardResult)}
    sections = [SectionScore(**vars(section)) for section in result.sections]
    return CardScore(**{**values, "sections": sections})


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
