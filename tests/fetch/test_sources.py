"""Recordings on servers: an SFTP server, HTTP listings, an S3 store; all of them real, on the loopback."""

from __future__ import annotations

import datetime as dt
import json
import logging

import pytest

from callqa.errors import SourceError, UnreachableError
from callqa.fetch.day import look
from callqa.fetch.listing import list_day, read_bytes
from callqa.prepare.intake.opening import opened
from callqa.remote import attempts
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY
from tests.fetch.servers import PASSWORD, USER, http_server, sftp_server

ODD = ("a b#1.wav", "c?x=%41.wav", "录音.wav", "a::b.wav")
WAV = b"RIFF" + bytes(200)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(attempts, "FIRST_WAIT", 0.001)


@pytest.fixture
def sftp(tmp_path):
    with sftp_server(tmp_path / "there") as server:
        folder = server.folder / "calls" / DAY.isoformat()
        folder.mkdir(parents=True)
        for name in ODD:
            (folder / name).write_bytes(WAV + name.encode())
        (folder / "calls.csv").write_bytes("file,agent_id\n录音.wav,A1\n".encode())
        yield server


@pytest.fixture
def web():
    with http_server() as server:
        yield server


def of_sftp(server, **more) -> SourceSettings:
    return SourceSettings(root=f"{server.root}/calls", storage=server.storage | more)


def content(uri: str, source: SourceSettings) -> bytes:
    with opened(uri, None, source.storage) as file:
        return file.read()


def test_an_sftp_server_is_listed_and_read_whatever_its_files_are_called(sftp):
    source = of_sftp(sftp)
    there = look(source, DAY)
    assert [file.name for file, _ in there.recordings] == sorted(ODD)
    assert [row.values for _, row in there.recordings if row] == [{"agent_id": "A1"}]
    for file, _ in there.recordings:
        assert file.uri == f"{sftp.root}/calls/{DAY}/{file.name}"
        assert file.size_bytes == len(WAV + file.name.encode())
        assert content(file.uri, source) == WAV + file.name.encode()


def test_a_day_that_an_sftp_server_does_not_have_is_empty(sftp):
    assert look(of_sftp(sftp), DAY + dt.timedelta(days=1)).recordings == []


def test_a_broken_connection_is_made_again(sftp, caplog):
    source = of_sftp(sftp)
    uri = list_day(source, DAY).recordings[0].uri
    sftp.breaks = 2
    with caplog.at_level(logging.WARNING):
        assert content(uri, source).startswith(WAV)
    assert "asked again" in caplog.text
    assert PASSWORD not in caplog.text


def test_a_storage_that_never_answers_is_no_fault_of_the_recording(sftp):
    source = of_sftp(sftp)
    uri = list_day(source, DAY).recordings[0].uri
    sftp.breaks = 99
    with pytest.raises(UnreachableError, match="asked 4 times") as caught, opened(uri, None, source.storage):
        pass
    assert uri in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_whose_key_nobody_knows_is_refused_and_its_key_named(sftp):
    storage = {"username": USER, "password": PASSWORD}
    with pytest.raises(SourceError, match="is not known") as caught:
        list_day(SourceSettings(root=f"{sftp.root}/calls", storage=storage), DAY)
    assert sftp.host_key in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_with_another_key_than_the_known_one_is_refused(sftp, tmp_path):
    with sftp_server(tmp_path) as other, pytest.raises(SourceError, match="another key"):
        list_day(of_sftp(sftp, host_key=other.host_key), DAY)


def test_a_wrong_password_is_said_without_the_password_and_asked_once(sftp):
    with pytest.raises(SourceError, match="refuses the login of qa") as caught:
        list_day(of_sftp(sftp, password="wrong-password"), DAY)
    assert not isinstance(caught.value, UnreachableError)
    assert "wrong-password" not in str(caught.value)
    assert "CALLQA_SOURCE__STORAGE__" in caught.value.remedy


def test_a_file_that_is_gone_is_not_asked_for_again(sftp):
    with pytest.raises(FileNotFoundError), opened(f"{sftp.root}/calls/none.wav", None, sftp.storage):
        pass


def test_a_server_that_is_not_there_does_not_answer(sftp):
    sftp.close()
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1"):
        list_day(of_sftp(sftp), DAY)


def page(*links: str) -> tuple[int, str, bytes]:
    body = "".join(f'<li><a href="{link}">{link}</a>' for link in links)
    return 200, "text/html", f"<html><a href='../'>up</a><a href='?C=N;O=D'>name</a>{body}</html>".encode()


