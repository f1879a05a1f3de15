from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa import arrow, contracts, export, storage
from callqa.contracts import Call, Event, Finding, Turn
from callqa.errors import StageError
from callqa.export import tables
from tests import rows


def split(day: rows.Day, folder: Path, *groups: set[str]) -> list[dict]:
    """The day's rows in shards: each group of call ids one, in reverse, so that nothing arrives sorted."""
    shards = []
    for number, group in enumerate(groups):
        part = dataclasses.replace(
            day, **{t: [r for r in reversed(getattr(day, t)) if r.call_id in group] for t in contracts.TABLES}
        )
        shards.append(part.shard(folder, f"shard-{number:03d}"))
    return shards


def test_tables_come_out_sorted_whatever_the_shards_order(tmp_path):
    day = rows.clean()
    shards = split(day, tmp_path, {"c-003", "c-001"}, {"c-000", "c-002", "c-broken"})
    made = export.run(shards[::-1], day=rows.DAY, run_dir=str(tmp_path))
    assert storage.read_rows(made["calls"], Call) == day.calls
    assert storage.read_rows(made["turns"], Turn) == day.turns
    assert storage.read_rows(made["events"], Event) == day.events
    assert storage.read_rows(made["findings"], Finding) == day.findings
    assert made["rows"] == {"calls": 5, "turns": 8, "events": 4, "findings": 4}
    assert made["outcomes"] == {"hit": 8, "clear": 32, "unknown": 0, "crash": 0}


def test_equal_rows_give_equal_bytes_however_the_day_was_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "GROUP_ROWS", 3)
    ids = {call.call_id for call in rows.clean().calls}
    one = export.run(split(rows.clean(), tmp_path / "x", ids), day=rows.DAY, run_dir=str(tmp_path / "one"))
    cut = split(rows.clean(), tmp_path / "y", {"c-003", "c-broken"}, {"c-000", "c-002"}, {"c-001"})
    many = export.run(cut, day=rows.DAY, run_dir=str(tmp_path / "many"))
    for name in (*contracts.TABLES, "daily_qc"):
        assert Path(one[name]).read_bytes() == Path(many[name]).read_bytes(), name


def test_row_groups_are_written_one_at_a_time_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "GROUP_ROWS", 3)
    made = rows.clean().exported(tmp_path)
    assert pq.ParquetFile(made["turns"]).num_row_groups == 3
    assert storage.read_rows(made["turns"], Turn) == rows.clean().turns


def test_every_file_has_exactly_the_contracts_schema_also_without_rows(tmp_path):
    for name, day in (("some", rows.clean()), ("none", rows.empty())):
        made = day.exported(tmp_path / name)
        for table, record in contracts.TABLES.items():
            assert pq.read_schema(made[table]).equals(arrow.schema_of(record)), (name, table)


def test_a_day_without_calls_is_an_empty_array(tmp_path):
    assert json.loads(Path(rows.empty().exported(tmp_path)["daily_qc"]).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop_columns(["emotion"]), "column emotion is missing"),
        (lambda t: t.append_column("mood", pa.array(["x"] * t.num_rows)), "column mood is not one"),
        (
            lambda t: t.set_column(t.schema.get_field_index("turn"), "turn", t["turn"].cast(pa.int32())),
            "column turn is int32, not int64",
        ),
        (lambda t: t.select(t.column_names[::-1]), "in another order"),
    ],
)
def test_a_shard_with_other_columns_is_refused_by_file_and_column(tmp_path, change, words):
    shard = rows.clean().shard(tmp_path)
    storage.write_table(shard["turns"], change(storage.read_table(shard["turns"])))
    with pytest.raises(StageError, match=words) as caught:
        export.run([shard], day=rows.DAY, run_dir=str(tmp_path))
    assert shard["turns"] in str(caught.value)


def test_a_shard_whose_file_is_gone_is_refused_by_name(tmp_path):
    shard = rows.clean().shard(tmp_path)
    Path(shard["events"]).unlink()
    with pytest.raises(StageError, match=r"events\.parquet"):
        export.run([shard], day=rows.DAY, run_dir=str(tmp_path))


def test_finished_files_are_left_alone_and_changed_input_is_exported_again(tmp_path):
    first = rows.clean().exported(tmp_path)
    stamp = Path(first["calls"]).stat().st_mtime_ns
    assert rows.clean().exported(tmp_path) == first
    assert Path(first["calls"]).stat().st_mtime_ns == stamp
    again = rows.clean(marker="B").exported(tmp_path)
    assert {call.queue for call in storage.read_rows(again["calls"], Call)} == {"B", None}


def test_daily_qc_has_the_first_versions_fields_of_every_call_that_was_heard(tmp_path):
    day = rows.clean(calls=2)
    day.calls[0] = dataclasses.replace(
        day.calls[0], duration=61.9, emotion_start="angry", emotion_end="fearful", flags=["risk"]
    )
    day.calls[1] = dataclasses.replace(day.calls[1], status="invalid", flags=["invalid"], emotion_end="unknown")
    day.turns[0] = dataclasses.replace(day.turns[0], text="您好\u2028请讲\n")
    day.turns[1] = dataclasses.replace(day.turns[1], text="")
    written = Path(day.exported(tmp_path)["daily_qc"]).read_text(encoding="utf-8")
    expected = [
        {
            "call_id": "c-000",
            "duration_sec": 61,
            "text": "您好\u2028请讲",
            "emotion_start": "😡",
            "emotion_end": "😰",
            "risk_flag": True,
            "invalid_flag": False,
        },
        {
            "call_id": "c-001",
            "duration_sec": 60,
            "text": "我要退款。 我要退款。",
            "emotion_start": "",
            "emotion_end": "",
            "risk_flag": False,
            "invalid_flag": True,
        },
    ]
    assert written == json.dumps(expected, ensure_ascii=False, indent=2) + "\n"


def test_turns_without_a_call_and_a_duration_that_is_no_number_are_left_to_the_gate(tmp_path):
    day = rows.clean(calls=2)
    day.turns.insert(0, rows.turn("a-nobody", text="orphan"))
    day.calls[0] = dataclasses.replace(day.calls[0], duration=float("nan"))
    entries = json.loads(Path(day.exported(tmp_path)["daily_qc"]).read_text(encoding="utf-8"))
    assert [(e["call_id"], e["duration_sec"], e["text"]) for e in entries] == [
        ("c-000", 0, "我要退款。 我要退款。"),
        ("c-001", 60, "我要退款。 我要退款。"),
    ]


def test_an_emoji_is_known_for_every_emotion():
    from callqa.export import daily

    assert set(daily.EMOJI) == set(contracts.EMOTIONS)
