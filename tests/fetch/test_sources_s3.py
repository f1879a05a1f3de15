"""Recordings in an S3 store (moto's server, which is a real one to the client)."""

from __future__ import annotations

import uuid

import pytest
import s3fs

from callqa.errors import SourceError, UnreachableError
from callqa.fetch.day import look
from callqa.fetch.listing import list_day, list_folder
from callqa.prepare.intake.opening import opened
from callqa.remote import attempts
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY
from tests.warehouse.conftest import BUCKET, free_port, object_store  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

ODD = ("a b#1.wav", "c?x=%41+.wav", "录音.wav", "a::b.wav")
WAV = b"RIFF" + bytes(200)


@pytest.fixture
def store(object_store):  # noqa: F811
    """A folder of its own in the bucket: the source, and the file system that fills it."""
    import fsspec

    storage = {
        "key": "key",
        "secret": "a-long-secret",
        "endpoint_url": object_store["s3.endpoint"],
        "client_kwargs": {"region_name": "us-east-1"},
    }
    root = f"s3://{BUCKET}/{uuid.uuid4().hex[:12]}"
    return SourceSettings(root=root, storage=storage), fsspec.filesystem("s3", **storage)


def test_a_store_is_listed_and_read_whatever_its_files_are_called(store):
    source, system = store
    for name in ODD:
        system.pipe_file(f"{source.root}/{DAY}/{name}", WAV + name.encode())
    system.pipe_file(f"{source.root}/{DAY}/calls.csv", "file,agent_id\n录音.wav,A1\n".encode())
    there = look(source, DAY)
    assert [file.name for file, _ in there.recordings] == sorted(ODD)
    assert [row.values for _, row in there.recordings if row] == [{"agent_id": "A1"}]
    for file, _ in there.recordings:
        with opened(file.uri, None, source.storage) as copy:
            assert copy.read() == WAV + file.name.encode()
        assert file.changed is not None
        assert len(file.etag) == 32  # MD5, as S3 has it


def test_thousands_of_files_come_in_pages(store):
    source, system = store
    system.pipe({f"{source.root}/{DAY}/{number:04}.wav": b"x" for number in range(1200)})
    assert len(list_day(source, DAY).recordings) == 1200


def test_a_day_that_the_store_does_not_have_is_empty_and_a_bucket_that_is_not_there_an_error(store):
    source, system = store
    system.pipe_file(f"{source.root}/2026-01-04/a.wav", WAV)
    assert list_day(source, DAY).recordings == []
    with pytest.raises(SourceError, match="does not exist"):
        list_day(source.model_copy(update={"root": "s3://no-such-bucket"}), DAY)


def test_a_store_that_does_not_answer_is_named_without_its_keys(store, monkeypatch):
    monkeypatch.setattr(attempts, "ATTEMPTS", 2)
    monkeypatch.setattr(attempts, "FIRST_WAIT", 0.001)
    source, _ = store
    with free_port() as port:
        storage = source.storage | {
            "endpoint_url": f"http://127.0.0.1:{port}",
            "config_kwargs": {"connect_timeout": 1, "retries": {"max_attempts": 0}},
        }
        with pytest.raises(UnreachableError) as caught:
            list_day(source.model_copy(update={"storage": storage}), DAY)
    assert source.root in str(caught.value)
    assert "a-long-secret" not in str(caught.value)


def test_a_store_without_credentials_says_where_they_belong(store, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    source, _ = store
    storage = {"endpoint_url": source.storage["endpoint_url"]}
    with pytest.raises(SourceError) as caught:
        list_day(source.model_copy(update={"storage": storage}), DAY)
    assert "CALLQA_SOURCE__STORAGE__" in caught.value.remedy


def test_what_came_since_the_last_look_of_this_process_is_seen(store):
    source, system = store
    folder = f"{source.root}/{DAY}"
    system.pipe_file(f"{folder}/a.wav", WAV)
    assert len(list_folder(source, folder)) == 1
    other = s3fs.S3FileSystem(skip_instance_cache=True, **source.storage)  # the recorder
    other.pipe_file(f"{folder}/b.wav", WAV)
    assert len(list_folder(source, folder)) == 2
