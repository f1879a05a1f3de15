"""The source of recordings, as far as an erasure touches it."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa.errors import SourceError, UnreachableError
from callqa.upkeep import source
from tests.console.server import free_port
from tests.upkeep import lakes
from tests.upkeep.lakes import DAY

HEADING = "录音文件,call_id,备注\r\n"
OTHERS = ['a.wav,A,"两\r\n行, 逗号"\r\n', "c.wav,C,\r\n"]
GONE = "x/b.wav,B,投诉\r\n"


def sidecar(tmp_path: Path, name: str, content: bytes):
    chosen = lakes.settings(tmp_path)
    folder = Path(chosen.source.root) / str(DAY)
    folder.mkdir(parents=True)
    for one in "abc":
        (folder / f"{one}.wav").write_bytes(b"RIFF")
    (folder / name).write_bytes(content)
    return chosen, folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_one_row_of_a_csv_goes_and_the_others_stay_as_they_are_written(tmp_path, encoding):
    chosen, path = sidecar(tmp_path, "calls.csv", "".join([HEADING, OTHERS[0], GONE, OTHERS[1]]).encode(encoding))
    path.chmod(0o640)
    assert source.without_rows(chosen, DAY, {"b.wav"}).rows == 1
    assert path.read_bytes() == "".join([HEADING, *OTHERS]).encode(encoding)
    assert path.stat().st_mode & 0o777 == 0o640
    assert {one.call_id for one in source.recordings(chosen, DAY)} == {"A", "C", "b"}


def test_a_line_of_json_goes(tmp_path):
    lines = ['{"file": "a.wav", "call_id": "A"}\n', '{"call_id": "B", "FILE": "b.wav"}\n', "\n", '{"file":"c.wav"}']
    chosen, path = sidecar(tmp_path, "calls.jsonl", "".join(lines).encode())
    assert source.without_rows(chosen, DAY, {"b.wav", "never.wav"}).rows == 1
    assert path.read_text() == "".join([lines[0], *lines[2:]])


def test_a_row_of_parquet_goes(tmp_path):
    out = io.BytesIO()
    table = pa.table({"file": ["a.wav", "b.wav", "c.wav"], "note": [["x"], ["y"], None]})
    pq.write_table(table, out)
    chosen, path = sidecar(tmp_path, "calls.parquet", out.getvalue())
    assert source.without_rows(chosen, DAY, {"b.wav"}).rows == 1
    assert pq.ParquetFile(path).read().equals(table.take([0, 2]))


def test_a_side_car_without_the_row_is_not_written(tmp_path):
    chosen, path = sidecar(tmp_path, "calls.csv", (HEADING + OTHERS[0]).encode())
    before = path.stat().st_ino
    assert source.without_rows(chosen, DAY, {"b.wav"}).rows == 0
    assert path.stat().st_ino == before
    assert source.without_rows(chosen, lakes.NEXT, {"b.wav"}).rows == 0


def test_a_recording_is_deleted_once_and_its_digest_is_known_before(tmp_path):
    chosen, path = sidecar(tmp_path, "calls.csv", HEADING.encode())
    uri = str(path.parent / "b.wav")
    assert len(source.digest(uri) or "") == 64
    assert source.delete(uri).bytes == 4
    assert (source.delete(uri).files, source.digest(uri), source.is_there(uri)) == (0, None, False)
    assert len(source.recordings(chosen, DAY)) == 2


def test_a_storage_that_does_not_answer_is_no_day_that_is_gone(tmp_path, monkeypatch):
    chosen, _ = sidecar(tmp_path, "calls.csv", HEADING.encode())

    def silent(*_given):
        raise UnreachableError("no answer", remedy="later")

    monkeypatch.setattr("callqa.upkeep.source.list_day", silent)
    with pytest.raises(UnreachableError):
        source.without_rows(chosen, DAY, {"b.wav"})


def test_of_a_storage_that_does_not_answer_nobody_says_that_a_recording_is_gone(monkeypatch):
    monkeypatch.setattr("callqa.remote.attempts.FIRST_WAIT", 0)
    assert source.is_there(f"http://127.0.0.1:{free_port()}/{DAY}/b.wav")


def test_nothing_is_deleted_over_http():
    with pytest.raises(SourceError, match="read-only"):
        source.delete("https://recorder.example/2026-01-05/b.wav")


def test_a_source_of_another_storage_is_changed_too(tmp_path):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe(f"/retention/{DAY}/b.wav", b"RIFF")
    memory.pipe(f"/retention/{DAY}/calls.csv", (b"file,call_id\nb.wav,B\na.wav,A\n"))
    chosen = lakes.settings(tmp_path)
    chosen = chosen.model_copy(update={"source": chosen.source.model_copy(update={"root": "memory://retention"})})
    (found, _) = source.recordings(chosen, DAY)[::-1]
    assert found.call_id == "B"
    assert source.delete(found.uri).files == 1
    assert source.without_rows(chosen, DAY, {"b.wav"}).rows == 1
    assert memory.cat(f"/retention/{DAY}/calls.csv") == b"file,call_id\na.wav,A\n"
