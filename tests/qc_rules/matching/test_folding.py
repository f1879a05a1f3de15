"""Folded text knows where in the original each of its characters stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules.matching.folding import Folded
from qc_rules.text import fold, simplified

TRICKY = st.text(
    st.sampled_from("a Ａ１　ｶﾞﾊﾟ각ㅏßﬁ㎡…①投訴诉後里裡ﾞ\u0301\u0327\u1100\u1161\u11a8\u0345İǆ、。\t"), max_size=12
)
TEXT = st.one_of(st.text(max_size=12), TRICKY)


@given(TEXT)
def test_folding_with_places_is_folding(text):
    assert Folded(text).spaced == simplified(fold(text))


@given(TEXT)
def test_compact_text_is_folded_text_without_spaces(text):
    folded = Folded(text)
    assert folded.compact == "".join(folded.spaced.split())
    assert [folded.spaced[folded.place(i)] for i in range(len(folded.compact))] == list(folded.compact)


@given(TEXT, st.data())
def test_a_stretch_of_folded_text_comes_from_a_stretch_of_the_original_that_folds_to_it(text, data):
    folded = Folded(text)
    if not folded.compact:
        return
    start = data.draw(st.integers(0, len(folded.compact) - 1))
    end = data.draw(st.integers(start + 1, len(folded.compact)))
    first, last = folded.source(start, end)
    assert 0 <= first < last <= len(text)
    assert folded.compact[start:end] in "".join(simplified(fold(text[first:last])).split())


@given(TEXT)
def test_all_folded_text_comes_from_all_that_is_not_blank(text):
    folded = Folded(text)
    if folded.compact:
        first, last = folded.source(0, len(folded.compact))
        assert not (text[:first] + text[last:]).strip()


@pytest.mark.parametrize(
    ("text", "compact", "stretch", "source"),
    [
        ("我要投訴", "我要投诉", (2, 4), "投訴"),
        ("打１２ ３。", "打123。", (1, 4), "１２ ３"),
        ("㎡ｶﾞｽの", "m2ガスの", (2, 4), "ｶﾞｽ"),
        ("ﬁx", "fix", (1, 2), "ﬁ"),
        ("Straße", "strasse", (4, 5), "ß"),
    ],
)
def test_the_source_is_whole_characters_of_the_original(text, compact, stretch, source):
    folded = Folded(text)
    assert folded.compact == compact
    assert text[slice(*folded.source(*stretch))] == source
