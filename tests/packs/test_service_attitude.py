"""SA01: several cold turns of the agent in a row."""

import pytest

from qc_rules import Call, Event
from qc_rules_standard.service_attitude import ServiceAttitude
from tests.packs.calls import call, outcome

RULE = ServiceAttitude()
COLD = ("agent neutral 不归我管", "customer neutral 那怎么办", "agent neutral 我不清楚", "agent angry 你说完了没有")


def test_three_cold_turns_in_a_row_hit_with_the_window_as_evidence():
    found = outcome(RULE, call("agent happy 您好！", "customer neutral 喂", *COLD))
    assert found.result == "hit"
    assert [piece.turn for piece in found.evidence] == [2, 4, 5]
    assert found.message.startswith("0 of 3 turns of the agent in a row sound happy (less than 30%)")


@pytest.mark.parametrize(
    "lines",
    [
        ("agent neutral 不归我管", "agent happy 您好", "agent neutral 我不清楚"),
        ("agent neutral 不归我管", "agent neutral 我不清楚"),
        ("customer angry 太差了", "customer angry 太差了", "customer angry 太差了"),
        (),
    ],
)
def test_one_happy_turn_of_three_or_fewer_than_three_turns_are_clear(lines):
    assert outcome(RULE, call(*lines)).result == "clear"


@pytest.mark.parametrize("hum", ["", "嗯", "嗯。", "。！"])
def test_turns_without_words_do_not_count(hum):
    assert outcome(RULE, call(COLD[0], COLD[2], f"agent neutral {hum}")).result == "clear"
    assert outcome(RULE, call(COLD[0], COLD[2], f"agent happy {hum}", COLD[3])).result == "hit"


def test_laughter_tagged_in_a_turn_of_the_window_clears_it():
    assert outcome(RULE, call(COLD[0], "agent neutral+laughter 我不清楚", COLD[3])).result == "clear"


@pytest.mark.parametrize(("start", "end", "result"), [(4.5, 4.8, "clear"), (2.2, 2.8, "hit"), (5.0, 6.0, "hit")])
def test_applause_while_a_turn_of_the_window_lasts_clears_it(start, end, result):
    applause = Event(class_="applause", start=start, end=end, channel=1)
    assert outcome(RULE, call(COLD[0], COLD[2], COLD[3], events=(applause,))).result == result


@pytest.mark.parametrize(
    ("emotions", "result"),
    [
        (("neutral", "unknown", "neutral"), "unknown"),
        (("happy", "unknown", "neutral"), "clear"),
        (("unknown", "neutral", "neutral", "neutral"), "hit"),
        (("unknown", "happy", "unknown", "happy"), "clear"),
    ],
)
def test_an_unknown_emotion_matters_only_where_it_could_tip_the_share(emotions, result):
    found = outcome(RULE, call(*[f"agent {emotion} 我不清楚" for emotion in emotions]))
    assert found.result == result
    assert (found.reason == "the emotion of turn 1 is not known") == (result == "unknown")


def test_mono_is_unknown_unless_there_are_too_few_turns():
    assert outcome(RULE, call(*["unknown neutral 我不清楚"] * 3)).result == "unknown"
    assert outcome(RULE, call(*["unknown neutral 我不清楚"] * 2)).result == "clear"


def test_window_and_share_are_options():
    warm = call("agent happy 您好", "agent neutral 请稍等", "agent neutral 再见")
    assert outcome(ServiceAttitude(share=0.5), warm).result == "hit"
    assert outcome(ServiceAttitude(window=2), warm).result == "hit"
    assert outcome(ServiceAttitude(window=4), warm).result == "clear"


@pytest.mark.parametrize("options", [{"window": 0}, {"share": 0.0}, {"share": 1.1}])
def test_options_that_could_never_or_always_match_are_refused(options):
    with pytest.raises(ValueError):
        ServiceAttitude(**options)


def test_a_call_that_is_not_in_shape_crashes_this_rule_only():
    assert outcome(RULE, Call(call_id="c", duration=3, turns=(None,))).result == "crash"
