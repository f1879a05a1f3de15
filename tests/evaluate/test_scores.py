"""Rates and their intervals."""

import numpy as np
import pytest

from callqa.evaluate import scores, tags
from callqa.evaluate.manifest import Reference
from callqa.evaluate.matching import Hypothesis


def scored(said: str, heard: str, recording: int = 0, line: int = 1, **values) -> scores.Scored:
    of_hypothesis = {name: values.pop(name) for name in ("missing", "codec_heard", "snr_heard") if name in values}
    named = {"missing": "missing", "codec_heard": "codec", "snr_heard": "snr"}
    hypothesis = Hypothesis(
        text=heard,
        language=values.pop("heard_language", "zh"),
        emotion=values.pop("heard_emotion", "neutral"),
        events=frozenset(values.pop("heard_events", ())),
        **{named[name]: value for name, value in of_hypothesis.items()},
    )
    return scores.score(Reference(line=line, audio="a.wav", text=said, **values), hypothesis, recording)


def row(rows, group: str, value: str, measure: str = "CER") -> dict:
    draws = scores.weights(max(item.recording for item in rows) + 1)
    found = [r for r in scores.rates(rows, draws) if (r["group"], r["value"], r["measure"]) == (group, value, measure)]
    assert len(found) == 1
    return found[0]


def test_errors_are_counted_by_kind():
    counts = scored("今天天气很好", "今天天很好吧呀").counts
    assert (counts.substitutions + counts.deletions + counts.insertions, counts.tokens) == (counts.errors, 6)
    assert (counts.deletions, counts.insertions, counts.substitutions) == (1, 2, 0)


def test_a_rate_is_errors_over_tokens_of_all_and_not_a_mean_of_rates():
    rows = [scored("好", "坏", recording=0), scored("今天天气很好啊", "今天天气很好啊", recording=1)]
    assert row(rows, "all", "all")["rate"] == round(1 / 8, 5)


def test_what_could_not_be_heard_stays_in_the_denominator():
    rows = [scored("今天", "今天"), scored("很好", "", recording=1, missing="truncated: half of it")]
    assert row(rows, "all", "all")["rate"] == 0.5
    assert row(rows, "all", "all")["deletions"] == 2


def test_words_heard_where_nothing_is_said_are_insertions():
    rows = [scored("", "谢谢"), scored("您好", "您好", recording=1)]
    assert (row(rows, "all", "all")["insertions"], row(rows, "all", "all")["rate"]) == (2, 1.0)


def test_english_mixed_and_chinese_have_a_rate_each():
    rows = [scored("您好", "您好"), scored("hello there", "hello", language="en"), scored("帮您 check", "帮您 check")]
    assert row(rows, "all", "all", "WER")["rate"] == 0.5
    assert row(rows, "all", "all", "MER")["tokens"] == 3
    assert row(rows, "language", "en", "WER")["references"] == 1


def test_groups_are_the_manifest_s_word_before_what_was_measured():
    rows = [
        scored("您好", "您好", codec="gsm", snr=3.0, codec_heard="pcm_s16le", snr_heard=20.0),
        scored("您好", "您好", codec_heard="pcm_alaw", snr_heard=12.0),
    ]
    assert row(rows, "codec", "gsm")["references"] == row(rows, "codec", "pcm_alaw")["references"] == 1
    assert row(rows, "snr", "0-5 dB")["references"] == row(rows, "snr", "10-15 dB")["references"] == 1


@pytest.mark.parametrize(
    ("snr", "band"),
    [
        (-0.1, "below 0 dB"),
        (0.0, "0-5 dB"),
        (4.99, "0-5 dB"),
        (5.0, "5-10 dB"),
        (20.0, "from 20 dB"),
        (None, "unknown"),
    ],
)
def test_bands_of_snr(snr, band):
    assert scores.band(snr) == band


