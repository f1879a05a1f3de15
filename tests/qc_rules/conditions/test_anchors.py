"""Windows at other conditions' matches: h is what is anchored to, x what is looked for."""

from __future__ import annotations

import pytest

from qc_rules import Event
from qc_rules.conditions import Anchor, Condition, Scope
from tests.qc_rules.conditions.asking import Coughs, Has, Never, Pair, ask, call, turns_of

HOLD = Condition("h", Has(piece="h"), Scope(role="agent"))


def near(line: str, side: str = "after", operator: object = None, role: str = "any", **extent: object):
    anchor = Anchor(side, "h", **extent)  # type: ignore[arg-type]
    looked = Condition("x", operator or Has(piece="x"), Scope(role=role, anchors=(anchor,)))  # type: ignore[arg-type]
    return ask(call(line), HOLD, looked)


@pytest.mark.parametrize(
    ("side", "extent", "line", "truth"),
    [
        ("after", {}, "a:h c:x", True),
        ("after", {}, "c:x a:h", False),
        ("after", {}, "a:hx c:-", False),
        ("after", {"turns": 1}, "a:h c:x", True),
        ("after", {"turns": 1}, "a:h c:- c:x", False),
        ("after", {"seconds": 2.0}, "a:h c:x", True),
        ("after", {"seconds": 1.9}, "a:h c:x", False),
        ("before", {}, "c:x a:h", True),
        ("before", {}, "a:h c:x", False),
        ("before", {"turns": 1}, "c:x a:- a:h", False),
        ("before", {"seconds": 2.0}, "c:x a:h", True),
        ("before", {"seconds": 1.9}, "c:x a:h", False),
        ("around", {"turns": 1}, "c:x a:h", True),
        ("around", {"turns": 1}, "a:h c:x", True),
        ("around", {"turns": 1}, "a:hx", True),
        ("around", {"turns": 1}, "c:x a:- a:h a:- c:x", False),
        ("around", {"seconds": 2.0}, "a:h c:x", True),
        ("around", {"seconds": 1.9}, "a:h c:x", False),
        ("after", {"turns": 3, "seconds": 3.0}, "a:h c:- c:x", False),
    ],
)
def test_a_window_holds_so_many_turns_or_seconds_on_its_side(side, extent, line, truth):
    assert near(line, side, **extent).truth is truth


def test_without_an_anchors_match_there_is_no_window_even_for_what_never_happens():
    assert near("a:- c:x").truth is False
    assert near("a:- c:-", operator=Never(piece="x")).truth is False
    assert near("a:h c:-", operator=Never(piece="x")).truth is True


@pytest.mark.parametrize(
    ("which", "line", "truth"),
    [
        ("any", "a:h c:- a:h c:x", True),
        ("any", "a:h c:- a:h c:-", False),
        ("each", "a:h c:x a:h c:x", True),
        ("each", "a:h c:x a:h c:-", False),
        ("each", "a:- c:x", False),
        ("first", "a:h c:x a:h c:-", True),
        ("first", "a:h c:- a:h c:x", False),
        ("last", "a:h c:- a:h c:x", True),
        ("last", "a:h c:x a:h c:-", False),
        (2, "a:h c:- a:h c:x a:h c:-", True),
        (2, "a:h c:x a:h c:- a:h c:x", False),
        (2, "a:h c:x", False),
    ],
)
def test_which_of_the_anchors_matches_count(which, line, truth):
    assert near(line, turns=1, which=which).truth is truth


@pytest.mark.parametrize(
    ("which", "line", "truth"),
    [
        ("any", "u:h c:x", None),  # there may be no anchor
        ("any", "u:h c:-", False),
        ("any", "u:h c:- a:h c:x", True),
        ("each", "u:h c:x a:h c:x", True),  # whether or not the first is one
        ("each", "u:h c:- a:h c:x", None),
        ("each", "u:h c:- a:h c:-", False),
        ("each", "u:h c:x", None),
        ("first", "u:h c:x a:h c:x", True),  # the first is one of the two, and it holds at both
        ("first", "u:h c:- a:h c:x", None),
        ("first", "u:h c:- a:h c:-", False),
        ("last", "a:h c:x u:h c:-", None),
        ("last", "u:h c:- a:h c:x", True),
        (2, "u:h c:- a:h c:x", None),
        (2, "u:h c:- a:h c:- a:h c:-", False),
        (2, "a:h c:- u:h c:x a:h c:x", True),
    ],
)
def test_a_match_that_may_be_none_leaves_open_only_what_depends_on_it(which, line, truth):
    answer = near(line, turns=1, which=which)
    assert answer.truth is truth
    assert bool(answer.reason) is (truth is None)


def test_of_several_anchors_the_windows_lie_within_one_another():
    start, end = Condition("s", Has(piece="s")), Condition("e", Has(piece="e"))
    between = Condition("x", Has(piece="x"), Scope(anchors=(Anchor("after", "s"), Anchor("before", "e"))))
    assert ask(call("a:s c:x a:e"), start, end, between).truth is True
    assert ask(call("c:x a:s a:e c:x"), start, end, between).truth is False


