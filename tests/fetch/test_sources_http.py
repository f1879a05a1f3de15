"""Recordings on a web server, on the loopback: pages of links, JSON, and what such a server may answer instead."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import quote

import pytest

from callqa.errors import SourceError, UnreachableError
from callqa.fetch.day import look
from callqa.fetch.listing import list_day
from callqa.prepare.intake.opening import opened
from callqa.remote import attempts
from callqa.settings import SourceSettings
from tests.fetch.conftest import DAY
from tests.fetch.servers import http_server

ODD = ("a b#1.wav", "c?x=%41.wav", "录音.wav", "a::b.wav")
WAV = b"RIFF" + bytes(200)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(attempts, "FIRST_WAIT", 0.001)


def content(uri: str, source: SourceSettings) -> bytes:
    with opened(uri, None, source.storage) as file:
        return file.read()


@pytest.fixture
def web():
    with http_server() as server:
        yield server


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


def test_half_a_listing_whose_next_page_is_gone_is_none(web):
    here = {"files": ["a.wav"], "next": "?page=2"}
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", json.dumps(here).encode())
    with pytest.raises(UnreachableError, match="page 2 of the listing"):
        list_day(SourceSettings(root=web.root), DAY)


def test_more_pages_than_any_listing_has_are_refused(web, monkeypatch):
    from callqa.remote import http

    monkeypatch.setattr(http, "PAGES", 3)
    for number in range(5):
        here = {"files": [f"{number}.wav"], "next": f"?page={number + 1}"}
        place = f"/calls/{DAY}/" + (f"?page={number}" if number else "")
        web.answers[place] = (200, "application/json", json.dumps(here).encode())
    with pytest.raises(SourceError, match="more than 3 pages"):
        list_day(SourceSettings(root=web.root), DAY)


def test_a_listing_that_leads_to_a_page_where_people_log_in_is_no_empty_day_and_gives_no_key_away(web):
    with http_server() as other:
        web.answers["/login"] = other.answers["/login"] = (200, "text/html", b"who are you")
        for target in ("/login?next=secret", f"http://127.0.0.1:{other.server_address[1]}/login"):
            web.leads = {f"/calls/{DAY}/": target}
            with pytest.raises(SourceError, match=r"leads to http\S*/login\n"):
                list_day(SourceSettings(root=web.root, storage={"headers": {"X-Api-Key": "k-e-y"}}), DAY)
        assert other.asked == []


def test_a_server_that_has_its_folders_without_a_slash_is_listed(web):
    web.leads = {f"/calls/{DAY}/": f"/calls/{DAY}"}
    web.answers[f"/calls/{DAY}"] = (200, "application/json", b'[{"name": "a.wav", "size": 3}]')
    assert [file.name for file in list_day(SourceSettings(root=web.root), DAY).recordings] == ["a.wav"]
    web.leads[f"/calls/{DAY}"] = f"/calls/{DAY}/"
    with pytest.raises(SourceError, match="in circles"):
        list_day(SourceSettings(root=web.root), DAY)


def test_names_in_a_json_list_are_names_and_not_addresses(web):
    names = [*ODD, "12:30.wav", "a:b.wav", "100%.wav"]
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", json.dumps(names).encode())
    for name in names:
        web.answers[f"/calls/{DAY}/{name}"] = (200, "audio/wav", WAV + name.encode())
    source = SourceSettings(root=web.root)
    found = {file.name: content(file.uri, source) for file in list_day(source, DAY).recordings}
    assert found == {name: WAV + name.encode() for name in names}


def test_two_links_to_one_file_are_one_and_names_in_gbk_are_read(web):
    gbk = quote("录音.wav".encode("gb18030"))
    web.answers = {f"/calls/{DAY}/": page("a b.wav", "a%20b.wav", "./a%20b.wav#x", gbk)}
    for link in ("a%20b.wav", gbk):
        web.answers[f"/calls/{DAY}/{link}"] = (200, "audio/wav", WAV)
    assert [file.name for file in list_day(SourceSettings(root=web.root), DAY).recordings] == ["a b.wav", "录音.wav"]


def test_a_listing_that_says_the_size_of_some_keeps_what_it_says_of_them(web):
    files = [
        {"name": "a.wav", "size": 7, "mtime": "2026-01-05T01:00:00Z"},
        {"name": "b.wav"},
        {"name": "c.wav", "size": "9"},
    ]
    web.answers[f"/calls/{DAY}/"] = (200, "application/json", json.dumps(files).encode())
    web.answers[f"/calls/{DAY}/b.wav"] = (200, "audio/wav", WAV)
    found = list_day(SourceSettings(root=web.root), DAY).recordings
    assert [file.size_bytes for file in found] == [7, len(WAV), 9]
    assert [file.changed and file.changed.hour for file in found] == [1, 3, None]
    assert [path for command, path, _ in web.asked if command == "HEAD"] == [f"/calls/{DAY}/b.wav"]


def test_one_recording_that_a_web_server_refuses_does_not_hide_the_others(web):
    place = f"/calls/{DAY}/"
    web.answers = {place: page("a.wav", "secret.wav"), f"{place}a.wav": (200, "audio/wav", WAV)}
    web.answers[f"{place}secret.wav"] = (403, "text/plain", b"no")
    found = list_day(SourceSettings(root=web.root), DAY).recordings
    assert [(file.name, file.size_bytes) for file in found] == [("a.wav", len(WAV)), ("secret.wav", 0)]
    web.answers[f"{place}a.wav"] = (403, "text/plain", b"no")
    with pytest.raises(SourceError, match="403"):
        list_day(SourceSettings(root=web.root), DAY)


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
    web.troubles = [503] * 99
    with pytest.raises(UnreachableError, match="asked 4 times"):
        content(file.uri, source)
    web.troubles = []
    with pytest.raises(FileNotFoundError):
        content(f"{source.root}/none.wav", source)


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
