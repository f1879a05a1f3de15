"""How somebody sounds, turn by turn, over several in a row, and as a share."""

import dataclasses

import pytest

from qc_rules.conditions import Scope
from qc_rules.operators.bounds import Bound
from qc_rules.operators.emotion import Emotion
from tests.qc_rules.operators.talk import AGENT, CUSTOMER, READABLE, answer, call, event, moods, turn, verdict

UPSET = Emotion(any=("angry", "fearful"))
COLD = Emotion(any=("happy",), share=Bound(below=0.3), in_a_row=3, min_chars=2, unless_events=("laughter", "applause"))


@pytest.mark.parametrize(
    ("operator", "heard", "expected"),
    [
        (UPSET, "a:happy c:angry", "hit"),
        (UPSET, "a:angry c:sad", "clear"),
        (UPSET, "a:angry c:?", "unknown"),
        (UPSET, "a:? c:sad", "clear"),
        (UPSET, "c:? c:fearful", "hit"),
        (UPSET, "?:angry c:sad", "unknown"),
        (UPSET, "?:happy", "clear"),
        (UPSET, "", "clear"),
        (Emotion(any=("angry",), at_least=2), "c:angry a:angry c:angry", "hit"),
        (Emotion(any=("angry",), at_least=2), "c:angry c:sad", "clear"),
        (Emotion(any=("angry",), at_least=2), "c:angry c:?", "unknown"),
        (Emotion(any=("angry",), at_least=2), "c:? c:sad", "clear"),
        (Emotion(any=("angry",), in_a_row=2), "c:angry a:happy c:angry", "hit"),
        (Emotion(any=("angry",), in_a_row=2), "c:angry c:sad c:angry", "clear"),
        (Emotion(any=("angry",), in_a_row=2), "c:angry c:? c:sad", "unknown"),
        (Emotion(any=("angry",), in_a_row=2), "c:angry ?:sad c:angry", "unknown"),
        (Emotion(any=("angry",), in_a_row=2), "c:angry", "clear"),
        (Emotion(any=("angry",), in_a_row=2, at_least=2), "c:angry c:angry c:angry", "clear"),
        (Emotion(any=("angry",), in_a_row=2, at_least=2), "c:angry c:angry c:angry c:angry", "hit"),
        (Emotion(any=("angry",), unknown="other"), "c:? c:sad", "clear"),
        (Emotion(any=("angry",), unknown="leave_out", in_a_row=2), "c:angry c:? c:angry", "hit"),
        (Emotion(any=("angry",), unknown="other", in_a_row=2), "c:angry c:? c:angry", "clear"),
    ],
)
def test_turns_of_the_customer_sound_so(operator, heard, expected):
    assert verdict(operator, moods(heard), CUSTOMER) == expected


@pytest.mark.parametrize(
    ("bound", "heard", "expected"),
    [
        (Bound(at_least=0.5), "c:sad c:angry", "hit"),
        (Bound(above=0.5), "c:sad c:angry", "clear"),
        (Bound(above=0.5), "c:angry c:? c:angry", "hit"),
        (Bound(above=0.5), "c:angry c:?", "unknown"),
        (Bound(below=0.5), "c:sad c:? c:sad", "hit"),
        (Bound(below=0.5), "c:sad ?:angry", "unknown"),
        (Bound(below=0.5), "c:sad ?:sad", "hit"),
        (Bound(below=0.5), "?:sad", "unknown"),
        (Bound(below=0.5), "a:sad", "clear"),
        (Bound(at_least=1), "c:angry ?:sad", "unknown"),
    ],
)
def test_a_share_of_all_turns_sounds_so(bound, heard, expected):
    assert verdict(Emotion(any=("angry",), share=bound), moods(heard), CUSTOMER) == expected


