"""Who speaks before whom, and whether they are the same."""

from __future__ import annotations

from dataclasses import replace

from qc_rules.call import Turn
from qc_rules.conditions.view import View
from qc_rules.kleene import Truth


def same_party(one: Turn, other: Turn) -> Truth:
    """Do both belong to one side of the call? By their roles, or one voice: two voices may be of one side."""
    if one.turn == other.turn:
        return True
    if "unknown" not in (one.role, other.role):
        return one.role == other.role
    return True if one.speaker and one.speaker == other.speaker else None


def has_role(turn: Turn, view: View) -> Truth:
    """Is it a turn of the scope's role?"""
    return True if view.role == "any" else turn.is_role(view.role)


def if_in_scope(turn: Turn, view: View) -> Turn:
    """The turn with the role that it has if it is in scope; whether it is, is another question."""
    return replace(turn, role=view.role) if turn.role == "unknown" and view.role != "any" else turn
