"""What messages say of calls, and what they never do."""

from __future__ import annotations

import pytest

from callqa.notify.masking import LONGEST, quoted
from callqa.notify.text import Limit, Text, by_call, cut
from callqa.notify.words import WORDS
from tests.rows import finding


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("我的电话是13812345678，快点", "我的电话是***********，快点"),
        ("幺三八 一二三四 五六七八", "*** **** ****"),
        ("卡号 6222 0212-3456", "卡号 **** ****-****"),
        ("１３８１２３４５６７８", "***********"),
        ("write to Li.Lei+x@mail.example.com now", "write to **.***+*@****.*******.*** now"),
        ("拨打12315投诉", "拨打*****投诉"),
        ("号码是138，1234，5678。", "号码是***，****，****。"),
        ("是幺三八嗯一二三四", "是***嗯****"),
        ("it is one three eight, one two", "it is *** ***** *****, *** ***"),
        ("공일공 일이삼사 오육칠팔", "*** **** ****"),
        ("一共1,234,567元", "一共*,***,***元"),
        ("等了30分钟，退200块", "等了30分钟，退200块"),
        ("第一，第二，第三", "第一，第二，第三"),
        ("two\nlines\r\n and\ttabs", "two lines and tabs"),
        ('<at user_id="all">所有人</at>', '‹at user_id="all"›所有人‹/at›'),
        ("a\u202egnp\x00.\u200bexe", "agnp.exe"),
    ],
)
def test_a_quotation_has_no_number_and_no_address(said, shown):
    assert quoted(said) == shown


def test_a_long_quotation_is_cut():
    assert len(quoted("好" * 1000)) == LONGEST


def test_a_number_at_the_cut_is_masked_before_it():
    assert "1" not in quoted("好" * (LONGEST - 4) + "13812345678")


def test_hits_of_a_call_stand_together_where_its_first_one_stood():
    hits = [finding(*one) for one in (("b", "R1"), ("a", "R1"), ("b", "R2"), ("a", "R3"))]
    assert [(call_id, [hit.rule for hit in of]) for call_id, of in by_call(hits)] == [
        ("b", ["R1", "R2"]),
        ("a", ["R1", "R3"]),
    ]


def test_a_text_that_is_too_long_loses_its_middle_and_keeps_its_number():
    text = Text("title", "\n".join([*(f"line {number}" for number in range(100)), "#12345678"]))
    shorter = cut(text, Limit(100))
    assert Limit(100).takes(shorter)
    assert shorter.body.startswith("line 0\n")
    assert shorter.body.endswith("…\n#12345678")
    assert cut(text, Limit(10_000)) == text


def test_both_languages_say_the_same_things_of_the_same_values():
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for key in WORDS["zh"]:
        assert places(WORDS["zh"][key]) == places(WORDS["en"][key]), key


def places(text: str) -> set[str]:
    return {part.split("}")[0].split(":")[0] for part in text.split("{")[1:]}
