"""What a search finds, whatever it is packed in, and what it takes for something else."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from callqa.upkeep.needles import Needle, Needles
from callqa.upkeep.search import Searched, look

TEXT = "我昨天在机场把行李弄丢了"
NEEDLES = Needles(
    [Needle("call id", "C-88231"), Needle("text", TEXT, says_whose=False), Needle("call id", "42")], ["C-88231", "42"]
)


def found(path: Path, needles: Needles = NEEDLES) -> set[str]:
    searched = Searched()
    look(path, path.parent, needles, searched)
    assert searched.unreadable == {}
    return {kind for trace in searched.traces for kind in trace.kinds}


def parquet(path: Path, **columns: list) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd", use_dictionary=False, write_statistics=False)
    return path


def avro(path: Path, text: str, codec: str = "deflate") -> Path:
    def sized(value: bytes) -> bytes:
        return bytes([len(value) << 1]) + value

    header = (
        b"Obj\x01"
        + bytes([4])
        + sized(b"avro.codec")
        + sized(codec.encode())
        + sized(b"avro.schema")
        + sized(b'"string"')
    )
    value = sized(text.encode())
    block = zlib.compress(value, wbits=-15) if codec == "deflate" else value
    path.write_bytes(header + b"\0" + b"s" * 16 + bytes([2]) + sized(block) + b"s" * 16)
    return path


def test_parquet_is_decoded_with_records_lists_and_maps(tmp_path):
    nested = [[{"text": TEXT, "start": 1.0}]]
    assert found(parquet(tmp_path / "a.parquet", words=nested)) == {"text"}
    samples = pa.array([[("call_id", "C-88231")]], pa.map_(pa.string(), pa.string()))
    assert found(parquet(tmp_path / "b.parquet", extra=samples)) == {"call id"}
    assert found(parquet(tmp_path / "c.parquet", pcm=[b"\0\1" + TEXT.encode()])) == {"text"}


@pytest.mark.parametrize("codec", ["deflate", "null"])
def test_avro_is_unpacked(tmp_path, codec):
    assert found(avro(tmp_path / "m0.avro", "/calls/C-88231.wav", codec)) == {"call id"}


def test_an_unknown_codec_is_told_and_not_taken_for_nothing(tmp_path):
    searched = Searched()
    look(avro(tmp_path / "m0.avro", "x", "snappy"), tmp_path, NEEDLES, searched)
    assert "snappy" in searched.unreadable[str(tmp_path / "m0.avro")]


def test_a_broken_file_is_told(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"x" * 99)
    searched = Searched()
    look(tmp_path / "a.parquet", tmp_path, NEEDLES, searched)
    assert list(searched.unreadable) == [str(tmp_path / "a.parquet")]


def test_sqlite_keeps_what_was_deleted(tmp_path):
    with sqlite3.connect(tmp_path / "catalog.db") as database:
        database.execute("create table t (a)")
        database.execute("insert into t values (?)", (TEXT,))
    assert found(tmp_path / "catalog.db") == {"text"}
    with sqlite3.connect(tmp_path / "catalog.db") as database:
        database.execute("pragma secure_delete = off")
        database.execute("delete from t")
    assert found(tmp_path / "catalog.db") == {"text"}


def test_json_escapes_archives_and_names_of_files(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"text": TEXT}))
    assert found(tmp_path / "a.json") == {"text"}
    (tmp_path / "v3.gz.metadata.json").write_bytes(gzip.compress(b'"C-88231"'))
    assert found(tmp_path / "v3.gz.metadata.json") == {"call id"}
    with zipfile.ZipFile(tmp_path / "day.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/strings.xml", f"<t>{TEXT}</t>")
    assert found(tmp_path / "day.xlsx") == {"text"}
    (tmp_path / "2026-01-05_C-88231.flac").write_bytes(b"fLaC")
    assert found(tmp_path / "2026-01-05_C-88231.flac") == {"call id"}
    (tmp_path / "page.html").write_text("<b>C-88231</b>")
    assert found(tmp_path / "page.html") == {"call id"}


def test_a_piece_that_lies_over_two_chunks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("callqa.upkeep.decoding.CHUNK", 64)
    (tmp_path / "a.txt").write_bytes(b"." * 60 + b"C-88231" + b"." * 99)
    assert found(tmp_path / "a.txt") == {"call id"}


@pytest.mark.parametrize("other", ["C-882310", "AC-88231", "xC-88231x"])
def test_an_id_within_another_word_is_another_id(tmp_path, other):
    (tmp_path / "a.txt").write_text(f"call {other} of today")
    assert found(tmp_path / "a.txt") == set()


def test_an_id_within_the_longer_name_of_another_call_is_that_calls(tmp_path):
    needles = Needles([Needle("call id", "C-88231")], ["C-88231"], ["C-88231-5", "C-88231-5.wav"])
    (tmp_path / "a.txt").write_text("C-88231-5 and C-88231-5.wav")
    assert found(tmp_path / "a.txt", needles) == set()
    (tmp_path / "a.txt").write_text("C-88231-5 and C-88231 and C-88231-5.wav")
    assert found(tmp_path / "a.txt", needles) == {"call id"}


def test_a_short_id_is_only_found_as_a_whole_value(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"rows": 42, "note": "42 calls"}))
    assert found(tmp_path / "a.json") == set()
    (tmp_path / "a.json").write_text(json.dumps({"call": "42"}))
    assert found(tmp_path / "a.json") == {"call id"}
    assert found(parquet(tmp_path / "a.parquet", call_id=["41", "42"])) == {"call id"}


def test_what_another_call_says_too_is_not_this_calls(tmp_path):
    assert found(parquet(tmp_path / "a.parquet", call_id=["D-1"], text=[TEXT])) == set()
    assert found(parquet(tmp_path / "a.parquet", call_id=["C-88231"], text=[TEXT])) == {"call id", "text"}
    (tmp_path / "a.json").write_text(json.dumps([{"call_id": "D-1", "said": [{"text": TEXT}]}], ensure_ascii=False))
    assert found(tmp_path / "a.json") == set()
    (tmp_path / "a.json").write_text(json.dumps([{"call_id": "D-1", "detail": "belongs to C-88231"}]))
    assert found(tmp_path / "a.json") == {"call id"}


def test_numbers_of_avro_are_read_as_they_are_written():
    from callqa.upkeep.decoding import _number

    for value, written in ((0, b"\0"), (-1, b"\1"), (64, b"\x80\1"), (-65, b"\x81\1")):
        assert _number(written, 0) == (value, len(written))
