"""`proximity`: words near other words."""

import pytest

from qc_rules.matching import Words
from qc_rules.operators.proximity import Proximity

from .hearing import CAREFUL, CUSTOMER, asked, heard, spoken

NEAR = {"of": ("保证", "承诺"), "to": ("收益", "赚钱")}


@pytest.mark.parametrize(
    ("parameters", "lines", "truth", "texts"),
    [
        ({}, ["a:我保证您的收益"], True, ["保证您的收益"]),
        ({}, ["a:收益我保证"], True, ["收益我保证"]),
        ({"ordered": True}, ["a:收益我保证"], False, []),
        ({"ordered": True}, ["a:收益我保证赚钱"], True, ["保证赚钱"]),
        ({"within": 2}, ["a:保证您的收益"], True, ["保证您的收益"]),
        ({"within": 2}, ["a:保证您有的收益"], False, []),
        ({"within": 2}, ["a:保证 您 的 收益"], True, ["保证 您 的 收益"]),
        ({"within": 0}, ["a:保证收益"], True, ["保证收益"]),
        ({"within": 0}, ["a:保证，收益"], False, []),
        ({}, ["a:保证一二三四五收益，承诺赚钱"], True, ["承诺赚钱"]),
        ({}, ["a:保证", "a:收益"], False, []),
        ({}, ["a:保证"], False, []),
        ({"of": ("收益",), "to": ("收益",)}, ["a:收益"], False, []),
        ({"of": ("收益",), "to": ("收益",)}, ["a:收益收益"], True, ["收益收益"]),
        ({"of": ("保证金",), "to": ("保证",)}, ["a:保证金"], False, []),
        ({"fuzzy": "pinyin"}, ["a:宝正首亿"], True, ["宝正首亿"]),
        ({"at_least": 2}, ["a:保证收益", "a:承诺收益"], True, ["保证收益", "承诺收益"]),
        ({"at_least": 2}, ["a:保证收益，承诺收益"], False, ["保证收益"]),
    ],
)
def test_words_near_each_other(parameters, lines, truth, texts):
    answer = asked(Proximity(**{**NEAR, **parameters}), spoken(*lines))
    assert (answer.truth, heard(answer)) == (truth, texts)


def test_where_the_speaker_or_the_text_is_not_known_it_cannot_be_told():
    assert asked(Proximity(**NEAR), spoken("u:保证收益"), **CUSTOMER).truth is None
    assert asked(Proximity(**NEAR), spoken("u:保证"), **CUSTOMER).truth is False
    assert asked(Proximity(**NEAR), spoken("c:保证", badly=[0]), **CAREFUL).truth is None


def test_it_needs_one_of_the_first_words():
    assert Proximity(**NEAR).needs() == (Words(("保证", "承诺")),)
    assert Proximity(**NEAR).words() == (Words(("保证", "承诺")), Words(("收益", "赚钱")))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"to": ()}, "no words under to"),
        ({"of": ()}, "no words under of"),
        ({"of": ("a", "")}, "would match everything"),
        ({"within": -1}, "within = -1"),
        ({"fuzzy": "sound"}, "fuzzy = 'sound'"),
        ({"at_least": 0}, "at_least = 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Proximity(**{**NEAR, **parameters})
