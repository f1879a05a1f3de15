"""Review: samples, verdicts by keys, appeals and their decisions, agreement; and that no verdict is lost."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.contracts import Review
from callqa.errors import StageError
from callqa.settings import LakeSettings
from qa_console.verdicts import Verdicts
from tests.console import changing
from tests.console.conftest import LOOKS, accessible, own_page

console_home, tokens = changing.console_home, changing.tokens
DAY = dt.date(2026, 1, 7)
OWN = dt.date(2026, 1, 5)
UNTOUCHED = {"first": OWN.isoformat(), "last": OWN.isoformat()}
"""A day of which those who review it here have said nothing in the tests of other files."""
"""A day with findings on calls of lin's."""
NOW = dt.timedelta(0)


# Verdicts on their way


@pytest.fixture
def kept(tmp_path):
    return Verdicts(LakeSettings(root=str(tmp_path)))


@pytest.fixture
def asleep(kept, monkeypatch):
    """No thread adds anything: the test does."""
    monkeypatch.setattr(kept, "wake", lambda: None)
    return kept


def verdict(rule="HR01", said="confirmed", reviewer="rui", at=None, **others):
    at = at or dt.datetime.now(dt.UTC)
    return Review(
        call_date=DAY, call_id="c1", rule=rule, rule_version=1, verdict=said, reviewer=reviewer, at=at, **others
    )


def stored(lake):
    if not (Path(lake.root) / "warehouse").exists():
        return []
    return sorted(warehouse.query(lake, "select rule, verdict, reviewer from reviews")[1])


def test_what_is_due_is_added_in_one_piece(asleep):
    for rule in ("HR01", "FW01", "SA01"):
        asleep.keep(verdict(rule), hold=NOW)
    asleep.keep(verdict("IN01"))
    assert asleep.add_due() == 3
    assert stored(asleep.lake) == [(rule, "confirmed", "rui") for rule in ("FW01", "HR01", "SA01")]
    assert [one.review.rule for one in asleep.waiting()] == ["IN01"]
    assert asleep.add_due() == 0


def test_a_verdict_is_taken_back_by_its_reviewer_only_and_in_time_only(asleep):
    held = asleep.keep(verdict())
    assert asleep.take_back(held.id, "mara") is None
    assert asleep.take_back(held.id, "rui") == held.review
    assert asleep.take_back(held.id, "rui") is None
    late = asleep.keep(verdict(), hold=NOW)
    asleep.add_due()
    assert asleep.take_back(late.id, "rui") is None
    assert asleep.take_back("../../../etc/passwd", "rui") is None
    assert len(stored(asleep.lake)) == 1


def test_a_note_in_any_language_comes_back_as_it_was(asleep):
    held = asleep.keep(verdict(note='他在复述客户的话\n"quoted" 😡'))
    assert asleep.waiting()[0].review == held.review


def test_where_the_warehouse_cannot_be_written_everything_waits(asleep, monkeypatch):
    asleep.keep(verdict(), hold=NOW)

    def full(*_):
        raise StageError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "add_reviews", full)
        with pytest.raises(StageError):
            asleep.add_due()
    assert len(asleep.waiting()) == 1
    assert asleep.add_due() == 1
    assert len(stored(asleep.lake)) == 1
    assert asleep.waiting() == []