def test_a_page_of_links_is_a_listing(web):
    place = f"/calls/{DAY}/"
    web.answers = {
        place: page("a%20b%231.wav", "%E5%BD%95%E9%9F%B3.wav", f"{place}c.mp3", "calls.csv", "sub/", "x.txt",
                    "http://elsewhere.example/d.wav", "/calls/other/e.wav", "f.wav?token=1"),
        f"{place}a%20b%231.wav": (200, "audio/wav", b"1"),
        f"{place}%E5%BD%95%E9%9F%B3.wav": (200, "audio/wav", b"22"),
        f"{place}c.mp3": (200, "audio/mpeg", b"333"),
        f"{place}calls.csv": (200, "text/csv", b"file,agent_id\nc.mp3,A7\n"),
    }  # fmt: skip
    source = SourceSettings(root=web.root)
    there = look(source, DAY)
    found = {file.name: (file.size_bytes, row and row.values) for file, row in there.recordings}
    assert found == {"a b#1.wav": (1, None), "c.mp3": (3, {"agent_id": "A7"}), "录音.wav": (2, None)}
    assert there.ignored == 1
    assert [content(file.uri, source) for file, _ in there.recordings] == [b"1", b"333", b"22"]
    assert all(file.etag == "Mon, 05 Jan 2026 03:00:00 GMT" for file, _ in there.recordings)
    assert not any("elsewhere" in path or "token" in path for _, path, _ in web.asked)


def test_a_json_listing_is_read_page_by_page_and_sizes_are_not_asked_for(web):
    place = f"/calls/{DAY}/"
    files = [{"name": f"{n:04}.wav", "size": n, "mtime": "2026-01-05T03:00:00Z", "type": "file"} for n in range(3000)]
    for number in range(3):
        here = {"files": files[number * 1000 : (number + 1) * 1000], "next": f"?page={number + 1}"}
        here |= {"next": None} if number == 2 else {}
        web.answers[place if not number else f"{place}?page={number}"] = (
            200,
            "application/json",
            json.dumps(here).encode(),
        )
    recordings = list_day(SourceSettings(root=web.root), DAY).recordings
    assert [(file.name, file.size_bytes) for file in recordings] == [(f"{n:04}.wav", n) for n in range(3000)]
    assert recordings[0].changed == dt.datetime(2026, 1, 5, 3, tzinfo=dt.UTC)
    assert len(web.asked) == 3


def test_a_listing_that_goes_round_in_circles_ends(web):
    here = {"files": ["a.wav"], "next": f"/calls/{DAY}/"}
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", json.dumps(here).encode())
    web.answers[f"/calls/{DAY}/a.wav"] = (200, "audio/wav", WAV)
    assert len(list_day(SourceSettings(root=web.root), DAY).recordings) == 1


def test_a_next_page_on_another_server_is_refused_as_it_would_get_the_password(web):
    here = {"files": [], "next": "http://127.0.0.1:1/steal"}
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", json.dumps(here).encode())
    with pytest.raises(SourceError, match="another server"):
        list_day(SourceSettings(root=web.root, storage={"token": "tokentoken"}), DAY)


def test_a_day_that_a_web_server_does_not_have_is_empty(web):
    assert list_day(SourceSettings(root=web.root), DAY).recordings == []


def test_a_web_server_in_trouble_is_asked_again(web):
    web.answers = {f"/calls/{DAY}/": page("a.wav"), f"/calls/{DAY}/a.wav": (200, "audio/wav", WAV)}
    web.troubles = [503, 429, 502]
    source = SourceSettings(root=web.root)
    (file,) = list_day(source, DAY).recordings
    web.troubles = [500]
    assert content(file.uri, source) == WAV


@pytest.mark.parametrize(
    ("login", "storage"),
    [
        ("Bearer a-long-token", {"token": "a-long-token"}),
        ("Basic cWE6cGFzc3dvcmQ=", {"username": "qa", "password": "password"}),
        ("Key k-e-y", {"headers": {"Authorization": "Key k-e-y"}}),
    ],
)
def test_a_web_server_is_told_who_asks(web, login, storage):
    web.login = login
    web.answers = {f"/calls/{DAY}/": page("a.wav"), f"/calls/{DAY}/a.wav": (200, "audio/wav", WAV)}
    source = SourceSettings(root=web.root, storage=storage)
    assert content(list_day(source, DAY).recordings[0].uri, source) == WAV
    assert {asked[2] for asked in web.asked} == {login}


def test_a_web_server_that_refuses_is_asked_once_and_the_token_is_not_said(web):
    web.login = "Bearer right"
    with pytest.raises(SourceError, match="401") as caught:
        list_day(SourceSettings(root=web.root, storage={"token": "wrong-token"}), DAY)
    assert len(web.asked) == 1
    assert "wrong-token" not in str(caught.value)
    assert not isinstance(caught.value, UnreachableError)


