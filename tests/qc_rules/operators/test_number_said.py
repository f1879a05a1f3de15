"""`number_said`: a number as a whole, written or spoken, in five languages."""

import pytest

from qc_rules import Call, Turn
from qc_rules.call import Entity
from qc_rules.operators.number_said import NumberSaid

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken

HOTLINE = NumberSaid(numbers=("12378",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我要打12378举报", "12378"),
        ("打１２３７８", "１２３７８"),
        ("1 2 3 7 8", "1 2 3 7 8"),
        ("123-78", "123-78"),
        ("打12378，二次", "12378"),
        ("打12378 5次", "12378"),
        ("12,378 yuan", "12,378"),
        ("打幺二三七八", "幺二三七八"),
        ("打一二三七八。", "一二三七八"),
        ("幺 二 三 七 八", "幺 二 三 七 八"),
        ("幺二三，七八", "幺二三，七八"),
        ("壹貳叁柒捌", "壹貳叁柒捌"),
        ("幺2378", "幺2378"),
        ("我打咗一二三七八啦", "一二三七八"),
        ("call One two three, seven eight please", "One two three, seven eight"),
        ("one-two-three-seven-eight", "one-two-three-seven-eight"),
        ("いちにさんななはちです", "いちにさんななはち"),
        ("いちにさんななはちにお電話", "いちにさんななはち"),
        ("イチ ニー サン ナナ ハチ", "イチ ニー サン ナナ ハチ"),
        ("일이삼칠팔 번", "일이삼칠팔"),
        ("일이삼칠팔이에요", "일이삼칠팔"),
        ("일 이 삼 칠 팔", "일 이 삼 칠 팔"),
    ],
)
def test_a_number_is_said(text, said):
    answer = asked(HOTLINE, spoken(f"c:{text}"))
    assert (answer.truth, heard(answer)) == (True, [said])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "投诉",
        "9123785",
        "5 1 2 3 7 8",
        "123789",
        "幺二三七八九",
        "零一二三七八",
        "九幺二三七八",
        "12378万",
        "一二三七八十",
        "十一二三七八",
        "12378.5",
        "0.12378",
        "三点一二三七八",
        "一万二千三百七十八",
        "twelve three seven eight",
        "phone two three seven eight",
        "one two three seven eighty",
        "いちにさんななはちきゅう",
        "1237 元 8",
    ],
)
def test_a_piece_of_a_number_or_another_number_is_not(text):
    assert asked(HOTLINE, spoken(f"c:{text}")).truth is False


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("110", "double one zero"),
        ("1115", "triple one five"),
        ("10086", "幺零零八六"),
        ("95588", "九五五八八"),
        ("400-820-8820", "拨打4008208820"),
        ("4008208820", "四零零 八二零 八八二零"),
        ("0800", "oh eight oh oh"),
        ("0120", "ゼロイチニーゼロ"),
        ("1588", "일오팔팔"),
        ("7", "按7"),
        ("42", "よんに"),
    ],
)
def test_other_numbers_are_said(number, text):
    assert asked(NumberSaid(numbers=(number,)), spoken(f"c:{text}")).truth is True


def test_a_single_digit_counts_only_where_it_is_written_as_one():
    assert asked(NumberSaid(numbers=("1",)), spoken("c:一下")).truth is False
    assert asked(NumberSaid(numbers=("1",)), spoken("c:按 1")).truth is True


def test_any_of_several_numbers_will_do():
    answer = asked(NumberSaid(numbers=("12378", "12315")), spoken("c:打幺二三幺五，12315", "c:12378"))
    assert heard(answer) == ["幺二三幺五, 12315", "12378"]


def masked(kind):
    entity = Entity(kind, 2, 13)
    return Call(
        call_id="c", duration=1, turns=[Turn(turn=0, start=0, end=1, text="电话***********", entities=[entity])]
    )


@pytest.mark.parametrize(
    ("number", "kind", "truth"),
    [("4008208820", "phone", None), ("12378", "phone", False), ("4008208820", "plate", False)],
)
def test_a_number_that_may_stand_masked_cannot_be_told(number, kind, truth):
    answer = asked(NumberSaid(numbers=(number,)), masked(kind))
    assert answer.truth is truth
    assert ("stands masked" in answer.reason) == (truth is None)


def test_where_the_speaker_is_not_known_it_cannot_be_told():
    assert asked(HOTLINE, spoken("u:12378"), **CUSTOMER).truth is None
    assert asked(HOTLINE, spoken("u:你好"), **CUSTOMER).truth is False
    assert asked(HOTLINE, spoken("c:你好", badly=[0]), **CAREFUL).truth is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no numbers"),
        ({"numbers": ("幺二三",)}, "'幺二三' is not a number of digits"),
        ({"numbers": ("",)}, "'' is not a number"),
        ({"numbers": ("12378",), "at_least": 0}, "at_least = 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        NumberSaid(**parameters)
