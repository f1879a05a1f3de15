"""Try a call: recordings of one's own and examples, heard in a process of its own, and nothing left of them."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
import soundfile

from callqa import settings
from callqa.settings import DEMO_FOLDER
from callqa.upkeep import tried
from callqa_airflow.home import ROOT
from qa_console import attending, tries
from qa_console.audit import Trail
from qa_console.pages import try_call
from tests.console.conftest import LOOKS, accessible, own_page

PATIENCE = 180.0


def upload(one, body, name="call.wav", **options):
    headers = {**own_page(one), "accept": "application/json", "x-file-name": quote(name)}
    return one.post("/callqa/try/upload", params=options, content=body, headers=headers)


def example(one, of="ja", **options):
    headers = {**own_page(one), "accept": "application/json"}
    return one.post("/callqa/try/example", params={"of": of, **options}, headers=headers)


def until(what):
    deadline = time.monotonic() + PATIENCE
    while not (told := what()):
        assert time.monotonic() < deadline, "it was not done in time"
        time.sleep(0.1)
    return told


def ended(one, answer):
    """The text of a job's page when it is done."""
    assert answer.status_code == 200, answer.text
    at = answer.json()["at"]
    return until(lambda: (text := one.get(at).text) and "every 700ms" not in text and text)


def forgotten(one, answer):
    assert one.delete(answer.json()["at"], headers=own_page(one)).status_code == 200


def speech(seconds=2.0, rate=8000):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((3000 * np.sin(np.arange(int(seconds * rate)) * 0.3)).astype("<i2").tobytes())
    return file.getvalue()


def processes(lake):
    """Process ids that hear something of a lake."""
    return [
        int(path.name) for path in Path("/proc").glob("[0-9]*")
        if b"qa_console.hearing" in _read(path / "cmdline") and str(lake).encode() in _read(path / "environ")
    ]  # fmt: skip


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


# Names, examples, options


def test_what_is_shown_of_a_files_name_is_no_path():
    assert try_call.shown(quote("../../etc/passwd")) == "passwd"
    assert try_call.shown(quote("C:\\calls\\通话 1.wav")) == "通话 1.wav"
    assert try_call.shown("%00%0a%1b[31mx" + "y" * 200) == "[31mx" + "y" * 75
    assert try_call.shown("/") == ""


def test_there_is_a_shipped_call_for_each_language():
    found = try_call.examples()
    assert set(try_call.EXAMPLES) <= set(found)
    assert all(one.path.is_file() and one.seconds < 30 for one in map(found.__getitem__, try_call.EXAMPLES))


def test_a_job_has_a_lake_of_its_own_and_nobodys_keys(tmp_path):
    current = settings.load().with_value("source.number_key=k3y-0f").with_value('lake.properties={"token"="k3y-0f"}')
    current = current.with_value('source.storage={"password"="k3y-0f"}')
    job = tries.Job(tmp_path, "rui", "a.wav", 0.0)
    chosen = try_call.Options("yue", False, "off", 2.0, "on")
    made = attending.of_job(job, current, chosen.prepare(), chosen.engine())
    assert "k3y-0f" not in json.dumps(made.model_dump(mode="json"))
    assert (made.source.storage, made.source.number_key) == ({}, "")
    assert made.lake.root == str(tmp_path / "lake")
    assert (made.engine.language, made.engine.use_itn) == ("yue", False)
    assert (made.prepare.silence_tolerance, made.prepare.adaptive_tolerance, made.prepare.denoise) == (0.0, False, "on")
    assert made.source.max_call_seconds == 3600.0


# Jobs, without a server


@pytest.fixture
def of_lake(tmp_path):
    return settings.load().with_folders(lake=str(tmp_path / "lake"))


def begun(of_lake, body, person="rui"):
    job, own = tries.begin(of_lake.lake.root, person, "a.wav")
    job.recording.write_bytes(body)
    return job, own


def test_jobs_of_an_hour_ago_and_of_servers_that_ended_are_removed(of_lake):
    lake = of_lake.lake.root
    fresh, own = begun(of_lake, b"x")
    old, of_another = begun(of_lake, b"x", "mara")
    (old.folder / "job.json").write_text(json.dumps({"person": "mara", "shown": "", "begun": time.time() - 3601}))
    dead = Path(lake) / "tries" / "0123456789abcdef" / ("0" * 32)
    dead.mkdir(parents=True)
    (dead / "job.json").write_text(json.dumps({"person": "rui", "shown": "", "begun": time.time()}))
    tried.sweep(lake)
    assert [path.exists() for path in (fresh.folder, old.folder, dead)] == [True, False, False]
    assert tries.jobs(lake, "rui") == [fresh]
    assert tries.find(lake, fresh.name) == fresh
    assert [tries.find(lake, name) for name in ("0" * 32, "../" + fresh.name, "*", "")] == [None] * 4
    assert (Path(lake) / "tries").stat().st_mode & 0o077 == 0
    own.release()
    of_another.release()


