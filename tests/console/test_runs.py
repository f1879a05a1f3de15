"""Runs: the calendar, a day, the gate's page, and decisions about refused days."""

from __future__ import annotations

import datetime as dt
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callqa import pipeline, publish, rejudge, settings, warehouse
from callqa.settings import GateSettings, LakeSettings, Settings
from qa_console import deciding
from qa_console.access import Person, Role
from tests.conftest import REPOSITORY
from tests.console import changing
from tests.console.conftest import LOOKS, accessible, own_page

pytestmark = pytest.mark.slow

console_home, tokens = changing.console_home, changing.tokens


@pytest.fixture
def lake(console_home) -> str:
    return console_home.extra["CALLQA_LAKE__ROOT"]


def waiting(lake, day):
    return [entry for entry in publish.quarantined(lake) if str(entry.day) == day and entry.waits]


def trail(lake):
    files = sorted((Path(lake) / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def decide(one, entry, answer, reason=""):
    path = f"/callqa/runs/{entry.day}/refused/{entry.folder.name}"
    return one.post(path, data={"answer": answer, "reason": reason}, headers=own_page(one))


def test_managers_decide_and_of_them_those_who_are_named():
    mara, rui = Person("mara", Role.MANAGER), Person("rui", Role.REVIEWER)
    assert deciding.may_decide(mara, GateSettings())
    assert deciding.may_decide(mara, GateSettings(approvers=["mara"]))
    assert not deciding.may_decide(mara, GateSettings(approvers=["ada", "jun"]))
    assert not deciding.may_decide(rui, GateSettings())
    assert not deciding.may_decide(rui, GateSettings(approvers=["rui"]))


def test_the_calendar_shows_what_became_of_each_day(client):
    text = client("rui").get("/callqa/runs?month=2026-01").text
    assert "January 2026" in text
    cells = re.findall(r'<td class="(\w+)">', text)
    assert len(cells) % 7 == 0
    assert cells.count("published") + cells.count("warned") + cells.count("approved") >= 1
    assert 'href="/callqa/runs/2026-01-07"' in text
    assert 'href="/callqa/runs/2026-01-01"' not in text


def test_a_month_without_anything_is_a_calendar_too(client):
    answer = client("rui").get("/callqa/runs?month=2019-02")
    assert answer.status_code == 200
    assert answer.text.count('<td class="nothing">') == 28
    assert client("rui").get("/callqa/runs?month=2019-13").status_code == 422
    assert client("rui").get("/callqa/runs?month=0001-01").status_code == 422
    assert client("rui").get("/callqa/runs?month=1900-01").status_code == 200


def test_agents_see_no_runs_and_reviewers_decide_nothing(client, lake):
    entry = waiting(lake, "2026-01-09")[0]
    assert client("lin").get("/callqa/runs").status_code == 403
    assert client("lin").get("/callqa/runs/2026-01-07").status_code == 403
    assert "A manager decides about it." in client("rui").get("/callqa/runs/2026-01-09").text
    assert decide(client("rui"), entry, "approve", "it is fine so").status_code == 403
    assert decide(client("lin"), entry, "reject").status_code == 403
    assert waiting(lake, "2026-01-09") == [entry]


def test_a_day_names_its_publication_its_checks_and_what_was_rejected(client):
    text = client("rui").get("/callqa/runs/2026-01-07").text
    assert "None of 67 checks found fault" in text or "Warning" in text
    assert "the day&#39;s recordings" in text or "the day's recordings" in text
    assert "094800-c4.wav" in text
    assert 'href="/callqa/calls/2026-01-07/' in text
    chinese = client("rui", **{"accept-language": "zh-CN"}).get("/callqa/runs/2026-01-07").text
    assert "没有通话被重复计算。" in chinese


def test_what_is_not_there_is_404(client):
    rui = client("rui")
    assert rui.get("/callqa/runs/2020-01-01").status_code == 404
    assert rui.get("/callqa/runs/2026-01-07?publication=99").status_code == 404
    assert rui.get("/callqa/runs/2026-01-07/gate/nothing").status_code == 404
    assert rui.get("/callqa/runs/2026-01-09/gate/..%2f..%2f2026-01-08").status_code == 404
    assert rui.get("/callqa/runs/2026-01-07/changes?first=1&second=9").status_code == 400
    mara = client("mara")
    assert (
        mara.post("/callqa/runs/2026-01-09/refused/none", data={"answer": "reject"}, headers=own_page(mara)).status_code
        == 404
    )
    assert mara.post(
        "/callqa/runs/2026-01-09/refused/..", data={"answer": "reject"}, headers=own_page(mara)
    ).status_code in (404, 405)


def test_the_gates_page_is_shut_in(client, lake):
    entry = waiting(lake, "2026-01-09")[0]
    for path in (f"/callqa/runs/2026-01-09/gate/{entry.folder.name}", _gate_of_published(client)):
        answer = client("rui").get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script" not in policy
        assert "<script" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    chinese = client("rui", **{"accept-language": "zh"}).get(f"/callqa/runs/2026-01-09/gate/{entry.folder.name}").text
    assert 'id="zh" checked>' in chinese


def _gate_of_published(client) -> str:
    return re.findall(
        r'href="(/callqa/runs/2026-01-07/gate/[0-9a-f]+)"', client("rui").get("/callqa/runs/2026-01-07").text
    )[0]


def test_an_approval_needs_a_reason(client, lake):
    entry = waiting(lake, "2026-01-09")[0]
    answer = decide(client("mara"), entry, "approve", "  ")
    assert answer.status_code == 400
    assert "needs a reason" in answer.text
    assert (
        client("mara")
        .post(
            f"/callqa/runs/2026-01-09/refused/{entry.folder.name}",
            data={"answer": "burn"},
            headers=own_page(client("mara")),
        )
        .status_code
        == 422
    )
    assert waiting(lake, "2026-01-09") == [entry]


def test_a_rejection_is_kept_and_a_second_decision_is_refused(client, lake):
    entry, other = waiting(lake, "2026-01-08")
    assert decide(client("mara"), entry, "reject", "come on").headers["hx-redirect"] == "/callqa/runs/2026-01-08"
    kept = next(one for one in publish.quarantined(lake) if one.folder == entry.folder).decision
    assert (kept.approved, kept.by, kept.reason) == (False, "mara", "come on")
    second = decide(client("ada"), entry, "approve", "but I say so")
    assert second.status_code == 409
    assert "mara rejected" in second.text
    assert warehouse.publications(LakeSettings(root=lake), entry.day) == []
    assert waiting(lake, "2026-01-08") == [other]
    (line,) = [line for line in trail(lake) if line["action"] == "decide" and line["detail"].get("run") == entry.run_id]
    assert (line["person"], line["call_date"], line["detail"]["approved"]) == ("mara", "2026-01-08", False)


def test_of_two_who_decide_at_once_one_does(client, lake):
    """Whoever comes second is told so; what is published and what is noted agree."""
    entry = waiting(lake, "2026-01-10")[0]
    people = [
        (client("mara"), "approve"),
        (client("ada"), "reject"),
        (client("ada"), "approve"),
        (client("mara"), "reject"),
    ]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: decide(one[0], entry, one[1], "at the same time").status_code, people))
    assert sorted(answers) == [200, 409, 409, 409]
    kept = publish.refused_in(entry.folder).decision
    published = warehouse.publications(LakeSettings(root=lake), entry.day)
    assert [row.approved_by for row in published] == ([kept.by] if kept.approved else [])


