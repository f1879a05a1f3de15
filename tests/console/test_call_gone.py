"""Calls of which something is gone: the recording, or what was said. On a server of its own, whose lake this changes."""

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
from tests.conftest import DEMO_CALLS, REPOSITORY
from tests.console import server
from tests.console.conftest import AGENTS, accessible, own_page

pytestmark = pytest.mark.slow

HEARD, GONE, CHANGED = "20260105-102040-a7", "20260105-090112-a1", "20260105-120030-a12"
OLD, NEW = "/callqa/calls/2026-01-05", "/callqa/calls/2026-01-07"
PAST = dt.datetime(2026, 1, 16, 12, tzinfo=dt.UTC)
"""Eleven days after the first day, nine after the last: ten days of text are kept."""


@pytest.fixture(scope="module")
def chosen(console_lake, tmp_path_factory):
    """Two published days, of the first of which the text was removed; one recording is gone, one is another now."""
    folder = tmp_path_factory.mktemp("gone")
    for day in ("2026-01-05", "2026-01-07"):
        shutil.copytree(DEMO_CALLS / day, folder / "source" / day)
    lake = folder / "lake"
    shutil.copytree(Path(console_lake) / "cache", lake / "cache", ignore=shutil.ignore_patterns("listen"))
    made = settings.load(REPOSITORY / "qa.toml").with_folders(lake=str(lake), source=str(folder / "source"))
    for day in ("2026-01-05", "2026-01-07"):
        pipeline.run_day(made, pipeline.parse_day(day))
    made = made.model_copy(update={"retention": RetentionSettings(text_days=10)})
    assert list(upkeep.retain(made, PAST).days["text"]) == ["2026-01-05"]
    (folder / "source" / "2026-01-05" / "090112-a1.wav").unlink()
    other = folder / "source" / "2026-01-05" / "120030-a12.wav"
    other.write_bytes(other.read_bytes()[:-2])
    return made


@pytest.fixture(scope="module")
def console_home(chosen, tmp_path_factory):
    home = server.made_home(tmp_path_factory.mktemp("gone-airflow"), chosen.lake.root, AGENTS)
    with server.serving(home):
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


@pytest.mark.parametrize(
    ("call", "said"), [(GONE, "is not there any more"), (CHANGED, "is not the recording that was published")]
)
def test_a_recording_that_is_gone_or_another_one_is_told(client, call, said):
    one = client("rui")
    for _ in range(100):
        answer = one.get(f"{OLD}/{call}/sound", headers={"accept": "application/json"}).json()
        if answer["state"] != "working":
            break
    assert answer["state"] == "failed"
    assert said in answer["message"]
    assert answer["remedy"]
    listening = one.post(f"{OLD}/{call}/listen", headers=own_page(one)).json()
    assert listening["state"] in ("working", "failed")
    assert "url" not in listening


def test_agents_are_not_told_where_recordings_lie(client):
    """The call is lin's; its recording is the one that is gone."""
    one = client("lin")
    for _ in range(100):
        answer = one.get(f"{OLD}/{GONE}/sound", headers={"accept": "application/json"}).json()
        if answer["state"] != "working":
            break
    assert answer == {"state": "failed", "share": 0.0}


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
