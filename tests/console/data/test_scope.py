"""An agent sees own calls and nothing of anybody else's, by whatever function, filter or id."""

from __future__ import annotations

import csv
import dataclasses
import inspect
import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from callqa import contracts
from callqa.contracts import Publication
from qa_console import data
from qa_console.access import Visible
from tests import rows
from tests.console.data.made import FIRST, RULES, SAID, Made, settings

SPAN = data.Span(FIRST, date(2026, 1, 7))
DAYS = data.Filters(first_day=SPAN.first, last_day=SPAN.last)
SAMPLE = data.Sample(name="s", kind="random", size=50, filters=DAYS, seed="0" * 16)
MINE = Visible(everybody=False, agent_id="a1")
NOBODYS = Visible(everybody=False)

WIDE: dict[str, Callable[[data.Page, Made], Any]] = {
    "agreement": lambda p, m: data.agreement(p, SPAN),
    "appeals": lambda p, m: data.appeals(p),
    "calendar": lambda p, m: data.calendar(p, SPAN),
    "call": lambda p, m: each(m, lambda c: data.call(p, c.call_date, c.call_id)),
    "calls": lambda p, m: [data.calls(p, f, data.Sort(s), limit=200) for f in filters(m) for s in ("score", "agent")],
    "choices": lambda p, m: [data.choices(p, key, data.Filters()) for key in ("agent", "team", "queue", "flag", "rule")],
    "coaching": lambda p, m: [data.coaching(p, agent, SPAN) for agent in ("a1", "a2", "a3")],
    "compare": lambda p, m: [data.compare(p, SPAN, by) for by in ("agent", "team")],
    "day_runs": lambda p, m: data.day_runs(p, FIRST),
    "find": lambda p, m: each(m, lambda c: [(day, c.call_id) for day in data.find(p, c.call_id)]),
    "gate_of": lambda p, m: data.gate_of(p, FIRST),
    "keep_sample": lambda p, m: data.keep_sample(p, SAMPLE, "x"),
    "neighbours": lambda p, m: [data.neighbours(p, f, None, c.call_date, c.call_id) for c in m.calls for f in filters(m)[:3]],
    "quarantined": lambda p, m: data.quarantined(p),
    "reviews_of": lambda p, m: [data.reviews_of(p, c.call_date, c.call_id) for c in m.calls],
    "rule_days": lambda p, m: data.rule_days(p, FIRST),
    "rule_trend": lambda p, m: [data.rule_trend(p, rule, SPAN) for rule in RULES],
    "rule_versions": lambda p, m: [data.rule_versions(p, rule, SPAN) for rule in RULES],
    "rules": lambda p, m: data.rules(p, SPAN),
    "sample_of": lambda p, m: data.sample_of(p, SAMPLE.seed),
    "sampled": lambda p, m: data.sampled(p, SAMPLE, "r1"),
    "samples": lambda p, m: data.samples(p),
    "today": lambda p, m: [data.today(p, day) for day in m.days],
    "totals": lambda p, m: data.totals(p, m.days),
    "trend": lambda p, m: [data.trend(p, SPAN, agent=a, team=t) for a in (None, "a2") for t in (None, "north", "south")],
    "usual": lambda p, m: data.usual(p),
    "waiting": lambda p, m: data.waiting(p),
}  # fmt: skip
"""Every function that asks a page, as widely as it can be asked."""
OF_EVERYBODY = {
    "agreement", "calendar", "day_runs", "gate_of", "keep_sample", "quarantined", "rule_versions", "sample_of", "sampled", "samples", "waiting",
}  # fmt: skip
"""Those that answer whoever sees all calls, and nobody else."""


def each(made: Made, ask: Callable[[Any], Any]) -> list[Any]:
    found = []
    for call in made.calls:
        try:
            found.append(ask(call))
        except data.UnknownCallError as error:
            found.append(error.near)
            found.append(error.remedy)
    return found


def filters(made: Made) -> list[data.Filters]:
    return [
        data.Filters(), data.Filters(agent=("a2", "a3")), data.Filters(team=("south", "north")), data.Filters(rule=RULES), data.Filters(flag=("risk",)),
        data.Filters(status=("rejected",)), data.Filters(call="a-"), data.Filters(call="138"), *(data.Filters(said=text) for text in SAID),
    ]  # fmt: skip


def own(made: Made) -> set[tuple[date, str]]:
    return {(call.call_date, call.call_id) for call in made.calls if call.agent_id == "a1"}


def leaves(value: Any) -> Iterator[Any]:
    """Every plain value in an answer, and the name of every call in it."""
    if dataclasses.is_dataclass(value):
        if hasattr(value, "call_id") and hasattr(value, "call_date"):
            yield (value.call_date, value.call_id)
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        if len(value) == 2 and isinstance(value[0], date) and isinstance(value[1], str):
            yield tuple(value)
        for one in value:
            yield from leaves(one)
    else:
        yield value


def test_every_function_that_asks_a_page_is_walked():
    asking = {
        name for name in data.__all__
        if inspect.isfunction(one := getattr(data, name)) and next(iter(inspect.signature(one).parameters), "") == "page"
    }  # fmt: skip
    assert asking == set(WIDE)


