"""Words are found by their sound, and only words that sound so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_rules import Call, Turn
from qc_rules.matching import CONFUSIONS, Scanner, Words, fuzzy_spelling
from qc_rules.matching.confusions import same_sound
from qc_rules.matching.folding import Folded
from qc_rules.matching.index import Index
from qc_rules.matching.pinyin import readings_of, sounds_of, syllable

from .test_scanner import call_of, said, texts_said


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("投诉", "我要头诉你", ["头诉"]),
        ("投诉", "我要投宿", ["投宿"]),
        ("投訴", "我要頭素", ["頭素"]),
        ("投诉", "我要投诉", ["投诉"]),
        ("投诉", "我要头 诉你", ["头 诉"]),
        ("投诉", "头，诉", []),
        ("投诉", "偷书", []),
        ("退款", "腿宽不宽", ["腿宽"]),
        ("银行", "我去因航办", ["因航"]),
        ("银行", "银杏树", []),
        ("还款", "我要环款", ["环款"]),
        ("提前还款", "我要提前环款", ["提前环款"]),
        ("音乐", "听阴悦", ["阴悦"]),
        ("女士", "钕士", ["钕士"]),
        ("女士", "努士", []),
    ],
)
def test_what_sounds_the_same_counts(word, text, found):
    assert texts_said(text, word, fuzzy="pinyin") == found


CHARACTERS = "投头诉速素行航星银因还环换款宽 a，"


def sounds_alike(word, text, fuzzy):
    """Is one way to read the word a way to read the text?"""
    ways = [{same_sound(one, fuzzy) for one in readings_of(character)} for character in text]
    return any(
        len(sounds) == len(ways) and all(same_sound(one, fuzzy) in way for one, way in zip(sounds, ways, strict=True))
        for sounds in sounds_of(word)
    )


@settings(max_examples=200)
@given(
    st.lists(st.text(st.sampled_from(CHARACTERS[:-3]), min_size=1, max_size=3), min_size=1, max_size=4),
    st.text(st.sampled_from(CHARACTERS), max_size=14),
    st.sampled_from(["pinyin", "pinyin+in/ing", "pinyin+n/l+an/ang+in/ing"]),
)
def test_what_is_heard_is_what_a_comparison_of_every_piece_hears(words, text, fuzzy):
    compact = text.replace(" ", "")
    pieces = [(start, end) for start in range(len(compact)) for end in range(start + 1, len(compact) + 1)]
    expected = {
        (start, word)
        for start, end in pieces
        for word in words
        if word == compact[start:end] or sounds_alike(word, compact[start:end], fuzzy)
    }
    index = Index([Words((word,), fuzzy) for word in words])
    found = {(one.start, one.word) for hits in index.find(Folded(text)).values() for one in hits}
    assert found == expected


def test_a_character_of_several_readings_is_heard_as_any_common_one():
    assert texts_said("去银航，找航长", "银行", "行长", fuzzy="pinyin") == ["银航", "航长"]
    assert readings_of("行") == ("xing", "hang")


def test_without_fuzzy_only_what_is_written_counts():
    assert texts_said("头诉", "投诉") == []


def test_the_place_of_a_word_heard_by_its_sound_is_a_slice_of_the_turn():
    (found,) = said("ｏｋ，我要 头訴…", "投诉", fuzzy="pinyin")
    assert (found.start, found.end, found.text, found.word) == (6, 8, "头訴", "投诉")


def test_a_word_as_it_is_written_goes_before_one_that_only_sounds_so():
    assert [one.word for one in said("公正处理", "公证", "公正", fuzzy="pinyin")] == ["公正"]


def test_the_longest_word_that_is_heard_counts():
    assert texts_said("头诉店话多少", "投诉", "投诉电话", fuzzy="pinyin") == ["头诉店话"]


@pytest.mark.parametrize("word", ["假", "12378", "refund", "ok了", "4s店", "ガス", "환불", "查 a"])
def test_single_syllables_and_words_with_other_signs_are_matched_as_written(word):
    assert sounds_of(word) == []
    assert texts_said(f"我{word}吧", word, fuzzy="pinyin") == [word]


def test_a_single_syllable_is_not_heard_by_its_sound():
    assert texts_said("甲的", "假", fuzzy="pinyin") == []


@pytest.mark.parametrize(
    ("confusion", "word", "text"),
    [
        ("n/l", "理赔", "你赔"),
        ("n/l", "奶粉", "来粉"),
        ("zh/z", "转账", "钻脏"),
        ("ch/c", "车险", "册险"),
        ("sh/s", "投诉", "头数"),
        ("f/h", "话费", "发灰"),
        ("f/h", "发货", "花货"),
        ("an/ang", "保单", "宝当"),
        ("an/ang", "关闭", "光闭"),
        ("en/eng", "真的", "蒸的"),
        ("in/ing", "保险金", "保险经"),
    ],
)
def test_confused_sounds_count_where_they_are_allowed(confusion, word, text):
    assert texts_said(text, word, fuzzy=f"pinyin+{confusion}") == [text]
    others = "+".join(other for other in CONFUSIONS if other != confusion)
    assert texts_said(text, word, fuzzy="pinyin") == []
    assert texts_said(text, word, fuzzy=f"pinyin+{others}") == []


def test_confusions_go_together():
    assert texts_said("册险你赔", "车险理赔", fuzzy="pinyin+n/l+ch/c") == ["册险你赔"]


def test_lists_of_different_ways_are_heard_each_in_its_way():
    call = call_of("头诉，你赔")
    plain, sound, accent = (Words(("投诉", "理赔"), fuzzy) for fuzzy in ("", "pinyin", "pinyin+n/l"))
    words = Scanner([plain, sound, accent]).scan(call)
    assert [len(words.said(call.turns[0], one)) for one in (plain, sound, accent)] == [0, 1, 2]
    assert words.heard() == {sound, accent}


def test_one_word_in_several_lists_is_found_for_each():
    lists = [Words(("投诉", other), "pinyin") for other in ("退款", "退保")]
    turn = Turn(turn=0, start=0, end=1, text="头诉腿宽")
    words = Scanner(lists).scan(Call(call_id="c", duration=1, turns=[turn]))
    assert [[found.text for found in words.said(turn, one)] for one in lists] == [["头诉", "腿宽"], ["头诉"]]


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("pinyin", "pinyin"),
        (["pinyin"], "pinyin"),
        (["pinyin", "zh/z", "n/l"], "pinyin+n/l+zh/z"),
        ("pinyin+zh/z+n/l", "pinyin+n/l+zh/z"),
        ("pinyin+n/l+n/l", "pinyin+n/l"),
        ("", ""),
        ((), ""),
    ],
)
def test_fuzzy_has_one_spelling(written, spelling):
    assert fuzzy_spelling(written) == spelling


@pytest.mark.parametrize(
    ("fuzzy", "message"),
    [
        ("pinyn", "did you mean pinyin"),
        ("n/l", "fuzzy = 'n/l'"),
        ("pinyin+n/1", "did you mean n/l"),
        ("pinyin+tone", "no confusion is called 'tone'"),
    ],
)
def test_a_way_that_there_is_not_is_refused(fuzzy, message):
    for refuse in (fuzzy_spelling, lambda fuzzy: Words(("投诉",), fuzzy)):
        with pytest.raises(ValueError, match=message):
            refuse(fuzzy)


@pytest.mark.parametrize(
    ("one", "other", "fuzzy"),
    [
        ("zhang", "zan", "pinyin+zh/z+an/ang"),
        ("fang", "huang", "pinyin+f/h"),
        ("fa", "hua", "pinyin+f/h"),
        ("fei", "hui", "pinyin+f/h"),
        ("fu", "hu", "pinyin+f/h"),
        ("feng", "hong", "pinyin+f/h"),
        ("ling", "nin", "pinyin+n/l+in/ing"),
    ],
)
def test_confused_syllables_are_one(one, other, fuzzy):
    assert same_sound(one, fuzzy) == same_sound(other, fuzzy)
    assert same_sound(one, "pinyin") != same_sound(other, "pinyin")


def test_a_word_that_the_dictionary_does_not_have_is_read_in_every_common_way():
    assert sounds_of("行方") == [("xing", "fang"), ("hang", "fang")]
    assert texts_said("航方和星方", "行方", fuzzy="pinyin") == ["航方", "星方"]


def test_of_a_word_with_too_many_readings_only_the_first_counts():
    assert len(sounds_of("还还还还")) == 16
    assert len(sounds_of("还还还还还")) == 1


def test_syllables_have_no_tone():
    assert [syllable(one) for one in ("lǜ", "zhòng", "ér", "m̀", "ê̄")] == ["lv", "zhong", "er", "m", "ê"]
