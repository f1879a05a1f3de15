"""Days of the past in the console: the plan, a backfill through Airflow's API, its progress, its report."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from qa_console.access import Role
from tests.console import changing
from tests.console.conftest import LOOKS, accessible, own_page

pytestmark = pytest.mark.slow

console_home, tokens = changing.console_home, changing.tokens
FIRST, LAST = "2026-01-05", "2026-01-10"


@pytest.fixture(scope="module", autouse=True)
def known_dags(console_home) -> None:
    """Airflow knows the DAGs, as its DAG processor would have told it; nothing of it runs."""
    import subprocess
    import sys

    from callqa_airflow.home import ROOT
    from tests.console.server import _foreign

    environment = {
        name: value for name, value in console_home.environment().items() if name not in _foreign(console_home)
    }
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "dags", "reserialize"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture
def lake(console_home) -> str:
    return console_home.extra["CALLQA_LAKE__ROOT"]


@pytest.fixture
def no_backfill(client):
    """No backfill is at work, before and after."""

    def end() -> None:
        mara = client("mara")
        given = mara.get(
            "/api/v2/backfills", params={"dag_id": "daily_call_qa"}, headers={"accept": "application/json"}
        )
        for one in given.json()["backfills"]:
            if not one["completed_at"]:
                mara.put(f"/api/v2/backfills/{one['id']}/cancel")

    end()
    yield
    end()


def begin(one, **form):
    values = {"first": FIRST, "last": LAST, "days_at_once": "2", **form}
    return one.post("/callqa/backfill", data=values, headers=own_page(one))


def number_of(answer) -> int:
    return int(answer.headers["hx-redirect"].rpartition("/")[2])


def test_a_plan_says_what_the_days_would_take(client):
    text = client("mara").get(f"/callqa/backfill/plan?first={FIRST}&last={LAST}").text
    assert "airflow backfill create" in text
    assert "2 published already" in text
    assert "recordings" in text.lower()
    assert "were never read" in text


def test_a_range_that_is_none_is_said_where_it_was_asked(client):
    mara = client("mara")
    for query, why in (
        (f"first={LAST}&last={FIRST}", "there is no day"),
        (f"first={FIRST}&last=2990-01-01", "is not over"),
        ("first=2015-01-01&last=2015-01-31", "holds no recordings"),
    ):
        answer = mara.get(f"/callqa/backfill/plan?{query}")
        assert answer.status_code == 200
        assert why in answer.text
    assert mara.get("/callqa/backfill/plan?first=yesterday&last=today").status_code == 422
    assert begin(mara, first=LAST, last=FIRST).status_code == 400


def test_managers_start_backfills_and_others_do_not(client, no_backfill):
    for person in ("lin", "rui"):
        assert begin(client(person)).status_code == 403
        assert client(person).get(f"/callqa/backfill/plan?first={FIRST}&last={LAST}").status_code == 403
    assert client("lin").get("/callqa/backfill").status_code == 403
    page = client("rui").get("/callqa/backfill")
    assert page.status_code == 200
    assert "A manager starts and steers" in page.text


def test_a_backfill_begins_in_airflow_as_the_person_and_is_in_the_audit_trail(client, no_backfill, lake):
    mara = client("mara")
    answer = begin(mara, notify="true")
    assert answer.status_code == 200, answer.text
    number = number_of(answer)
    made = mara.get(f"/api/v2/backfills/{number}", headers={"accept": "application/json"}).json()
    assert made["max_active_runs"] == 2
    assert made["dag_run_conf"] == {"notify": True}
    assert dt.datetime.fromisoformat(made["from_date"]) == dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC)
    runs = mara.get(
        "/api/v2/dags/daily_call_qa/dagRuns", params={"run_type": "backfill"}, headers={"accept": "application/json"}
    ).json()
    assert runs["total_entries"] == 6
    assert {run["triggering_user_name"] for run in runs["dag_runs"]} == {"mara"}
    report = mara.get(
        f"/api/v2/dags/archive_report/dagRuns/backfill-{number}", headers={"accept": "application/json"}
    ).json()
    assert report["conf"]["from"] == FIRST
    trail = [
        json.loads(line) for file in (Path(lake) / "audit").glob("*.jsonl") for line in file.read_text().splitlines()
    ]
    said = [entry["detail"] for entry in trail if entry["action"] == "run" and entry["person"] == "mara"]
    assert {"what": "backfill", "first": FIRST, "last": LAST, "notify": True} in said


def test_there_is_one_backfill_at_a_time(client, no_backfill):
    assert begin(client("mara")).status_code == 200
    again = begin(client("ada"))
    assert again.status_code == 409
    assert "already a running backfill" in again.text


def test_the_progress_shows_each_day(client, no_backfill):
    mara = client("mara")
    number = number_of(begin(mara))
    text = mara.get(f"/callqa/backfill/{number}").text
    states = re.findall(r'<td class="(\w+)">', text)
    assert states.count("published") == 2
    assert states.count("waiting") == 3
    assert "Pause" in text
    assert "switched off in Airflow" in text
    part = mara.get(f"/callqa/backfill/{number}", headers={"hx-request": "true"}).text
    assert part.strip().startswith('<div id="progress"')
    assert "every 5s" in part
    assert "Pause" not in client("rui").get(f"/callqa/backfill/{number}").text
    assert mara.get("/callqa/backfill/99999").status_code == 404


def test_it_is_paused_goes_on_and_is_ended(client, no_backfill):
    mara = client("mara")
    number = number_of(begin(mara))

    def steer(verb, one=mara):
        return one.post(f"/callqa/backfill/{number}/{verb}", headers=own_page(one))

    assert steer("pause", client("rui")).status_code == 403
    assert "Paused" in steer("pause").text
    assert "Paused" not in steer("unpause").text
    ended = steer("cancel")
    assert "Over" in ended.text
    assert "hx-trigger" not in ended.text
    assert steer("pause").status_code == 409
    assert steer("explode").status_code == 422
    assert begin(mara).status_code == 200  # and it may go on


def test_changes_need_a_page_of_ours(client):
    mara = client("mara")
    values = {"first": FIRST, "last": LAST, "days_at_once": "2"}
    assert mara.post("/callqa/backfill", data=values).status_code == 403
    assert begin(mara, days_at_once="99").status_code == 422


def test_the_report_is_that_of_the_command_line(client, lake):
    from callqa import archive
    from callqa.settings import LakeSettings, Settings

    span = archive.Span(dt.date.fromisoformat(FIRST), dt.date.fromisoformat(LAST))
    made = archive.report(Settings(lake=LakeSettings(root=lake)), span)
    text = client("rui").get(f"/callqa/backfill/report?first={FIRST}&last={LAST}").text
    assert f"of {len(span)} days" in text
    assert f">{made['totals']['recordings']}<" in text
    for day in made["waiting"]:
        assert f'href="/callqa/runs/{day}"' in text
    assert client("lin").get(f"/callqa/backfill/report?first={FIRST}&last={LAST}").status_code == 403


def test_who_may_steer_is_the_console_and_airflow_both():
    assert Role.MANAGER > Role.REVIEWER


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_in_a_browser(browse, shot, no_backfill, language, theme):
    page = browse("mara", "/callqa/backfill", language=language, theme=theme)
    page.locator("#first").fill(FIRST)
    page.locator("#last").fill(LAST)
    page.locator("form[hx-get] button[type=submit]").click()
    page.locator("#plan form button[type=submit]").wait_for()
    accessible(page)
    shot(page, f"backfill-plan-{language}-{theme}")
    page.locator("#plan form button[type=submit]").click()
    page.wait_for_url("**/callqa/backfill/*")
    page.locator("#progress").wait_for()
    accessible(page)
    shot(page, f"backfill-{language}-{theme}")
    page.locator("[data-dialog=cancel]").click()
    page.locator("dialog[open] button.danger").click()
    page.locator("#progress a.more").click()
    page.wait_for_url("**/callqa/backfill/report*")
    accessible(page)
    shot(page, f"backfill-report-{language}-{theme}")
