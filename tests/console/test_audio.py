"""The sound of a call: copies without personal data, made once, and who may hear them how often."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callqa import settings, storage
from callqa.errors import SourceError, StageError
from callqa.prepare.workers.crew import Limits
from callqa.upkeep import caches
from qa_console import audio, peaks
from qa_console.audio import Copies, Copy
from qa_console.tokens import Tokens
from tests import rows
from tests.conftest import DEMO_CALLS
from tests.console.conftest import own_page

MASKED = "/callqa/calls/2026-01-05/20260105-102040-a7"
"""A call of lin's (A1001) in which a phone number, an identity card and a bank card are said."""
OTHERS = "/callqa/calls/2026-01-05/20260105-091530-a2"
HIDDEN = (12.932, 16.813)
"""Seconds in which the phone number is said, on channel 1."""


def entries(lake):
    """The audit trail, oldest first."""
    files = sorted((Path(lake) / "audit").glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def address(one, call=MASKED):
    """Under which this client's person may hear the call."""
    for _ in range(300):
        answer = one.post(f"{call}/listen", headers={**own_page(one), "accept": "application/json"})
        assert answer.status_code == 200, answer.text
        if answer.json()["state"] != "working":
            return answer.json()["url"]
        time.sleep(0.2)
    raise AssertionError("no copy")


@pytest.mark.slow
class TestListening:
    def test_the_outline_has_a_byte_a_peak_for_each_channel(self, client):
        one = client("lin")
        address(one)
        found = one.get(f"{MASKED}/sound").json()
        assert (found["state"], found["rate"], len(found["channels"])) == ("ready", 50, 2)
        lengths = {len(base64.b64decode(channel)) for channel in found["channels"]}
        assert lengths == {round(found["seconds"] * 50 + 0.49)}

    def test_what_is_heard_is_silent_where_personal_data_is_said_and_the_recording_elsewhere(self, client):
        one = client("lin")
        answer = one.get(address(one))
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.headers["cache-control"] == "no-store, private"
        samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
        assert not samples[int(HIDDEN[0] * rate) : int(HIDDEN[1] * rate), 1].any()
        assert np.abs(samples[: int(10 * rate)].astype(int)).max() > 1000

    def test_ranges_are_answered_as_players_ask_for_them(self, client):
        one = client("lin")
        url = address(one)
        whole = one.get(url)
        size = len(whole.content)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        begin = one.get(url, headers={"range": "bytes=0-99"})
        assert (begin.status_code, begin.headers["content-range"]) == (206, f"bytes 0-99/{size}")
        assert begin.content == whole.content[:100]
        rest = one.get(url, headers={"range": f"bytes={size - 10}-"})
        assert (rest.status_code, rest.content) == (206, whole.content[-10:])
        last = one.get(url, headers={"range": "bytes=-7"})
        assert (last.status_code, last.content) == (206, whole.content[-7:])
        beyond = one.get(url, headers={"range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        same = one.get(url, headers={"range": "bytes=0-9", "if-range": whole.headers["etag"]})
        other = one.get(url, headers={"range": "bytes=0-9", "if-range": '"another copy"'})
        assert (same.status_code, other.status_code) == (206, 200)
        assert one.get(url, headers={"range": "bytes=5-1"}).status_code in (200, 400, 416)

    def test_a_listen_is_one_line_of_the_trail_however_many_ranges_it_takes(self, client, console_lake):
        one = client("lin")
        before = len(entries(console_lake))
        url = address(one)
        for start in range(0, 5000, 1000):
            assert one.get(url, headers={"range": f"bytes={start}-{start + 999}"}).status_code == 206
        one.get(f"{MASKED}/sound")
        added = [(line["action"], line["person"], line["call_id"]) for line in entries(console_lake)[before:]]
        assert added == [("listen", "lin", "20260105-102040-a7")]

    def test_an_address_is_for_one_person_one_call_and_a_while(self, client, console_home):
        lin, rui = client("lin"), client("rui")
        path, _, ticket = address(lin).partition("?ticket=")
        assert lin.get(path, params={"ticket": ticket}).status_code == 200
        assert rui.get(path, params={"ticket": ticket}).status_code == 403, "of somebody else, even one who may do more"
        assert client(None, accept="application/json").get(path, params={"ticket": ticket}).status_code == 401
        assert lin.get(path).status_code == 403
        for forged in (
            "x",
            "a.9999999999.b",
            ticket[:-1] + ("0" if ticket[-1] != "0" else "1"),
            ticket.replace(".", ".1", 1),
        ):
            assert lin.get(path, params={"ticket": forged}).status_code == 403
        theirs = address(rui, OTHERS).partition("?")[0]
        assert lin.get(theirs, params={"ticket": ticket}).status_code == 403, "another call's"
        page = own_page(lin)["x-callqa-token"]
        assert lin.get(path, params={"ticket": page}).status_code == 403, "a page's token is no ticket"

    def test_an_address_that_has_expired_is_one_no_more(self, client, console_home):
        lin = client("lin")
        path, _, _ = address(lin).partition("?")
        key = path.rpartition("/")[2].removesuffix(".wav")
        secret = console_home.environment()["AIRFLOW__API__SECRET_KEY"]
        purpose = f"listen 2026-01-05 {key} 20260105-102040-a7"
        alive = Tokens(secret).make("lin", purpose, 60)
        dead = Tokens(secret, clock=lambda: time.time() - 100).make("lin", purpose, 60)
        assert lin.get(path, params={"ticket": alive}).status_code == 200
        assert lin.get(path, params={"ticket": dead}).status_code == 403

    @pytest.mark.parametrize("part", ["", "/sound", "/download/audio", "/download/json", "/download/vcon"])
    def test_another_agents_call_is_not_there_and_that_it_was_asked_for_is_kept(self, client, console_lake, part):
        before = len(entries(console_lake))
        answer = client("lin").get(f"{OTHERS}{part}")
        assert answer.status_code == 404
        assert "刘洋" not in answer.text
        added = [(line["action"], line["person"], line["call_id"]) for line in entries(console_lake)[before:]]
        assert added == [("refused", "lin", "20260105-091530-a2")]

    def test_nobody_listens_to_another_agents_call(self, client):
        one = client("lin")
        assert one.post(f"{OTHERS}/listen", headers=own_page(one)).status_code == 404
        nobody = client("nobody")
        assert nobody.post(f"{MASKED}/listen", headers=own_page(nobody)).status_code == 404

    @pytest.mark.parametrize(
        "name",
        [
            "..%2f..%2f..%2fwarehouse%2fcatalog.db",
            "%2e%2e%2f%2e%2e%2fqa.toml",
            "....//....//x",
            "..\\x",
            "a%00b",
            "/etc/passwd",
        ],
    )
    def test_no_path_leads_out_of_the_copies(self, client, name):
        one = client("ada")
        for path in (f"{MASKED}/sound/{name}.wav", f"/callqa/calls/2026-01-05/{name}/sound", f"/callqa/calls/{name}/x"):
            assert one.get(path, params={"ticket": "x"}).status_code in (400, 403, 404, 422), path

    def test_a_rejected_call_has_no_sound(self, client):
        answer = client("ada", accept="application/json").get("/callqa/calls/2026-01-05/20260105-113000-a10/sound")
        assert answer.status_code == 503
        assert "rejected" in answer.json()["detail"]


@pytest.fixture
def lake(tmp_path):
    return settings.Settings().with_folders(lake=str(tmp_path / "lake"))


RECORDING = DEMO_CALLS / "2026-01-05" / "090112-a1.wav"


def copy_of(lake, uri=RECORDING, spans=None, **changes) -> Copy:
    known = {
        "uri": str(uri),
        "sha256": storage.file_digest(RECORDING),
        "duration": 33.5,
        "sample_rate": 8000,
        **changes,
    }
    call = dataclasses.replace(rows.call("c1"), **known)
    return Copy(lake, call, spans or {0: [(1.0, 2.0)]})


def done(copies: Copies, copy: Copy):
    for _ in range(600):
        state = copies.ask(copy, 0.2)
        if state.state != "working":
            return state
    raise AssertionError("it takes too long")


class TestCopies:
    def test_a_copy_is_made_once_however_many_ask(self, lake):
        copies, copy = Copies(), copy_of(lake)
        states: list[str] = []
        threads = [threading.Thread(target=lambda: states.append(done(copies, copy).state)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert states == ["ready"] * 5
        first = copy.sound.stat().st_ino
        assert copies.ask(copy).state == "ready"
        assert copy.sound.stat().st_ino == first
        assert [path.name for path in copy.sound.parent.iterdir() if path.name.startswith(".")] == []

    def test_its_name_tells_the_recording_and_changes_with_what_is_silent(self, lake):
        one, other = copy_of(lake), copy_of(lake, spans={0: [(1.0, 2.5)]})
        assert one.key != other.key
        assert one.key.startswith(f"{one.call.sha256}-")
        assert one.key == copy_of(lake).key

    def test_a_recording_that_is_gone_is_told_and_may_come_back(self, lake, tmp_path):
        copies, copy = Copies(), copy_of(lake, tmp_path / "gone.wav")
        state = done(copies, copy)
        assert (state.state, isinstance(state.error, SourceError)) == ("failed", True)
        assert "is not there any more" in state.error.message
        (tmp_path / "gone.wav").write_bytes(RECORDING.read_bytes())
        assert done(copies, copy).state == "ready"

    def test_another_recording_of_the_same_name_is_refused(self, lake, tmp_path):
        other = tmp_path / "other.wav"
        other.write_bytes(RECORDING.read_bytes()[:-1])
        state = done(Copies(), copy_of(lake, other))
        assert "is not the recording that was published" in state.error.message
        assert not copy_of(lake, other).sound.exists()

    def test_one_that_takes_too_long_is_given_up_and_the_next_is_made(self, lake):
        copy = copy_of(lake)
        state = done(Copies(Limits(seconds=0.001, megabytes=1024)), copy)
        assert "could not be made ready" in state.error.message
        assert done(Copies(), copy).state == "ready"

    def test_half_a_copy_that_a_kill_left_is_made_again(self, lake):
        copy = copy_of(lake)
        copy.sound.parent.mkdir(parents=True)
        copy.sound.write_bytes(b"RIFF")  # whole files only ever take this name, but its outline is missing
        (copy.sound.parent / f".{copy.sound.name}.tmp-dead").write_bytes(b"RIFF")
        assert not copy.there
        assert done(Copies(), copy).state == "ready"
        assert soundfile.info(copy.sound).channels == 2
        assert list(copy.sound.parent.glob(".*")) == []

    def test_the_least_recently_heard_copies_go_first(self, lake):
        copies = Copies(kept_bytes=3_000_000)
        made = [copy_of(lake, spans={0: [(1.0, second)]}) for second in (2.0, 3.0, 4.0, 5.0)]
        for copy in made[:2]:
            assert done(copies, copy).state == "ready"
            time.sleep(0.02)
        made[0].used()
        for copy in made[2:]:
            assert done(copies, copy).state == "ready"
            time.sleep(0.02)
        size = made[3].sound.stat().st_size
        assert 3_000_000 // size == 2
        assert [copy.there for copy in made] == [False, False, True, True]
        assert [copy.outline.exists() for copy in made] == [False, False, True, True]

    def test_erasure_and_retention_find_a_copy_by_its_recording(self, lake):
        copy = copy_of(lake)
        assert done(Copies(), copy).state == "ready"
        assert caches.copies(lake, ["0" * 64]) == set()
        assert caches.copies(lake, [copy.call.sha256]) == {copy.sound, copy.outline}

    def test_too_many_at_once_are_asked_to_come_back(self, lake, monkeypatch):
        monkeypatch.setattr(audio, "WAITING", -1)
        copies = Copies()
        copies.ask(copy_of(lake))
        state = copies.ask(copy_of(lake, spans={0: [(1.0, 9.0)]}))
        assert (state.state, isinstance(state.error, StageError)) == ("failed", True)
        assert done(copies, copy_of(lake)).state == "ready"

    def test_nobody_hears_a_call_of_which_it_is_not_known_what_is_said(self, lake):
        with pytest.raises(StageError, match="was rejected"):
            Copy.of(lake, rows.call("c1", status="rejected", reject_reason="truncated"), ())
        turn = rows.turn("c1", 0)
        with pytest.raises(StageError, match="before personal data was looked for"):
            Copy.of(lake, rows.call("c1"), (dataclasses.replace(turn, text_match=None),))


class TestPeaks:
    @pytest.mark.parametrize(
        ("seconds", "rate"), [(3.0, 8000), (45.3, 16_000), (0.0, 8000), (0.01, 8000), (61.7, 44_100)]
    )
    def test_every_sample_is_in_one_peak(self, tmp_path, seconds, rate):
        count = int(seconds * rate)
        samples = np.zeros((count, 2), np.int16)
        samples[:, 1] = np.arange(count) % 1000
        if count:
            samples[-1, 0] = -32768
        soundfile.write(tmp_path / "a.wav", samples, rate)
        found = peaks.of(tmp_path / "a.wav")
        left, right = (np.frombuffer(base64.b64decode(one), np.uint8) for one in found["channels"])
        step = peaks.step_of(count, rate)
        assert found["rate"] == rate / step
        assert len(left) == len(right) == -(-count // step)
        assert found["seconds"] == pytest.approx(count / rate)
        if count:
            assert (left[-1], left[:-1].max(initial=0)) == (255, 0)

    def test_a_long_recording_has_no_more_than_a_page_can_hold(self):
        frames = 4 * 3600 * 48_000
        assert frames / peaks.step_of(frames, 48_000) <= peaks.MOST
        assert peaks.step_of(8000 * 60, 8000) == 160
