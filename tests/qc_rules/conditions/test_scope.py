"""Each key of a scope: what it lets in, what it keeps out, and what it cannot tell."""

from __future__ import annotations

import pytest

from qc_rules import Event, Turn
from qc_rules.conditions import Condition, Extent, Point, Scope
from qc_rules.matching import Scanner
from tests.qc_rules.conditions.asking import Coughs, Has, ask, call, turns_of, x


def half(start: float, end: float) -> tuple[Point, Point]:
    return Point(start, share=True), Point(end, share=True)


CASES = [
    ("no scope", {}, "a:- c:x", True),
    ("no scope", {}, "a:- c:-", False),
    ("role", {"role": "customer"}, "a:- c:x", True),
    ("role", {"role": "customer"}, "a:x c:-", False),
    ("role", {"role": "customer"}, "a:- u:x", None),
    ("role", {"role": "customer"}, "a:x u:-", False),
    ("first turns", {"first": Extent(turns=2)}, "a:- c:x a:-", True),
    ("first turns", {"first": Extent(turns=2)}, "a:- c:- a:x", False),
    ("first turns of a role", {"role": "agent", "first": Extent(turns=2)}, "a:- c:- c:- a:x", True),
    ("first turns of a role", {"role": "agent", "first": Extent(turns=1)}, "a:- c:- a:x", False),
    ("first turns, one may be the role's", {"role": "agent", "first": Extent(turns=1)}, "u:- a:x", None),
    ("first turns, enough are the role's", {"role": "agent", "first": Extent(turns=1)}, "a:- u:x", False),
    ("last turns", {"last": Extent(turns=1)}, "a:- c:x", True),
    ("last turns", {"last": Extent(turns=1)}, "a:x c:-", False),
    ("last turns, one may be the role's", {"role": "agent", "last": Extent(turns=1)}, "a:x u:-", None),
    ("last turns of a role", {"role": "agent", "last": Extent(turns=1)}, "a:x c:- c:-", True),
    ("first seconds", {"first": Extent(seconds=10.5)}, "a:- c:x", True),
    ("first seconds", {"first": Extent(seconds=10.0)}, "a:- c:x", False),
    ("last seconds", {"last": Extent(seconds=12.5)}, "a:x c:-", True),
    ("last seconds", {"last": Extent(seconds=12.0)}, "a:x c:-", False),
    ("span in seconds", {"span": (Point(10.0), Point(20.0))}, "a:- c:x a:-", True),
    ("span in seconds", {"span": (Point(10.0), Point(20.0))}, "a:x c:- a:x", False),
    ("span in shares", {"span": half(0.5, 1.0)}, "a:- c:x", True),
    ("span in shares", {"span": half(0.5, 1.0)}, "a:x c:-", False),
]


@pytest.mark.parametrize(("key", "scope", "line", "truth"), CASES)
def test_a_scope_lets_in_what_it_says(key, scope, line, truth):
    assert ask(call(line), x(**scope)).truth is truth, key


def test_a_turn_of_low_confidence_proves_neither_that_a_word_was_said_nor_that_it_was_not():
    for line in ("a:x", "a:-"):
        answer = ask(call(line, confidence={0: 0.3}), x(min_confidence=0.5))
        assert answer.truth is None
        assert "turn 0 was recognised with a confidence of 0.30, under 0.5" in answer.reason
    assert ask(call("a:-", confidence={0: 0.5}), x(min_confidence=0.5)).truth is False
    assert ask(call("a:x a:-", confidence={1: 0.3}), x(min_confidence=0.5)).truth is True


def test_announcements_are_left_out_where_the_scope_says_so():
    spoken = Turn(turn=0, start=0, end=5, text="x", announcement=True)
    recording = call("a:-")
    recording = type(recording)(call_id="c", duration=10.0, turns=(spoken,))
    assert ask(recording, x(exclude_announcements=True)).truth is False
    assert ask(recording, x()).truth is True


def test_events_count_in_the_stretch_of_time_in_scope():
    cough = Event(class_="cough", start=12.0, end=13.0, role="agent")
    recording = call("a:- c:-", events=(cough,))

    def coughs(**scope: object) -> bool | None:
        return ask(recording, Condition("coughs", Coughs(), Scope(**scope))).truth

    assert coughs() is True
    assert coughs(role="agent") is True
    assert coughs(role="customer") is False
    assert coughs(first=Extent(seconds=12.5)) is True
    assert coughs(first=Extent(seconds=12.0)) is False
    assert coughs(last=Extent(seconds=7.5)) is True
    assert coughs(last=Extent(seconds=7.0)) is False
    assert coughs(span=half(0.0, 0.5)) is False


def test_an_event_of_a_role_that_nobody_knows_may_be_the_roles():
    recording = call("a:-", events=(Event(class_="cough", start=1.0, end=2.0),))
    answer = ask(recording, Condition("coughs", Coughs(), Scope(role="agent")))
    assert [match.sure for match in answer.matches] == [False]


def test_an_event_that_no_detector_reports_leaves_the_condition_unknown():
    class Yawns(Coughs):
        def look(self, view):
            view.events(["yawn"])

    answer = ask(call("a:-"), Condition("yawns", Yawns()))
    assert (answer.truth, answer.reason) == (None, "no installed detector reports yawn")


@pytest.mark.parametrize(("policy", "truth"), [("unknown", None), ("fail", True), ("pass", False)])
def test_what_cannot_be_told_counts_as_the_condition_says(policy, truth):
    condition = Condition("x", Has(piece="x"), Scope(role="agent"), when_missing=policy)
    assert ask(call("u:x"), condition).truth is truth
    assert ask(call("a:x"), condition).truth is True
    assert ask(call("a:-"), condition).truth is False


def test_matches_carry_the_conditions_name_and_the_turns_they_are():
    answer = ask(call("a:- c:x c:xx"), x(role="customer"))
    assert turns_of(answer) == [1, 2]
    assert {piece.condition for match in answer.matches for piece in match.evidence} == {"x"}
    assert [match.evidence[0].text for match in answer.matches] == ["x", "x"]


def test_what_is_measured_in_time_reaches_as_far_as_the_turns_that_are_counted():
    def window(line: str, **scope: object) -> tuple[float, float]:
        recording = call(line)
        return Scope(**scope).view(recording, Scanner().scan(recording)).window

    assert window("a:- c:- a:- c:-", first=Extent(turns=2)) == (0.0, 18.0)
    assert window("a:- c:- a:- c:-", first=Extent(turns=2), role="agent") == (0.0, 28.0)
    assert window("a:- c:- a:- c:-", last=Extent(turns=1)) == (30.0, 40.0)
    assert window("a:- c:- a:- c:-", last=Extent(turns=2), role="agent") == (0.0, 40.0)
    assert window("c:- c:-", first=Extent(turns=2), role="agent") == (0.0, 0.0)
    assert window("c:- c:-", last=Extent(turns=2), role="agent") == (20.0, 20.0)


def test_what_is_measured_in_time_is_unknown_where_a_counted_turn_may_be_another():
    cough = Event(class_="cough", start=1.0, end=2.0, role="agent")
    coughs = Condition("coughs", Coughs(), Scope(role="agent", first=Extent(turns=1)))
    assert ask(call("a:- u:-", events=(cough,)), coughs).truth is True
    answer = ask(call("u:- a:-", events=(cough,)), coughs)
    assert (answer.truth, answer.reason) == (None, "the roles of the speakers are not known")
