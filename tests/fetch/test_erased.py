"""Recordings whose calls were erased, and that the source delivers all the same."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from callqa import fetch, storage, warehouse
from callqa.contracts import Recording
from callqa.errors import EmptyDayError, SourceError, UnreachableError
from callqa.fetch.erased import forgotten
from callqa.remote import attempts
from callqa.settings import LakeSettings, ShardSettings
from callqa.warehouse import ErasedCall
from tests.fetch.conftest import DAY
from tests.fetch.servers import http_server


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def run(source, tmp_path, lake, **more):
    erased = warehouse.erased_register(lake, DAY)
    settings = source.settings(**more)
    return fetch.run(day=DAY, run_dir=str(tmp_path / "run"), source=settings, shards=ShardSettings(), erased=erased)


def ids(result) -> list[str]:
    rows = storage.read_rows(result["manifest"], Recording)
    assert [r.call_id for path in result["shards"] for r in storage.read_rows(path, Recording)] == [
        r.call_id for r in rows
    ]
    return [row.call_id for row in rows]


def erase(lake, call_id, file: Path | None = None, day=DAY):
    known = {}
    if file:
        known = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "size_bytes": file.stat().st_size}
    warehouse.enter_erased(lake, [ErasedCall(call_date=day, call_id=call_id, **known)], "certificate 1")


def test_an_erased_call_is_left_out_counted_and_named_in_no_file(source, tmp_path, lake):
    for name in ("a.wav", "b.wav", "c.wav"):
        source.add(name)
    source.add("calls.csv", b"file,call_id\nb.wav,C-to-erase\ngone.wav,C-to-erase-too\n")
    assert run(source, tmp_path, lake)["erased"] == 0
    erase(lake, "C-to-erase")
    erase(lake, "C-to-erase-too")
    result = run(source, tmp_path, lake)
    assert ids(result) == ["a", "c"]
    assert (result["recordings"], result["rejected"], result["erased"]) == (2, 0, 2)
    for file in (tmp_path / "run").rglob("*"):
        assert file.is_dir() or b"C-to-erase" not in file.read_bytes()


def test_a_run_whose_day_was_fetched_before_the_erasure_is_fetched_anew(source, tmp_path, lake):
    source.add("a.wav")
    source.add("b.wav")
    assert ids(run(source, tmp_path, lake)) == ["a", "b"]
    erase(lake, "b")
    assert ids(run(source, tmp_path, lake)) == ["a"]


def test_a_recording_that_comes_again_under_another_name_and_on_another_day_is_known_by_its_bytes(
    source, tmp_path, lake
):
    erased = source.add("a.wav", b"voice" * 99)
    source.add("b.wav", b"VOICE" * 99)
    erase(lake, "somebody", erased, day=DAY.replace(month=2))
    erased.rename(erased.with_name("other-name.wav"))
    result = run(source, tmp_path, lake)
    assert ids(result) == ["b"]
    assert result["erased"] == 1


def test_only_files_of_an_erased_size_are_read(source, lake):
    """The file is not there, so that reading it shows."""
    erase(lake, "somebody", source.add("a.wav", b"1234"))
    register = warehouse.erased_register(lake, DAY)
    gone = Recording(call_date=DAY, call_id="b", uri="/nowhere/b.wav", file_name="b.wav", size_bytes=5, etag="")
    assert not forgotten(gone, register, source.settings())
    with pytest.raises(SourceError, match=r"cannot read /nowhere/b.wav, which may be an erased recording"):
        forgotten(dataclasses.replace(gone, size_bytes=4), register, source.settings())


def test_a_recording_that_claims_the_id_of_an_erased_call_is_left_out_too(source, tmp_path, lake):
    for name in ("a.wav", "b.wav", "c.wav"):
        source.add(name)
    source.add("calls.csv", b"file,call_id\na.wav,C-1\nb.wav,C-1\nc.wav,C-2\n")
    erase(lake, "C-1")
    assert ids(run(source, tmp_path, lake)) == ["C-2"]


def test_of_two_recordings_of_one_id_the_later_can_be_erased_alone(source, tmp_path, lake):
    source.add("a.wav")
    source.add("b.wav")
    source.add("calls.csv", b"file,call_id\na.wav,C-1\nb.wav,C-1\n")
    assert ids(run(source, tmp_path, lake)) == ["C-1", "C-1~2"]
    erase(lake, "C-1~2")
    assert ids(run(source, tmp_path, lake)) == ["C-1"]


def test_a_day_of_which_everything_was_erased_is_no_broken_feed(source, tmp_path, lake):
    source.add("a.wav")
    erase(lake, "a")
    result = run(source, tmp_path, lake)
    assert (ids(result), result["erased"], len(result["shards"])) == ([], 1, 1)
    (source.folder / "a.wav").unlink()
    with pytest.raises(EmptyDayError):
        run(source, tmp_path, lake)


def test_a_name_that_is_not_utf_8_is_read_too(source, tmp_path, lake):
    path = source.folder / "客户.wav".encode("gb18030").decode("utf-8", "surrogateescape")
    path.write_bytes(b"voice")
    erase(lake, "somebody", path)
    assert ids(run(source, tmp_path, lake)) == []


def test_a_storage_that_does_not_answer_is_asked_again_later_and_no_fault_of_the_recording(source, lake, monkeypatch):
    """Airflow tries an UnreachableError again; any other of the source ends the run."""
    monkeypatch.setattr(attempts, "FIRST_WAIT", 0.001)
    erase(lake, "c1", source.add("c1.wav", b"a"))
    with http_server() as web:
        web.troubles = [503] * 99
        uri = f"{web.root}/c2.wav"
        recording = Recording(call_date=DAY, call_id="c2", uri=uri, file_name="c2.wav", size_bytes=1, etag="")
        with pytest.raises(UnreachableError, match="asked 4 times"):
            forgotten(recording, warehouse.erased_register(lake, DAY), source.settings())


def test_a_recording_whose_size_a_web_server_does_not_say_is_known_by_its_bytes_too(source, lake):
    with http_server() as web:
        web.answers["/calls/c2.wav"] = (200, "audio/wav", b"what was said")
        there = Recording(
            call_date=DAY, call_id="c2", uri=f"{web.root}/c2.wav", file_name="c2.wav", size_bytes=0, etag=""
        )
        assert not forgotten(there, warehouse.erased_register(lake, DAY), source.settings())
        assert web.asked == []  # nothing was ever erased
        erase(lake, "c1", source.add("c1.wav", b"what was said"))
        known = warehouse.erased_register(lake, DAY)
        assert forgotten(there, known, source.settings())
        missing = dataclasses.replace(there, uri=f"{web.root}/none.wav", reject_reason="missing_file")
        assert not forgotten(missing, known, source.settings())
