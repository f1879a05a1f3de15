import datetime as dt

import pyarrow as pa
import pytest

from callqa import arrow, contracts
from callqa.contracts import Call, CardScore, Event, Evidence, Finding, Recording, SectionScore, Turn, Word

DAY = dt.date(2026, 1, 5)


def a_turn(**more) -> Turn:
    values = {
        "call_date": DAY, "call_id": "a", "turn": 0, "channel": 0, "role": "agent", "speaker": "ch0", "start": 0.0, "end": 1.5,
        "text": "您好",
        "text_match": "x", "text_raw": "<|zh|>您好", "language": "zh", "emotion": "happy", "confidence": 0.9, "loudness": -20.0,
    }  # fmt: skip
    return Turn(**{**values, **more})


@pytest.mark.parametrize(
    "row",
    [
        a_turn(words=[Word(text="您", start=0.1, end=0.2, confidence=0.9)], event_tags=["bgm"]),
        Event(call_date=DAY, call_id="a", channel=1, start=0.0, end=4.0, class_="busy", detector="tones", version="1"),
        Finding(
            call_date=DAY, call_id="a", rule="HR01", rule_version=1, pack="standard", pack_version="1", outcome="hit",
            severity="critical", score=-20.0, message="m", asr_model="demo",
            evidence=[Evidence(turn=None, start=0.0, end=1.0, text="", condition="c")],
        ),
        Recording(
            call_date=DAY, call_id="a", uri="/x/a.wav", file_name="a.wav", size_bytes=3, etag="e",
            started_at=dt.datetime(2026, 1, 5, 1, 2, 3, tzinfo=dt.UTC), channel_roles={0: "agent", 1: "customer"}, extra={"k": "v"},
        ),
    ],
    ids=lambda row: type(row).__name__,
)  # fmt: skip
def test_rows_survive_a_table(row):
    assert arrow.from_table(type(row), arrow.to_table(type(row), [row])) == [row]


def a_call(**more) -> Call:
    values = {"call_date": DAY, "call_id": "a", "uri": "u", "file_name": "f", "size_bytes": 1, "etag": "e"}
    return Call(**{**values, "status": "analysed", **more})


def test_records_within_records_survive_a_table():
    sections = [
        SectionScore(name="Opening", score=50.0, coverage=1.0),
        SectionScore(name="x", score=None, coverage=0.0),
    ]
    card = CardScore(card="service", version=2, score=None, passed=None, coverage=0.5, sections=sections)
    row = a_call(scorecards=[card, CardScore(card="other", version=1, score=80.0, passed=True, coverage=1.0)])
    assert arrow.from_table(Call, arrow.to_table(Call, [row, a_call()])) == [row, a_call()]


def test_a_null_from_before_a_column_was_gained_is_its_default():
    table = arrow.to_table(Call, [a_call(score=80.0, rules_clear=3)])
    for name in ("scorecards", "rules_clear", "score"):
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.nulls(1, table.schema.field(name).type))
    [row] = arrow.from_table(Call, table)
    assert (row.scorecards, row.rules_clear, row.score) == ([], 0, None)


def test_no_rows_still_have_every_column_and_type():
    assert arrow.to_table(Call, []).schema == arrow.schema_of(Call)


def test_class_is_a_column_and_only_what_may_be_none_is_nullable():
    schema = arrow.schema_of(Event)
    assert "class" in schema.names
    assert schema.field("score").nullable
    assert not schema.field("start").nullable


def test_unknown_columns_of_a_newer_version_are_left_out():
    table = arrow.to_table(Turn, [a_turn()]).append_column("later", pa.array([1]))
    assert arrow.from_table(Turn, table) == [a_turn()]


def test_widen_keeps_the_narrower_record():
    recording = Recording(call_date=DAY, call_id="a", uri="u", file_name="f", size_bytes=1, etag="e", queue="claims")
    call = arrow.widen(Call, recording, status="rejected", reject_reason="empty_file")
    assert (call.queue, call.status, call.reject_reason) == ("claims", "rejected", "empty_file")


def test_every_table_is_dated_and_named_by_call():
    for record in contracts.TABLES.values():
        assert {"call_date", "call_id"} <= set(arrow.schema_of(record).names)