def test_a_share_of_seconds_weighs_turns_by_their_length():
    heard = call(turn("c", 0, 6, emotion="angry"), turn("c", 7, 9), turn("c", 10, 12))
    share = Emotion(any=("angry",), share=Bound(at_least=0.6))
    assert verdict(share, heard) == "clear"
    assert verdict(dataclasses.replace(share, of="seconds"), heard) == "hit"
    assert verdict(dataclasses.replace(share, of="seconds"), call(turn("c", 3, 3, emotion="angry"))) == "clear"


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("a:neutral c:happy a:sad c:happy a:neutral", "hit"),
        ("a:neutral a:happy a:neutral", "clear"),
        ("a:happy a:neutral a:neutral a:sad", "hit"),
        ("a:neutral a:neutral", "clear"),
        ("a:neutral a:? a:neutral", "unknown"),
        ("a:happy a:? a:happy", "clear"),
        ("a:neutral ?:neutral a:neutral", "unknown"),
        ("?:neutral ?:neutral", "clear"),
        ("a:neutral ?:happy a:neutral a:neutral", "unknown"),
        ("a:neutral ?:happy a:happy a:neutral", "clear"),
        ("a:happy ?:neutral a:neutral ?:happy a:neutral", "unknown"),
    ],
)
def test_three_turns_in_a_row_without_warmth(heard, expected):
    assert verdict(COLD, moods(heard), AGENT) == expected


def test_a_hum_is_no_turn():
    cold = turn("a", 0, 2), turn("a", 3, 4), turn("a", 12, 14)
    assert verdict(COLD, call(*cold, turn("a", 6, 8, "嗯", emotion="happy")), AGENT) == "hit"
    hummed = call(*cold[:2], turn("a", 6, 8, "嗯"))
    assert verdict(COLD, hummed, AGENT) == "clear"


def test_laughter_on_any_channel_warms_a_run():
    cold = turn("a", 0, 2), turn("a", 3, 5), turn("a", 6, 8)
    assert verdict(COLD, call(*cold, event("laughter", 4, 6, "c")), AGENT) == "clear"
    assert verdict(COLD, call(*cold, event("laughter", 5, 6, "c")), AGENT) == "hit"
    tagged = call(*cold[:2], turn("a", 6, 8, event_tags=("applause",)))
    assert verdict(COLD, tagged, AGENT) == "clear"
    assert verdict(COLD, call(*cold, event_classes={"laughter"}), AGENT) == "unknown"
    assert verdict(COLD, moods("a:happy a:happy a:sad", event_classes=set()), AGENT) == "clear"


def test_a_turn_that_was_not_understood_proves_no_emotion():
    unread = call(turn("c", 0, 2, emotion="angry", confidence=0.1))
    assert verdict(UPSET, unread, Scope(role="customer", min_confidence=0.5)) == "unknown"
    assert verdict(dataclasses.replace(UPSET, unknown="other"), unread, READABLE) == "unknown"
    assert verdict(dataclasses.replace(UPSET, min_chars=50), unread, READABLE) == "unknown"
    assert verdict(UPSET, unread, CUSTOMER) == "hit"


def test_an_emotion_told_with_too_low_a_score_is_not_known():
    scored = dataclasses.replace(UPSET, min_score=0.6)
    for score, expected in ((0.6, "hit"), (0.59, "unknown"), (None, "unknown")):
        assert verdict(scored, call(turn("c", 0, 2, emotion="angry", emotion_score=score))) == expected


def test_evidence_are_the_turns_of_runs_that_do_not_overlap():
    found = answer(COLD, moods("a:neutral a:sad a:sad a:sad a:sad a:sad a:sad"), AGENT)
    assert [match.turns for match in found.matches] == [(0, 2), (3, 5)]
    assert [piece.turn for piece in found.matches[0].evidence] == [0, 1, 2]
    both = answer(dataclasses.replace(COLD, at_least=3), moods("a:sad a:sad a:sad a:? a:sad a:sad"), AGENT)
    assert (both.truth, len(both.matches)) == (False, 2)


def test_the_reason_names_what_is_not_known():
    assert answer(UPSET, moods("c:?")).reason == "the emotion of turn 0 is not known"
    assert answer(UPSET, moods("?:angry"), CUSTOMER).reason == "the roles of the speakers are not known"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"any": ()}, "any is empty"),
        ({"any": ("hapy",)}, "did you mean happy"),
        ({"any": ("unknown",)}, "is not an emotion"),
        ({"at_least": 0}, "at_least = 0 is less than 1"),
        ({"in_a_row": 0}, "in_a_row = 0"),
        ({"min_chars": -1}, "min_chars = -1"),
        ({"min_score": 1.5}, "min_score = 1.5 is not from 0 to 1"),
        ({"of": "second"}, "did you mean seconds"),
        ({"unknown": "no"}, "unknown = 'no' is not known"),
        ({"share": Bound(above=0.5), "at_least": 2}, "a share of all turns is one"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Emotion(**{"any": ("angry",), **values})
