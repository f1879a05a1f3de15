"""What is personal is found however it is said, and what is not stays."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.contracts import REDACTIONS
from callqa.parse.personal import numbers, pii
from callqa.parse.personal.redaction import redacted
from tests.parse.negatives import DIALOGUES, SINGLE
from tests.parse.said import (
    bank_cards,
    dialogue,
    id_cards,
    left_over,
    mobiles,
    personal,
    readings,
    sentences,
    turn,
)

MANY = settings(max_examples=150)


def masked(turns):
    return redacted(turns, REDACTIONS, 100.0)


def kinds(turns) -> set[str]:
    return {span.kind for span in pii.find(turns)}


@MANY
@given(st.data())
def test_a_number_said_in_one_turn_is_masked_whole(data):
    value = data.draw(personal())
    text = data.draw(sentences(value))
    assert left_over(masked(dialogue(text))) == "", text


@MANY
@given(st.data())
def test_a_number_read_out_in_groups_over_turns_is_masked_whole_and_so_are_its_echoes(data):
    value = data.draw(personal())
    turns = data.draw(readings(value))
    assert left_over(masked(turns)) == "", [turn.text for turn in turns]


@settings(max_examples=60)
@given(st.data(), st.sampled_from(["en", "ja", "ko"]))
def test_a_card_said_in_another_language_is_masked_whole(data, language):
    text = data.draw(sentences(data.draw(bank_cards()), language))
    assert left_over(masked(dialogue(text, language=language))) == "", text


@pytest.mark.parametrize(("strategy", "kind"), [(id_cards(), "id_card"), (mobiles(), "phone")])
def test_what_a_form_or_a_check_digit_proves_has_its_kind(strategy, kind):
    @settings(max_examples=50)
    @given(strategy)
    def check(value):
        assert kinds(dialogue(f"您听好{value}谢谢")) == {kind}

    check()


@settings(max_examples=100)
@given(bank_cards())
def test_a_card_is_a_bank_card_unless_it_is_an_identity_card_too(value):
    expected = "id_card" if numbers.is_id_card(value) else "bank_card"
    assert kinds(dialogue(f"卡号{value}")) == {expected}


SENTENCES = [(language, text) for language, texts in SINGLE.items() for text in texts]


def test_there_are_enough_sentences_with_digits_that_are_nobodys():
    assert len(SENTENCES) + sum(map(len, DIALOGUES)) >= 200


@pytest.mark.parametrize("language", SINGLE)
def test_amounts_dates_hotlines_and_orders_stay(language):
    alarms = {text: kinds(dialogue(text, language=language)) for text in SINGLE[language]}
    assert {text: found for text, found in alarms.items() if found} == {}


@pytest.mark.parametrize("texts", DIALOGUES, ids=lambda texts: texts[0])
def test_numbers_said_over_turns_that_are_nobodys_stay(texts):
    assert pii.find(dialogue(*[(place % 2, text) for place, text in enumerate(texts)])) == []


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("+86 138 0013 8000", "zh", "phone"),
        ("8613800138000", "zh", "phone"),
        ("我座机是010-87654321", "zh", "phone"),
        ("0755 8765 4321转3", "zh", "phone"),
        ("家里电话是87654321", "zh", "number"),
        ("打九一二三四五六七搵我，電話嚟㗎", "yue", "phone"),
        ("電話係 9123 4567", "yue", "phone"),
        ("0912-345-678", "zh", "phone"),
        ("My number is (415) 555-2671", "en", "phone"),
        ("four one five, five five five, two six seven one", "en", "phone"),
        ("電話番号は090-1234-5678です", "ja", "phone"),
        ("03-1234-5678です", "ja", "phone"),
        ("010-1234-5678이에요", "ko", "phone"),
        ("공일공에 일이삼사에 오육칠팔", "ko", "phone"),
        ("육이이이 공공공공 일공공공 공공공공, 삼", "ko", "bank_card"),  # 일 is a day, and 1
        ("62 일 칠 공, 공공공공공공공공공공육", "ko", "bank_card"),
        ("900101-1234568", "ko", "id_card"),
        ("110101900307001", "zh", "id_card"),
        ("是110101 1990年3月7日0011", "zh", "id_card"),
        ("我的ID係 A123456(3)", "yue", "id_card"),
        ("身分證A123456789", "zh", "id_card"),
        ("身份证110101199003070012", "zh", "number"),
        ("卡号6222021234567890", "zh", "number"),
        ("手机是1380013800，十位？", "zh", "number"),
        ("车牌京A12345", "zh", "plate"),
        ("车牌是粤B·D12345，新能源", "zh", "plate"),
        ("滬a 八八八八八", "yue", "plate"),
        ("沪A，一二三四五", "zh", "plate"),
        ("邮箱zhang.san@example.com.cn", "zh", "email"),
        ("邮箱是zhangsan艾特qq点com", "zh", "email"),
        ("john dot smith at gmail dot com", "en", "email"),
        ("j s m i t h at example dot org please", "en", "email"),
        ("tanakaアットマークexampleドットcom", "ja", "email"),
    ],
)
def test_each_kind_is_found_as_people_write_and_say_it(text, language, kind):
    assert kinds(dialogue(text, language=language)) == {kind}, text


@pytest.mark.parametrize(
    ("text", "masked_text"),
    [
        ("幺三八，不是，三八幺，13800138000", "***，**，***，***********"),
        ("幺三八两个零幺三八三个零", "*************"),
        ("double one three, my phone is one three eight double zero one three eight triple zero", None),
        ("什么，一三八零零一三八零零零", "什么，***********"),
        ("身份证号码是11010119900307001叉", None),
    ],
)
def test_repetitions_and_slips_of_the_tongue_are_masked_with_it(text, masked_text):
    language = "en" if text.isascii() else "zh"
    [found] = masked(dialogue(text, language=language))
    assert len(left_over([found])) <= len("113")
    if masked_text:
        assert [c == "*" for c in found.text].count(True) >= 11


def test_the_agents_repetition_of_a_piece_is_masked_with_the_number():
    turns = masked(dialogue("我的卡号是6222021234567894", (0, "好的，尾号7894的卡，对吗？我查一下20260107的订单。")))
    assert turns[1].text == "好的，尾号****的卡，对吗？我查一下20260107的订单。"


def test_an_order_that_is_only_spoken_of_does_not_hide_a_number():
    turns = masked(dialogue("我的订单一直没有收到货，你打给我吧，幺三八，零零幺三，八零零零。"))
    assert turns[0].text == "我的订单一直没有收到货，你打给我吧，***，****，****。"


def test_numbers_of_two_speakers_are_not_put_together():
    assert pii.find(dialogue("1380", (0, "0138"), "什么", (0, "000"))) == []


def test_a_number_gone_on_with_much_later_is_another_one():
    late = dialogue("1380", "0138000")
    late[1] = dataclasses.replace(late[1], start=100.0, end=103.0)
    assert pii.find(late) == []


def test_a_long_turn_of_digits_and_signs_takes_no_time():
    text = "1 2，3-a@b.c at dot 一 " * 400
    assert pii.find([turn(0, text)]) is not None
