"""Recordings that came after their day was published: which days have some, and which of those are to be run again."""

from callqa.late.difference import Difference, refuse_to_shrink
from callqa.late.looking import LateDay, days_back, look, look_at

__all__ = ["Difference", "LateDay", "days_back", "look", "look_at", "refuse_to_shrink"]
