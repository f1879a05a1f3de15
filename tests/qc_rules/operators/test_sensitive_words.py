"""`sensitive_words`: the words of a managed list that are bad enough."""

import pickle

import pytest

from qc_rules.lexicons import Lexicon, by_name, expand
from qc_rules.matching import Words
from qc_rules.operators.sensitive_words import SensitiveWords

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken

FORBIDDEN = Lexicon("forbidden", ("去死", "笨蛋", "烦"), {"去死": "critical", "烦": "minor"})
WORDS = expand(("$forbidden", "神经病"), by_name([FORBIDDEN]))


@pytest.mark.parametrize(
    ("least", "texts"),
    [
        ("info", ["去死", "笨蛋, 神经病", "烦"]),
        ("minor", ["去死", "笨蛋, 神经病", "烦"]),
        ("major", ["去死", "笨蛋, 神经病"]),
        ("critical", ["去死"]),
    ],
)
def test_words_that_are_less_bad_do_not_count(least, texts):
    operator = SensitiveWords(list=WORDS, min_severity=least)
    answer = asked(operator, spoken("a:去死吧", "a:笨蛋神经病", "a:真烦"))
    assert (answer.truth, heard(answer)) == (True, texts)


def test_where_none_is_said_it_is_false():
    assert asked(SensitiveWords(list=WORDS), spoken("a:您好")).truth is False


def test_it_counts_turns():
    two = SensitiveWords(list=WORDS, at_least=2)
    assert asked(two, spoken("a:去死去死")).truth is False
    assert asked(two, spoken("a:去死", "a:笨蛋")).truth is True


def test_where_the_speaker_is_not_known_it_cannot_be_told():
    assert asked(SensitiveWords(list=WORDS), spoken("u:去死"), **CUSTOMER).truth is None
    assert asked(SensitiveWords(list=WORDS), spoken("u:您好"), **CUSTOMER).truth is False


def test_a_turn_that_cannot_be_read_may_say_one():
    assert asked(SensitiveWords(list=WORDS), spoken("a:您好", badly=[0]), **CAREFUL).truth is None


def test_words_can_be_heard_by_their_sound():
    assert heard(asked(SensitiveWords(list=("神经病",), fuzzy="pinyin"), spoken("a:神精病"))) == ["神精病"]


def test_only_the_words_that_count_are_needed():
    operator = SensitiveWords(list=WORDS, min_severity="critical")
    assert operator.needs() == operator.words() == (Words(("去死",)),)


def test_severities_travel_to_other_processes():
    operator = pickle.loads(pickle.dumps(SensitiveWords(list=WORDS, min_severity="critical")))
    assert operator.words() == (Words(("去死",)),)
    assert SensitiveWords(list=pickle.loads(pickle.dumps(WORDS)), min_severity="critical").words() == operator.words()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no words; name a lexicon"),
        ({"list": ("a",), "min_severity": "crtical"}, "did you mean critical"),
        ({"list": ("a",), "min_severity": "critical"}, "none of its words is critical or worse"),
        ({"list": ("a", "")}, "would match everything"),
        ({"list": ("a",), "fuzzy": "sound"}, "fuzzy = 'sound'"),
        ({"list": ("a",), "at_least": 0}, "at_least = 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        SensitiveWords(**parameters)