def test_the_interval_of_a_share_is_the_binomial_s():
    """200 recordings of one token each, 50 of them wrong: 0.25 ± 1.96 sqrt(0.25 x 0.75 / 200)."""
    errors = [(i, float(i < 50)) for i in range(200)]
    low, high = scores.interval(errors, [(i, 1.0) for i in range(200)], scores.weights(200))
    half = 1.96 * np.sqrt(0.25 * 0.75 / 200)
    assert (low, high) == (pytest.approx(0.25 - half, abs=0.01), pytest.approx(0.25 + half, abs=0.01))


def test_recordings_are_resampled_and_not_lines():
    """100 lines of two recordings, one all wrong: two recordings tell next to nothing, however many lines they have."""
    errors = [(i % 2, float(i % 2)) for i in range(100)]
    assert scores.interval(errors, [(i % 2, 1.0) for i in range(100)], scores.weights(2)) == [0.0, 1.0]


def test_one_recording_has_no_interval():
    assert scores.interval([(0, 1.0)], [(0, 5.0)], scores.weights(1)) is None
    assert scores.interval([(1, 1.0)], [(1, 5.0)], scores.weights(3)) is None


def test_the_same_figures_give_the_same_interval():
    errors, tokens = [(i, float(i % 3)) for i in range(20)], [(i, 4.0) for i in range(20)]
    first = scores.interval(errors, tokens, scores.weights(20))
    assert scores.interval(errors, tokens, scores.weights(20)) == first


def test_languages_are_counted_where_the_manifest_says_them():
    rows = [
        scored("您好", "您好", language="zh", recording=0),
        scored("您好", "您好", language="yue", heard_language="zh", recording=1),
        scored("帮您 check", "", language="mixed", recording=2),
        scored("您好", "", recording=3, heard_language="nothing"),
    ]
    found = tags.languages(rows, scores.weights(4))
    assert found["confusion"] == {"yue": {"zh": 1}, "zh": {"zh": 1}}
    assert (found["references"], found["accuracy"]) == (2, 0.5)
    assert {c["name"]: (c["precision"], c["recall"]) for c in found["classes"]} == {
        "yue": (None, 0.0),
        "zh": (0.5, 1.0),
    }


def test_emotions_have_precision_and_recall():
    heard = [("angry", "angry"), ("angry", "neutral"), ("neutral", "angry"), ("angry", "angry"), (None, "angry")]
    rows = [scored("好", "好", recording=i, emotion=a, heard_emotion=b) for i, (a, b) in enumerate(heard)]
    found = tags.emotions(rows, scores.weights(5))
    angry = next(c for c in found["classes"] if c["name"] == "angry")
    assert (angry["references"], angry["heard"], angry["right"]) == (3, 3, 2)
    assert (angry["precision"], angry["recall"]) == (pytest.approx(2 / 3, abs=1e-5), pytest.approx(2 / 3, abs=1e-5))


def test_events_are_counted_where_somebody_listened_for_them():
    rows = [
        scored("", "", recording=0, events=("cough",), heard_events=("cough", "bgm")),
        scored("", "", recording=1, events=(), heard_events=("cough", "silence")),
        scored("", "", recording=2, heard_events=("laughter",)),
    ]
    found = {c["name"]: (c["precision"], c["recall"]) for c in tags.events(rows, scores.weights(3))}
    assert found == {"bgm": (0.0, None), "cough": (0.5, 1.0)}


def test_a_tone_counts_where_the_manifest_knows_it():
    rows = [scored("", "", events=("ringback",), heard_events=("ringback", "busy"))]
    assert [c["name"] for c in tags.events(rows, scores.weights(1))] == ["ringback"]


def test_without_labels_nothing_is_said():
    rows = [scored("您好", "您好")]
    draws = scores.weights(1)
    assert (tags.languages(rows, draws), tags.emotions(rows, draws), tags.events(rows, draws)) == (None, None, [])
