"""Phrases found in recognised text, whole or nearly."""

import random

import pytest

from callqa.parse.roles.near import Phrase, distance_in, said


def near(phrase: str, text: str) -> bool:
    return said(Phrase.of(phrase), Phrase.plain(text))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("有什么可以帮您", "请问有什么，可以帮您？", True),
        ("有什么可以帮您", "请问有什么可一帮您", True),
        ("有什么可以帮您", "请问有什么可帮您", True),
        ("有什么可以帮您", "请问有什么什么可以来帮您", False),
        ("我要投诉", "我要投入", False),
        ("how may i help you", "how my i help you", True),
        ("how may i help you", "help is on the way", False),
        ("", "anything", False),
        ("请稍等", "", False),
    ],
)
def test_long_phrases_may_have_an_error_and_short_ones_none(phrase, text, found):
    assert near(phrase, text) == found


def test_a_phrase_at_either_end_of_the_text_is_found():
    assert near("感谢您的耐心等待", "感谢您的耐心等")
    assert near("感谢您的耐心等待", "谢您的耐心等待好")


@pytest.mark.parametrize("seed", range(20))
def test_pieces_find_whatever_the_whole_distance_finds(seed):
    rng = random.Random(seed)
    for _ in range(50):
        phrase = Phrase("".join(rng.choices("ab", k=rng.randint(6, 12))), rng.randint(1, 2))
        text = "".join(rng.choices("ab", k=rng.randint(0, 30)))
        assert said(phrase, text) == (distance_in(phrase.plain_text, text) <= phrase.errors)


def test_distance_counts_wrong_missing_and_additional_characters():
    assert distance_in("abcd", "xxabcdxx") == 0
    assert distance_in("abcd", "xxabxdxx") == 1
    assert distance_in("abcd", "xxabdxx") == 1
    assert distance_in("abcd", "xxabxcdxx") == 1
    assert distance_in("abcd", "") == 4
