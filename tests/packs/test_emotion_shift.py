"""ES01: the customer was happy and is angry."""

from types import SimpleNamespace

import pytest

from qc_rules import Call
from qc_rules_standard.emotion_shift import EmotionShift
from tests.packs.calls import call, outcome

RULE = EmotionShift()


def test_a_happy_customer_who_gets_angry_hits_with_both_turns_and_the_stretch_to_hear():
    lines = ["customer happy 太好了", "agent neutral 不行", "customer happy 那好", *["agent neutral 不行"] * 9]
    found = outcome(RULE, call(*lines, "customer angry 你怎么说话的", "customer angry 我要投诉", duration=60))
    assert found.result == "hit"
    assert [piece.turn for piece in found.evidence] == [2, 12]
    assert found.message == "the customer is happy at 6.0 s and angry at 36.0 s; hear 6.0-60.0 s"


@pytest.mark.parametrize(
    "lines",
    [
        ("customer angry 太差了", "customer happy 太好了"),
        ("customer happy 太好了", "agent angry 你说完了没有"),
        ("agent happy 您好", "customer angry 太差了"),
        ("customer happy 太好了",),
        (),
    ],
)
def test_the_other_way_round_or_with_two_people_it_is_clear(lines):
    assert outcome(RULE, call(*lines)).result == "clear"


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        (("unknown happy 太好了", "unknown angry 太差了"), "unknown"),
        (("unknown angry 太差了", "unknown happy 太好了"), "clear"),
        (("unknown happy 太好了", "unknown neutral 好"), "clear"),
        (("customer unknown 喂", "customer angry 太差了"), "unknown"),
        (("customer happy 喂", "customer unknown 太差了"), "unknown"),
        # Had the second turn been happy, nothing angry would follow it; had it been angry, nothing happy came before.
        (("customer angry 喂", "customer unknown 太差了"), "clear"),
        (("customer unknown 喂",), "clear"),
        (("customer unknown 喂", "customer happy 好", "customer angry 太差了"), "hit"),
        (("customer unknown 喂", "customer neutral 好"), "clear"),
        (("agent unknown 喂", "customer angry 太差了"), "clear"),
    ],
)
def test_it_is_unknown_only_where_there_may_be_a_shift(lines, result):
    assert outcome(RULE, call(*lines)).result == result


def test_the_reason_says_what_is_not_known():
    assert (
        outcome(RULE, call("unknown happy 好", "unknown angry 差")).reason == "the roles of the speakers are not known"
    )
    assert (
        outcome(RULE, call("customer unknown 好", "customer angry 差")).reason == "the emotion of turn 0 is not known"
    )


def test_emotions_and_stretch_are_options():
    rule = EmotionShift(from_emotions=("sad",), to_emotions=("angry", "disgusted"), around=1.0)
    found = outcome(rule, call("customer sad 难过", "customer disgusted 恶心"))
    assert found.message.endswith("hear 2.0-4.0 s")


@pytest.mark.parametrize("options", [{"around": -1.0}, {"to_emotions": ("rage",)}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError):
        EmotionShift(**options)


def test_a_call_that_is_not_in_shape_crashes_this_rule_only():
    assert outcome(RULE, Call(call_id="c", duration=3, turns=(SimpleNamespace(turn=0, text="喂"),))).result == "crash"
