"""Roles and interaction through the whole stage."""

from callqa import parse, storage
from callqa.contracts import Prepared, Segment, Turn, Word
from callqa.settings import RoleSettings, TextSettings
from tests.parse.spoken_turns import recording


def segment(clip: int, text: str, **changes) -> Segment:
    start = changes.get("start", 3.0 * clip)
    facts = {
        "call_id": "c", "channel": 0, "clip": clip, "start": start, "end": start + 2.5, "kind": "speech",
        "loudness": -20.0, "text_raw": f"<|zh|><|NEUTRAL|><|Speech|><|withitn|>{text}", "confidence": 0.9,
        "asr_model": "demo", "asr_digest": "d",
    }  # fmt: skip
    return Segment(**{**facts, **changes})


def run(tmp_path, row: Prepared, segments: list[Segment], **roles) -> tuple[Prepared, list[Turn]]:
    transcribed = {
        "shard": "shard-000",
        "recordings": storage.write_rows(tmp_path / "r.parquet", Prepared, [row]),
        "segments": storage.write_rows(tmp_path / "s.parquet", Segment, segments),
        "events": storage.write_rows(tmp_path / "e.parquet", parse.stage.Event, []),
    }
    result = parse.run(transcribed, run_dir=str(tmp_path / "run"), roles=RoleSettings(**roles), text=TextSettings())
    (told,) = storage.read_rows(result["recordings"], Prepared)
    return told, storage.read_rows(result["turns"], Turn)


MONO = [
    segment(0, "您好，请问有什么可以帮您？", speaker="s0"),
    segment(1, "我想查询一下我的账单，我的电话是13812345678。", speaker="s1"),
    segment(2, "请稍等。", speaker="s0"),
]


def test_a_mono_call_gets_its_roles_from_speech_in_turns_and_recording(tmp_path):
    row, turns = run(tmp_path, recording(duration=9.0), MONO)
    assert [(t.speaker, t.role) for t in turns] == [("ch0.s0", "agent"), ("ch0.s1", "customer"), ("ch0.s0", "agent")]
    assert row.roles_from == "speech"
    assert row.roles_probability == turns[0].role_probability > 0.9
    assert "13812345678" not in turns[1].text


def test_another_probability_asked_for_is_another_result(tmp_path):
    assert run(tmp_path, recording(duration=9.0), MONO)[0].roles_from == "speech"
    row, turns = run(tmp_path, recording(duration=9.0), MONO, min_probability=1.0)
    assert row.roles_from is None
    assert {t.role for t in turns} == {"unknown"}


def test_a_mono_call_whose_speakers_were_not_told_apart_stays_unknown(tmp_path):
    row, turns = run(tmp_path, recording(duration=9.0), [segment(i, s.text_raw) for i, s in enumerate(MONO)])
    assert (row.roles_from, {t.role for t in turns}) == (None, {"unknown"})


def test_overlap_is_measured_by_words_before_they_are_masked(tmp_path):
    spoken = [Word(text="字", start=0.5 + i / 4, end=0.75 + i / 4, confidence=1.0) for i in range(8)]
    later = [Word(text="不", start=1.5 + i / 4, end=1.75 + i / 4, confidence=1.0) for i in range(8)]
    segments = [
        segment(0, "字字字字字字字字", words=spoken),
        segment(1, "不不不不不不不不", channel=1, start=1.2, end=4.0, words=later),
    ]
    row = recording(channels=2, duration=9.0, channel_roles={0: "agent", 1: "customer"})
    _, (first, second) = run(tmp_path, row, segments)
    assert (first.interrupts, second.interrupts) == (False, True)
    assert first.overlap_seconds == second.overlap_seconds > 1.0
