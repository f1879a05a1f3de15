"""Shares, seconds and counts of a call's row."""

import pytest

from callqa.judge.measures import measures, overlap_seconds, shares
from qc_rules import Call, Event, Turn

TURNS = (
    Turn(turn=0, start=0, end=2, text="嗯", role="agent", channel=0, confidence=0.5),
    Turn(turn=1, start=2, end=5, text="我要 refund!", role="customer", channel=1, language="en", emotion="happy"),
    Turn(turn=2, start=4, end=10, text="你好", role="agent", channel=0, language="zh", emotion="neutral"),
    Turn(turn=3, start=9, end=10, text="", role="customer", channel=1, emotion="angry", confidence=0.0),
)
CALL = Call(
    call_id="c",
    duration=20,
    turns=TURNS,
    events=(Event(class_="cough", start=9, end=12), Event(class_="bgm", start=18, end=25), *[Event(class_="cough", start=1, end=2)]),
)  # fmt: skip
FOUND = measures(CALL)


def test_language_shares_are_of_seconds_and_the_largest_known_one_is_the_calls():
    assert FOUND["language_shares"] == {"en": 0.25, "unknown": 0.25, "zh": 0.5}
    assert FOUND["language"] == "zh"


def test_the_language_of_a_call_in_which_none_was_recognised_is_unknown():
    assert measures(Call(call_id="c", duration=9, turns=TURNS[:1]))["language"] == "unknown"


def test_emotion_at_start_and_end_are_the_first_and_last_known_ones():
    assert (FOUND["emotion_start"], FOUND["emotion_end"]) == ("happy", "angry")


def test_emotion_shares_are_by_role():
    assert FOUND["emotion_shares_agent"] == {"neutral": 0.75, "unknown": 0.25}
    assert FOUND["emotion_shares_customer"] == {"angry": 0.25, "happy": 0.75}
    assert FOUND["emotion_shares_unknown"] == {}


def test_talk_overlap_and_silence_count_each_second_once():
    assert FOUND["talk_seconds"] == {"agent": 8.0, "customer": 4.0}
    assert FOUND["overlap_seconds"] == 2.0
    assert FOUND["silence_seconds"] == 6.0


def test_turns_of_one_channel_do_not_overlap_one_another():
    same = [Turn(turn=0, start=0, end=4), Turn(turn=1, start=2, end=6)]
    assert overlap_seconds(same) == 0.0


def test_three_channels_at_once_count_once():
    crowd = [Turn(turn=n, start=n, end=10, channel=n) for n in range(3)]
    assert overlap_seconds(crowd) == 9.0


def test_events_turns_and_characters_are_counted():
    assert FOUND["event_counts"] == {"bgm": 1, "cough": 2}
    assert (FOUND["turn_count"], FOUND["text_chars"]) == (4, len("嗯我要refund你好"))


def test_confidence_is_the_mean_over_the_seconds_with_text():
    assert FOUND["mean_confidence"] == pytest.approx((0.5 * 2 + 3 + 6) / 11)
    assert measures(Call(call_id="c", duration=9, turns=TURNS[3:]))["mean_confidence"] is None


def test_a_call_without_a_turn_has_no_shares():
    nothing = measures(Call(call_id="c", duration=9))
    assert (nothing["language"], nothing["language_shares"], nothing["emotion_start"]) == ("unknown", {}, "unknown")
    assert (nothing["talk_seconds"], nothing["silence_seconds"]) == ({}, 9.0)


def test_shares_of_turns_of_no_length_are_none():
    assert shares([("zh", 0.0)]) == {}


def test_silence_is_longest_where_neither_turn_nor_event_is():
    assert FOUND["longest_silence_seconds"] == 6.0


def test_interruptions_and_responses_are_by_role():
    turns = (
        Turn(turn=0, start=0, end=5, role="agent", spoken=((0, 4),)),
        Turn(turn=1, start=5, end=9, role="customer", channel=1, spoken=((5, 9),)),
        Turn(turn=2, start=8, end=12, role="agent", spoken=((8, 12),), interrupts=True),
    )
    found = measures(Call(call_id="c", duration=12, channels=2, turns=turns))
    assert found["interruptions"] == {"agent": 1, "customer": 0}
    assert found["response_seconds"] == {"agent": 0.0, "customer": 1.0}
    assert found["overlap_seconds"] == 1.0


def test_what_cannot_be_told_of_roles_is_left_out():
    unknown = measures(
        Call(call_id="c", duration=9, turns=(Turn(turn=0, start=0, end=2), Turn(turn=1, start=3, end=4)))
    )
    assert (unknown["interruptions"], unknown["response_seconds"]) == ({}, {})
    mono = measures(Call(call_id="c", duration=20, channels=1, turns=TURNS))
    assert mono["interruptions"] == {}
    assert set(mono["response_seconds"]) == {"agent", "customer"}


def test_a_role_that_never_answers_has_no_response_time():
    alone = measures(Call(call_id="c", duration=9, turns=TURNS[:1]))
    assert (alone["interruptions"], alone["response_seconds"]) == ({"agent": 0}, {})


def test_overlap_is_of_words_where_their_times_are_known():
    padded = [
        Turn(turn=0, start=0, end=5, spoken=((0, 4),)),
        Turn(turn=1, start=4, end=8, channel=1, spoken=((4.5, 8),)),
    ]
    assert overlap_seconds(padded) == 0.0
