import os
import shutil

import fsspec
import pytest

from callqa.errors import SourceError
from callqa.fetch.listing import AUDIO_SUFFIXES, list_day, read_bytes
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY


def test_every_audio_suffix_is_listed_whatever_its_case_and_in_the_order_of_names(source):
    names = sorted(["Z.WAV", *(f"a{suffix}" for suffix in AUDIO_SUFFIXES)])
    for name in names:
        source.add(name)
    assert [file.name for file in list_day(source.settings(), DAY).recordings] == names


def test_files_without_a_header_are_recordings_where_the_settings_say_how_to_read_them(source):
    for name in ("a.vox", "B.VOX", "c.wav"):
        source.add(name)
    assert [file.name for file in list_day(source.settings(raw={"vox": {"codec": "vox"}}), DAY).recordings] == [
        "B.VOX",
        "a.vox",
        "c.wav",
    ]
    assert list_day(source.settings(), DAY).ignored == 2


def test_other_files_are_counted_and_hidden_files_and_folders_are_not(source):
    for name in ("a.wav", "notes.txt", "a.wav.part", ".hidden.wav", ".DS_Store"):
        source.add(name)
    (source.folder / "old.wav").mkdir()
    day = list_day(source.settings(), DAY)
    assert [file.name for file in day.recordings] == ["a.wav"]
    assert day.ignored == 2


def test_the_etag_of_a_local_file_changes_with_its_content_and_its_time(source):
    path = source.add("a.wav")
    os.utime(path, ns=(1, 1_000))
    before = list_day(source.settings(), DAY).recordings[0]
    os.utime(path, ns=(1, 2_000))
    after = list_day(source.settings(), DAY).recordings[0]
    assert (before.size_bytes, before.etag) == (160, "160-1000")
    assert after.etag == "160-2000"


def test_a_source_that_is_not_there_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(SourceError, match="nowhere does not exist") as caught:
        list_day(SourceSettings(root=str(tmp_path / "nowhere")), DAY)
    assert "source.root" in caught.value.remedy


def test_a_day_that_is_not_there_is_empty(source):
    shutil.rmtree(source.folder)
    day = list_day(source.settings(), DAY)
    assert (day.recordings, day.sidecar, day.ignored) == ([], None, 0)


def test_a_day_that_is_a_file_is_an_error(source):
    source.folder.rmdir()
    source.folder.write_text("")
    with pytest.raises(SourceError, match="is a file"):
        list_day(source.settings(), DAY)


def test_a_storage_that_nobody_knows_is_an_error_with_a_remedy():
    with pytest.raises(SourceError, match="cannot open the source nonsense://bucket") as caught:
        list_day(SourceSettings(root="nonsense://bucket"), DAY)
    assert "install" in caught.value.remedy


def test_two_sidecars_are_an_error(source):
    source.add("calls.csv")
    source.add("calls.jsonl")
    with pytest.raises(SourceError, match=r"calls\.csv and calls\.jsonl"):
        list_day(source.settings(), DAY)


def test_another_storage_is_listed_and_read_in_the_same_way():
    memory = fsspec.filesystem("memory")
    memory.pipe({f"/feed/{DAY}/b.wav": b"bb", f"/feed/{DAY}/a.wav": b"a", f"/feed/{DAY}/calls.csv": b"file\n"})
    try:
        day = list_day(SourceSettings(root="memory://feed"), DAY)
        assert [(file.name, file.size_bytes) for file in day.recordings] == [("a.wav", 1), ("b.wav", 2)]
        assert day.recordings[0].uri == f"memory:///feed/{DAY}/a.wav"
        assert read_bytes(day.sidecar) == b"file\n"
    finally:
        memory.rm("/feed", recursive=True)


def test_a_name_in_gbk_becomes_text_and_keeps_a_uri_that_opens(source):
    source.add(os.fsdecode("录音.wav".encode("gb18030")))
    found = list_day(source.settings(), DAY).recordings[0]
    assert found.name == "录音.wav"
    assert found.uri.startswith("file:///")
    assert found.uri.endswith("%C2%BC%D2%F4.wav")


def test_a_source_that_is_a_file_is_no_empty_day(tmp_path):
    file = tmp_path / "calls.zip"
    file.write_bytes(b"x")
    with pytest.raises(SourceError, match="is a file"):
        list_day(SourceSettings(root=str(file)), DAY)
