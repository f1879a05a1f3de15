"""A refused day that Airflow's run waits for: decided in the console, carried out by Airflow. Under a real scheduler."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time

import httpx
import pytest

from callqa import publish, warehouse
from callqa.settings import LakeSettings
from callqa_airflow import home, stack
from callqa_airflow.home import Home
from callqa_airflow.rest import Client, RestError
from tests.conftest import DEMO_CALLS
from tests.console.conftest import own_page
from tests.console.server import free_port

DAYS = {"2026-01-05": "approve", "2026-01-06": "reject"}
LONGEST = 300


@pytest.fixture
def refused_source(tmp_path):
    """One short call a day and a file that is none: half of the recordings are rejected."""
    for day in DAYS:
        folder = tmp_path / "source" / day
        folder.mkdir(parents=True)
        shortest = min((DEMO_CALLS / day).glob("*.wav"), key=lambda path: path.stat().st_size)
        (folder / shortest.name).write_bytes(shortest.read_bytes())
        (folder / "broken.wav").write_bytes(b"")
        (folder / "calls.csv").write_bytes((DEMO_CALLS / day / "calls.csv").read_bytes())
    return tmp_path / "source"


@pytest.fixture
def running(tmp_path, monkeypatch, refused_source):
    """All of Airflow, over a lake of its own: its home and lake."""
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CALLQA_AIRFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW__API__PORT", str(free_port()))
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(refused_source))
    made = Home(tmp_path / "home")
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(stack.down, made)
        assert stack.main(["up"]) == 0
        yield made, LakeSettings(root=str(tmp_path / "lake"))


@pytest.mark.slow
def test_airflows_runs_go_on_as_the_console_decides(running):
    made, lake = running
    airflow = Client(made)
    begin(airflow)
    for day in DAYS:
        until(lambda day=day: state(airflow, day, "decide") == "awaiting_input")
    with httpx.Client(
        base_url=made.url(),
        cookies={"_token": token(made)},
        timeout=60,
        trust_env=False,
        headers={"accept": "text/html", "accept-language": "en"},
    ) as console:
        assert warehouse.publications(lake) == []
        assert "Airflow&#39;s run waits" in console.get("/callqa/runs/2026-01-05").text.replace("'", "&#39;")
        entry = {str(one.day): one for one in publish.quarantined(lake.root)}
        for day, answer in DAYS.items():
            path = f"/callqa/runs/{day}/refused/{entry[day].folder.name}"
            form = {"answer": answer, "reason": "only one call came in"}
            given = console.post(path, data=form, headers=own_page(console))
            assert given.status_code == 200, given.text
            assert "Airflow carries it out" in given.text
            again = console.post(path, data=form, headers=own_page(console))
            assert again.status_code == 409, again.text
        ends = {day: until(lambda day=day: ended(airflow, day)) for day in DAYS}
        assert ends == {"2026-01-05": "success", "2026-01-06": "failed"}
        assert "approved by admin" in console.get("/callqa/runs/2026-01-05").text
        assert (
            console.get(f"/callqa/runs/2026-01-05/refused/{entry['2026-01-05'].folder.name}").headers["hx-refresh"]
            == "true"
        )
    (row,) = warehouse.publications(lake)
    assert (row.call_date, row.approved_by, row.approval_reason) == (
        dt.date(2026, 1, 5),
        home.USER,
        "only one call came in",
    )
    decided = {str(one.day): one.decision for one in publish.quarantined(lake.root)}
    assert (decided["2026-01-06"].approved, decided["2026-01-06"].by) == (False, home.USER)


def begin(client) -> None:
    """Unpause the DAG once Airflow knows it, and start a run of each day."""
    until(lambda: client.patch("/dags/daily_call_qa", {"is_paused": False}))
    for day in DAYS:
        client.post("/dags/daily_call_qa/dagRuns", {"dag_run_id": day, "logical_date": None, "conf": {"day": day}})


def state(client, day, task):
    return client.get(f"/dags/daily_call_qa/dagRuns/{day}/taskInstances/{task}")["state"]


def ended(client, day):
    found = client.get(f"/dags/daily_call_qa/dagRuns/{day}")["state"]
    return found if found in ("success", "failed") else None


def token(made: Home) -> str:
    from callqa_airflow.rest import call

    return call("POST", f"{made.url()}/auth/token", {"username": home.USER, "password": home.password(made)})[
        "access_token"
    ]


def until(look):
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        with contextlib.suppress(RestError):
            if found := look():
                return found
        time.sleep(1)
    raise AssertionError("waited in vain")