def test_a_person_has_one_at_a_time_and_others_do_not_wait_for_it(of_lake):
    _, own = begun(of_lake, b"x")
    with pytest.raises(tries.OccupiedError):
        tries.begin(of_lake.lake.root, "rui", "b.wav")
    begun(of_lake, b"x", "mara")[1].release()
    own.release()
    begun(of_lake, b"x")[1].release()


@pytest.mark.slow
def test_a_third_one_waits_until_one_of_two_is_done(of_lake):
    job, own = begun(of_lake, b"no audio")
    places = [tried.Held(Path(of_lake.lake.root) / "tries" / "locks" / f"place-{n}") for n in range(attending.AT_ONCE)]
    assert all(place.taken() for place in places)
    attending.start(job, own, attending.of_job(job, of_lake, {}, {}))
    time.sleep(3 * tries.PAUSE)
    assert job.stage() == "waiting"
    places[0].release()
    assert until(lambda: job.stage() in ("done", "failed") and job.stage()) == "done"
    assert job.rows()["calls"][0].reject_reason == "not_audio"
    places[1].release()


@pytest.mark.slow
def test_what_takes_too_long_is_ended_and_says_so(of_lake, monkeypatch):
    monkeypatch.setattr(attending, "SECONDS", 0.1)
    job, own = begun(of_lake, speech())
    attending.start(job, own, attending.of_job(job, of_lake, {}, {}))
    assert until(lambda: job.stage() == "failed")
    assert "it was not done after" in job.answer()["error"]
    until(lambda: not (job.recording.exists() or (job.folder / "lake").exists()))
    until(lambda: _taken_again(of_lake))


def _taken_again(of_lake):
    with contextlib.suppress(tries.OccupiedError):
        tries.begin(of_lake.lake.root, "rui", "again")[1].release()
        return True
    return False


SERVER = """
import sys, time
from pathlib import Path
from callqa import settings
from qa_console import attending, tries
current = settings.load().with_folders(lake=sys.argv[1])
job, own = tries.begin(sys.argv[1], "rui", "a.wav")
job.recording.write_bytes(Path(sys.argv[2]).read_bytes())
attending.start(job, own, attending.of_job(job, current, {}, {}))
while not (job.folder / "started").exists():
    time.sleep(0.05)
print(job.folder, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_no_process_outlives_the_server_and_the_next_one_removes_what_it_left(tmp_path):
    lake = tmp_path / "lake"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins"), "OF_LAKE": str(lake)}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(lake), str(try_call.examples()["zh"].path)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    ) as server:  # fmt: skip
        folder = Path(server.stdout.readline().strip())
        assert until(lambda: processes(lake))
        server.send_signal(signal.SIGKILL)
        server.wait()
    until(lambda: not processes(lake))
    assert folder.exists()
    tried.sweep(str(lake))
    assert not folder.parent.exists()


# The pages


@pytest.mark.slow
def test_agents_try_nothing(client):
    lin = client("lin")
    assert lin.get("/callqa/try").status_code == 403
    assert upload(lin, speech()).status_code == 403
    assert example(lin).status_code == 403


@pytest.mark.slow
def test_an_example_is_heard_and_only_its_result_is_left(client, console_lake):
    rui, lake = client("rui"), Path(console_lake)
    runs = set((lake / "runs").glob("inspect__*"))
    first = example(rui, "ja", language="ja")
    assert example(rui, "en").status_code == 409
    text = ended(rui, first)
    assert 'id="turn-0"' in text
    assert "Japanese" in text
    assert "😡" in text
    assert 'id="finding-HR01"' in text
    assert 'class="button jump" href="#turn-' in text
    job = first.json()["at"].rpartition("/")[2]
    folder = next((lake / "tries").glob(f"*/{job}"))
    until(lambda: not (folder / "recording").exists() and not (folder / "lake").exists())
    assert set((lake / "runs").glob("inspect__*")) == runs
    newest = Trail(console_lake).newest(20)
    assert ("rui", "run") in {(one.person, one.action) for one in newest if one.detail.get("tried")}

    mara = client("mara")
    for answer in (
        mara.get(f"/callqa/try/{job}"),
        mara.get(f"/callqa/try/{job}/state"),
        mara.delete(f"/callqa/try/{job}", headers=own_page(mara)),
        rui.get(f"/callqa/try/{'0' * 32}"),
    ):
        assert answer.status_code == 404
    assert job not in mara.get("/callqa/try").text
    assert job in rui.get("/callqa/try").text
    assert {"refused"} == {one.action for one in Trail(console_lake).newest(3)}
    forgotten(rui, first)
    assert rui.get(f"/callqa/try/{job}").status_code == 404
    assert not folder.exists()


@pytest.mark.slow
def test_one_that_is_being_heard_can_be_stopped(client, console_lake):
    ada = client("ada")
    first = example(ada, "zh")
    job = first.json()["at"].rpartition("/")[2]
    forgotten(ada, first)
    until(lambda: ada.get(f"/callqa/try/{job}").status_code == 404)
    assert not list((Path(console_lake) / "tries").glob(f"*/{job}"))
    until(lambda: example(ada, "en").status_code == 200)


def _long_silence():
    """Two hours in some hundred kilobytes."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, "PCM_16", format="FLAC") as out:
        for _ in range(120):
            out.write(np.zeros(480_000, np.int16))
    return file.getvalue()


