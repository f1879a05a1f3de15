"""Manifests as people write them: what is understood, and what a line that is not is answered with."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.errors import SourceError
from callqa.evaluate import manifest


def written(tmp_path, *lines) -> str:
    path = tmp_path / "manifest.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return str(path)


def test_audio_is_relative_to_the_manifest(tmp_path):
    read = manifest.read(written(tmp_path, {"audio": "calls/a.wav", "text": "您好"}))
    assert read.references[0].audio == str(tmp_path / "calls" / "a.wav")


def test_uris_stay_as_they_are(tmp_path):
    read = manifest.read(written(tmp_path, {"audio": "s3://calls/a.wav", "text": "您好"}))
    assert read.references[0].audio == "s3://calls/a.wav"


def test_everything_known_is_read(tmp_path):
    line = {
        "audio": "a.wav", "text": "我要投诉", "language": "zh", "emotion": "<|ANGRY|>", "events": ["BGM", "cough"],
        "codec": "alaw", "snr": 12, "start": 1.5, "end": 3, "channel": 1, "language_hint": "zh",
    }  # fmt: skip
    read = manifest.read(written(tmp_path, line))
    assert read.problems == []
    assert read.references == [
        manifest.Reference(
            line=1, audio=str(tmp_path / "a.wav"), text="我要投诉", language="zh", emotion="angry",
            events=("bgm", "cough"), codec="alaw", snr=12.0, start=1.5, end=3.0, channel=1, language_hint="zh",
        )
    ]  # fmt: skip


def test_null_is_as_good_as_nothing_and_blank_lines_are_none(tmp_path):
    read = manifest.read(written(tmp_path, "", {"audio": "a.wav", "text": "", "emotion": None}, "  "))
    assert (read.references[0].line, read.references[0].emotion, read.problems) == (2, None, [])


def test_no_event_is_not_the_same_as_nobody_listened(tmp_path):
    read = manifest.read(written(tmp_path, {"audio": "a", "text": ""}, {"audio": "b", "text": "", "events": []}))
    assert [reference.events for reference in read.references] == [None, ()]


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ("{not json", "'{not json' is not JSON", "write an object"),
        ('["a.wav", "text"]', "is no object", "write one"),
        ({"audio": "b.wav"}, "it has no 'text'", "add 'text'"),
        ({"audoi": "b.wav", "text": "x"}, "it has no 'audio'", "rename 'audoi'"),
        ({"audio": " ", "text": "x"}, "audio is empty", "path of a recording"),
        ({"audio": "b.wav", "text": 5}, "text = '5' is no text", "quotation marks"),
        ({"audio": "b.wav", "text": "x", "language": "zhh"}, "language = 'zhh'", "did you mean 'zh'?"),
        ({"audio": "b.wav", "text": "x", "language": "fr"}, "language = 'fr'", "one of zh, en, yue"),
        ({"audio": "b.wav", "text": "x", "emotion": "hapy"}, "emotion = 'hapy'", "did you mean 'happy'?"),
        ({"audio": "b.wav", "text": "x", "events": ["bgm", "musik"]}, "events = 'musik'", "one of"),
        ({"audio": "b.wav", "text": "x", "snr": "5"}, "snr = '5' is no number", "without quotation marks"),
        ({"audio": "b.wav", "text": "x", "snr": True}, "snr = 'true' is no number", ""),
        ('{"audio": "b.wav", "text": "x", "snr": NaN}', "snr = 'NaN' is no number", ""),
        ('{"audio": "b.wav", "text": "x", "end": 1e999}', "end = 'Infinity' is no number", ""),
        ({"audio": "b.wav", "text": "x", "start": 10**400}, "is no number", ""),
        ('{"audio": "b.wav", "text": "\\ud83d"}', r"text = '\ud83d' holds what is no character", "remove it"),
        ('{"audio": "b\\u0000.wav", "text": "x"}', "holds what is no character", "remove it"),
        ("[" * 100_000, "is not JSON", "write an object"),
        ({"audio": "b.wav", "text": "x", "start": -1}, "start = -1 is before the recording", "seconds from its start"),
        ({"audio": "b.wav", "text": "x", "start": 3, "end": 3}, "end = 3.0 is not after start = 3.0", "in order"),
        ({"audio": "b.wav", "text": "x", "channel": 0.5}, "channel = 0.5 is no channel", "from 0"),
        ({"audio": "a.wav", "text": "again"}, "the same audio as line 1", "give start and end"),
    ],
)
def test_a_broken_line_is_reported_with_its_place_and_remedy_and_the_others_are_read(tmp_path, line, message, remedy):
    read = manifest.read(written(tmp_path, {"audio": "a.wav", "text": "您好"}, line, {"audio": "c.wav", "text": "x"}))
    assert [reference.line for reference in read.references] == [1, 3]
    (problem,) = read.problems
    assert problem.line == 2
    assert message in problem.message
    assert remedy in problem.remedy


def test_keys_that_are_none_are_counted(tmp_path):
    line = {"text": "x", "emotoin": "sad"}
    read = manifest.read(written(tmp_path, {"audio": "a", **line}, {"audio": "b", **line}, {"audio": "c", "text": ""}))
    assert read.ignored == {"emotoin": 2}


def test_pieces_of_one_recording_are_no_repetition(tmp_path):
    line = {"audio": "a.wav", "text": "x"}
    places = [{"start": 1, "end": 2}, {"start": 2, "end": 3}, {"start": 1, "end": 2, "channel": 1}]
    read = manifest.read(written(tmp_path, *({**line, **place} for place in places)))
    assert (len(read.references), read.problems) == (3, [])


def test_a_manifest_without_a_usable_line_is_an_error_that_shows_why(tmp_path):
    with pytest.raises(SourceError, match="no usable line; line 1: it has no 'text'"):
        manifest.read(written(tmp_path, {"audio": "a.wav"}))
    with pytest.raises(SourceError, match="no usable line at all"):
        manifest.read(written(tmp_path))


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "call.wav").write_bytes(b"RIFF\xff\xfe\x00\x81")
    with pytest.raises(SourceError, match=r"call\.wav is not UTF-8"):
        manifest.read(tmp_path / "call.wav")
    with pytest.raises(SourceError, match="No such file"):
        manifest.read(tmp_path / "nothing.jsonl")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("audio", "text", "language", "emotion", "events", "codec", "snr", "start", "end", "channel", "language_hint")


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON)
def test_whatever_a_line_holds_it_is_a_reference_or_a_problem(tmp_path_factory, value):
    good = {"audio": "good.wav", "text": "x"}
    folder = tmp_path_factory.getbasetemp()
    read = manifest.read(written(folder, good, json.dumps(value)))
    assert len(read.references) + len(read.problems) == 2
    assert all(problem.message and problem.remedy for problem in read.problems)
