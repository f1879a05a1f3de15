"""A mood that turns."""

import dataclasses

import pytest

from qc_rules.operators.emotion_shift import EmotionShift
from tests.qc_rules.operators.talk import CUSTOMER, READABLE, answer, call, moods, turn, verdict

TURNED = EmotionShift(from_=("happy",), to=("angry",))
SWINGS = EmotionShift(path=(("happy",), ("sad", "neutral"), ("angry",)))
SOON = dataclasses.replace(TURNED, within=2)
TWICE = dataclasses.replace(TURNED, at_least=2)


@pytest.mark.parametrize(
    ("operator", "heard", "expected"),
    [
        (TURNED, "c:happy a:sad c:angry", "hit"),
        (TURNED, "c:angry c:happy", "clear"),
        (TURNED, "a:happy c:angry", "clear"),
        (TURNED, "c:happy c:?", "unknown"),
        (TURNED, "c:? c:angry", "unknown"),
        (TURNED, "c:? c:?", "unknown"),
        (TURNED, "c:angry c:?", "clear"),
        (TURNED, "c:angry", "clear"),
        (TURNED, "c:?", "clear"),
        (TURNED, "?:happy c:angry", "unknown"),
        (TURNED, "?:angry ?:happy", "clear"),
        (TURNED, "", "clear"),
        (SWINGS, "c:happy c:angry c:sad c:angry", "hit"),
        (SWINGS, "c:happy c:angry", "clear"),
        (SWINGS, "c:happy c:? c:angry", "unknown"),
        (SOON, "c:happy a:sad a:sad c:sad c:angry", "hit"),
        (SOON, "c:happy c:sad c:sad c:angry", "clear"),
        (SOON, "c:happy c:sad ?:sad c:angry", "unknown"),
        (SOON, "c:happy c:happy c:sad c:angry", "hit"),
        (SOON, "c:happy c:sad c:sad c:angry c:happy c:angry", "hit"),
        (TWICE, "c:happy c:angry c:angry", "clear"),
        (TWICE, "c:happy c:angry c:happy c:angry", "hit"),
        (TWICE, "c:happy c:angry c:? c:angry", "unknown"),
    ],
)
def test_the_customer_goes_from_one_mood_to_another(operator, heard, expected):
    assert verdict(operator, moods(heard), CUSTOMER) == expected


def test_a_shift_begins_at_the_nearest_turn_that_it_can():
    found = answer(TURNED, moods("c:happy c:happy a:sad c:angry c:angry"), CUSTOMER)
    assert [match.turns for match in found.matches] == [(1, 3)]
    assert [piece.text for piece in found.matches[0].evidence] == ["some words"] * 2


def test_hums_and_what_was_not_understood():
    short = call(turn("c", 0, 2, "嗯", emotion="happy"), turn("c", 3, 5, emotion="angry"))
    assert verdict(TURNED, short) == "hit"
    assert verdict(dataclasses.replace(TURNED, min_chars=2), short) == "clear"
    unread = call(turn("c", 0, 2, emotion="happy", confidence=0.2), turn("c", 3, 5, emotion="angry"))
    assert verdict(TURNED, unread, READABLE) == "unknown"
    assert verdict(dataclasses.replace(TURNED, min_score=0.5), unread) == "unknown"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "give from and to, or a path"),
        ({"from_": ("happy",)}, "needs two emotions"),
        ({"path": (("happy",),)}, "needs two emotions"),
        ({"path": (("happy",), ())}, "needs two emotions"),
        ({"from_": ("happy",), "to": ("angry",), "path": (("sad",), ("happy",))}, "or a path"),
        ({"from_": ("happy",), "to": ("angri",)}, "did you mean angry"),
        ({"from_": ("happy",), "to": ("angry",), "within": 0}, "within = 0"),
        ({"from_": ("happy",), "to": ("angry",), "at_least": 0}, "at_least = 0"),
        ({"from_": ("happy",), "to": ("angry",), "min_score": -0.1}, "min_score"),
        ({"from_": ("happy",), "to": ("angry",), "min_chars": -1}, "min_chars"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        EmotionShift(**values)