def _huge_header():
    """Promises 4 GB of 64 000 channels."""
    head = bytearray(speech(0.1)[:44])
    head[4:8] = head[40:44] = b"\xf0\xff\xff\xff"
    head[22:24] = b"\x00\xfa"
    return bytes(head)


@pytest.mark.slow
def test_hostile_uploads_end_in_a_reason(client):
    mara = client("mara")
    for body, name, said in (
        (b"MZ" + os.urandom(5000), "../../../../etc/passwd", "Not audio"),
        (b"", "empty.mp3", "Empty file"),
        (_huge_header(), "<script>alert(1)</script>.wav", "Rejected"),
        (speech()[:3000], "cut.wav", "Cut short"),
        (_long_silence(), "long.flac", "Too long"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "list.m4a", "Not audio"),
        (b"PK\x03\x04" + bytes(2000), "bomb.zip", "Not audio"),
    ):
        answer = upload(mara, body, name)
        text = ended(mara, answer)
        assert said in text, (name, text)
        assert "What to do" in text, name
        assert "/tries/" not in text.replace("/callqa/try", ""), name
        assert "<script>alert" not in text
        assert "etc/passwd" not in text
        forgotten(mara, answer)


@pytest.mark.slow
def test_options_that_are_none_and_bodies_that_are_too_large_are_refused(client):
    rui = client("rui")
    for options in ({"language": "xx"}, {"tolerance": "nan"}, {"tolerance": "11"}, {"denoise": "1"}, {"merging": ""}):
        assert upload(rui, b"x", **options).status_code == 422, options
    assert example(rui, "../../x").status_code == 422
    own = own_page(rui)
    where = urlsplit(str(rui.base_url))
    sent = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    sent.putrequest("POST", "/callqa/try/upload")
    for name, value in {
        **own,
        "cookie": f"_token={rui.cookies['_token']}",
        "content-length": str(201 * 1024**2),
    }.items():
        sent.putheader(name, value)
    sent.endheaders()
    assert sent.getresponse().status == 413
    sent.close()


@pytest.mark.slow
def test_an_upload_that_breaks_off_leaves_nothing_and_is_in_nobodys_way(client, console_lake):
    rui, tried = client("rui"), Path(console_lake) / "tries"
    where = urlsplit(str(rui.base_url))
    before = set(tried.glob("*/*/recording"))
    with contextlib.closing(http.client.HTTPConnection(where.hostname, where.port, timeout=30)) as sent:
        sent.putrequest("POST", "/callqa/try/upload")
        cookie = f"_token={rui.cookies['_token']}"
        for name, value in {**own_page(rui), "cookie": cookie, "content-length": "1000000"}.items():
            sent.putheader(name, value)
        sent.endheaders(b"RIFF")
        until(lambda: set(tried.glob("*/*/recording")) - before)
    until(lambda: set(tried.glob("*/*/recording")) <= before)
    answer = upload(rui, b"no audio")
    assert "Not audio" in ended(rui, answer)
    forgotten(rui, answer)


@pytest.mark.slow
def test_personal_data_is_masked_and_no_sound_is_left(client, console_lake):
    rui = client("rui")
    answer = upload(rui, (DEMO_FOLDER / "calls" / "2026-01-05" / "102040-a7.opus").read_bytes())
    text = ended(rui, answer)
    assert 'class="w pii"' in text
    kept = tries.find(console_lake, answer.json()["at"].rpartition("/")[2]).rows()
    for number in ("13800138000", "110101199003070011", "6222021234567894"):
        assert number not in text
        assert number not in str(kept)
    folder = next((Path(console_lake) / "tries").glob("*/" + answer.json()["at"].rpartition("/")[2]))
    until(lambda: sorted(path.name for path in folder.iterdir()) == ["answer.json", "job.json", "result", "started"])
    assert sorted(path.stem for path in (folder / "result").iterdir()) == ["calls", "events", "findings", "turns"]
    forgotten(rui, answer)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_recording_is_uploaded_and_read(browse, shot, language, theme, console_lake):
    page = browse("mara", "/callqa/try", language=language, theme=theme)
    look = f"{language[:2]}-{theme}"
    page.locator("#try button[type=submit]").click()
    page.locator("#wrong:not([hidden])").wait_for()
    page.locator("#try .advanced summary").click()
    accessible(page)
    shot(page, f"try-{look}")
    page.set_input_files("#file", str(try_call.examples()["zh"].path))
    page.locator("#try button[type=submit]").click()
    page.locator("#job .turn").first.wait_for(timeout=PATIENCE * 1000)
    assert page.locator("#job .finding").count() > 0
    page.locator("#job .evidence .jump").first.click()
    accessible(page)
    shot(page, f"try-result-{look}")
    job = urlsplit(page.url).path.rpartition("/")[2]
    page.locator("[hx-delete]").click()
    page.locator("#try").wait_for()
    assert not list((Path(console_lake) / "tries").glob(f"*/{job}"))
