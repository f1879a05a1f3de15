"""Questions and answers, and processes step by step."""

import pytest

from qc_rules.operators.absent import Absent
from qc_rules.operators.bounds import Bound
from qc_rules.operators.duration import Duration
from qc_rules.operators.emotion import Emotion
from qc_rules.operators.event import Event
from qc_rules.operators.keyword import Keyword
from qc_rules.operators.question_answer import QuestionAnswer
from qc_rules.operators.sequence import Sequence
from qc_rules.operators.silence import Silence
from tests.qc_rules.operators.talk import AGENT, READABLE, answer, call, event, turn, verdict


def said(*lines: str, **values) -> list:
    """`a 您好`: turns of two seconds, one a second after the other."""
    return [turn(line[0], 3 * at, 3 * at + 2, line[2:], **values) for at, line in enumerate(lines)]


THANKS = Absent(Keyword(any=("谢谢", "thank")))

ASKED = QuestionAnswer(question=("是否同意",), answer=("同意", "是的"), within=2)
IGNORED = QuestionAnswer(question=("是否同意",), answer=("同意", "是的"), within=2, answered=False)


@pytest.mark.parametrize(
    ("lines", "answered", "ignored"),
    [
        (["a 您是否同意", "c 是的"], "hit", "clear"),
        (["a 您是否同意", "c 嗯", "c 是的"], "hit", "clear"),
        (["a 您是否同意", "c 嗯", "c 嗯", "c 是的"], "clear", "hit"),
        (["a 您是否同意", "a 是的"], "clear", "hit"),
        (["a 您是否同意"], "clear", "hit"),
        (["a 您好", "c 是的"], "clear", "clear"),
        (["a 您是否同意", "? 是的"], "unknown", "unknown"),
        (["a 您是否同意", "? 嗯"], "clear", "hit"),
        (["? 您是否同意"], "clear", "unknown"),
        (["a 您是否同意", "c 是的", "a 您是否同意"], "hit", "hit"),
        ([], "clear", "clear"),
    ],
)
def test_questions_and_their_answers(lines, answered, ignored):
    on = call(*said(*lines))
    assert (verdict(ASKED, on, AGENT), verdict(IGNORED, on, AGENT)) == (answered, ignored)


def test_questions_and_answers_may_be_any_operator():
    sad = QuestionAnswer(question=("还好吗",), answer=Emotion(any=("sad",)))
    on = call(turn("a", 0, 2, "您还好吗"), turn("c", 3, 5, emotion="sad"))
    assert verdict(sad, on, AGENT) == "hit"
    assert verdict(sad, call(on.turns[0], turn("c", 3, 5, emotion="unknown")), AGENT) == "unknown"
    quiet = QuestionAnswer(question=Silence(5), answer=("喂",))
    assert verdict(quiet, call(turn("a", 0, 2), turn("c", 9, 10, "喂"))) == "unknown"
    deaf = QuestionAnswer(question=Event(any=("yawn",)), answer=("喂",))
    assert verdict(deaf, call()) == "unknown"
    unread = call(turn("a", 0, 2, "您是否同意"), turn("c", 3, 5, "", confidence=0.1))
    assert verdict(ASKED, unread, READABLE) == "unknown"
    assert list(ASKED.needs()) == list(Keyword(any=("是否同意",)).words())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"within": 0}, "within"),
        ({"at_least": 0}, "at_least"),
        ({"answer": Duration(Bound(above=1))}, "answer: duration says nothing"),
    ],
)
def test_questions_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        QuestionAnswer(**{"question": ("a",), "answer": ("b",), **values})


STEPS = (("您好",), ("身份证",), ("谢谢",))
STRICT, LOOSE = Sequence(steps=STEPS), Sequence(steps=STEPS, order="loose")


@pytest.mark.parametrize(
    ("lines", "strict", "loose"),
    [
        (["a 您好", "c 嗯", "a 身份证", "a 谢谢"], "hit", "hit"),
        (["a 您好，身份证，谢谢"], "hit", "hit"),
        (["a 谢谢", "a 身份证", "a 您好"], "clear", "hit"),
        (["a 您好", "a 谢谢"], "clear", "clear"),
        (["a 您好", "? 身份证", "a 谢谢"], "unknown", "unknown"),
        (["a 您好", "c 身份证", "a 谢谢"], "clear", "clear"),
        (["a 谢谢", "? 身份证", "a 您好"], "clear", "unknown"),
        ([], "clear", "clear"),
    ],
)
def test_steps_in_order_or_in_any(lines, strict, loose):
    on = call(*said(*lines))
    assert (verdict(STRICT, on, AGENT), verdict(LOOSE, on, AGENT)) == (strict, loose)


@pytest.mark.parametrize(("within", "expected"), [(0, "clear"), (2, "clear"), (3, "hit"), (None, "hit")])
@pytest.mark.parametrize("order", ["strict", "loose"])
def test_steps_near_one_another(order, within, expected):
    on = call(*said("a 您好", "c 嗯", "a 身份证", "a 谢谢"))
    assert verdict(Sequence(steps=STEPS, order=order, within=within), on, AGENT) == expected


def test_steps_may_be_any_operator():
    mixed = Sequence(steps=(("请稍等",), Event(any=("hold_music",)), ("让您久等",)))
    parts = said("a 请稍等", "a 让您久等")
    heard = {"hold_music"}
    assert verdict(mixed, call(*parts, event("hold_music", 2, 3), event_classes=heard)) == "hit"
    assert verdict(mixed, call(*parts, event("hold_music", 6, 9), event_classes=heard)) == "clear"
    assert verdict(mixed, call(*parts, event_classes=heard)) == "clear"
    assert verdict(mixed, call(*parts, event_classes=set())) == "unknown"
    assert verdict(mixed, call(*said("a 让您久等", "a 请稍等"), event_classes=set())) == "clear"
    only = Sequence(steps=(Event(any=("yawn",)), Event(any=("yawn",))))
    assert verdict(only, call()) == "unknown"


def test_turns_of_two_channels_may_begin_at_once():
    both = call(turn("a", 0, 2, "您好"), turn("c", 0, 2, "您好"), turn("a", 0, 2, "身份证"), turn("a", 3, 5, "谢谢"))
    assert (verdict(STRICT, both), verdict(LOOSE, both)) == ("hit", "hit")


def test_a_sequence_is_as_long_as_its_steps_and_found_again():
    on = call(*said("a 您好", "a 身份证", "a 谢谢", "a 您好", "a 身份证", "a 谢谢"))
    assert [match.turns for match in answer(STRICT, on).matches] == [(0, 2), (3, 5)]
    assert [match.turns for match in answer(LOOSE, on).matches] == [(0, 2), (3, 5)]
    assert set(STRICT.words()) == {words for step in STEPS for words in Keyword(any=step).words()}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": (("a",),)}, "1 steps make no sequence"),
        ({"steps": (("a",), ())}, "no words"),
        ({"steps": (("a",), THANKS)}, "step 2: absent says nothing of where"),
        ({"order": "any"}, "order = 'any' is not known"),
        ({"within": -1}, "within = -1"),
    ],
)
def test_sequences_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Sequence(**{"steps": STEPS, **values})
