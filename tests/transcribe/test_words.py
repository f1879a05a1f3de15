"""Words and their times, from the tokens of a clip."""

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.transcribe.decoding import FRAME, LEAD, QUERIES, TAIL, collapse, words

PIECES = [
    "<unk>", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>", "我", "要", "。", "，", "▁hel", "lo", "▁wor", "ld", ".",
    "▁", "1", "3", "か", "▁저", "는", "!", "《", "》", "▁(", ")", "<0xE4>", "<0xBD>", "<0xA0>", "我们", "'", "t", "▁don", "i", "$",
]  # fmt: skip
TAGS = ["<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>"]


def heard(*frames: str, log: float = -0.1):
    """The words of a clip whose best tokens by frame, after the four tags, are these; "-" is the blank."""
    ids = [PIECES.index(piece) for piece in (*TAGS, *("<unk>" if piece == "-" else piece for piece in frames))]
    return words(collapse(ids, blank=0), [log] * len(ids), PIECES)


def texts(*frames: str) -> list[str]:
    return [word.text for word in heard(*frames)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (["我", "-", "要"], ["我", "要"]),
        (["我", "我", "-", "我"], ["我", "我"]),
        (["▁hel", "lo", "▁wor", "ld"], ["hello", "world"]),
        (["我", "lo", "要"], ["我", "lo", "要"]),
        (["我们", "要"], ["我", "们", "要"]),
        (["か", "か"], ["か"]),
        (["▁저", "는", "▁저"], ["저는", "저"]),
        (["我", "。", "要", "，"], ["我。", "要，"]),
        (["▁hel", "lo", ".", "▁wor", "ld", "!"], ["hello.", "world!"]),
        (["▁don", "'", "t"], ["don't"]),
        (["1", "-", "3", ".", "1"], ["13.1"]),
        (["我", "1", "3", "要"], ["我", "13", "要"]),
        (["lo", "▁", "ld"], ["lo", "ld"]),
        (["我", "《", "要", "》", "。"], ["我", "《要》。"]),
        (["lo", "▁(", "ld", ")"], ["lo", "(ld)"]),
        (["我", "$", "1"], ["我", "$1"]),
        (["。", "我"], ["。我"]),
        (["<0xE4>", "<0xBD>", "<0xA0>", "我"], ["你", "我"]),
        (["-", "-"], []),
        ([], []),
    ],
)
def test_tokens_become_words(frames, expected):
    assert texts(*frames) == expected


def test_a_tag_that_comes_late_is_no_word():
    assert texts("我", "<|Speech|>", "要") == ["我", "要"]


def test_a_word_begins_at_its_frame_and_ends_where_the_next_begins():
    first, second = heard("-", "我", "-", "-", "要", "-", "-", "-", "-", "-", "-", "-", "-")
    assert (first.start, first.end) == (round(1 * FRAME - LEAD, 3), round(4 * FRAME - LEAD, 3))
    assert (second.start, second.end) == (round(4 * FRAME - LEAD, 3), round(5 * FRAME - LEAD + TAIL, 3))


def test_a_word_does_not_reach_into_a_pause_or_past_the_clip():
    first, second = heard("我", *["-"] * 20, "要")
    assert first.end == round(1 * FRAME - LEAD + TAIL, 3)
    assert second.end == round(22 * FRAME, 3)


def test_punctuation_counts_neither_for_a_words_time_nor_for_its_confidence():
    ids = [PIECES.index(p) for p in (*TAGS, "我", "。", "<unk>", "要")]
    logs = [0.0, 0.0, 0.0, 0.0, math.log(0.9), math.log(0.2), 0.0, math.log(0.5)]
    first, second = words(collapse(ids, 0), logs, PIECES)
    assert (first.text, first.confidence) == ("我。", 0.9)
    assert first.end == round(FRAME - LEAD, 3)
    assert second.confidence == 0.5


def test_a_words_confidence_is_its_least_certain_tokens():
    ids = [PIECES.index(p) for p in (*TAGS, "▁hel", "▁hel", "lo")]
    logs = [0.0] * 4 + [math.log(0.3), math.log(0.9), math.log(0.7)]
    [word] = words(collapse(ids, 0), logs, PIECES)
    assert word.confidence == 0.7


def test_the_characters_of_one_token_share_its_time():
    first, second = heard("我们", *["-"] * 9)
    assert first.start == 0.0
    assert first.end == second.start == pytest.approx((FRAME - LEAD + TAIL) / 2, abs=1e-3)


@given(st.lists(st.sampled_from(["-", *(piece for piece in PIECES if not piece.startswith("<"))]), max_size=40))
def test_joined_together_the_words_are_the_text_without_spaces_and_follow_one_another(frames):
    found = heard(*frames)
    runs = collapse([0 if piece == "-" else PIECES.index(piece) for piece in frames], 0)
    text = "".join(PIECES[token] for token, _, _ in runs).replace("▁", " ")
    assert "".join(word.text for word in found) == re.sub(r"\s", "", text)
    assert all(word.text and 0 <= word.start <= word.end <= len(frames) * FRAME + 1e-9 for word in found)
    assert all(one.end <= other.start + 1e-9 for one, other in itertools.pairwise(found))
    assert len(TAGS) == QUERIES