def test_a_day_judged_again_that_the_gate_refused_is_decided_like_any_other(client, lake):
    day = dt.date(2026, 1, 5)
    chosen = settings.load(REPOSITORY / "qa.toml").with_folders(lake=lake).with_value("rules.disable=['HR01']")
    strict = chosen.with_value("gate.min_mean_confidence=1.0")
    (done,) = rejudge.rejudge(strict, day, day, rejudge.Choice(rules=("HR01",)))["days"]
    assert done["outcome"] == "refused"
    (entry,) = waiting(lake, str(day))
    mara = client("mara")
    assert "rejudge of sequence 1: HR01" in mara.get(f"/callqa/runs/{day}").text
    assert f'href="/callqa/runs/{day}"' in mara.get("/callqa/runs").text
    answer = decide(mara, entry, "approve", "the thresholds were a trial")
    assert answer.headers["hx-redirect"] == f"/callqa/runs/{day}"
    newest = warehouse.publications(LakeSettings(root=lake), day)[-1]
    assert (newest.sequence, newest.approved_by, newest.origin) == (2, "mara", "rejudge of sequence 1: HR01")


def test_a_day_says_what_its_runs_took(client, lake):
    text = client("rui").get("/callqa/runs/2026-01-07").text
    (row,) = warehouse.query(LakeSettings(root=lake), "select * from runs where call_date = '2026-01-07'")[1]
    assert "What its runs took" in text
    assert row[1] in text.partition("What its runs took")[2]
    assert "运行开销" in client("rui", **{"accept-language": "zh-CN"}).get("/callqa/runs/2026-01-07").text


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_look_as_they_should(browse, shot, language, theme):
    page = browse("mara", "/callqa/runs", language=language, theme=theme)
    page.locator("table.calendar").wait_for()
    accessible(page)
    shot(page, f"runs-{language[:2]}-{theme}")
    page.goto("/callqa/runs/2026-01-09")
    page.keyboard.press("Shift+A")
    accessible(page)
    shot(page, f"runs-refused-{language[:2]}-{theme}")
    page.goto("/callqa/runs/2026-01-07")
    accessible(page)
    shot(page, f"runs-day-{language[:2]}-{theme}")


def test_a_day_is_approved_in_the_browser(browse, shot, lake):
    page = browse("mara", "/callqa/runs/2026-01-08")
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("one file is broken; these are all calls")
    dialog.get_by_role("button", name="Approve").click()
    page.get_by_text("approved by mara").wait_for()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Thu, 8 Jan 2026")
    assert page.get_by_text("one file is broken; these are all calls").count() >= 1
    shot(page, "runs-approved")
    (row,) = warehouse.publications(LakeSettings(root=lake), waiting_day("2026-01-08"))
    assert (row.approved_by, row.approval_reason) == ("mara", "one file is broken; these are all calls")
    page.goto("/callqa/today?day=2026-01-08")
    page.get_by_text("approved by mara").wait_for()


def test_the_console_waits_while_somebody_decides_on_the_command_line(client, lake):
    entry = waiting(lake, "2026-01-09")[0]
    no = publish.Decision(approved=False, by="jun", reason="on the command line", at=dt.datetime.now(dt.UTC))
    with ThreadPoolExecutor(1) as pool:
        with publish.deciding(lake):
            answer = pool.submit(decide, client("mara"), entry, "approve", "in the console")
            with pytest.raises(TimeoutError):
                answer.result(1)
            pipeline.decide(Settings(lake=LakeSettings(root=lake)), entry, no)
        assert answer.result(60).status_code == 409
    assert publish.refused_in(entry.folder).decision == no
    assert warehouse.publications(LakeSettings(root=lake), entry.day) == []


def waiting_day(text):
    return dt.date.fromisoformat(text)
