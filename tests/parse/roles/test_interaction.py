"""Overlap and interruptions by what is said when."""

import pytest

from callqa.contracts import Turn, Word
from callqa.parse.roles.interaction import marked
from tests.parse.spoken_turns import turn


def words(start: float, end: float) -> list[Word]:
    """A word each 0.25 s, as CTC times them."""
    count = round((end - start) / 0.25)
    return [Word(text="字", start=start + 0.25 * i, end=start + 0.25 * (i + 1), confidence=1.0) for i in range(count)]


def said(number: int, channel: int, start: float, end: float, text: str = "我要说的话", **fields) -> Turn:
    return turn(number, channel=channel, start=start - 0.2, end=end + 0.2, text=text, words=words(start, end), **fields)


def test_one_who_begins_while_the_other_speaks_and_goes_on_interrupts():
    first, second = marked([said(0, 0, 1, 5), said(1, 1, 4, 8)])
    assert (first.interrupts, second.interrupts) == (False, True)
    assert first.overlap_seconds == second.overlap_seconds == pytest.approx(1.2)  # words reach 0.1 s further each


@pytest.mark.parametrize("late", [4.95, 5.1, 6.0])
def test_one_who_begins_as_the_other_ends_takes_the_turn(late):
    _, second = marked([said(0, 0, 1, 5), said(1, 1, late, 8)])
    assert not second.interrupts


def test_one_who_speaks_within_the_others_turn_does_not_interrupt_but_overlaps():
    first, second = marked([said(0, 0, 1, 9), said(1, 1, 4, 6)])
    assert (first.interrupts, second.interrupts) == (False, False)
    assert second.overlap_seconds == pytest.approx(2.2)


@pytest.mark.parametrize("text", ["嗯嗯", "好的。", "Okay!", "はい", "네, 네", ""])
def test_brief_agreement_is_no_interruption(text):
    _, second = marked([said(0, 0, 1, 5), said(1, 1, 4.5, 5.25, text)])
    assert second.overlap_seconds > 0
    assert not second.interrupts


def test_brief_words_that_are_no_agreement_interrupt():
    assert marked([said(0, 0, 1, 5), said(1, 1, 4.5, 5.25, "不行！")])[1].interrupts


def test_a_pause_in_which_the_other_speaks_is_no_overlap():
    """A turn holds pauses of seconds; only its words count."""
    long = turn(0, channel=0, start=0.8, end=9.2, text="您稍等我帮您查", words=[*words(1, 3), *words(7, 9)])
    first, second = marked([long, said(1, 1, 4, 6)])
    assert first.overlap_seconds == second.overlap_seconds == 0
    assert not second.interrupts


def test_padding_is_no_overlap_where_words_have_no_times():
    first, second = marked([turn(0, channel=0, start=0, end=3.1), turn(1, channel=1, start=2.9, end=6)])
    assert first.overlap_seconds == second.overlap_seconds == 0
    assert not second.interrupts


def test_speakers_of_one_channel_never_overlap():
    first, second = marked([said(0, 0, 1, 5, speaker="ch0.s0"), said(1, 0, 4, 8, speaker="ch0.s1")])
    assert first.overlap_seconds == second.overlap_seconds == 0
    assert not second.interrupts


def test_two_others_at_once_count_once():
    turns = marked([said(0, 0, 1, 5), said(1, 1, 1, 5), said(2, 2, 1, 5)])
    assert [t.overlap_seconds for t in turns] == pytest.approx([4.2, 4.2, 4.2])


def test_a_long_turn_far_before_is_still_met():
    turns = [said(0, 0, 1, 60), *[said(i, 1, 2 * i, 2 * i + 1) for i in range(1, 40)]]
    met = [t.turn for t in marked(turns) if t.overlap_seconds and t.channel == 1]
    assert met == list(range(1, 31))


def test_no_turns_are_no_trouble():
    assert marked([]) == []
