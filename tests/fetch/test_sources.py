"""Recordings on an SFTP server, a real one on the loopback; and where the days of a source lie."""

from __future__ import annotations

import datetime as dt
import logging
import os

import pytest

from callqa import remote
from callqa.errors import SourceError, UnreachableError
from callqa.fetch.day import look
from callqa.fetch.listing import list_day, list_folder, read_bytes
from callqa.prepare.intake.opening import opened
from callqa.remote import attempts
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY
from tests.fetch.servers import PASSWORD, USER, sftp_server

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


def test_a_connection_that_breaks_while_a_day_is_looked_for_does_not_make_it_an_empty_day(sftp):
    source = of_sftp(sftp)
    assert len(look(source, DAY).recordings) == len(ODD)
    for number in (1, 2, 3):  # the question that breaks: for the root, for the day, a second time
        sftp.breaks_at_stat = number
        assert len(look(source, DAY).recordings) == len(ODD)
    sftp.close()
    with pytest.raises(UnreachableError):
        look(source, DAY)


def test_asked_whether_a_file_is_there_a_connection_that_breaks_is_no_answer(sftp):
    """What is to be deleted would count as deleted."""
    source = of_sftp(sftp)
    uri = list_day(source, DAY).recordings[0].uri
    sftp.breaks_at_stat = 1
    assert remote.attempt(uri, source.storage, remote.kind) == "file"
    with pytest.raises(FileNotFoundError):
        remote.attempt(f"{uri}.none", source.storage, remote.kind)


def test_names_of_an_sftp_server_may_be_in_gbk(sftp):
    folder = sftp.folder / "calls" / DAY.isoformat()
    for place in (folder, sftp.folder / "calls" / os.fsdecode("班组".encode("gb18030"))):
        place.mkdir(exist_ok=True)
        (place / os.fsdecode("投诉.wav".encode("gb18030"))).write_bytes(WAV)
    (folder / os.fsdecode(b"\xff\xff.wav")).write_bytes(WAV)  # in no encoding at all
    (folder / "calls.csv").write_bytes("file,agent_id\n投诉.wav,A9\n".encode())
    source = of_sftp(sftp)
    there = look(source, DAY)
    (complaint,) = [file for file, row in there.recordings if row and row.values == {"agent_id": "A9"}]
    assert (complaint.name, complaint.uri) == ("投诉.wav", f"{sftp.root}/calls/{DAY}/投诉.wav")
    assert content(complaint.uri, source) == WAV
    assert len(there.recordings) == len(ODD) + 2
    (unreadable,) = [file for file, _ in there.recordings if "\N{REPLACEMENT CHARACTER}" in file.name]
    with pytest.raises(FileNotFoundError):
        content(unreadable.uri, source)
    (other,) = list_folder(source, f"{source.root}/班组")
    assert content(other.uri, source) == WAV


def test_a_link_on_an_sftp_server_is_what_it_leads_to(sftp):
    folder = sftp.folder / "calls" / DAY.isoformat()
    (folder / "link.wav").symlink_to(folder / "录音.wav")
    (folder / "gone.wav").symlink_to(folder / "nothing.wav")
    (folder / "folder.wav").symlink_to(sftp.folder)
    source = of_sftp(sftp)
    found = {file.name: file for file in list_day(source, DAY).recordings}
    assert found["link.wav"].size_bytes == found["录音.wav"].size_bytes
    assert "folder.wav" not in found
    with pytest.raises(FileNotFoundError):
        content(found["gone.wav"].uri, source)


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


def test_a_time_years_ahead_neither_settles_what_is_still_written_nor_hides_its_own_file(tmp_path):
    folder = tmp_path / DAY.isoformat()
    folder.mkdir()
    now = dt.datetime.now(dt.UTC).timestamp()
    for name, written in {"fresh": now - 1, "jumped": now + 10 * 365 * 86400}.items():
        (folder / f"{name}.wav").write_bytes(WAV)
        os.utime(folder / f"{name}.wav", (written, written))
    found = look(SourceSettings(root=str(tmp_path)), DAY, settle_seconds=30)
    assert [file.name for file, _ in found.recordings] == ["jumped.wav"]


def test_read_bytes_says_that_a_side_car_is_gone(tmp_path, source):
    found = list_day(source.settings(), DAY)
    source.add("calls.csv", b"file\n")
    sidecar = list_day(source.settings(), DAY).sidecar
    (source.folder / "calls.csv").unlink()
    assert found.sidecar is None
    with pytest.raises(SourceError, match="is gone"):
        read_bytes(sidecar, source.settings())
