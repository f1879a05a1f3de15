"""Whose verdicts somebody may see. Samples are reviewed blind: two reviewers agree or not, each by what they heard.

So whoever may still be given a finding in a sample sees what others said of it only after saying something; managers,
who decide about appeals and read the agreement, see all. An appeal or a final decision takes a finding out of the
samples, and what was said of it is there to be seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from callqa.contracts import Review
from qa_console import data
from qa_console.access import Role
from qa_console.data import Page
from qa_console.pages._sampled import covers, items, name_of
from qa_console.verdicts import Kept
from qa_console.visit import Visiting

FINAL = ("upheld", "overturned")
SETTLES = ("appealed", *FINAL)
"""What takes a finding out of the samples: a routine verdict must neither end an appeal nor undo a decision."""


def rules(
    visit: Visiting, page: Page, day: dt.date, call_id: str, reviews: Sequence[Review], waiting: Sequence[Kept]
) -> frozenset[str]:
    """Rules of a call of which this person may not see yet what others said.

    `reviews` are those in the warehouse, `waiting` what is on its way there. Samples are drawn only where somebody else
    said something that could be hidden: for most calls this costs nothing.
    """
    if not visit.person.may(Role.REVIEWER) or visit.person.may(Role.MANAGER):
        return frozenset()
    said = [*reviews, *(one.review for one in waiting if name_of(one.review)[:2] == (day, call_id))]
    known = {one.rule for one in said if one.reviewer == visit.person.name or one.verdict in SETTLES}
    doubtful = {one.rule for one in said} - known
    return frozenset(doubtful & _sampled(page, day, call_id)) if doubtful else frozenset()


def shown(reviews: Sequence[Review], hidden: frozenset[str], reviewer: str) -> tuple[Review, ...]:
    """Those that may be seen."""
    return tuple(one for one in reviews if one.rule not in hidden or one.reviewer == reviewer)


def _sampled(page: Page, day: dt.date, call_id: str) -> set[str]:
    """Rules with which a call is in some sample."""
    over = [sample for sample in data.samples(page) if covers(sample, day)]
    return {item.rule for sample in over for item in items(page, sample) if name_of(item)[:2] == (day, call_id)}
