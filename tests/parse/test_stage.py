from datetime import date
from pathlib import Path
from typing import Any

import pytest

from callqa import parse, storage
from callqa.contracts import Event, Prepared, Segment, Turn, Word
from callqa.errors import StageError
from callqa.settings import RoleSettings, TextSettings

DAY = date(2026, 1, 5)
ANGRY = "<|zh|><|ANGRY|><|Speech|><|withitn|>我要投诉。"
GREETING = "<|zh|><|HAPPY|><|Speech|><|withitn|>您好。"
NOBODY = "<|nospeech|><|EMO_UNKNOWN|><|BGM|><|withitn|>"


def recording(call_id: str = "c1", **changes: Any) -> Prepared:
    known = {"call_date": DAY, "call_id": call_id, "uri": f"/{call_id}.wav", "file_name": f"{call_id}.wav"}
    known |= {"size_bytes": 1, "etag": "1", "channels": 2, "channel_roles": {0: "agent", 1: "customer"}}
    return Prepared(**{**known, **changes})


def segment(text_raw: str, clip: int = 0, **changes: Any) -> Segment:
    known = {"call_id": "c1", "channel": 0, "clip": clip, "start": float(clip), "end": clip + 1.0, "kind": "speech"}
    known |= {"loudness": -20.0, "text_raw": text_raw, "confidence": 0.9, "asr_model": "demo", "asr_digest": "d" * 64}
    return Segment(**{**known, **changes})


def run(tmp_path, segments, recordings=None, events=(), text=None) -> dict[str, Any]:
    transcribed = {
        "shard": "shard-000",
        "recordings": storage.write_rows(tmp_path / "r.parquet", Prepared, recordings or [recording()]),
        "segments": storage.write_rows(tmp_path / "s.parquet", Segment, segments),
        "events": storage.write_rows(tmp_path / "e.parquet", Event, events),
    }
    return parse.run(transcribed, run_dir=str(tmp_path / "run"), roles=RoleSettings(), text=text or TextSettings())


def turns(result) -> list[Turn]:
    return storage.read_rows(result["turns"], Turn)


def events(result) -> list[Event]:
    return storage.read_rows(result["events"], Event)


def test_turns_are_numbered_in_time_order_over_the_channels(tmp_path):
    found = turns(
        run(
            tmp_path,
            [
                segment(GREETING, 0, start=2.0, end=3.0),
                segment(ANGRY, 1, channel=1, start=0.5, end=1.0),
                segment(GREETING, 2, channel=1, start=2.0, end=2.5),
            ],
        )
    )
    assert [(t.turn, t.start, t.channel, t.role, t.speaker) for t in found] == [
        (0, 0.5, 1, "customer", "ch1"),
        (1, 2.0, 0, "agent", "ch0"),
        (2, 2.0, 1, "customer", "ch1"),
    ]


def test_a_turn_carries_what_the_model_said_and_how_sure_it_was(tmp_path):
    word = Word(text="我", start=0.1, end=0.2, confidence=0.9)
    row = segment(ANGRY, emotion_probs={"angry": 0.8, "sad": 0.2}, words=[word], confidence=0.7)
    [turn] = turns(run(tmp_path, [row]))
    assert (turn.text, turn.text_raw, turn.language, turn.emotion) == ("我要投诉。", ANGRY, "zh", "angry")
    assert (turn.emotion_score, turn.confidence, turn.words, turn.loudness) == (0.8, 0.7, [word], -20.0)
    assert (turn.call_date, turn.redactions, turn.event_tags) == (DAY, [], [])


@pytest.mark.parametrize(
    ("kind", "text_raw", "spoken"),
    [
        ("speech", GREETING, True),
        ("speech", "<|zh|><|NEUTRAL|><|Speech|><|withitn|>", True),
        ("speech", "", True),
        ("speech", NOBODY, False),
        ("speech", f"{NOBODY}好", True),
        ("sound", GREETING, True),
        ("sound", NOBODY, False),
        ("sound", "<|zh|><|NEUTRAL|><|BGM|><|withitn|>。", False),
    ],
)
def test_a_segment_is_a_turn_where_somebody_spoke(tmp_path, kind, text_raw, spoken):
    assert bool(turns(run(tmp_path, [segment(text_raw, kind=kind)]))) is spoken


def test_every_event_tag_but_speech_becomes_an_event_also_those_of_turns(tmp_path):
    result = run(
        tmp_path,
        [
            segment("<|zh|><|NEUTRAL|><|Laughter|><|withitn|>好", 0, event_probs={"laughter": 0.6}),
            segment(NOBODY, 1, kind="sound", event_probs={"bgm": 0.9}),
            segment(ANGRY, 2),
        ],
    )
    assert [(e.class_, e.start, e.end, e.score, e.detector, e.version) for e in events(result)] == [
        ("laughter", 0.0, 1.0, 0.6, "sensevoice", "demo dddddddddddd"),
        ("bgm", 1.0, 2.0, 0.9, "sensevoice", "demo dddddddddddd"),
    ]
    assert [turn.event_tags for turn in turns(result)] == [["laughter"], []]


