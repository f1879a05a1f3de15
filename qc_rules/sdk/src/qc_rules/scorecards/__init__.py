"""Scorecards: how quality teams weigh rules into a score of 0 to 100, of a call and of an agent over many calls."""

from qc_rules.scorecards.agents import AgentResult, SectionMean, score_agent
from qc_rules.scorecards.card import Item, Scorecard, Section
from qc_rules.scorecards.document import load
from qc_rules.scorecards.scoring import CardResult, SectionResult, score_call

__all__ = [
    "AgentResult",
    "CardResult",
    "Item",
    "Scorecard",
    "Section",
    "SectionMean",
    "SectionResult",
    "load",
    "score_agent",
    "score_call",
]
