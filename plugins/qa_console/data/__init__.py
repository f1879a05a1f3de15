"""Everything that the console's pages ask of the warehouse: codes and numbers, no words and no HTML.

    console = data.Console(settings)                      # one a process; `console.refresh()` warms it
    with console.page(visible(person)) as page:           # one a request: one published state for all of it
        data.today(page)
        listing = data.calls(page, data.Filters.of(request.query_params.multi_items(), others={"sort", "after"}))
        detail = data.call(page, day, call_id)

Answers are frozen dataclasses. Whoever sees one agent's calls gets answers of these calls only, from every function.
"""

from qa_console.data.agents import CardFigures, Compared, Comparison, Distribution, compare, trend
from qa_console.data.choices import Choice, choices
from qa_console.data.coaching import Coaching, Example, Reason, coaching
from qa_console.data.console import Console, Page
from qa_console.data.detail import CallDetail, call, find, reviews_of
from qa_console.data.drift import RuleDay, rule_days
from qa_console.data.engine import Limits
from qa_console.data.errors import BusyError, FilterError, NotForEverybodyError, TooSlowError, UnknownCallError
from qa_console.data.exporting import export_csv
from qa_console.data.filters import Filters
from qa_console.data.gates import Waiting, gate_of, quarantined, waiting
from qa_console.data.listing import CallLine, Listing, Neighbours, calls, neighbours
from qa_console.data.order import SORTS, Sort
from qa_console.data.overview import Hour, Today, Totals, today, totals
from qa_console.data.periods import Figures, Period, Span, usual
from qa_console.data.reviews import Agreement, Appeal, PairAgreement, agreement, appeals
from qa_console.data.rules import (
    Installed,
    RuleLine,
    RulePeriod,
    RuleVersion,
    installed,
    rule_trend,
    rule_versions,
    rules,
)
from qa_console.data.runs import CalendarDay, DayRuns, Rejected, Run, calendar, day_runs
from qa_console.data.samples import Sample, Sampled, keep_sample, sample_of, sampled, samples
from qa_console.data.statistics import Estimate, kappa, mean, share

__all__ = [
    "SORTS",
    "Agreement",
    "Appeal",
    "BusyError",
    "CalendarDay",
    "CallDetail",
    "CallLine",
    "CardFigures",
    "Choice",
    "Coaching",
    "Compared",
    "Comparison",
    "Console",
    "DayRuns",
    "Distribution",
    "Estimate",
    "Example",
    "Figures",
    "FilterError",
    "Filters",
    "Hour",
    "Installed",
    "Limits",
    "Listing",
    "Neighbours",
    "NotForEverybodyError",
    "Page",
    "PairAgreement",
    "Period",
    "Reason",
    "Rejected",
    "RuleDay",
    "RuleLine",
    "RulePeriod",
    "RuleVersion",
    "Run",
    "Sample",
    "Sampled",
    "Sort",
    "Span",
    "Today",
    "TooSlowError",
    "Totals",
    "UnknownCallError",
    "Waiting",
    "agreement",
    "appeals",
    "calendar",
    "call",
    "calls",
    "choices",
    "coaching",
    "compare",
    "day_runs",
    "export_csv",
    "find",
    "gate_of",
    "installed",
    "kappa",
    "keep_sample",
    "mean",
    "neighbours",
    "quarantined",
    "reviews_of",
    "rule_days",
    "rule_trend",
    "rule_versions",
    "rules",
    "sample_of",
    "sampled",
    "samples",
    "share",
    "today",
    "totals",
    "trend",
    "usual",
    "waiting",
]
