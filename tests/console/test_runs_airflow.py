"""A refused day that Airflow's run waits for: decided in the console, carried out by Airflow, and found again from the run's
page in Airflow's own UI. Under a real scheduler."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
from dataclasses import dataclass

import httpx
import pytest

from callqa import publish, warehouse
from callqa.settings import LakeSettings
from callqa_airflow import home, stack
from callqa_airflow.home import Home
from callqa_airflow.rest import Client, call
from tests import refused
from tests.console.conftest import accessible, own_page
from tests.console.server import free_port
from tests.waiting import until

pytestmark = pytest.mark.slow

DAYS = {"2026-01-05": "approve", "2026-01-06": "reject"}
REASON = "only one call came in"


@dataclass
class Decided:
    """What the console answered, by day, and how Airflow's runs ended."""

    waits: str
    """The page of a refused day before somebody decides."""
    given: dict[str, httpx.Response]
    again: dict[str, httpx.Response]
    ends: dict[str, str]


@pytest.fixture(scope="module")
def console_home(tmp_path_factory):
    """All of Airflow, over a lake of its own; runs of two refused days wait for a person."""
    folder = tmp_path_factory.mktemp("runs-airflow")
    made = Home(folder / "home")
    with pytest.MonkeyPatch.context() as patched, contextlib.ExitStack() as at_the_end:
        for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
            patched.delenv(name)
        patched.setenv("CALLQA_AIRFLOW_HOME", str(made.folder))
        patched.setenv("AIRFLOW__API__PORT", str(free_port()))
        patched.setenv("CALLQA_LAKE__ROOT", str(folder / "lake"))
        patched.setenv("CALLQA_SOURCE__ROOT", str(refused.source(folder, DAYS)))
        at_the_end.callback(stack.down, made)
        assert stack.main(["up"]) == 0
        refused.begin(Client(made), DAYS)
        for day in DAYS:
            until(lambda day=day: refused.asked(Client(made), day)["state"] == "awaiting_input")
        yield made


@pytest.fixture(scope="module")
def lake(console_home):
    return LakeSettings(root=str(console_home.folder.parent / "lake"))


@pytest.fixture(scope="module")
def tokens(console_home):
    @functools.cache
    def token(person):
        login = {"username": person, "password": home.password(console_home)}
        return call("POST", f"{console_home.url()}/auth/token", login)["access_token"]

    return token


@pytest.fixture(scope="module")
def console(console_home, tokens):
    """Somebody with the console open."""
    known = {"accept": "text/html", "accept-language": "en"}
    cookies = {"_token": tokens(home.USER)}
    with httpx.Client(
        base_url=console_home.url(), cookies=cookies, headers=known, timeout=60, trust_env=False
    ) as client:
        yield client


def path_of(lake, day):
    (entry,) = [one for one in publish.quarantined(lake.root) if str(one.day) == day]
    return f"/callqa/runs/{day}/refused/{entry.folder.name}"


@pytest.fixture(scope="module")
def decided(console_home, lake, console):
    """Both days, each decided twice, and the ends of their runs."""
    assert warehouse.publications(lake) == []
    waits = console.get("/callqa/runs/2026-01-05").text

    def answers(day):
        form = {"answer": DAYS[day], "reason": REASON}
        return console.post(path_of(lake, day), data=form, headers=own_page(console))

    first, again = zip(*((answers(day), answers(day)) for day in DAYS), strict=True)
    ends = {day: refused.ended(Client(console_home), day) for day in DAYS}
    return Decided(waits, dict(zip(DAYS, first, strict=True)), dict(zip(DAYS, again, strict=True)), ends)


def test_airflows_runs_go_on_as_the_console_decides(decided, console, lake):
    assert "Airflow's run waits" in decided.waits.replace("&#39;", "'")
    for day in DAYS:
        assert decided.given[day].status_code == 200, decided.given[day].text
        assert "Airflow carries it out" in decided.given[day].text
        assert decided.again[day].status_code == 409, decided.again[day].text
    assert decided.ends == {"2026-01-05": "success", "2026-01-06": "failed"}
    assert "approved by admin" in console.get("/callqa/runs/2026-01-05").text
    assert console.get(path_of(lake, "2026-01-05")).headers["hx-refresh"] == "true"
    (row,) = warehouse.publications(lake)
    assert (row.call_date, row.approved_by, row.approval_reason) == (dt.date(2026, 1, 5), home.USER, REASON)
    (other,) = [one.decision for one in publish.quarantined(lake.root) if str(one.day) == "2026-01-06"]
    assert (other.approved, other.by) == (False, home.USER)


@pytest.mark.parametrize(("day", "leads_to"), [("2026-01-05", "/today?day="), ("2026-01-06", "/runs/")])
def test_the_tab_of_a_run_in_airflows_own_pages_shows_its_day(decided, browse, shot, day, leads_to):
    page = browse(home.USER, f"/dags/daily_call_qa/runs/{day}", size=(1440, 900))
    page.get_by_role("link", name="Calls", exact=True).click()
    frame = page.frame_locator("iframe")
    frame.locator("h1").wait_for()
    (inside,) = [one for one in page.frames if one != page.main_frame]
    assert inside.url.endswith(f"/callqa{leads_to}{day}")
    assert "/plugin/callqa-run" in page.url
    frame.locator("html.framed").wait_for()
    shot(page, f"airflow-run-{day}", whole=False)
    accessible(inside)
