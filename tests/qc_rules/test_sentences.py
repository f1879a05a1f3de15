"""What was stored in one language, in another: read back by the template that made it."""

from __future__ import annotations

import pytest

from qc_rules import judge
from qc_rules.phrases import KIT, PIECES
from qc_rules.sentences import Said, check, places, told, value_told

SAYS = {"en": "the agent says {says}", "zh": "坐席使用禁语：{says}"}
COUNT = {"en": "the agent is slow {slow.count} times", "zh": "坐席迟缓 {slow.count} 次"}
TWO = {"en": "told without a check: {matter}; {tells}", "zh": "未核实：{matter}；{tells}"}
OWN = (SAYS, COUNT, TWO)


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("the agent says 闭嘴, shut up", "坐席使用禁语：闭嘴, shut up"),
        ("the agent says", "坐席使用禁语："),
        ("the agent is slow 3 times", "坐席迟缓 3 次"),
        ("told without a check: 账单; 查到了", "未核实：账单；查到了"),
        ("the agent says a; b; the agent is slow 2 times", "坐席使用禁语：a; b; the agent is slow 2 times"),
        ("both speakers share one channel", "双方在同一声道"),
        ("cuts_in: both speakers share one channel", "cuts_in：双方在同一声道"),
        (
            "a: the emotion of turn 3 is not known; b: the level of turn 4 is not known; …",
            "a：第 3 轮的情绪未知；b：第 4 轮的音量未知；…",
        ),
        ("no installed detector reports cough and yawns", "没有安装可检测咳嗽、哈欠的检测器"),
        ("queue is not known of this call", "该通话没有 queue 的值"),
        ("took longer than 5 s", "运行超过 5 秒"),
    ],
)
def test_a_text_is_shown_in_another_language_with_the_same_values(text, zh):
    assert told(text, "zh", OWN) == Said(zh, "zh")
    assert told(text, "en", OWN) == Said(text, "en")


def test_what_no_template_made_stays_as_it_is_and_says_its_language():
    assert told("the agent mumbles", "zh", OWN) == Said("the agent mumbles", "en")
    assert told("both speakers share one channel; something else", "zh", OWN).language == "en"
    assert told("KeyError: 'queue' (farewell.py:12)", "zh", OWN).language == "en"


def test_a_rule_of_one_language_is_shown_in_that():
    own = ({"zh": "客户说：{says}"},)
    assert told("客户说：退款", "en", own) == Said("客户说：退款", "zh")
    assert told("客户说：退款", "zh", own) == Said("客户说：退款", "zh")


def test_a_translation_that_wants_a_value_that_was_not_stored_is_not_used():
    own = ({"en": "it is {a}", "zh": "是 {a}，{b}"},)
    assert told("it is so", "zh", own) == Said("it is so", "en")


def test_a_reason_that_was_cut_is_shown_as_far_as_it_goes():
    assert told("both speakers share one channel; the emotion of tu…", "zh").text == "双方在同一声道；…"


def test_what_was_said_is_never_translated_and_what_an_operator_says_is():
    assert value_told("18.0 s of silence", "zh") == "静默 18.0 秒"
    assert value_told("answers after 6.2 s, 12.5 s on hold", "zh") == "6.2 秒后应答、等待 12.5 秒"
    assert value_told("I am happy, and you", "zh") == "I am happy, and you"
    assert told("the agent says happy", "zh", OWN).text == "坐席使用禁语：happy"


def test_words_of_the_kit_stand_in_places_that_ask_for_them():
    own = ({"en": "the customer is {before_word} and then {after_word}", "zh": "客户先{before_word}后{after_word}"},)
    assert told("the customer is happy and then angry", "zh", own).text == "客户先愉快后愤怒"


def test_long_quoted_speech_does_not_take_for_ever():
    assert told("; ".join(["no such text"] * 200), "zh", OWN).language == "en"
    assert told("; ".join(["both speakers share one channel"] * 20 + ["x"]), "zh", OWN).language == "en"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ("x", "a list of sentences"),
        ([{}], "a sentence by language"),
        ([{"en": ""}], "a sentence by language"),
        ([{"en": "it is {a}", "zh": "是 {b}"}], "{b} stands in"),
    ],
)
def test_sentences_that_could_not_be_shown_are_refused(texts, said):
    with pytest.raises(ValueError, match=said):
        check(texts)


def test_the_kits_own_sentences_are_in_both_languages_with_the_same_places():
    check(KIT)
    check(PIECES)
    assert all(set(one) == {"en", "zh"} and places(one["en"]) == places(one["zh"]) for one in (*KIT, *PIECES))


def test_whatever_the_standard_rules_say_of_their_cases_is_said_in_both_languages():
    from qc_rules.testing import pack_cases

    rules, found = pack_cases("standard")
    heard = set()
    for case in found:
        rule = rules[case.rule](**case.options)
        outcome = judge(case.call, [rule])[0]
        for text in filter(None, (outcome.message, outcome.reason)):
            said = told(text, "zh", rule.sentences())
            assert said.language == "zh", (case.rule, text)
            assert told(text, "en", rule.sentences()) == Said(text, "en")
            heard.add(said.text)
    assert len(heard) > 100
