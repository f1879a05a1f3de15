"""What operators refuse of their parameters: the last value that makes sense is taken, the next is not."""

from dataclasses import replace

import pytest

from qc_rules.operators.bounds import Bound
from qc_rules.operators.echo import Echo
from qc_rules.operators.emotion import Emotion
from qc_rules.operators.emotion_shift import EmotionShift
from qc_rules.operators.event import Event
from qc_rules.operators.hold import Hold
from qc_rules.operators.interruption import Interruption
from qc_rules.operators.language import Language
from qc_rules.operators.proximity import Proximity
from qc_rules.operators.question_answer import QuestionAnswer
from qc_rules.operators.repeat import Repeat
from qc_rules.operators.response_latency import ResponseLatency
from qc_rules.operators.sequence import Sequence
from qc_rules.operators.silence import Silence
from qc_rules.operators.similar import Similar
from qc_rules.operators.speech_rate import SpeechRate
from qc_rules.operators.turn_count import TurnCount

LONG = Bound(above=2)
EMOTION, SHIFT = Emotion(any=("sad",)), EmotionShift(from_=("happy",), to=("angry",))
MUSIC = Event(any=("bgm",), share=Bound(above=0.5))
TALK = Language(any=("en",))
SENTENCE = Similar(examples=("再见",))


@pytest.mark.parametrize(
    ("operator", "name", "last", "beyond"),
    [
        (Echo(pattern="[0-9]+"), "within", 1, 0),
        (Echo(pattern="[0-9]+"), "at_least", 1, 0),
        (EMOTION, "at_least", 1, 0),
        (EMOTION, "in_a_row", 1, 0),
        (EMOTION, "min_chars", 0, -1),
        (EMOTION, "min_score", 0, -0.1),
        (EMOTION, "min_score", 1, 1.1),
        (SHIFT, "within", 1, 0),
        (SHIFT, "at_least", 1, 0),
        (SHIFT, "min_chars", 0, -1),
        (SHIFT, "min_score", 0, -0.1),
        (SHIFT, "min_score", 1, 1.1),
        (EmotionShift(path=(("happy",), ("sad",), ("angry",))), "within", 2, 1),
        (MUSIC, "at_least", 1, 0),
        (MUSIC, "in_a_row", 1, 0),
        (MUSIC, "min_score", 0, -0.1),
        (MUSIC, "min_score", 1, 1.1),
        (Hold(count=LONG, phrases=("请稍等",)), "min_seconds", 0, -1),
        (Interruption(), "at_least", 1, 0),
        (Interruption(), "seconds", 0, -1),
        (Interruption(), "min_chars", 0, -1),
        (TALK, "at_least", 1, 0),
        (TALK, "min_chars", 0, -1),
        (Language(any=("en", "zh"), mix=2), "mix", 2, 1),
        (Language(any=("en", "zh"), mix=2), "mix", 2, 3),
        (Proximity(of=("a",), to=("b",)), "within", 0, -1),
        (QuestionAnswer(question=("好吗",), answer=("好",)), "within", 1, 0),
        (QuestionAnswer(question=("好吗",), answer=("好",)), "at_least", 1, 0),
        (Repeat(within=9), "times", 2, 1),
        (Repeat(), "min_chars", 1, 0),
        (Repeat(), "similarity", 1, 0),
        (Repeat(), "similarity", 100, 101),
        (Repeat(times=3), "within", 2, 1),
        (ResponseLatency(seconds=LONG), "at_least", 1, 0),
        (Sequence(steps=(("a",), ("b",))), "within", 0, -1),
        (Silence(seconds=3), "seconds", 0.1, 0),
        (Silence(seconds=3), "at_least", 1, 0),
        (Silence(seconds=3, except_after=("请稍等",)), "except_within", 1, 0),
        (SENTENCE, "score", 100, 101),
        (SENTENCE, "score", 1, 0),
        (SpeechRate(per_minute=LONG), "at_least", 1, 0),
        (SpeechRate(per_minute=LONG), "min_units", 1, 0),
        (TurnCount(turns=LONG), "min_chars", 0, -1),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_last_value_that_makes_sense_is_taken_and_the_next_refused(operator, name, last, beyond):
    assert getattr(replace(operator, **{name: last}), name) == last
    with pytest.raises(ValueError, match=f"^{name} = {beyond} "):
        replace(operator, **{name: beyond})


@pytest.mark.parametrize(
    ("operator", "changes"),
    [
        (EMOTION, {"share": LONG, "at_least": 2}),
        (MUSIC, {"at_least": 2}),
        (TALK, {"share": LONG, "at_least": 2}),
        (TALK, {"any": ("en", "zh"), "mix": 2, "at_least": 2}),
        (ResponseLatency(seconds=LONG), {"of": "first", "at_least": 2}),
        (ResponseLatency(seconds=LONG), {"of": "average", "at_least": 2}),
        (SpeechRate(per_minute=LONG), {"of": "average", "at_least": 2}),
    ],
)
def test_a_count_of_what_is_one_value_is_refused(operator, changes):
    assert replace(operator, **{**changes, "at_least": 1})
    with pytest.raises(ValueError, match="at_least = 2 counts"):
        replace(operator, **changes)


@pytest.mark.parametrize(
    ("operator", "name"),
    [
        (EMOTION, "of"),
        (EMOTION, "unknown"),
        (ResponseLatency(seconds=LONG), "of"),
        (Sequence(steps=(("a",), ("b",))), "order"),
        (Silence(seconds=3), "between"),
        (SENTENCE, "by"),
        (SpeechRate(per_minute=LONG), "of"),
    ],
)
def test_a_word_that_means_nothing_is_refused(operator, name):
    with pytest.raises(ValueError, match=f"^{name} = 'nothing'"):
        replace(operator, **{name: "nothing"})
