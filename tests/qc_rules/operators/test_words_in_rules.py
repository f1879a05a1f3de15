"""The operators of words as a quality manager writes them: in YAML, with lexicons and options, judged by the engine."""

import pytest

from qc_rules import PackError, judge
from qc_rules.language import parse_rules
from qc_rules.lexicons import by_name, read_lexicons
from qc_rules.operators.catalog import BUILT_IN

from .hearing import spoken

LEXICONS = by_name(
    read_lexicons(
        """
        lexicons:
        - {name: complaints, words: [投诉, 举报, 12378]}
        - {name: forbidden, words: {critical: [去死], minor: [烦]}}
        """,
        "words.yaml",
    )
)
OPERATORS = {operator.name: operator for operator in BUILT_IN}


def rule_of(condition, options="{}"):
    text = f"id: AC01\nname: {{en: It}}\noptions: {options}\nconditions:\n  it: {condition}\nwhen: it\n"
    (rule,) = parse_rules(text, "rules.yaml", OPERATORS, LEXICONS)
    return rule()


@pytest.mark.parametrize(
    ("condition", "said", "other"),
    [
        ("{keyword: 投诉}", "投訴", "退款"),
        ("{keyword: [$complaints, 曝光]}", "举报", "退款"),
        ("{role: customer, keyword: {any: $complaints, fuzzy: pinyin}}", "我要头诉", "透露"),
        ("{keyword: {any: [理赔], fuzzy: [pinyin, n/l]}}", "你赔我", "一赔"),
        ("{keyword: {all: [姓名, 地址]}}", "姓名，地址", "姓名"),
        ("{keyword: {none: $complaints}}", "你好", "12378"),
        ("{keyword: {any: $complaints, at_least: 2}}", "投诉 12378", "投诉"),
        ("{sensitive_words: $forbidden}", "烦", "好"),
        ("{sensitive_words: {list: $forbidden, min_severity: critical}}", "去死", "烦"),
        ("{number_said: 12378}", "幺二三七八", "九幺二三七八"),
        ("{number_said: [12315, 12378]}", "12 378", "12 379"),
        ("{similar: {examples: [帮我查一下余额], score: 70}}", "帮我查下余额吧", "今天天气很好啊"),
        ("{regex: '工号[0-9]{4}'}", "工号1234", "工号12"),
        ("{regex: {pattern: 退款, not_pattern: '不.{0,2}退款'}}", "我要退款", "我不要退款"),
        ("{proximity: {of: [保证], to: [收益], within: 3, ordered: true}}", "保证有收益", "收益有保证"),
        ("{absent: {keyword: [您好]}}", "喂", "您好"),
    ],
)
def test_what_is_said_hits_and_what_is_not_is_clear(condition, said, other):
    rule = rule_of(condition)
    assert [judge(spoken(f"c:{text}"), [rule])[0].result for text in (said, other)] == ["hit", "clear"]


def test_an_option_may_name_a_lexicon_and_its_severities_count():
    options = "{swears: [$forbidden], least: critical}"
    rule = rule_of('{sensitive_words: {list: "${swears}", min_severity: "${least}"}}', options)
    assert [judge(spoken(f"c:{text}"), [rule])[0].result for text in ("去死", "烦")] == ["hit", "clear"]


def test_the_evidence_is_what_was_said():
    (outcome,) = judge(spoken("a:您好", "c:我要投 訴，１２３７８"), [rule_of("{keyword: $complaints}")])
    assert [(piece.turn, piece.text) for piece in outcome.evidence] == [(1, "投 訴, １２３７８")]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{keyword: []}", "keyword has no words"),
        ("{keyword: $complaint}", "did you mean complaints"),
        ("{keyword: {any: [投诉], fuzzy: pinyn}}", "did you mean pinyin"),
        ("{keyword: {any: [投诉], fuzzy: [pinyin, n/1]}}", "did you mean n/l"),
        ("{sensitive_words: {list: $forbidden, min_severity: critcal}}", "did you mean critical"),
        ("{regex: '(?=投诉)'}", "look-arounds are not in RE2"),
        ("{number_said: 幺二三}", "is not a number of digits"),
        ("{similar: {examples: [……]}}", "has no letters"),
        ("{proximity: {of: [保证]}}", "no words under to"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(condition, message):
    with pytest.raises(PackError, match=message) as error:
        rule_of(condition)
    assert "rules.yaml, line 5" in str(error.value)
    assert "condition it" in str(error.value)