def test_an_anchor_may_itself_be_anchored():
    second = Condition("i", Has(piece="i"), Scope(anchors=(Anchor("after", "h", turns=1),)))
    third = Condition("x", Has(piece="x"), Scope(anchors=(Anchor("after", "i", turns=1),)))
    assert ask(call("a:h c:i c:x"), HOLD, second, third).truth is True
    assert ask(call("a:h c:- c:i c:x"), HOLD, second, third).truth is False


def test_an_anchor_that_does_not_hold_makes_no_window_however_many_matches_it_has():
    twice = Condition("h", Has(piece="h", at_least=2))
    looked = Condition("x", Has(piece="x"), Scope(anchors=(Anchor("after", "h"),)))
    assert ask(call("a:h c:x"), twice, looked).truth is False
    assert ask(call("a:h a:h c:x"), twice, looked).truth is True


def test_matches_of_an_anchor_that_may_not_hold_are_doubtful_all():
    twice = Condition("h", Has(piece="h", at_least=2), Scope(role="agent"))
    looked = Condition("x", Has(piece="x"), Scope(anchors=(Anchor("after", "h"),)))
    answer = ask(call("a:h u:h c:x"), twice, looked)
    assert (answer.truth, answer.reason) == (None, "the roles of the speakers are not known")
    assert [match.sure for match in answer.matches] == [False]


def test_one_turn_after_two_anchors_is_one_match():
    assert turns_of(near("a:h a:h c:x")) == [2]


@pytest.mark.parametrize(
    ("side", "extent", "line", "truth"),
    [
        ("after", {}, "a:- c:- c:x", True),
        ("after", {}, "a:- c:x c:-", False),  # it overlaps the cough
        ("before", {}, "a:x c:- c:-", True),
        ("around", {"turns": 1}, "a:- c:x c:-", True),
        ("after", {"turns": 1}, "a:- c:- c:- c:x", False),
        ("after", {"seconds": 6.0}, "a:- c:- c:x", True),
        ("after", {"seconds": 5.9}, "a:- c:- c:x", False),
    ],
)
def test_an_anchor_that_is_no_turn_divides_by_time(side, extent, line, truth):
    cough = Event(class_="cough", start=13.0, end=14.0, role="agent")
    looked = Condition("x", Has(piece="x"), Scope(anchors=(Anchor(side, "coughs", **extent),)))
    assert ask(call(line, events=(cough,)), Condition("coughs", Coughs()), looked).truth is truth


@pytest.mark.parametrize(
    ("side", "extent", "window"),
    [
        ("after", {}, (18.0, 40.0)),
        ("after", {"turns": 1}, (18.0, 28.0)),
        ("after", {"turns": 9}, (18.0, 40.0)),
        ("after", {"seconds": 5.0}, (18.0, 23.0)),
        ("before", {}, (0.0, 10.0)),
        ("before", {"turns": 1}, (0.0, 10.0)),
        ("before", {"seconds": 3.0}, (7.0, 10.0)),
        ("around", {"turns": 1}, (0.0, 28.0)),
        ("around", {"seconds": 3.0}, (7.0, 21.0)),
    ],
)
def test_events_and_silences_count_in_the_windows_stretch_of_time(side, extent, window):
    answer = near("c:- a:h c:- c:-", side, operator=Never(piece="x"), **extent)
    assert [(match.start, match.end) for match in answer.matches] == [window]


def test_so_many_turns_before_begin_where_the_first_of_them_begins():
    answer = near("c:- c:- a:h c:-", "before", operator=Never(piece="x"), turns=1)
    assert [(match.start, match.end) for match in answer.matches] == [(10.0, 20.0)]


def test_a_window_of_no_turns_is_empty_at_its_anchor():
    answer = near("c:- a:h c:-", "around", operator=Never(piece="x"), turns=0)
    assert [(match.start, match.end) for match in answer.matches] == [(10.0, 18.0)]


def test_an_anchor_of_several_turns_is_left_on_both_sides():
    pair = Condition("h", Pair(piece="h"))
    for side, line, truth in [
        ("before", "c:x a:h a:h", True),
        ("before", "a:hx a:hx", False),
        ("after", "a:hx a:hx", False),
        ("after", "a:h a:h c:x", True),
        ("around", "a:h a:hx", True),
    ]:
        looked = Condition("x", Has(piece="x"), Scope(anchors=(Anchor(side, "h", turns=1),)))
        assert ask(call(line), pair, looked).truth is truth, (side, line)


def test_a_turn_that_ends_where_an_event_begins_is_before_it_and_one_that_begins_where_it_ends_after_it():
    cough = Event(class_="cough", start=8.0, end=10.0, role="agent")
    for side, line, truth in [("before", "a:x c:-", True), ("after", "a:- c:x", True)]:
        looked = Condition("x", Has(piece="x"), Scope(anchors=(Anchor(side, "coughs"),)))
        assert ask(call(line, events=(cough,)), Condition("coughs", Coughs()), looked).truth is truth
