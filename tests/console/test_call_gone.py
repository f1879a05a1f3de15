"""Calls of which something is gone: the recording, or what was said; and a console of which a page is broken. On a server of
its own, whose lake and plugin are changed."""

from __future__ import annotations

import datetime as dt
import functools
import io
import shutil
from pathlib import Path

import pytest
import soundfile

from callqa import pipeline, settings, upkeep
from callqa.settings import RetentionSettings
from callqa_airflow.home import ROOT
from tests.conftest import DEMO_CALLS, REPOSITORY
from tests.console import server
from tests.console.conftest import AGENTS, accessible, own_page

pytestmark = pytest.mark.slow

HEARD, GONE, CHANGED = "20260105-102040-a7", "20260105-090112-a1", "20260105-120030-a12"
OLD, NEW = "/callqa/calls/2026-01-05", "/callqa/calls/2026-01-07"
PAST = dt.datetime(2026, 1, 16, 12, tzinfo=dt.UTC)
"""Eleven days after the first day, nine after the last: ten days of text are kept."""


def made_lake(folder, cache):
    """Two published days, of the first of which the text was removed; one recording is gone, one is another now."""
    for day in ("2026-01-05", "2026-01-07"):
        shutil.copytree(DEMO_CALLS / day, folder / "source" / day)
    lake = folder / "lake"
    shutil.copytree(cache, lake / "cache", ignore=shutil.ignore_patterns("listen"))
    made = settings.load(REPOSITORY / "qa.toml").with_folders(lake=str(lake), source=str(folder / "source"))
    for day in ("2026-01-05", "2026-01-07"):
        pipeline.run_day(made, pipeline.parse_day(day))
    made = made.model_copy(update={"retention": RetentionSettings(text_days=10)})
    assert list(upkeep.retain(made, PAST).days["text"]) == ["2026-01-05"]
    (folder / "source" / "2026-01-05" / "090112-a1.wav").unlink()
    other = folder / "source" / "2026-01-05" / "120030-a12.wav"
    other.write_bytes(other.read_bytes()[:-2])


@pytest.fixture(scope="module")
def console_home(console_lake, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gone")
    home = server.made_home(folder, str(folder / "lake"), AGENTS)
    shutil.copytree(ROOT / "plugins", folder / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    page = folder / "plugins" / "qa_console" / "pages" / "agents.py"
    page.write_text(
        page.read_text(encoding="utf-8").replace("\nrouter = ", "\nimport nothing_of_the_kind\nrouter = ", 1)
    )
    with server.starting(home, folder / "plugins") as ready:
        made_lake(folder, Path(console_lake) / "cache")
        ready()
        yield home


@pytest.fixture(scope="module")
def tokens(console_home):
    return functools.cache(lambda person: server.token(console_home, person))


def test_text_that_was_removed_is_told_and_everything_else_is_there(client):
    text = client("rui").get(f"{OLD}/{HEARD}").text
    assert "What was said was removed" in text
    assert "我的手机号码" not in text
    assert "Card number aloud" in text
    assert text.count('class="turn ') == 10
    assert "What was said was removed" not in client("rui").get(f"{NEW}/20260107-085900-c1").text


def test_its_copy_is_silent_where_it_was_before(client):
    """Retention leaves the times of personal data."""
    one = client("rui")
    answer = one.get(f"{OLD}/{HEARD}/download/audio")
    assert answer.status_code == 200
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    assert not samples[int(13.0 * rate) : int(16.8 * rate), 1].any()


def sound(one, call):
    """What a person is told of a call's sound, once it is known."""
    for _ in range(100):
        answer = one.get(f"{OLD}/{call}/sound", headers={"accept": "application/json"}).json()
        if answer["state"] != "working":
            return answer
    raise AssertionError("it takes too long")


@pytest.mark.parametrize(
    ("call", "said"), [(GONE, "is not there any more"), (CHANGED, "is not the recording that was published")]
)
def test_a_recording_that_is_gone_or_another_one_is_told(client, call, said):
    one = client("rui")
    answer = sound(one, call)
    assert answer["state"] == "failed"
    assert said in answer["message"]
    assert answer["remedy"]
    assert "/source/" not in answer["message"]
    assert "/source/2026-01-05/" in sound(client("mara"), call)["message"]
    listening = one.post(f"{OLD}/{call}/listen", headers=own_page(one)).json()
    assert listening["state"] in ("working", "failed")
    assert "url" not in listening


def test_agents_are_not_told_where_recordings_lie(client):
    """The call is lin's; its recording is the one that is gone."""
    assert sound(client("lin"), GONE) == {"state": "failed", "share": 0.0}


def test_the_page_says_it_and_draws_what_is_known(browse, shot):
    for language in ("en-US", "zh-CN"):
        page = browse("rui", f"{OLD}/{GONE}", language=language)
        page.locator('#player[data-outline="failed"]').wait_for()
        assert page.locator("#waiting").is_visible()
        assert "is not there any more" in page.locator("#why").inner_text()
        accessible(page)
        shot(page, f"call-gone-{language[:2]}", whole=False)
    page.locator("#play").click()
    page.locator(".playing").wait_for(state="detached")


def test_a_broken_page_says_so_and_leaves_the_others(client, console_home, browse):
    for address in ("/callqa/agents", "/callqa/agents/A1001"):
        answer = client("mara").get(address)
        assert answer.status_code == 503
        assert "the page agents of the console cannot be loaded: ModuleNotFoundError" in answer.text
    assert client(None, accept="application/json").get("/callqa/agents").status_code == 401
    page = browse("mara", "/callqa/today?day=2026-01-05")
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_text("the page agents of the console cannot be loaded").wait_for()
    accessible(page)
    page.faults[:] = [fault for fault in page.faults if "503" not in fault]
    log = (console_home.run / "api-server.log").read_text(encoding="utf-8")
    assert "No module named 'nothing_of_the_kind'" in log