def test_telephone_tones_stay_among_the_events_in_time_order(tmp_path):
    tone = Event(
        call_date=DAY, call_id="c1", channel=1, start=0.5, end=4.0, class_="busy", detector="tones", version="1"
    )
    found = events(run(tmp_path, [segment(NOBODY, 0), segment(NOBODY, 1)], events=[tone]))
    assert [event.class_ for event in found] == ["bgm", "busy", "bgm"]
    assert found[1] == tone


def test_a_channel_without_a_role_is_unknown_and_so_are_both_sides_on_one_channel(tmp_path):
    recordings = [
        recording("c1", channel_roles={}),
        recording("c2", channels=1),
        recording("c3", channels=1, channel_roles={0: "customer"}),
    ]
    rows = [segment(GREETING, call_id=row.call_id) for row in recordings]
    assert {t.call_id: t.role for t in turns(run(tmp_path, rows, recordings))} == {
        "c1": "unknown",
        "c2": "unknown",
        "c3": "customer",
    }


def test_turns_of_calls_do_not_mix_and_are_sorted_by_call(tmp_path):
    rows = [segment(GREETING, 0, call_id="c2"), segment(ANGRY, 0), segment(GREETING, 1, call_id="c2")]
    found = turns(run(tmp_path, rows, [recording("c2"), recording("c1")]))
    assert [(t.call_id, t.turn) for t in found] == [("c1", 0), ("c2", 0), ("c2", 1)]


def test_unknown_tags_are_counted_over_the_shard_and_kept_in_the_raw_text(tmp_path):
    raw = "<|zh|><|FOO|>好"
    result = run(tmp_path, [segment(raw, 0), segment(raw, 1), segment("<|BAR|>", 2)])
    assert result["unknown_tags"] == {"BAR": 1, "FOO": 2}
    assert turns(result)[0].text_raw == raw


def test_a_shard_without_segments_gives_tables_without_rows(tmp_path):
    result = run(tmp_path, [], [recording("c1", reject_reason="not_audio", channels=None)])
    assert (turns(result), events(result), result["unknown_tags"]) == ([], [], {})


def test_a_segment_of_no_recording_is_an_error_that_names_it(tmp_path):
    with pytest.raises(StageError, match="call c9"):
        run(tmp_path, [segment(GREETING, call_id="c9")])


def test_finished_work_is_not_done_again_and_changed_input_is(tmp_path):
    first = run(tmp_path, [segment(GREETING)])
    written = Path(first["turns"]).stat().st_ino
    assert run(tmp_path, [segment(GREETING)]) == first
    assert Path(first["turns"]).stat().st_ino == written
    assert turns(run(tmp_path, [segment(ANGRY)]))[0].text == "我要投诉。"


def test_equal_input_gives_equal_bytes(tmp_path):
    rows = [segment(GREETING, 0, emotion_probs={"happy": 0.9}), segment(ANGRY, 1)]
    one, two = run(tmp_path / "a", rows), run(tmp_path / "b", rows)
    assert storage.file_digest(one["turns"]) == storage.file_digest(two["turns"])
    assert storage.file_digest(one["events"]) == storage.file_digest(two["events"])


def test_personal_data_is_masked_before_a_turn_is_written_in_the_kinds_of_the_settings(tmp_path):
    raw = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>電話13800138000，郵箱abc@163.com"
    [turn] = turns(run(tmp_path, [segment(raw)]))
    assert (turn.text, turn.text_match) == ("電話***********，郵箱***********", "电话***********,邮箱***********")
    assert turn.text_raw == f"<|zh|><|NEUTRAL|><|Speech|><|withitn|>{turn.text}"
    assert [redaction.kind for redaction in turn.redactions] == ["phone", "email"]
    [turn] = turns(run(tmp_path / "again", [segment(raw)], text=TextSettings(redact=["email"])))
    assert turn.text == "電話13800138000，郵箱***********"


def test_a_turn_carries_the_models_probabilities_and_its_speaker(tmp_path):
    rows = [
        segment(GREETING, 0, speaker="s1", language_probs={"zh": 0.9}, event_probs={"speech": 0.8}),
        segment(ANGRY, 1, channel=1),
    ]
    first, second = turns(run(tmp_path, rows))
    assert (first.language_probs, first.event_probs) == ({"zh": 0.9}, {"speech": 0.8})
    assert (first.speaker, second.speaker) == ("ch0.s1", "ch1")


def test_an_announcement_is_the_calls_state_unless_tones_said_it(tmp_path):
    raw = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>您拨打的电话已关机，请稍后再拨。"
    recordings = [recording("c1"), recording("c2", call_state="busy"), recording("c3")]
    result = run(tmp_path, [segment(raw), segment(raw, call_id="c2"), segment(ANGRY, call_id="c3")], recordings)
    found = storage.read_rows(result["recordings"], Prepared)
    assert [(row.call_state, row.call_state_source) for row in found] == [
        ("powered_off", "announcement"),
        ("busy", "tones"),
        (None, None),
    ]


def test_a_menu_before_the_agent_is_stored_as_an_announcement(tmp_path):
    menu = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>您好，欢迎致电蓝鲸到家，查询订单请按1，人工服务请按0。"
    found = turns(run(tmp_path, [segment(menu), segment(GREETING, 1), segment(ANGRY, 2, channel=1)]))
    assert [(turn.role, turn.announcement) for turn in found] == [
        ("agent", True),
        ("agent", False),
        ("customer", False),
    ]
