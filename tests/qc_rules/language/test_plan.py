"""Which words must be said for a rule to be anything but clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules import Unknown
from qc_rules.matching import Words
from tests.qc_rules.language.kit import call, rule
from tests.qc_rules.language.test_expression import EXPRESSIONS

A, B, C = Words(("甲",)), Words(("乙", "二")), Words(("丙",))
PLAIN = "a: {keyword: [甲]}\nb: {keyword: [乙, 二]}\nc: {keyword: {any: [丙]}}\nx: {longer: 99}"


def needs(conditions, when):
    found = rule(conditions, f"({when}) && (a || b || c || x || !a)").needs()
    return None if found is None else set(found)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("a", {A}),
        ("a && b", {A}),
        ("a || b", {A, B}),
        ("a && !b", {A}),
        ("!a", None),
        ("!a && !b", None),
        ("x", None),
        ("a && x", {A}),
        ("a || x", None),
        ("(a || x) && b", {B}),
        ("!(!a || x)", {A}),
        ("a && b || c", {A, C}),
    ],
)
def test_without_words_it_cannot_be_anything_but_clear(when, expected):
    assert needs(PLAIN, when) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{keyword: [甲]}", {A}),
        ("{keyword: [甲], role: agent, first: {turns: 1}}", {A}),
        ("{keyword: [甲], when_missing: pass}", {A}),
        ("{keyword: [甲], when_missing: fail}", None),
        ("{keyword: [甲], min_confidence: 0.1}", None),
        ("{keyword: [甲], min_confidence: 0}", {A}),
        ("{keyword: {none: [甲]}}", None),
        ("{keyword: [甲], after: b}", {B}),
        ("{longer: 1, after: b}", {B}),
        ("{keyword: [甲], after: x}", None),
        ("{keyword: [甲], after: b, before: x}", {B}),
    ],
)
def test_only_conditions_that_are_false_for_certain_count(condition, expected):
    assert needs(f"a: {condition}\n" + PLAIN.partition("\n")[2], "a") == expected


def test_all_word_lists_are_told_each_once():
    one = rule(
        "a: {keyword: [甲]}\nb: {keyword: [甲], role: agent}\nc: {keyword: [丙]}\nx: {longer: 3}", "a && b && c && x"
    )
    assert list(one.word_lists()) == [A, C]


LINES = st.lists(
    st.tuples(st.sampled_from(["a", "c", "u"]), st.text(st.sampled_from("甲乙二丙丁"), max_size=3)), max_size=4
).map(lambda turns: call(*(f"{role}: {text}" for role, text in turns)))
SCOPES = st.sampled_from(
    [
        "",
        "role: agent, ",
        "role: customer, when_missing: pass, ",
        "min_confidence: 0.5, ",
        "when_missing: fail, role: agent, ",
    ]
)
ANCHORS = st.sampled_from(
    ["", "after: b, ", "after: {condition: x, which: each}, ", "around: {condition: c, which: last}, "]
)


@given(EXPRESSIONS, SCOPES, SCOPES, ANCHORS, LINES)
def test_where_none_of_the_words_is_said_it_is_clear(expression, one, two, anchor, on):
    when = str(expression).replace("投诉", "x").replace("is_upset", "a")
    text = (
        f"a: {{{one}{anchor}keyword: [甲]}}\nb: {{{two}keyword: [乙, 二]}}\n"
        "c: {keyword: [丙]}\nx: {longer: 1, role: customer}"
    )
    checked = rule(text, f"({when}) && (a || b || c || x || !a || !b || !c || !x)")
    wanted = checked.needs()
    said = {character for turn in on.turns for character in turn.text}
    if wanted is not None and not any(word in said for words in wanted for word in words.words):
        try:
            assert list(checked.check(on)) == []
        except Unknown as lack:
            raise AssertionError(f"unknown: {lack}") from lack
