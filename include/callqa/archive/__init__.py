"""Days of the past: what running them would take, said before anything runs, and what became of them afterwards."""

from __future__ import annotations

from callqa.archive.command import bounds, commands, conf
from callqa.archive.outcomes import OUTCOMES, Outcome, leave, left
from callqa.archive.planning import plan
from callqa.archive.reporting import REPORTS, report, write_report
from callqa.archive.span import FIRST_DAY, LONGEST_RANGE, Span, checked, span_of

__all__ = [
    "FIRST_DAY",
    "LONGEST_RANGE",
    "OUTCOMES",
    "REPORTS",
    "Outcome",
    "Span",
    "bounds",
    "checked",
    "commands",
    "conf",
    "leave",
    "left",
    "plan",
    "report",
    "span_of",
    "write_report",
]
