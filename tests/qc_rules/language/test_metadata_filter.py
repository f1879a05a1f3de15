"""`applies_to`: which calls a rule is for."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules import Call
from qc_rules.language.expression import All, AnyOf, Not
from qc_rules.language.metadata_filter import Comparison, applicability, applies, check, evaluated, parse_filter
from qc_rules.language.syntax import ExpressionError

METADATA = {
    "queue": "claims",
    "direction": "inbound",
    "hold_seconds": 12.5,
    "channels": 2,
    "vip": True,
    "call_date": dt.date(2026, 3, 5),
    "started_at": dt.datetime(2026, 3, 5, 9, 30),
    "zoned_at": dt.datetime(2026, 3, 5, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    "text_date": "2026-03-05",
    "text_moment": "2026-03-05T09:30:00",
    "team": None,
    "ratio": float("nan"),
}


def judged(text, **metadata):
    return evaluated(parse_filter(text), METADATA | metadata)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("queue == 'claims'", True),
        ('queue == "claims"', True),
        ("queue != 'claims'", False),
        ("queue in ['sales', 'claims']", True),
        ("queue not in ['sales', 'claims']", False),
        ("queue in ['sales'] && direction == 'inbound'", False),
        ("queue in ['sales'] || direction == 'inbound'", True),
        ("!(queue in ['sales'])", True),
        ("(queue == 'claims' || vip == false) && channels == 2", True),
        ("hold_seconds > 12", True),
        ("hold_seconds > 12.5", False),
        ("hold_seconds >= 12.5", True),
        ("hold_seconds < 12.5", False),
        ("hold_seconds <= 12.5", True),
        ("hold_seconds > -1e3", True),
        ("channels == 2.0", True),
        ("channels in [1, 2.0]", True),
        ("vip == true", True),
        ("vip != true", False),
        ("call_date == 2026-03-05", True),
        ("call_date >= 2026-03-06", False),
        ("call_date in [2026-03-04, 2026-03-05]", True),
        ("started_at == 2026-03-05", True),
        ("started_at > 2026-03-05", False),
        ("started_at < 2026-03-05T09:30:01", True),
        ("zoned_at == 2026-03-05T09:30:00", True),
        ("zoned_at == 2026-03-05T01:30:00Z", True),
        ("zoned_at == 2026-03-05T09:30:00+08:00", True),
        ("text_date < 2026-04-01", True),
        ("text_date == '2026-03-05'", True),
        ("text_moment == 2026-03-05T09:30", True),
        ("text_moment == 2026-03-05", True),
    ],
)
def test_it_is_told_by_the_metadata(text, expected):
    assert judged(text) == (expected, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("que == 'claims'", "this call's metadata have no que; did you mean queue?"),
        ("team == 'a'", "team is not known of this call"),
        ("team != 'a'", "team is not known of this call"),
        ("team not in ['a']", "team is not known of this call"),
        ("queue == 1", "queue is 'claims', which cannot be compared with 1"),
        ("queue != 1", "queue is 'claims', which cannot be compared with 1"),
        ("channels == '2'", "channels is 2, which cannot be compared with '2'"),
        ("vip == 1", "vip is True, which cannot be compared with 1"),
        ("channels == true", "channels is 2, which cannot be compared with true"),
        ("channels in ['2']", "channels is 2, which cannot be compared with '2'"),
        ("queue > 2026-01-01", "queue is 'claims', which cannot be compared with 2026-01-01"),
        ("call_date == '2026-03-05'", "which cannot be compared with '2026-03-05'"),
        ("call_date > 2026-03-05T10:00:00", "which cannot be compared with 2026-03-05T10:00:00"),
        ("started_at == 2026-03-05T09:30:00Z", "started_at is 2026-03-05T09:30:00, of no known zone"),
        ("ratio < 1", "ratio is nan, which cannot be compared with 1"),
        ("ratio != 1", "ratio is nan, which cannot be compared with 1"),
        ("team == 'a' && que == 'b'", "team is not known of this call; this call's metadata have no que"),
    ],
)
def test_where_it_cannot_be_told_the_reason_says_why(text, reason):
    truth, why = judged(text)
    assert truth is None
    assert reason in why


def test_what_is_unknown_does_not_matter_where_the_rest_decides():
    assert judged("team == 'a' && channels == 1") == (False, "")
    assert judged("team == 'a' || channels == 2") == (True, "")
    assert judged("!(team == 'a' && channels == 1)") == (True, "")


def test_only_the_reasons_that_matter_are_given():
    assert judged("channels == 2 && team == 'a' && (queue == 'claims' || que == 'x')") == (
        None,
        "team is not known of this call",
    )


def test_an_empty_filter_is_for_all_calls():
    check("")
    assert applies("", Call(call_id="C1", duration=1)) is True
    assert applicability("", Call(call_id="C1", duration=1)) == (True, "")


def test_it_looks_at_a_calls_metadata():
    call = Call(call_id="C1", duration=1, metadata={"queue": "sales"})
    assert applies("queue == 'sales'", call) is True
    assert applies("queue == 'claims'", call) is False
    assert applies("channel == 1", call) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("queue", "the end stands where one of ==, !=, <, <=, >, >=, in, not in is expected"),
        ("queue = 'claims'", "`=` means nothing here; write == instead"),
        ("queue == claims", "`claims` stands where a value is expected; text needs quotes: 'claims'"),
        ("queue == ", "the end stands where a value is expected"),
        ("queue in 'claims'", "stands where a list such as ['a', 'b'] is expected"),
        ("queue in []", "`]` stands where a value is expected"),
        ("queue in ['a' 'b']", "stands where , or ] is expected"),
        ("queue in ['a', 1]", "a list of values of different types"),
        ("queue in [1, true]", "a list of values of different types"),
        ("queue not 'a'", "`not` stands where one of"),
        ("queue > 'a'", "'a' has no order; > is for numbers and dates (2026-01-01, unquoted)"),
        ("vip <= true", "true has no order"),
        ("started_at >= '2026-01-01'", "'2026-01-01' has no order; >= is for numbers and dates (2026-01-01, unquoted)"),
        ("call_date == 2026-13-01", "2026-13-01 is no date"),
        ("channels == 1e999", "too large a number"),
        ("channels == 1234567890123456789", "too large a number"),
        ("!queue == 'a'", "what ! denies has no parentheses; write !( … )"),
        ("not queue == 'a'", "write ! instead"),
        ("queue == 'a' and vip == true", "write && instead"),
        *((f"{word} == 'a'", "the name of a metadata field") for word in ("and", "or", "in", "true", "False")),
        ("'claims' == queue", "stands where the name of a metadata field is expected"),
        ("queue == ‘claims’", "write ' instead"),
        ("queue == 'a", "has no end"),
        (r"queue == 'a\n'", "stray backslash"),
        ("", "it is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_when_it_is_loaded(text, what):
    with pytest.raises(ExpressionError) as raised:
        parse_filter(text)
    assert what in str(raised.value)
    assert "^" in str(raised.value)


def test_check_refuses_what_cannot_be_read():
    with pytest.raises(ExpressionError, match="text needs quotes"):
        check("queue == claims")


FIELDS = st.sampled_from(["queue", "hold_seconds", "crm.level", "部门", "in_queue"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False, width=32).map(float)
)
ZONES = st.sampled_from([None, dt.UTC, dt.timezone(dt.timedelta(hours=8)), dt.timezone(dt.timedelta(hours=-3.5))])
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1), timezones=ZONES)
DATES = st.dates(dt.date(1900, 1, 1))
ORDERED = st.one_of(NUMBERS, DATES, MOMENTS)
VALUES = st.one_of(TEXTS, st.booleans(), ORDERED)
LISTS = st.sampled_from([TEXTS, st.booleans(), NUMBERS, DATES, MOMENTS]).flatmap(
    lambda kind: st.lists(kind, min_size=1, max_size=3).map(tuple)
)
COMPARISONS = st.one_of(
    st.builds(Comparison, FIELDS, st.sampled_from(["==", "!="]), VALUES),
    st.builds(Comparison, FIELDS, st.sampled_from(["<", "<=", ">", ">="]), ORDERED),
    st.builds(Comparison, FIELDS, st.sampled_from(["in", "not in"]), LISTS),
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: AnyOf(tuple(some))),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("text", ["", "'", "it's", "''", "\\", "a\\b", "\\'", "'\\", '"', "a' || x == 'b"])
def test_quotes_and_backslashes_in_a_text_are_printed_so_that_they_are_read_again(text):
    expression = Comparison("queue", "==", text)
    assert parse_filter(str(expression)) == expression


@given(FILTERS)
def test_printing_and_parsing_is_the_identity(expression):
    assert parse_filter(str(expression)) == expression


@given(COMPARISONS)
def test_a_value_compared_with_itself_is_equal(comparison):
    value = comparison.value if not isinstance(comparison.value, tuple) else comparison.value[0]
    truth, _ = evaluated(parse_filter(str(Comparison("field", "==", value))), {"field": value})
    assert truth is True
