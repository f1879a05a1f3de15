"""Which words go to which reference."""

from datetime import date

import pytest

from callqa.contracts import ChannelQuality, Event, Prepared, Turn, Word
from callqa.evaluate.listening import Listened
from callqa.evaluate.manifest import Reference
from callqa.evaluate.matching import NOTHING, match

DAY = date(2026, 1, 5)


def prepared(**values) -> Prepared:
    given = {"duration": 10.0, "channels": 2, "codec": "pcm_alaw"} | values
    return Prepared(call_date=DAY, call_id="c", uri="c.wav", file_name="c.wav", size_bytes=1, etag="", **given)


def turn(start: float, end: float, text: str, channel: int = 0, words: bool = True, **values) -> Turn:
    given = {"language": "zh", "emotion": "neutral"} | values
    step = (end - start) / max(1, len(text))
    spoken = [
        Word(text=c, start=start + i * step, end=start + (i + 1) * step, confidence=1.0) for i, c in enumerate(text)
    ]
    return Turn(
        call_date=DAY, call_id="c", turn=0, channel=channel, role="unknown", speaker=f"ch{channel}", start=start,
        end=end, text=text, text_match=text, text_raw=text, confidence=1.0, loudness=-20.0,
        words=spoken if words else [], **given,
    )  # fmt: skip


def event(start: float, end: float, kind: str, channel: int = 0) -> Event:
    return Event(
        call_date=DAY, call_id="c", channel=channel, start=start, end=end, class_=kind, detector="d", version="1"
    )


def reference(**values) -> Reference:
    return Reference(line=1, audio="c.wav", text="", **values)


def heard(*turns: Turn, events=(), **values) -> Listened:
    return Listened(prepared(**values), list(turns), list(events))


def test_a_recording_as_a_whole_has_all_turns_in_time():
    found, outside = match([reference()], heard(turn(5, 6, "再见", channel=1), turn(0, 1, "您好。")))
    assert ([one.text for one in found], outside) == (["您好。 再见"], "")


def test_a_channel_has_its_own_turns_only():
    found, outside = match([reference(channel=1)], heard(turn(5, 6, "再见", channel=1), turn(0, 1, "您好")))
    assert (found[0].text, outside) == ("再见", "您好")


def test_a_turn_over_two_references_is_parted_word_by_word():
    pieces = [reference(start=0, end=2), reference(start=2, end=4)]
    found, _ = match(pieces, heard(turn(0, 4, "您好请稍等啊再见")))
    assert [one.text for one in found] == ["您 好 请 稍", "等 啊 再 见"]


def test_without_times_of_words_a_turn_is_parted_evenly():
    pieces = [reference(start=0, end=2), reference(start=2, end=4)]
    found, _ = match(pieces, heard(turn(0, 4, "您好，please再见吧", words=False)))
    assert [one.text for one in found] == ["您 好， please", "再 见 吧"]


def test_words_somewhat_outside_belong_to_the_nearest_and_those_far_away_to_none():
    pieces = [reference(start=2, end=3), reference(start=4, end=5)]
    found, outside = match(
        pieces, heard(turn(1.6, 1.8, "近"), turn(3.4, 3.5, "左"), turn(3.8, 3.9, "右"), turn(8, 9, "远"))
    )
    assert ([one.text for one in found], outside) == (["近 左", "右"], "远")


def test_tags_are_those_of_most_seconds():
    turns = [turn(0, 3, "好", language="yue", emotion="angry"), turn(3, 5, "好"), turn(6, 8, "好", language="en")]
    found, _ = match([reference(start=0, end=5.5)], heard(*turns))
    assert (found[0].language, found[0].emotion) == ("yue", "angry")


def test_where_nobody_was_heard_the_language_is_nothing():
    found, _ = match([reference(start=0, end=2)], heard(turn(5, 9, "好")))
    assert (found[0].text, found[0].language, found[0].emotion) == ("", NOTHING, NOTHING)


def test_events_are_those_that_overlap_on_the_channel():
    events = [event(0, 1, "cough"), event(4, 9, "bgm"), event(0, 1, "laughter", channel=1)]
    found, _ = match([reference(start=0, end=4, channel=0)], heard(events=events))
    assert found[0].events == {"cough"}


def test_the_measured_snr_is_the_channel_s():
    quality = [
        ChannelQuality(
            channel=channel, speech_dbfs=-20.0, noise_dbfs=-30.0, snr_db=snr, peak_dbfs=-3.0, clipped_share=0.0,
            dc_offset=0.0, bandwidth_hz=3400.0,
        )
        for channel, snr in ((0, 20.0), (1, 7.5))
    ]  # fmt: skip
    found, _ = match([reference(channel=0), reference()], heard(quality=quality))
    assert [one.snr for one in found] == [20.0, 7.5]


@pytest.mark.parametrize(
    ("reference_", "values", "reason"),
    [
        (reference(), {"reject_reason": "truncated", "reject_detail": "half of it"}, "truncated: half of it"),
        (reference(channel=2), {}, "channel = 2, but the recording has 2"),
        (reference(start=10.0, end=11.0), {}, "start = 10.0, but the recording lasts 10.0 s"),
    ],
)
def test_what_cannot_be_heard_says_why(reference_, values, reason):
    found, _ = match([reference_], heard(**values))
    assert found[0].text == ""
    assert reason in found[0].missing
