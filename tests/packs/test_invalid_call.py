"""IV01: tones, music or silence instead of a conversation."""

from types import SimpleNamespace

import pytest

from qc_rules import Call, Event
from qc_rules_standard.invalid_call import InvalidCall
from tests.packs.calls import call, outcome

RULE = InvalidCall()


def event(class_, start, end, channel=0):
    return Event(class_=class_, start=start, end=end, channel=channel)


def test_tones_and_no_words_hit_and_are_named():
    found = outcome(RULE, call(duration=20, events=(event("ringback", 0, 12),), call_state="ringback"))
    assert found.result == "hit"
    assert found.message == (
        "telephone tones (ringback) and no conversation: tones 60%, silence 40% of 20.0 s, 0 characters said"
    )
    assert [piece.condition for piece in found.evidence] == ["ringback"]
    assert "hold music" not in found.message


def test_a_recording_in_which_nobody_says_anything_hits_with_its_own_message():
    found = outcome(RULE, call(duration=24))
    assert (found.result, found.message) == (
        "hit",
        "nobody says anything: silence 100% of 24.0 s, 0 characters said",
    )
    assert [(piece.turn, piece.start, piece.end, piece.condition) for piece in found.evidence] == [
        (None, 0.0, 24.0, "silence")
    ]


def test_a_word_and_silence_are_judged_like_any_other_call():
    assert outcome(RULE, call("unknown neutral 我要投诉！", duration=20)).result == "clear"


def test_music_and_no_words_hit_with_the_caution_that_it_may_be_hold_music():
    found = outcome(RULE, call("unknown neutral 喂？", duration=20, events=(event("bgm", 4, 20),)))
    assert found.result == "hit"
    assert "music 80%" in found.message
    assert "may be hold music" in found.message


def test_what_music_and_tones_both_cover_counts_once():
    events = (event("bgm", 0, 9), event("busy", 0, 9, channel=1))
    found = outcome(InvalidCall(silence=False), call(duration=20, events=events))
    assert found.result == "clear"


@pytest.mark.parametrize(("end", "result"), [(10.0, "clear"), (10.1, "hit")])
def test_the_share_must_be_exceeded(end, result):
    assert outcome(InvalidCall(silence=False), call(duration=20, events=(event("busy", 0, end),))).result == result


@pytest.mark.parametrize(("text", "result"), [("一二三四五六七八九", "hit"), ("一二三四五六七八九十", "clear")])
def test_ten_characters_are_a_conversation(text, result):
    subject = call(f"unknown neutral {text[:5]}，{text[5:]}。", duration=20, events=(event("busy", 3, 20),))
    assert outcome(RULE, subject).result == result


def test_music_through_three_segments_in_a_row_without_clean_dialogue_hits():
    robot = ["unknown neutral+bgm 尊敬的客户，您好。", "unknown neutral+bgm 您的话费账单已经生成。"]
    found = outcome(RULE, call(*robot, "unknown neutral+bgm 本次活动截止到月底。"))
    assert found.result == "hit"
    assert [(piece.turn, piece.condition) for piece in found.evidence] == [(0, "music"), (1, "music"), (2, "music")]
    assert "music is 100% of the time of 3 segments in a row" in found.message
    assert "may be hold music" in found.message


def test_stretches_of_music_in_which_nobody_speaks_are_segments_too():
    subject = call(
        "unknown neutral 尊敬的客户，您好，请收听。", duration=60, events=(event("bgm", 3, 18), event("bgm", 20, 59))
    )
    found = outcome(RULE, subject)
    assert found.result == "hit"
    assert [piece.condition for piece in found.evidence] == ["no music", "bgm", "bgm"]


def test_a_long_hold_inside_a_real_conversation_is_clear():
    talk = ["customer neutral 我想查一下我的账单。", "agent happy 好的，请您稍等。"]
    hold = (event("bgm", 6, 100), event("bgm", 101, 200), event("bgm", 201, 300))
    assert outcome(RULE, call(*talk, duration=310, events=hold)).result == "clear"


def test_music_on_the_other_channel_leaves_a_turn_clean():
    talk = ["customer neutral 我想查一下我的账单。", "customer neutral 喂，你好，有人吗？"]
    hold = (event("bgm", 0, 3), event("bgm", 3, 6), event("bgm", 6, 9))
    assert outcome(RULE, call(*talk, duration=9, events=hold)).result == "clear"


def test_two_segments_of_music_are_too_few():
    robot = ["unknown neutral+bgm 尊敬的客户，您好。", "unknown neutral+bgm 您的话费账单已经生成。"]
    assert outcome(RULE, call(*robot)).result == "clear"
    assert outcome(InvalidCall(segments=2), call(*robot)).result == "hit"


def test_an_ordinary_conversation_is_clear():
    assert (
        outcome(RULE, call("agent happy 您好，请问有什么可以帮您？", "customer neutral 我想查账单")).result == "clear"
    )


def test_speech_that_was_not_understood_is_not_silence():
    assert outcome(RULE, call("agent unknown", "customer unknown", "agent unknown")).result == "clear"


def test_a_recording_of_no_length_holds_nothing():
    assert outcome(RULE, Call(call_id="c", duration=0.0)).result == "hit"


@pytest.mark.parametrize("options", [{"share": -0.1}, {"music_share": 2.0}, {"segments": 0}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError):
        InvalidCall(**options)


def test_a_call_that_is_not_in_shape_crashes_this_rule_only():
    assert outcome(RULE, Call(call_id="c", duration=3, turns=(SimpleNamespace(turn=0, text="喂"),))).result == "crash"
