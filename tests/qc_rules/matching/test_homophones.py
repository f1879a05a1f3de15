"""Misrecognised words are found by their sound; the measured shares are in benchmarks/homophones.py."""

import csv
from pathlib import Path

import pytest

from qc_rules import Call, Turn
from qc_rules.matching import CONFUSIONS, Scanner, Words

DATA = Path(__file__).parents[1] / "data"
ALL = "+".join(["pinyin", *CONFUSIONS])


def rows(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PAIRS, OTHERS = rows("homophones.csv"), rows("homophones_not.csv")
MISHEARD = [(row["meant"], row["sentence"].format(row["heard"])) for row in PAIRS]
DECEIVING = [(row["keyword"], row["sentence"]) for row in OTHERS]


def share_found(sentences, fuzzy):
    lists = {keyword: Words((keyword,), fuzzy) for keyword, _ in sentences}
    scanner = Scanner(lists.values())
    turns = [(keyword, Turn(turn=0, start=0, end=1, text=text)) for keyword, text in sentences]
    found = [scanner.scan(Call(call_id="c", duration=1, turns=[turn])).any(lists[keyword]) for keyword, turn in turns]
    return sum(found) / len(found)


def test_there_are_enough_pairs_and_as_many_sentences_that_deceive():
    assert len({(row["meant"], row["heard"]) for row in PAIRS}) == len(PAIRS) >= 200
    assert len(set(DECEIVING)) == len(DECEIVING) >= len(PAIRS)
    assert {keyword for keyword, _ in DECEIVING} <= {keyword for keyword, _ in MISHEARD}


@pytest.mark.parametrize(("fuzzy", "least", "most"), [("", 0, 0), ("pinyin", 0.6, 0.7), (ALL, 0.9, 0.97)])
def test_misheard_words_are_found_by_their_sound_and_not_by_their_spelling(fuzzy, least, most):
    assert least <= share_found(MISHEARD, fuzzy) <= most


@pytest.mark.parametrize(("fuzzy", "most"), [("", 0.05), ("pinyin", 0.4), (ALL, 0.5)])
def test_most_sentences_that_deceive_do_not(fuzzy, most):
    assert share_found(DECEIVING, fuzzy) <= most


@pytest.mark.parametrize("fuzzy", ["", "pinyin", ALL])
def test_a_word_that_was_recognised_right_is_found_in_every_way(fuzzy):
    assert share_found([(row["meant"], row["sentence"].format(row["meant"])) for row in PAIRS], fuzzy) == 1
