"""HR01: an upset customer who speaks of complaining."""

import pytest

from qc_rules import Call
from qc_rules_standard.high_risk import KEYWORDS, HighRisk
from tests.packs.calls import call, outcome

RULE = HighRisk()


def test_an_angry_customer_who_complains_hits_with_both_turns_as_evidence():
    found = outcome(RULE, call("agent happy 您好", "customer angry 太差了！", "customer neutral 我要投诉，我要退款！"))
    assert (found.result, found.message) == ("hit", "the customer is angry and says 投诉, 退款")
    assert [(piece.turn, piece.start, piece.end, piece.text, piece.condition) for piece in found.evidence] == [
        (1, 3.0, 5.0, "太差了！", "emotion angry"),
        (2, 6.0, 8.0, "投诉 退款", "keyword"),
    ]


@pytest.mark.parametrize("word", KEYWORDS)
def test_every_keyword_hits_in_an_angry_turn(word):
    assert outcome(RULE, call(f"customer angry 我 {word}！")).result == "hit"


@pytest.mark.parametrize(
    "text",
    [
        "我要打１２３７８！", "I want a ＲＥＦＵＮＤ", "COMPLAINT!", "我要投訴你哋！", "點解仲未退款", "まだ返金がない",
        "환불해 주세요", "我要打幺二三七八", "我要 refund，點解咁慢",
    ],
)  # fmt: skip
def test_width_case_and_script_do_not_matter(text):
    assert outcome(RULE, call(f"customer fearful {text}")).result == "hit"


@pytest.mark.parametrize(
    "lines",
    [
        ("customer neutral 我要投诉", "agent angry 你说完了没有？"),
        ("customer angry 太差了", "agent neutral 您要投诉吗？"),
        ("customer angry 我的号码是9123785",),
        ("agent angry 我要投诉",),
        (),
    ],
)
def test_without_both_from_the_customer_it_is_clear(lines):
    assert outcome(RULE, call(*lines)).result == "clear"


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        (("unknown angry 我要投诉",), "unknown"),
        (("unknown angry 你好", "unknown neutral 退款"), "unknown"),
        (("unknown neutral 我要投诉",), "clear"),
        (("unknown angry 太慢了",), "clear"),
        (("unknown unknown 我要投诉",), "unknown"),
    ],
)
def test_on_mono_it_is_unknown_only_where_it_could_be_true(lines, result):
    assert outcome(RULE, call(*lines)).result == result


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        (("customer unknown 我要投诉",), "unknown"),
        (("customer unknown 你好", "customer neutral 我要投诉"), "unknown"),
        (("customer unknown 你好", "customer angry 我要投诉"), "hit"),
        (("customer unknown 你好", "customer neutral 谢谢"), "clear"),
        (("agent unknown 投诉", "customer neutral 投诉"), "clear"),
    ],
)
def test_an_unknown_emotion_matters_only_where_the_answer_depends_on_it(lines, result):
    assert outcome(RULE, call(*lines)).result == result


def test_the_reason_says_what_is_not_known():
    assert outcome(RULE, call("customer unknown 我要投诉")).reason == "the emotion of turn 0 is not known"
    assert outcome(RULE, call("unknown angry 我要投诉")).reason == "the roles of the speakers are not known"


def test_words_and_emotions_can_be_replaced():
    rule = HighRisk(emotions=("sad",), keywords=("律师",))
    assert outcome(rule, call("customer sad 我要找律师告你们！")).result == "hit"
    assert outcome(rule, call("customer angry 我要投诉")).result == "clear"


@pytest.mark.parametrize("options", [{"emotions": ("unknown",)}, {"emotions": ("mad",)}, {"keywords": ("投诉", " ")}])
def test_options_that_could_never_or_always_match_are_refused(options):
    with pytest.raises(ValueError):
        HighRisk(**options)


def test_a_call_that_is_not_in_shape_crashes_this_rule_only():
    broken = Call(call_id="c", duration=3, turns=(None,))
    assert outcome(RULE, broken).result == "crash"