@pytest.mark.parametrize("name", sorted(set(WIDE) - OF_EVERYBODY))
def test_an_answer_to_an_agent_names_no_other_call_and_nobody_else(console, published, name):
    with console.page(MINE) as page:
        found = list(leaves(WIDE[name](page, published)))
    calls = {one for one in found if isinstance(one, tuple)}
    assert calls <= own(published)
    texts = " ".join(one for one in found if isinstance(one, str))
    others = {call.call_id for call in published.calls} - {name for _, name in own(published)}
    assert not [one for one in ("Agent a2", "Agent a3", *others) if one in texts.split() or one in texts]


@pytest.mark.parametrize("name", sorted(set(WIDE) - OF_EVERYBODY))
def test_whoever_has_no_agent_sees_no_call_at_all(console, published, name):
    with console.page(NOBODYS) as page:
        found = list(leaves(WIDE[name](page, published)))
    assert not [one for one in found if isinstance(one, tuple)]


@pytest.mark.parametrize("name", sorted(OF_EVERYBODY))
@pytest.mark.parametrize("visible", [MINE, NOBODYS])
def test_answers_about_everybody_are_refused_to_an_agent(console, published, name, visible):
    with console.page(visible) as page, pytest.raises(data.NotForEverybodyError):
        WIDE[name](page, published)


def test_what_an_agent_sees_is_complete(console, published):
    with console.page(MINE) as page:
        listing = data.calls(page, data.Filters(), limit=200)
        assert {(line.call_date, line.call_id) for line in listing.lines} == own(published)
        assert listing.total == len(own(published))
        detail = each(published, lambda c: data.call(page, c.call_date, c.call_id))
        assert sum(isinstance(one, data.CallDetail) for one in detail) == len(own(published))
        made = sum(total.made for total in data.totals(page, published.days).values())
        assert made == len(own(published))
        hits = [rule for call in published.calls if call.agent_id == "a1" for rule in call.rules_hit]
        assert {line.rule: line.hits for line in data.rules(page, SPAN) if line.hits} == {
            rule: hits.count(rule) for rule in hits
        }
        assert sum(line.hits for day in published.days for line in data.rule_days(page, day)) == len(hits)


def test_an_agents_own_call_shows_no_sample_of_the_gate_and_its_own_reviews(console, published):
    reviewed = [review for review in published.reviews if (review.call_date, review.call_id) in own(published)]
    with console.page(MINE) as page:
        details = [data.call(page, *name) for name in sorted(own(published))]
    assert [detail.gate for detail in details] == [()] * len(details)
    assert sum(len(detail.reviews) for detail in details) == len(reviewed)
    assert reviewed


def test_the_export_of_an_agent_has_own_calls_only(console, published):
    text = "".join(data.export_csv(console, MINE, data.Filters()))
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {(date.fromisoformat(line["call_date"]), line["call_id"]) for line in lines} == own(published)
    assert not list(csv.DictReader(io.StringIO("".join(data.export_csv(console, NOBODYS, data.Filters())))))


def test_whose_calls_are_seen_does_not_outlive_a_page(console, published):
    with console.page(Visible(everybody=True)) as page:
        assert data.calls(page, data.Filters()).total == len(published.calls)
    with console.page(NOBODYS) as page:
        assert data.calls(page, data.Filters()).total == 0


def test_another_agents_call_sounds_like_one_that_there_is_not(console, published):
    other = next(call for call in published.calls if call.agent_id == "a2")
    with console.page(MINE) as page:
        with pytest.raises(data.UnknownCallError) as of_another:
            data.call(page, other.call_date, other.call_id)
        with pytest.raises(data.UnknownCallError) as of_none:
            data.call(page, other.call_date, "a-999")
    assert of_another.value.message.replace(other.call_id, "a-999") == of_none.value.message


@pytest.fixture(scope="module")
def without_others(published, tmp_path_factory) -> Made:
    """The same days as if nobody but the agent had ever had a call."""
    root = tmp_path_factory.mktemp("own")
    alone = Made(settings(root), root)
    mine = own(published)
    for day in published.days:
        kept = {
            table: [row for row in getattr(published, table) if row.call_date == day and (day, row.call_id) in mine]
            for table in contracts.TABLES
        }
        recordings = [rows.recording(call.call_id, day) for call in kept["calls"]]
        alone.publish(rows.Day(**kept, recordings=recordings, outcomes={}, day=day), f"run-{day}")
    alone.review(*(review for review in published.reviews if (review.call_date, review.call_id) in mine))
    return alone


def plain(value: Any) -> Any:
    """An answer without what a publication says of itself; sums in another order differ in their last digits."""
    if isinstance(value, Publication):
        return None
    if isinstance(value, float):
        return round(value, 9)
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("name", sorted(set(WIDE) - OF_EVERYBODY))
def test_an_answer_to_an_agent_does_not_depend_on_anybody_elses_calls(console, published, without_others, name):
    with console.page(MINE) as page:
        found = plain(WIDE[name](page, published))
    with data.Console(without_others.settings).page(MINE) as page:
        alone = plain(WIDE[name](page, published))
    assert found == alone
