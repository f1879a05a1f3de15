"""`similar`: nearly what an example says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules.matching import meaning
from qc_rules.operators.similar import Similar

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken

BALANCE = Similar(examples=("帮我查一下余额", "我想看看还有多少钱"))


@pytest.mark.parametrize(
    ("operator", "text", "said"),
    [
        (BALANCE, "帮我查一下余额", "帮我查一下余额"),
        (BALANCE, "幫我查一下，餘額。", "幫我查一下，餘額"),
        (BALANCE, "帮我查下余额", "帮我查下余额"),
        (BALANCE, "你好，是这样的，麻烦你帮我查一下余额，谢谢", "帮我查一下余额"),
        (BALANCE, "喂，我想看看还有多少 钱啊", "我想看看还有多少 钱"),
        (BALANCE, "帮我查", None),
        (BALANCE, "我", None),
        (BALANCE, "", None),
        (BALANCE, "今天天气很好，我们出去走走吧", None),
        (Similar(examples=("check my balance",), score=70), "Please CHECK the balance", "CHECK the balance"),
        (Similar(examples=("heck my balance",), score=100), "Check my balance", "Check my balance"),
        (Similar(examples=("balanc",), score=100), "my balance", "balance"),
        (Similar(examples=("余额",), score=100), "余额不足", "余额"),
        (Similar(examples=("余额",), score=100), "余下额度", None),
    ],
)
def test_a_turn_that_is_close_to_an_example(operator, text, said):
    answer = asked(operator, spoken(f"c:{text}"))
    assert (answer.truth, heard(answer)) == (said is not None, [said] if said else [])


def test_a_higher_score_asks_for_more():
    turn = spoken("c:帮我看下余额")
    assert [asked(Similar(examples=("帮我查一下余额",), score=score), turn).truth for score in (70, 90)] == [
        True,
        False,
    ]


def test_the_score_is_the_share_of_characters_that_stay():
    turn = spoken("c:一二三五")  # of 4 + 4 characters 6 stay: 75
    assert [asked(Similar(examples=("一二三四",), score=score), turn).truth for score in (75, 75.1)] == [True, False]


@given(st.text("余额帮我查，。 ａＢ㎡投訴", max_size=20))
def test_what_is_found_is_a_piece_of_the_turn(text):
    for found in heard(asked(Similar(examples=("查余额", "㎡投诉"), score=50), spoken(f"c:{text}"))):
        assert found
        assert found in text


def test_where_the_speaker_or_the_text_is_not_known_it_cannot_be_told():
    assert asked(BALANCE, spoken("u:帮我查一下余额"), **CUSTOMER).truth is None
    assert asked(BALANCE, spoken("u:你好"), **CUSTOMER).truth is False
    assert asked(BALANCE, spoken("c:你好", badly=[0]), **CAREFUL).truth is None


def test_it_counts_turns():
    two = Similar(examples=("余额",), at_least=2)
    assert asked(two, spoken("c:余额，余额")).truth is False
    assert asked(two, spoken("c:余额", "c:余额")).truth is True


ENCODER = """
def load():
    return lambda texts: [[text.count("钱") + text.count("余额"), text.count("天气")] for text in texts]
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model of two meanings, money and weather, installed as a package."""
    (tmp_path / "two_meanings.py").write_text(ENCODER, encoding="utf-8")
    info = tmp_path / "two_meanings-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: two-meanings\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[qc_rules_encoders]\ntwo = two_meanings:load\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    meaning.encoder.cache_clear()
    meaning._vector.cache_clear()


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("text", "truth"),
    [("我卡里还有多少钱", True), ("今天天气", False), ("钱和天气", False), ("你好", False), ("", False)],
)
def test_with_a_model_sentences_can_be_compared_by_meaning(text, truth):
    by_meaning = Similar(examples=("查余额",), by="meaning")
    answer = asked(by_meaning, spoken(f"c:{text}"))
    assert (answer.truth, heard(answer)) == (truth, [text] if truth else [])


@pytest.mark.usefixtures("model")
def test_closeness_is_a_hundred_times_the_cosine():
    assert meaning.closeness("钱", "钱钱") == pytest.approx(100)
    assert meaning.closeness("钱", "钱天气") == pytest.approx(70.7, abs=0.02)
    assert meaning.closeness("钱", "你好") == 0


def test_without_a_model_meaning_cannot_be_told():
    answer = asked(Similar(examples=("查余额",), by="meaning"), spoken("c:查余额"))
    assert answer.truth is None
    assert "no model of meaning is installed" in answer.reason


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no examples"),
        ({"examples": ("余额", "……")}, "has no letters"),
        ({"examples": ("余额",), "score": 0}, "score = 0 is not between"),
        ({"examples": ("余额",), "score": 101}, "score = 101 is not between"),
        ({"examples": ("余额",), "at_least": 0}, "at_least = 0"),
        ({"examples": ("余额",), "by": "meanings"}, "did you mean meaning"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Similar(**parameters)