def test_what_is_no_listing_is_said_so(web):
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", b'{"error": "gone"}')
    with pytest.raises(SourceError, match="no list of files"):
        list_day(SourceSettings(root=web.root), DAY)


def test_a_file_that_grows_while_it_is_read_is_read_again(sftp):
    source = of_sftp(sftp)
    path = sftp.folder / "calls" / DAY.isoformat() / "grows.wav"
    path.write_bytes(WAV)
    sftp.after_reading = [lambda: path.write_bytes(WAV * 2)]
    assert content(f"{sftp.root}/calls/{DAY}/grows.wav", source) == WAV * 2


def test_a_file_that_never_stops_growing_is_not_taken_for_whole(sftp):
    source = of_sftp(sftp)
    path = sftp.folder / "calls" / DAY.isoformat() / "grows.wav"
    path.write_bytes(WAV)
    sftp.after_reading = [lambda: path.write_bytes(path.read_bytes() + WAV)] * 9
    with (
        pytest.raises(OSError, match="changes while it is read"),
        opened(f"{sftp.root}/calls/{DAY}/grows.wav", None, source.storage),
    ):
        pass


def test_names_in_one_folder_or_templates_of_folders_say_the_day(tmp_path):
    for name in ("inbox/20260105-a.wav", "inbox/20260106-b.wav", "2026/01/05/c.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(WAV)
    (tmp_path / "inbox" / "calls.csv").write_text("file\n20260105-a.wav\n20260105-none.wav\n20260106-none.wav\n")
    by_name = look(SourceSettings(root=str(tmp_path), layout="inbox/{day:%Y%m%d}-*"), DAY)
    assert [file.name for file, _ in by_name.recordings] == ["20260105-a.wav"]
    assert [row.file_name for row, _ in by_name.missing] == ["20260105-none.wav"]
    by_folder = look(SourceSettings(root=str(tmp_path), layout="{day:%Y/%m/%d}"), DAY)
    assert [file.name for file, _ in by_folder.recordings] == ["c.wav"]


def test_where_days_lie_together_the_call_says_its_day_else_the_file_does(tmp_path):
    import os

    midnight = dt.datetime(2026, 1, 5, 16, tzinfo=dt.UTC).timestamp()  # the 6th in Shanghai begins
    for name, written in {"a.wav": midnight - 1, "b.wav": midnight + 1, "told.wav": midnight + 60}.items():
        (tmp_path / name).write_bytes(WAV)
        os.utime(tmp_path / name, (written, written))
    (tmp_path / "calls.csv").write_text(
        "file,started_at\ntold.wav,2026-01-05 23:58:00\ngone.wav,2026-01-06 08:00:00\nnowhen.wav,\n"
    )
    source = SourceSettings(root=str(tmp_path), layout="", day_by="time")
    assert [file.name for file, _ in look(source, DAY).recordings] == ["a.wav", "told.wav"]
    following = look(source, DAY + dt.timedelta(days=1))
    assert [file.name for file, _ in following.recordings] == ["b.wav"]
    assert [row.file_name for row, _ in following.missing] == ["gone.wav"]


def test_what_was_written_a_moment_ago_is_left_for_the_next_look_by_the_storages_own_clock(tmp_path):
    import os

    folder = tmp_path / DAY.isoformat()
    folder.mkdir()
    now = dt.datetime.now(dt.UTC).timestamp()

    def there(**ages: float) -> list[str]:
        for name, age in ages.items():
            (folder / f"{name}.wav").write_bytes(WAV)
            os.utime(folder / f"{name}.wav", (now - age, now - age))
        found = look(SourceSettings(root=str(tmp_path)), DAY, settle_seconds=30)
        assert len(found.recordings) + found.unsettled == len(list(folder.iterdir()))
        return [file.name for file, _ in found.recordings]

    assert there(old=3600, fresh=1) == ["old.wav"]
    assert there(fresh=60) == ["fresh.wav", "old.wav"]
    # Their clock is five minutes ahead: what they wrote a minute before their newest is settled.
    assert there(ahead=-300, before=-240) == ["before.wav", "fresh.wav", "old.wav"]


def test_read_bytes_says_that_a_side_car_is_gone(tmp_path, source):
    found = list_day(source.settings(), DAY)
    source.add("calls.csv", b"file\n")
    sidecar = list_day(source.settings(), DAY).sidecar
    (source.folder / "calls.csv").unlink()
    assert found.sidecar is None
    with pytest.raises(SourceError, match="is gone"):
        read_bytes(sidecar, source.settings())
