"""A card, outcomes and calls for the tests of scorecards."""

from __future__ import annotations

from typing import Any

from qc_rules import Call, Outcome
from qc_rules.scorecards import CardResult, Item, Scorecard, Section, score_call

CARD = """
id: service
version: 2
name: {en: Service quality, zh: 服务质量}
pass_mark: 80
sections:
  - name: {en: Opening, zh: 开场}
    weight: 25
    items:
      - {rule: GR01, points: 3}
      - {rule: ID01, points: 1}
  - name: Talk
    weight: 75
    items:
      - rule: HR01
        points: 2
      - {rule: SA01, points: 1}
"""


def card(*sections: Section, **more: Any) -> Scorecard:
    return Scorecard(**{"id": "service", "sections": sections, "pass_mark": 80, "origin": "card.yaml", **more})


def section(*items: Item | str, name: str = "All", weight: float = 1.0) -> Section:
    return Section({"en": name}, tuple(Item(one) if isinstance(one, str) else one for one in items), weight)


def outcomes(**results: str) -> list[Outcome]:
    """By rule; `n/a`: the rule is not for this call."""
    return [
        Outcome(rule, 1, "clear", applies=False) if result == "n/a" else Outcome(rule, 1, result)
        for rule, result in results.items()
    ]


def call(**metadata: Any) -> Call:
    return Call(call_id="c1", duration=10.0, metadata=metadata)


def scored(of: Scorecard, *, metadata: dict[str, Any] | None = None, **results: str) -> CardResult | None:
    return score_call(of, outcomes(**results), call(**(metadata or {})))
