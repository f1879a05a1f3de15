"""Texts that try to be SQL, paths or patterns are looked for as the texts that they are."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callqa.errors import CallQAError
from qa_console import data
from qa_console.access import Visible
from qa_console.data.choices import choices
from qa_console.data.filters import KEYS
from tests.console.data.conftest import EVERYBODY
from tests.console.data.made import FIRST

SPAN = data.Span(FIRST, date(2026, 1, 7))
HOSTILE = [
    "' or 1=1 --", "'; drop table kept.calls; --", "x') or true or ('", "\" or \"\"=\"", "%", "_", "*", "a*", "?", "$1", "{0}", "'||(select 1)||'",
    "a1' union select * from kept.calls --", "getvariable('everybody')", "../../etc/passwd", "/etc/passwd", "select 1", "\\", "'", "''", "😀", "\u202e", "null",
]  # fmt: skip


def ask_everything(page: data.Page, text: str) -> list[object]:
    """Every question that takes a text, with this one; answers and refusals."""
    found: list[object] = []
    texts = ("agent", "team", "queue", "rule", "unknown", "flag", "call", "said")
    questions = [
        *(lambda n=name: data.calls(page, data.Filters.of([(KEYS[n], text)])).lines for name in texts),
        *(lambda n=name: data.calls(page, data.Filters.of([(n, text)])) for name in ("from", "score_from", "status", "mood_end", text)),
        lambda: data.calls(page, data.Filters(), data.Sort.of(text)),
        lambda: data.calls(page, data.Filters(), after=text),
        lambda: data.call(page, FIRST, text),
        lambda: data.find(page, text),
        lambda: data.neighbours(page, data.Filters(), None, FIRST, text).place,
        lambda: data.reviews_of(page, FIRST, text),
        lambda: data.compare(page, SPAN, team=text).lines,
        lambda: data.trend(page, SPAN, agent=text),
        lambda: data.trend(page, SPAN, team=text),
        lambda: data.coaching(page, text, SPAN).worst + data.coaching(page, text, SPAN).best,
        lambda: [period for period in data.rule_trend(page, text, SPAN) if period.hits],
        lambda: data.agreement(page, SPAN, text).pairs,
        lambda: data.sample_of(page, text),
        lambda: data.sampled(page, data.Sample(name=text, kind="rule", rule=text or "x", size=5, filters=data.Filters(first_day=FIRST, last_day=FIRST), seed=text), text),
        lambda: choices(page, "agent", data.Filters(), text),
        lambda: choices(page, text, data.Filters()),
    ]  # fmt: skip
    for question in questions:
        try:
            found.append(question())
        except CallQAError as error:
            found.append(error)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_find_nothing_and_break_nothing(console, published, text):
    with console.page(EVERYBODY) as page:
        for answer in ask_everything(page, text):
            assert isinstance(answer, CallQAError) or not answer
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == len(published.calls)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(text="\0")
@example(text="\ud800")
@example(text="")
@example(text="x" * 5000)
@given(text=st.text(max_size=30))
def test_any_text_is_answered_or_refused(console, published, text):
    with console.page(EVERYBODY) as page:
        ask_everything(page, text)
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == len(published.calls)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_agent_id_that_is_hostile_is_nobodys(console, text):
    with console.page(Visible(everybody=False, agent_id=text)) as page:
        assert data.calls(page, data.Filters()).total == 0
        assert data.appeals(page) == ()


def test_answers_cannot_be_changed_by_who_got_them(page):
    listing = data.calls(page, data.Filters())
    with pytest.raises(dataclasses.FrozenInstanceError):
        listing.lines[0].score = 100.0


def test_an_error_within_a_page_does_not_reach_the_next_one(console, published):
    for _ in range(6):  # more than there may be sessions
        with contextlib.suppress(ZeroDivisionError), console.page(EVERYBODY) as page:
            data.calls(page, data.Filters())
            raise ZeroDivisionError
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == len(published.calls)
