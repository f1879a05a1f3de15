"""Recordings of storages far away, read by the processes of `prepare`: as those of a folder, and no secret left behind."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import pytest

from callqa import fetch, prepare, storage
from callqa.contracts import Clip, Prepared
from callqa.errors import UnreachableError
from callqa.settings import PrepareSettings, ShardSettings, SourceSettings
from tests.conftest import DEMO_CALLS
from tests.fetch.servers import PASSWORD, http_server, sftp_server
from tests.warehouse.conftest import BUCKET, object_store  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

DAY = dt.date(2026, 1, 7)
FILES = ("100500-c5.wav", "101200-c6.wav", "calls.csv")
KEY = "the-secret-of-the-store"


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "source" / DAY.isoformat()
    place.mkdir(parents=True)
    for name in FILES:
        shutil.copy(DEMO_CALLS / DAY.isoformat() / name, place / name)
    return tmp_path / "source"


def prepared(source: SourceSettings, lake: Path) -> tuple[list, list]:
    """The rows of what is there, without what says where it lies; rows of missing recordings are left out."""
    fetched = fetch.run(day=DAY, run_dir=str(lake / "runs" / "one"), source=source, shards=ShardSettings())
    (shard,) = fetched["shards"]
    made = prepare.run(
        shard, run_dir=str(lake / "runs" / "one"), lake=str(lake), source=source, settings=PrepareSettings(processes=1)
    )
    rows = [row for row in storage.read_rows(made["recordings"], Prepared) if row.reject_reason != "missing_file"]
    clips = [dataclasses.replace(clip, audio=Path(clip.audio).name) for clip in storage.read_rows(made["clips"], Clip)]
    assert not any(clip.audio.startswith("/") for clip in clips)
    return [dataclasses.replace(row, uri="", etag="") for row in rows], clips


def leaks(lake: Path, secret: str) -> list[Path]:
    return [file for file in lake.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


def test_an_sftp_servers_recordings_are_heard_as_those_of_a_folder(folder, tmp_path):
    near = prepared(SourceSettings(root=str(folder)), tmp_path / "near")
    with sftp_server(folder) as server:
        far = prepared(SourceSettings(root=server.root, storage=server.storage), tmp_path / "far")
    assert far == near
    assert len(far[0]) == 2
    assert all(row.sha256 and not row.reject_reason for row in far[0])
    assert leaks(tmp_path / "far", PASSWORD) == []


def test_a_web_servers_recordings_are_heard_as_those_of_a_folder(folder, tmp_path):
    near = prepared(SourceSettings(root=str(folder)), tmp_path / "near")
    with http_server() as web:
        place = f"/calls/{DAY}/"
        listed = "".join(f'<a href="{name}">x</a>' for name in FILES).encode()
        web.login = f"Bearer {KEY}"
        web.answers = {place: (200, "text/html", listed)}
        web.answers |= {f"{place}{n}": (200, "audio/wav", (folder / DAY.isoformat() / n).read_bytes()) for n in FILES}
        far = prepared(SourceSettings(root=web.root, storage={"token": KEY}), tmp_path / "far")
    assert far == near
    assert leaks(tmp_path / "far", KEY) == []


def test_a_stores_recordings_are_heard_as_those_of_a_folder(folder, tmp_path, object_store):  # noqa: F811
    import fsspec

    near = prepared(SourceSettings(root=str(folder)), tmp_path / "near")
    keys = {
        "key": "AK",
        "secret": KEY,
        "endpoint_url": object_store["s3.endpoint"],
        "client_kwargs": {"region_name": "us-east-1"},
    }
    fsspec.filesystem("s3", **keys).put(str(folder / DAY.isoformat()), f"{BUCKET}/far/", recursive=True)
    far = prepared(SourceSettings(root=f"s3://{BUCKET}/far", storage=keys), tmp_path / "far")
    assert far == near
    assert leaks(tmp_path / "far", KEY) == []


def test_a_server_that_goes_away_stops_the_shard_and_rejects_nothing(folder, tmp_path):
    lake = tmp_path / "lake"
    with sftp_server(folder) as server:
        source = SourceSettings(root=server.root, storage=server.storage)
        fetched = fetch.run(day=DAY, run_dir=str(lake / "runs" / "one"), source=source, shards=ShardSettings())
    with pytest.raises(UnreachableError, match="asked 4 times") as caught:
        prepare.run(
            fetched["shards"][0],
            run_dir=str(lake / "runs" / "one"),
            lake=str(lake),
            source=source,
            settings=PrepareSettings(processes=1),
        )
    assert PASSWORD not in str(caught.value)
    assert not list((lake / "runs" / "one" / "prepare").glob("*.json"))


def test_one_recording_that_is_gone_is_rejected_and_the_others_are_heard(folder, tmp_path):
    lake = tmp_path / "lake"
    with sftp_server(folder) as server:
        source = SourceSettings(root=server.root, storage=server.storage)
        fetched = fetch.run(day=DAY, run_dir=str(lake / "runs" / "one"), source=source, shards=ShardSettings())
        (folder / DAY.isoformat() / FILES[0]).unlink()
        made = prepare.run(
            fetched["shards"][0],
            run_dir=str(lake / "runs" / "one"),
            lake=str(lake),
            source=source,
            settings=PrepareSettings(processes=1),
        )
    reasons = {row.file_name: row.reject_reason for row in storage.read_rows(made["recordings"], Prepared)}
    assert {name: reasons[name] for name in FILES[:2]} == {FILES[0]: "unreadable", FILES[1]: None}
