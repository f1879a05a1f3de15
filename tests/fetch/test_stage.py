from datetime import UTC, date, datetime

import pytest

from callqa import fetch, storage
from callqa.contracts import Recording
from callqa.errors import EmptyDayError, SettingsError, SourceError
from callqa.settings import ShardSettings
from tests.fetch.conftest import DAY


def run(source, tmp_path, shards=None, **more):
    settings = source.settings(**more)
    return fetch.run(day=DAY, run_dir=str(tmp_path / "run"), source=settings, shards=shards or ShardSettings())


def rows(path) -> dict[str, Recording]:
    return {row.file_name: row for row in storage.read_rows(path, Recording)}


def test_a_recording_without_metadata_is_called_by_its_stem(source, tmp_path):
    path = source.add("090112-a1.wav")
    result = run(source, tmp_path)
    (row,) = rows(result["manifest"]).values()
    assert (row.call_id, row.uri, row.size_bytes, row.call_date) == ("090112-a1", str(path), 160, date(2026, 1, 5))
    assert (row.direction, row.channel_roles, row.language_hint, row.reject_reason) == ("unknown", {}, "auto", None)


def test_metadata_and_recordings_are_joined(source, tmp_path):
    source.add("a.wav")
    source.add("b.wav")
    csv = (
        "file,call_id,started_at,direction,queue,customer_number,channel_roles,language_hint,campaign\n"
        'a.wav,C-1,2026-01-05 09:30:00,inbound,billing,13812345678,"0:customer,1:agent",yue,春节\n'
    )
    source.add("calls.csv", csv.encode("gb18030"))
    result = run(source, tmp_path)
    row = rows(result["manifest"])["a.wav"]
    assert (row.call_id, row.queue, row.customer_number) == ("C-1", "billing", "138****5678")
    assert row.started_at == datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
    assert row.channel_roles == {0: "customer", 1: "agent"}
    assert (row.language_hint, row.extra) == ("yue", {"campaign": "春节"})
    assert (result["recordings"], result["rejected"], result["problems"]) == (2, 0, 0)


def test_the_number_as_dialled_is_in_no_file_of_the_run(source, tmp_path):
    source.add("a.wav")
    source.add("calls.csv", b"file,customer_number,mobile\na.wav,13812345678,13812345678\n")
    for kept in ("mask", "hash", "drop"):
        run(source, tmp_path / kept, customer_number=kept, number_key="k")
        for file in (tmp_path / kept).rglob("*"):
            assert file.is_dir() or b"13812345678" not in file.read_bytes()


def test_a_broken_value_does_not_stop_the_day_and_is_noted(source, tmp_path):
    source.add("a.wav")
    source.add("calls.csv", b"file,started_at,satisfaction,queue\na.wav,soon,5,x,surplus\n,,3,\n")
    result = run(source, tmp_path)
    row = rows(result["manifest"])["a.wav"]
    assert (row.started_at, row.satisfaction, row.queue) == (None, 5.0, "x")
    assert "row 2: started_at='soon'" in row.extra["_problems"]
    assert "1 cells more than the heading" in row.extra["_problems"]
    assert result["problems"] == 3


def test_the_second_recording_of_an_id_is_rejected_with_both_paths(source, tmp_path):
    paths = [source.add(name) for name in ("a.wav", "b.wav", "c.wav", "x~2.wav")]
    source.add("calls.csv", b"file,call_id\na.wav,x\nb.wav,x\nc.wav,x\n")
    result = run(source, tmp_path)
    found = rows(result["manifest"])
    assert {name: row.call_id for name, row in found.items()} == {
        "a.wav": "x", "b.wav": "x~3", "c.wav": "x~4", "x~2.wav": "x~2",
    }  # fmt: skip
    assert [row.reject_reason for row in found.values()] == [None, "duplicate_id", "duplicate_id", None]
    assert str(paths[0]) in found["c.wav"].reject_detail
    assert str(paths[2]) in found["c.wav"].reject_detail
    assert result["rejected"] == 2


def test_a_row_without_its_file_is_a_rejected_recording_that_takes_no_id_away(source, tmp_path):
    source.add("b.wav")
    source.add("calls.csv", b"file,call_id,queue\na.wav,x,billing\nb.wav,x,\n")
    found = rows(run(source, tmp_path)["manifest"])
    assert (found["b.wav"].call_id, found["b.wav"].reject_reason) == ("x", None)
    missing = found["a.wav"]
    assert (missing.call_id, missing.reject_reason, missing.queue) == ("x~2", "missing_file", "billing")
    assert "row 2 of calls.csv" in missing.reject_detail
    assert missing.uri.endswith("2026-01-05/a.wav")


def test_the_shards_hold_every_row_of_the_manifest_once(source, tmp_path):
    for i in range(7):
        source.add(f"{i}.wav", b"\0" * 16_000 * 30)
    source.add("calls.csv", b"file\ngone.wav\n")
    result = run(source, tmp_path, ShardSettings(seconds=60))
    assert [path.rsplit("/", 1)[-1] for path in result["shards"]] == [f"shard-{i:03}.parquet" for i in range(4)]
    together = [row for path in result["shards"] for row in storage.read_rows(path, Recording)]
    assert together == storage.read_rows(result["manifest"], Recording)
    assert [row.file_name for row in together] == sorted(row.file_name for row in together)


def test_an_empty_day_is_refused_unless_the_settings_publish_it(source, tmp_path):
    source.add("readme.txt")
    with pytest.raises(EmptyDayError, match="2026-01-05") as caught:
        run(source, tmp_path)
    assert "on_empty_day" in caught.value.remedy
    result = run(source, tmp_path, on_empty_day="publish")
    assert (result["recordings"], result["ignored"], len(result["shards"])) == (0, 1, 1)
    assert storage.read_rows(result["shards"][0], Recording) == []


def test_a_malformed_sidecar_stops_the_day_before_anything_is_written(source, tmp_path):
    source.add("a.wav")
    source.add("calls.csv", b"name\nx\n")
    with pytest.raises(SourceError, match="no column `file`"):
        run(source, tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_hash_without_a_key_stops_the_day(source, tmp_path):
    source.add("a.wav")
    with pytest.raises(SettingsError):
        run(source, tmp_path, customer_number="hash")


def test_a_second_run_writes_nothing_and_a_changed_source_is_seen(source, tmp_path):
    source.add("a.wav")
    first = run(source, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.*")}
    assert run(source, tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.*")} == written
    source.add("b.wav")
    assert run(source, tmp_path)["recordings"] == 2
    source.add("calls.csv", b"file,queue\nb.wav,x\n")
    assert rows(run(source, tmp_path)["manifest"])["b.wav"].queue == "x"
