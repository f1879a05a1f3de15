"""Answers and matches: what is counted, in what order, with what evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from qc_rules import Call, Event, Turn
from qc_rules.conditions import Answer, Condition, Match, View, counted, of_event, of_span, of_turn, of_turns, yes_or_no
from qc_rules.conditions.answer import NO, in_order, reasons
from qc_rules.matching import Scanner
from qc_rules.operators import Operator
from tests.qc_rules.conditions.asking import call

TURNS = [Turn(turn=n, start=10.0 * n, end=10.0 * n + 8 - n, text=f"t{n}") for n in range(3)]


def test_one_match_is_enough_unless_more_are_asked_for():
    one = of_turn(TURNS[0])
    assert counted([one]).truth is True
    assert counted([one], 2).truth is False
    assert counted([]).truth is False


def test_matches_that_may_be_none_make_unknown_what_they_would_decide():
    sure, maybe = of_turn(TURNS[0]), of_turn(TURNS[1], unsure="why not")
    assert counted([maybe]).truth is None
    assert counted([maybe]).reason == "why not"
    assert counted([sure, maybe]).truth is True
    assert counted([sure, maybe]).reason == ""
    assert counted([sure, maybe], 3).truth is False
    assert counted([sure, maybe]).sure() == (sure,)


def test_matches_are_in_the_order_of_time_and_those_of_one_moment_in_the_order_of_turns():
    late, early = of_turn(TURNS[2]), of_turn(TURNS[0])
    silence, first, second = Match(5, 6), Match(5, 6, turns=(0, 0)), Match(5, 6, turns=(1, 1))
    assert in_order([late, early]) == (early, late)
    assert in_order([second, first, silence]) == (silence, first, second)
    assert in_order([Match(5, 7), Match(5, 6)]) == (Match(5, 6), Match(5, 7))


def test_reasons_are_given_once_and_no_more_than_three():
    assert reasons(["a", "", "a", "b"]) == "a; b"
    assert reasons("abcd") == "a; b; c; \N{HORIZONTAL ELLIPSIS}"
    assert reasons("abc") == "a; b; c"


def test_a_match_has_the_times_the_turns_and_the_evidence_of_what_it_is_made_of():
    assert of_turn(TURNS[1]).turns == (1, 1)
    assert of_turn(TURNS[1]).evidence[0].text == "t1"
    assert of_turn(TURNS[1], text="1").evidence[0].text == "1"
    several = of_turns(TURNS[:2])
    assert (several.start, several.end, several.turns, len(several.evidence)) == (0.0, 17.0, (0, 1), 2)
    event = of_event(Event(class_="cough", start=1.0, end=2.0))
    assert (event.turns, event.evidence[0].condition, event.sure) == (None, "cough", True)
    span = of_span((3.0, 4.0))
    assert (span.start, span.end, span.turns, span.evidence[0].text, span.evidence[0].condition) == (3, 4, None, "", "")
    assert span.sure
    assert of_span((3.0, 4.0), "dead air", "why").evidence[0].text == "dead air"
    assert not of_span((3.0, 4.0), "dead air", "why").sure


def test_what_does_not_hold_has_no_matches():
    assert yes_or_no(False, [of_turn(TURNS[0])]) == NO
    assert yes_or_no(True, [of_turn(TURNS[0])]).matches == (of_turn(TURNS[0]),)


def view(*events: Event, role: str = "any", window: tuple[float, float] = (2.0, 5.0)) -> View:
    recording = call("a:- c:-", events=events)
    return View(recording, (), window, Scanner().scan(recording), role)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (2.0, 2.0, True),  # a moment at the window's edge
        (5.0, 5.0, True),
        (1.0, 1.0, False),
        (1.0, 2.0, False),  # it ends where the window begins
        (5.0, 6.0, False),
        (1.0, 2.1, True),
        (0.0, 9.0, True),
    ],
)
def test_an_event_counts_where_a_part_of_it_lies_in_the_window(start, end, inside):
    heard = view(Event(class_="cough", start=start, end=end)).events(["cough"])
    assert bool(heard) is inside


def test_whose_event_it_is_matters_only_where_a_role_is_asked_for():
    cough = Event(class_="cough", start=3.0, end=4.0)
    assert [one.unsure for one in view(cough).events(["cough"])] == [""]
    assert [bool(one.unsure) for one in view(cough, role="agent").events(["cough"])] == [True]
    theirs = Event(class_="cough", start=3.0, end=4.0, role="agent")
    assert [one.unsure for one in view(theirs, role="agent").events(["cough"])] == [""]
    assert view(theirs, role="customer").events(["cough"]) == ()


def test_a_view_measures_what_lies_in_its_window():
    seen = view()
    assert seen.seconds == 3.0
    assert seen.clip([(0.0, 3.0), (4.5, 9.0)]) == [(2.0, 3.0), (4.5, 5.0)]
    assert view(window=(5.0, 2.0)).seconds == 0.0


@dataclass(frozen=True)
class Answering(Operator):
    """Answers what it is given."""

    name: ClassVar[str] = "answering"
    answer: object = None

    def look(self, view):
        return self.answer


@pytest.mark.parametrize("answer", [None, True, Answer("yes"), Answer(1), Answer(0)])
def test_an_operator_that_gives_no_answer_is_an_error_and_never_clear(answer):
    condition = Condition("a", Answering(answer))
    subject = Call(call_id="c1", duration=9.0)
    with pytest.raises(TypeError, match=r"operator answering answers .*, not an Answer"):
        condition.answer(subject, Scanner().scan(subject), {}.__getitem__)
