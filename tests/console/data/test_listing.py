"""The list of calls, worked out anew in plain Python over the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callqa import contracts
from callqa.contracts import Call
from qa_console import data
from qa_console.data.filters import KEYS, Filters
from tests.console.data.conftest import EVERYBODY
from tests.console.data.made import AGENTS, FIRST, RULES, SAID, Made

VALUES: dict[str, Callable[[Call], Any]] = {
    "started_at": lambda c: c.started_at, "day": lambda c: c.call_date, "call": lambda c: c.call_id, "agent": lambda c: c.agent_id,
    "agent_name": lambda c: c.agent_name, "team": lambda c: c.team, "queue": lambda c: c.queue, "direction": lambda c: c.direction,
    "status": lambda c: c.status, "call_state": lambda c: c.call_state, "language": lambda c: c.language, "mood_start": lambda c: c.emotion_start,
    "mood_end": lambda c: c.emotion_end, "duration": lambda c: c.duration, "score": lambda c: c.score, "hits": lambda c: len(c.rules_hit),
    "unknown": lambda c: len(c.rules_unknown), "flags": lambda c: len(c.flags), "turns": lambda c: c.turn_count, "silence": lambda c: c.silence_seconds,
    "overlap": lambda c: c.overlap_seconds, "talk_agent": lambda c: c.talk_seconds.get("agent"), "talk_customer": lambda c: c.talk_seconds.get("customer"),
    "confidence": lambda c: c.mean_confidence, "satisfaction": lambda c: c.satisfaction, "customer_number": lambda c: c.customer_number,
}  # fmt: skip


def some(values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


days = st.none() | st.integers(-1, 3).map(lambda n: FIRST + timedelta(days=n))
numbers = st.none() | st.sampled_from([0.0, 9.99, 50.0, 60.0, 80.0, 100.0])
FIELDS = {
    "agent": some(filter(None, AGENTS)), "team": some(["north", "south"]), "queue": some(["sales", "care"]), "rule": some(RULES),
    "unknown": some(RULES), "flag": some(["risk", "coaching"]), "status": some(contracts.STATUSES), "reason": some(contracts.REJECT_REASONS[:3]),
    "call_state": some(["busy", "ringback"]), "mood_start": some(contracts.EMOTIONS), "mood_end": some(contracts.EMOTIONS),
    "language": some(["zh", "yue", "en"]), "direction": some(contracts.DIRECTIONS), "call": st.sampled_from(["", "a", "a-00", "138", "138****1"]),
    "said": st.sampled_from(["", "退款", "投诉", "Please", "払い戻し", "nobody says this"]),
}  # fmt: skip


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """Few of the filters at a time: of many at once no call is left."""
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True))
    ranges = {}
    for low, high, values in (
        ("first_day", "last_day", days),
        ("least_score", "most_score", numbers),
        ("least_seconds", "most_seconds", numbers),
    ):
        pair = sorted((one for one in (draw(values), draw(values)) if one is not None), reverse=draw(st.booleans()))
        if pair and (len(pair) == 1 or pair[0] <= pair[1]) and draw(st.booleans()):
            ranges |= dict(zip((low, high), pair, strict=False))
    return Filters(**{name: draw(FIELDS[name]) for name in chosen}, **ranges)


def meets(call: Call, wanted: Filters, said: dict[tuple[date, str], list[str]]) -> bool:
    """The filters once more, without SQL."""
    values = {
        "agent": call.agent_id, "team": call.team, "queue": call.queue, "status": call.status, "reason": call.reject_reason, "call_state": call.call_state,
        "mood_start": call.emotion_start, "mood_end": call.emotion_end, "language": call.language, "direction": call.direction,
    }  # fmt: skip
    lists = {"rule": call.rules_hit, "unknown": call.rules_unknown, "flag": call.flags}

    def within(value: Any, low: Any, high: Any) -> bool:
        if value is None:
            return low is None and high is None
        return (low is None or value >= low) and (high is None or value <= high)

    return (
        within(call.call_date, wanted.first_day, wanted.last_day)
        and within(call.score, wanted.least_score, wanted.most_score)
        and within(call.duration, wanted.least_seconds, wanted.most_seconds)
        and all(not getattr(wanted, name) or value in getattr(wanted, name) for name, value in values.items())
        and all(not getattr(wanted, name) or set(value) & set(getattr(wanted, name)) for name, value in lists.items())
        and (
            not wanted.call
            or call.call_id.startswith(wanted.call)
            or (call.customer_number or "").startswith(wanted.call)
        )
        and (
            not wanted.said or any(wanted.said.lower() in text for text in said.get((call.call_date, call.call_id), []))
        )
    )


def expected(published: Made, wanted: Filters, sort: data.Sort) -> list[tuple[date, str]]:
    """Days and ids of the calls in the list, in its order: those without a value last, and ties by day and id."""
    said: dict[tuple[date, str], list[str]] = {}
    for turn in published.turns:
        said.setdefault((turn.call_date, turn.call_id), []).append(turn.text_match)
    value = VALUES[sort.column]
    found = sorted(
        (c for c in published.calls if meets(c, wanted, said)),
        key=lambda c: (c.call_date, c.call_id),
        reverse=sort.descending,
    )
    there = sorted((c for c in found if value(c) is not None), key=value, reverse=sort.descending)
    return [(c.call_date, c.call_id) for c in [*there, *(c for c in found if value(c) is None)]]


def names(listing: data.Listing) -> list[tuple[date, str]]:
    return [(line.call_date, line.call_id) for line in listing.lines]


sorts = st.builds(data.Sort, st.sampled_from(sorted(data.SORTS)), st.booleans())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters(), sort=sorts, limit=st.sampled_from([5, 17, 50]))
def test_pages_forwards_and_backwards_are_the_whole_list_in_its_order(console, published, wanted, sort, limit):
    whole = expected(published, wanted, sort)
    with console.page(EVERYBODY) as page:
        seen: list[tuple[date, str]] = []
        listing = data.calls(page, wanted, sort, limit=limit)
        assert listing.before is None
        while True:
            assert listing.total == len(whole)
            assert listing.first == (len(seen) + 1 if listing.lines else 0)
            seen += names(listing)
            if listing.after is None:
                break
            listing = data.calls(page, wanted, sort, after=listing.after, limit=limit)
        assert seen == whole
        back = names(listing)
        while listing.before is not None:
            listing = data.calls(page, wanted, sort, before=listing.before, limit=limit)
            back = names(listing) + back
        assert back == whole


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters(), sort=sorts, number=st.integers(0, 10_000))
def test_the_neighbours_of_a_call_are_those_beside_it_in_the_list(console, published, wanted, sort, number):
    whole = expected(published, wanted, sort)
    call = published.calls[number % len(published.calls)]
    here = (call.call_date, call.call_id)
    with console.page(EVERYBODY) as page:
        found = data.neighbours(page, wanted, sort, *here)
    assert found.total == len(whole)
    if here in whole:
        place = whole.index(here)
        assert found == data.Neighbours(
            whole[place - 1] if place else None, (*whole[place + 1 :], None)[0], place + 1, len(whole)
        )
    else:
        assert found.place is None
        together = expected(published, Filters(), sort)
        before = [one for one in whole if together.index(one) < together.index(here)]
        assert found.previous == (before[-1] if before else None)
        assert found.next == (whole[len(before)] if len(before) < len(whole) else None)


@settings(max_examples=200)
@given(wanted=filters())
def test_filters_come_back_from_their_query_string(wanted):
    assert Filters.of(wanted.pairs()) == wanted


@pytest.mark.parametrize(
    ("pairs", "message", "field"),
    [
        ([("frm", "2026-01-05")], "did you mean from?", "frm"),
        ([("from", "yesterday")], "YYYY-MM-DD", "from"),
        ([("from", "20260105")], "YYYY-MM-DD", "from"),
        ([("to", "2026-02-30")], "YYYY-MM-DD", "to"),
        ([("score_from", "many")], "with digits", "score_from"),
        ([("score_to", "nan")], "with digits", "score_to"),
        ([("seconds_to", "inf")], "with digits", "seconds_to"),
        ([("mood_end", "angri")], "did you mean angry?", "mood_end"),
        ([("status", "zzz")], "analysed, invalid, rejected", "status"),
        ([("from", "2026-01-06"), ("to", "2026-01-05")], "exchange them", "from"),
        ([("score_from", "90"), ("score_to", "80")], "exchange them", "score_from"),
        ([("call", "x" * 201)], "shorten it", "call"),
        ([("agent", "a\0b")], "shorten it", "agent"),
        ([("agent", str(n)) for n in range(51)], "choose at most 50", "agent"),
    ],
)
def test_a_filter_that_is_none_is_refused_by_its_key(pairs, message, field):
    with pytest.raises(data.FilterError, match="(?s)" + message.replace("?", r"\?")) as caught:
        Filters.of(pairs)
    assert caught.value.field == field


def test_blank_values_ask_for_nothing_and_other_keys_are_the_pages_own():
    given_ = [("agent", ""), ("from", "  "), ("sort", "-score"), ("queue", " sales ")]
    assert Filters.of(given_, others={"sort"}) == Filters(queue=("sales",))


def test_every_filter_has_a_key_and_a_condition():
    assert set(KEYS) == set(Filters.__dataclass_fields__)
    assert set(data.SORTS) == set(VALUES)


@pytest.mark.parametrize(
    "place", ["x", "", "bm90IGpzb24", "WzEsMiwzXQ", "W10", "!!!", "WyItc2NvcmUiLCAiYSIsICIyMDI2LTAxLTA1IiwgImEiXQ"]
)
def test_a_place_that_is_none_is_refused(page, place):
    if not place:
        assert data.calls(page, Filters(), after=place).first == 1
        return
    with pytest.raises(data.FilterError, match="begin at the first page"):
        data.calls(page, Filters(), after=place)


def test_a_place_of_another_order_is_refused(page):
    place = data.calls(page, Filters(), data.Sort.of("score"), limit=5).after
    with pytest.raises(data.FilterError, match="begin at the first page"):
        data.calls(page, Filters(), data.Sort.of("-score"), after=place)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_a_size(page, limit):
    with pytest.raises(data.FilterError, match="1 to 200"):
        data.calls(page, Filters(), limit=limit)


def test_a_column_that_cannot_be_sorted_by_is_refused():
    with pytest.raises(data.FilterError, match="cannot be sorted by 'uri'"):
        data.Sort.of("-uri")


def test_text_is_found_in_any_spelling_of_its_characters(page, published):
    listing = data.calls(page, Filters(said="我要投訴"), limit=200)  # traditional
    assert set(names(listing)) == {(t.call_date, t.call_id) for t in published.turns if t.text == SAID[2]}
    assert listing.not_searched == ()


def test_a_search_without_time_says_which_days_it_left_out(console, published, monkeypatch):
    from qa_console.data import heard

    monkeypatch.setattr(heard.Heard.search, "__defaults__", (0.0,))
    with console.page(EVERYBODY) as page:
        listing = data.calls(page, Filters(said="order"), limit=200)
    assert listing.not_searched == tuple(reversed(published.days[:-1]))
    assert {line.call_date for line in listing.lines} == {published.days[-1]}
