"""Good everyday calls in five languages stay clear of every rule that finds something wrong; what is wrong is found."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from qc_rules import Call, RuleSet
from qc_rules.loader import installed
from qc_rules.testing import parse_call
from tests.conftest import REPOSITORY

DIALOGUES = yaml.safe_load((REPOSITORY / "tests/packs/data/everyday.yaml").read_text(encoding="utf-8"))
TRICKY = yaml.safe_load((REPOSITORY / "tests/packs/data/tricky.yaml").read_text(encoding="utf-8"))
SAID = yaml.safe_load((REPOSITORY / "tests/packs/data/said.yaml").read_text(encoding="utf-8"))
ALL = [(language, number, turns) for language, calls in DIALOGUES.items() for number, turns in enumerate(calls)]
SECONDS = {"zh": 0.25, "yue": 0.25, "ja": 0.18, "ko": 0.2, "en": 0.065}
"""Of speech for each character, about."""
RULES = [rule for pack in installed() if pack.name == "standard" for rule in pack.rules]
HARMLESS = {"SC02", "SC05", "PS01", "AW01", *(rule.id for rule in RULES if rule.category == "intent")}
"""What good calls may well hit: not every one offers more help; customers want something, and praise."""


def spoken(language: str, turns: list[dict[str, str]]) -> Call:
    """The dialogue with the times and the voices of a calm call."""
    said, at = [], 0.0
    for turn in turns:
        [(who, text)] = turn.items()
        end = at + max(0.8, SECONDS[language] * len(text))
        head = f"agent happy {language}" if who == "a" else f"customer neutral {language}"
        said.append({head: text, "start": at, "end": end, "loudness": -26.0})
        at = end + 0.5
    return parse_call({"call": said, "metadata": {"disconnect_reason": "customer", "hold_seconds": 0}})


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    return RuleSet([rule() for rule in RULES])


@pytest.fixture(scope="module")
def hits(ruleset) -> dict[tuple[str, int], list[str]]:
    return {
        (language, number): [one.rule for one in ruleset.judge(spoken(language, turns)) if one.result == "hit"]
        for language, number, turns in ALL
    }


def test_there_are_enough_of_them_in_every_language():
    assert {language: len(calls) >= 10 for language, calls in DIALOGUES.items()} == dict.fromkeys(SECONDS, True)


@pytest.mark.parametrize(("language", "number"), [(language, number) for language, number, _ in ALL])
def test_nothing_wrong_is_found_in_a_good_call(hits, language, number):
    assert [rule for rule in hits[language, number] if rule not in HARMLESS] == []


@pytest.mark.parametrize(
    ("language", "turn"), [(language, turn) for language, turns in TRICKY.items() for turn in turns]
)
def test_a_word_that_means_another_thing_is_not_taken_for_it(ruleset, language, turn):
    found = [one.rule for one in ruleset.judge(spoken(language, [turn])) if one.result == "hit"]
    assert [rule for rule in found if rule not in HARMLESS | {"SC01"}] == []


@pytest.mark.parametrize(("rule", "said"), [(rule, said) for rule, all_said in SAID.items() for said in all_said])
def test_what_is_said_in_other_words_is_found(ruleset, rule, said):
    language, who, text = said
    assert rule in [one.rule for one in ruleset.judge(spoken(language, [{who: text}])) if one.result == "hit"]


def test_most_greetings_and_farewells_are_known(hits):
    missed = Counter(rule for found in hits.values() for rule in found if rule in ("SC01", "SC02"))
    assert missed.total() <= len(ALL) / 50


def test_a_complaint_in_the_same_words_is_found(ruleset):
    """The everyday calls are not clear because nothing is looked at."""
    for language, word in (("zh", "我要投诉"), ("yue", "我要投訴"), ("en", "I want to make a complaint"),
                           ("ja", "苦情を言いたいです"), ("ko", "불만을 접수하고 싶습니다")):  # fmt: skip
        call = spoken(language, [*DIALOGUES[language][0], {"c": word}])
        assert "IT01" in [one.rule for one in ruleset.judge(call) if one.result == "hit"]
