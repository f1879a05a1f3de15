"""Conditions: a scope, an operator, and three-valued answers with the places that say so."""

from qc_rules.conditions.anchors import Anchor
from qc_rules.conditions.answer import Answer, Match, counted, of_event, of_span, of_turn, of_turns, unknown, yes_or_no
from qc_rules.conditions.condition import Condition
from qc_rules.conditions.scope import Extent, Point, Scope
from qc_rules.conditions.view import Heard, Seen, View

__all__ = [
    "Anchor",
    "Answer",
    "Condition",
    "Extent",
    "Heard",
    "Match",
    "Point",
    "Scope",
    "Seen",
    "View",
    "counted",
    "of_event",
    "of_span",
    "of_turn",
    "of_turns",
    "unknown",
    "yes_or_no",
]