def test_what_a_crash_left_is_added_once_whether_its_row_got_in_or_not(asleep, monkeypatch):
    asleep.keep(verdict("HR01"), hold=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "touch", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            asleep.add_due()
    assert len(stored(asleep.lake)) == 1
    asleep.keep(verdict("FW01"), hold=NOW)
    (path,) = asleep.folder.glob("*.json")
    path.rename(path.with_suffix(".sending"))
    assert asleep.add_due() == 1
    assert stored(asleep.lake) == [("FW01", "confirmed", "rui"), ("HR01", "confirmed", "rui")]
    assert asleep.waiting() == []


KILLED = """
import datetime as dt, sys
from callqa.contracts import Review
from callqa.settings import LakeSettings
from qa_console.verdicts import Verdicts
kept = Verdicts(LakeSettings(root=sys.argv[1]))
for number in range(10_000):
    kept.keep(Review(call_date=dt.date(2026, 1, 7), call_id=f"c{number}", rule="HR01", rule_version=1, verdict="confirmed",
                     reviewer="rui", at=dt.datetime.now(dt.UTC)), hold=dt.timedelta(0))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_none_is_lost_or_doubled_when_the_process_is_killed(kept):
    """Every verdict of which somebody was told that it is kept is in the warehouse once, after kills at any moment."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    told = 0
    for seconds in (0.7, 1.1, 1.6):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, kept.lake.root], stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            process.stdout.readline()
            time.sleep(seconds)
            process.kill()
            told += 1 + len(process.stdout.read().splitlines())
    kept.add_due(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    count, different = warehouse.query(kept.lake, 'select count(*), count(distinct ("at", call_id)) from reviews')[1][0]
    assert told <= count <= told + 3
    assert count == different


def test_what_was_just_added_is_shown_until_every_page_has_looked(asleep, monkeypatch):
    asleep.keep(verdict(), hold=NOW)
    asleep.add_due()
    assert asleep.waiting() == []
    assert [one.review.rule for one in asleep.unseen()] == ["HR01"]
    monkeypatch.setattr("qa_console.verdicts.LINGER", dt.timedelta(seconds=-1))
    asleep.add_due()
    assert asleep.unseen() == []
    assert len(stored(asleep.lake)) == 1


def test_the_thread_adds_by_itself(kept):
    kept.keep(verdict(), hold=NOW)
    deadline = time.monotonic() + 60
    while kept.waiting() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stored(kept.lake) == [("HR01", "confirmed", "rui")]


# The pages


def sample(one, **form):
    given = {"kind": "random", "first": "2026-01-07", "last": "2026-01-07", "size": "20", **form}
    return one.post("/callqa/review/samples", data=given, headers=own_page(one))


def lake_of(home) -> LakeSettings:
    return LakeSettings(root=home.extra["CALLQA_LAKE__ROOT"])


def trail(lake):
    files = sorted((Path(lake.root) / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def own_hit(home):
    """A hit on a call of lin's, which nobody said anything of."""
    sql = """
        select f.call_id, f.rule from findings f join calls c using (call_date, call_id)
        where c.agent_id = 'A1001' and f.outcome = 'hit' and call_date = ? order by all
    """
    said = {(call, rule) for call, rule in warehouse.query(lake_of(home), "select call_id, rule from reviews")[1]}
    said |= {(one.review.call_id, one.review.rule) for one in Verdicts(lake_of(home)).unseen()}
    return next(row for row in warehouse.query(lake_of(home), sql, [OWN])[1] if tuple(row) not in said)


def say(one, hit, verdict, note=""):
    form = {"day": OWN.isoformat(), "call": hit[0], "rule": hit[1], "verdict": verdict, "note": note}
    return one.post("/callqa/review/finding", data=form, headers=own_page(one))


@pytest.mark.slow
def test_a_sample_is_the_same_for_everybody_and_blind(client):
    rui, mara = client("rui"), client("mara")
    address = sample(rui, **UNTOUCHED).headers["hx-redirect"]
    first, second = rui.get(address).text, mara.get(address).text
    assert first.count('class="open"') == second.count('class="open"') > 5
    place = [
        text.partition('aria-labelledby="finding-name"')[2][:4000].partition('class="said"')[0]
        for text in (first, second)
    ]
    assert place[0] == place[1]
    said = rui.post(
        f"{address}/say", data={"at": 1, "verdict": "rejected", "note": "the word was a name"}, headers=own_page(rui)
    )
    assert said.status_code == 200
    assert 'class="rejected"' in said.text
    assert "the word was a name" not in mara.get(address).text
    assert 'class="rejected"' not in mara.get(address).text


@pytest.mark.slow
def test_an_undone_verdict_leaves_no_row(client, console_home):
    rui = client("rui")
    address = sample(rui, name="undo me").headers["hx-redirect"]
    headers = own_page(rui)
    text = rui.post(f"{address}/say", data={"at": 2, "verdict": "confirmed"}, headers=headers).text
    kept = text.partition('"kept": "')[2].partition('"')[0]
    back = rui.post(f"{address}/undo", data={"at": 2, "kept": kept}, headers=headers)
    assert json.loads(back.headers["hx-trigger"]) == {"callqa:say": "Taken back."}
    again = rui.post(f"{address}/undo", data={"at": 2, "kept": kept}, headers=headers)
    assert "kept already" in json.loads(again.headers["hx-trigger"])["callqa:say"]
    assert kept not in {one.id for one in Verdicts(lake_of(console_home)).waiting()}
    assert [line["detail"].get("taken_back") for line in trail(lake_of(console_home)) if line["action"] == "review"][
        -1
    ] is True


@pytest.mark.slow
def test_a_sample_that_is_none_is_refused(client):
    rui = client("rui")
    assert sample(rui, size="0").status_code == 422
    assert sample(rui, size="501").status_code == 422
    assert sample(rui, kind="rule").status_code == 400
    assert sample(rui, first="2026-02-01", last="2026-01-01").status_code in (200, 400)
    assert sample(rui, kind="whatever").status_code == 422
    assert rui.get("/callqa/review/0123456789abcdef").status_code == 400
    assert rui.get("/callqa/review/..%2f..%2fqa").status_code in (400, 404)


@pytest.mark.slow
def test_agents_do_not_review(client, console_home):
    lin, rui = client("lin"), client("rui")
    address = sample(rui).headers["hx-redirect"]
    assert sample(lin).status_code == 403
    assert lin.get(address).status_code == 403
    assert lin.post(f"{address}/say", data={"at": 1, "verdict": "confirmed"}, headers=own_page(lin)).status_code == 403
    assert say(lin, own_hit(console_home), "confirmed").status_code == 403
    assert say(lin, own_hit(console_home), "overturned", "me").status_code == 403
    assert "Findings on your calls" in lin.get("/callqa/review").text


@pytest.mark.slow
def test_an_agent_sees_and_appeals_no_finding_of_others(client, console_home):
    sql = "select call_id, rule from findings join calls using (call_date, call_id) where agent_id <> 'A1001' and outcome = 'hit' and call_date = ?"
    other = warehouse.query(lake_of(console_home), sql, [OWN])[1][0]
    lin = client("lin")
    assert say(lin, other, "appealed", "no").status_code == 404
    assert (
        lin.get(
            "/callqa/review/finding", params={"day": OWN.isoformat(), "call": other[0], "rule": other[1]}
        ).status_code
        == 404
    )
    assert say(client("nobody"), own_hit(console_home), "appealed", "no").status_code == 404


@pytest.mark.slow
def test_an_appeal_is_decided_once_by_a_manager(client, console_home):
    lin, rui, mara = client("lin"), client("rui"), client("mara")
    hit = own_hit(console_home)
    assert say(lin, hit, "appealed", "").status_code == 400
    assert say(lin, hit, "appealed", "I was quoting the customer").headers["hx-refresh"] == "true"
    assert say(lin, hit, "appealed", "and again").status_code in (403, 409)
    until_stored(console_home, hit, "appealed")
    assert "I was quoting the customer" in mara.get("/callqa/review").text
    assert say(rui, hit, "confirmed").status_code == 409
    assert say(rui, hit, "upheld", "so it is").status_code == 403
    assert say(mara, hit, "overturned", " ").status_code == 400
    assert say(mara, hit, "overturned", "indeed a quotation").status_code == 200
    assert say(mara, hit, "upheld", "on second thoughts").status_code == 409
    until_stored(console_home, hit, "overturned")
    rows = warehouse.query(
        lake_of(console_home),
        'select verdict, reviewer, outcome, note from reviews where call_id = ? and rule = ? order by "at"',
        list(hit),
    )[1]
    assert [tuple(row) for row in rows] == [
        ("appealed", "lin", "hit", "I was quoting the customer"),
        ("overturned", "mara", "hit", "indeed a quotation"),
    ]
    actions = [
        (line["action"], line["person"])
        for line in trail(lake_of(console_home))
        if line["call_id"] == hit[0] and line["detail"].get("rule") == hit[1]
    ]
    assert ("appeal", "lin") in actions
    assert ("decide", "mara") in actions


@pytest.mark.slow
def test_what_was_appealed_leaves_the_samples(client, console_home):
    lin, rui = client("lin"), client("rui")
    hit = own_hit(console_home)
    address = sample(rui, kind="rule", rule=hit[1], first="2026-01-05").headers["hx-redirect"]
    assert say(lin, hit, "appealed", "not so").status_code == 200
    text = rui.get(address).text
    assert 'class="settled"' in text
    place = text.partition('class="settled"')[0].count("?at=")
    answer = rui.post(f"{address}/say", data={"at": place, "verdict": "confirmed"}, headers=own_page(rui))
    assert answer.status_code == 400
    assert "appealed or decided meanwhile" in answer.text


def until_stored(home, hit, verdict):
    deadline = time.monotonic() + 60
    sql = "select count(*) from reviews where call_id = ? and rule = ? and verdict = ?"
    while time.monotonic() < deadline:
        if warehouse.query(lake_of(home), sql, [*hit, verdict])[1][0][0]:
            time.sleep(2.5)  # the console looks again after two seconds
            return
        time.sleep(0.2)
    raise AssertionError("the verdict never came into the warehouse")


@pytest.mark.slow
def test_two_reviewers_agree_more_or_less(client, console_home):
    rui, mara = client("rui"), client("mara")
    address = sample(rui, name="calibration").headers["hx-redirect"]
    total = rui.get(address).text.count("?at=")
    for person, odd in ((rui, 4), (mara, 3)):
        headers = own_page(person)
        for at in range(1, 13):
            said = "rejected" if at % odd == 0 else "confirmed"
            person.post(f"{address}/say", data={"at": at, "verdict": said}, headers=headers)
    Verdicts(lake_of(console_home)).add_due(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    time.sleep(2.5)
    assert total >= 12
    text = rui.get("/callqa/review").text
    assert "All rules" in text
    assert "mara · rui" in text
    assert "95 % interval" in text


@pytest.mark.slow
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_look_as_they_should(client, browse, shot, language, theme):
    address = sample(client("rui"), name="Week 1").headers["hx-redirect"]
    for person, path, name in (
        ("mara", "/callqa/review", "review"),
        ("rui", address, "review-item"),
        ("lin", "/callqa/review", "review-own"),
    ):
        page = browse(person, path, language=language, theme=theme)
        page.get_by_role("heading", level=1).wait_for()
        accessible(page)
        shot(page, f"{name}-{language[:2]}-{theme}")


def settled(page, place) -> None:
    """The part that has this is there and htmx has bound its buttons, which takes it some milliseconds more."""
    page.locator(place).wait_for()
    page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added").first.wait_for(state="detached")


@pytest.mark.slow
def test_a_queue_goes_by_keys_alone(client, browse, console_home):
    address = sample(client("ada")).headers["hx-redirect"]
    page = browse("ada", address)
    page.locator("#verdict").wait_for()
    total = page.locator(".places a").count()
    page.keyboard.press("c")
    settled(page, ".places a.confirmed")
    assert page.locator(".places a[aria-current]").get_attribute("href").endswith("at=2")
    page.keyboard.press("e")
    page.keyboard.type("cannot be: no such word")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    settled(page, ".places a.rejected")
    page.keyboard.press("u")
    page.get_by_text("Taken back.").wait_for()
    page.locator(".places a.rejected").wait_for(state="detached")
    assert page.locator(".places a[aria-current]").get_attribute("href").endswith("at=2")
    page.keyboard.press("n")
    page.wait_for_url("**at=3")
    assert page.get_by_role("status").first.inner_text() == f"1 of {total}"


@pytest.mark.slow
def test_an_appeal_and_its_decision_in_the_browser(browse, shot, console_home):
    hit = own_hit(console_home)
    path = f"/callqa/review/finding?day={OWN}&call={hit[0]}&rule={hit[1]}"
    page = browse("lin", path)
    page.get_by_label("Reason").fill("That was the customer, not me.")
    page.get_by_role("button", name="Appeal").click()
    page.get_by_text("That was the customer, not me.").first.wait_for()
    until_stored(console_home, hit, "appealed")
    deciding = browse("mara", "/callqa/review")
    deciding.get_by_text("That was the customer, not me.").first.click()
    deciding.get_by_role("heading", name="Decide the appeal").wait_for()
    accessible(deciding)
    shot(deciding, "review-appeal")
    deciding.get_by_label("Reason").fill("The words are the agent's.")
    deciding.get_by_role("button", name="The finding stands").click()
    deciding.locator(".history").get_by_text("Finding stands").or_(
        deciding.locator(".history").get_by_text("Upheld")
    ).wait_for()
