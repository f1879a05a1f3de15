"""Samples are reviewed blind: nobody reads what others said of a finding before saying something, on whatever page."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.contracts import Review
from callqa.settings import LakeSettings
from tests.console import changing
from tests.console.conftest import accessible, own_page

pytestmark = pytest.mark.slow

console_home, tokens = changing.console_home, changing.tokens
DAY = dt.date(2026, 1, 7)
NOTE = "kim heard it otherwise"


@pytest.fixture(scope="module")
def said(console_home):
    """A finding in the warehouse that somebody has judged who is in no other test. The call's id and the rule."""
    lake = LakeSettings(root=console_home.extra["CALLQA_LAKE__ROOT"])
    sql = "select call_id, rule, rule_version from findings where call_date = ? and outcome = 'hit' order by call_id desc, rule"
    call_id, rule, version = warehouse.query(lake, sql, [DAY])[1][0]
    review = Review(
        call_date=DAY, call_id=call_id, rule=rule, rule_version=version, verdict="rejected", reviewer="kim", note=NOTE,
        at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    warehouse.add_reviews(lake, [review])
    for sample in (Path(lake.root) / "console" / "samples").glob("*.json"):
        sample.unlink()
    return call_id, rule


def until(look):
    deadline = time.monotonic() + 60
    while not look() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert look()


def places(call_id, rule):
    """Every address that tells what people said of a finding."""
    call = f"/callqa/calls/{DAY}/{call_id}"
    return [call, f"{call}/download/json", f"/callqa/review/finding?day={DAY}&call={call_id}&rule={rule}"]


def test_others_verdicts_are_seen_after_ones_own(client, said, browse, shot):
    call_id, rule = said
    rui, mara = client("rui"), client("mara")
    sees = lambda one, place: NOTE in one.get(place).text  # noqa: E731
    until(lambda: sees(mara, places(*said)[0]))
    assert all(sees(rui, place) for place in places(*said)), "it is in no sample: there is nothing to be blind for"
    form = {"kind": "rule", "rule": rule, "first": str(DAY), "last": str(DAY), "size": "20"}
    address = mara.post("/callqa/review/samples", data=form, headers=own_page(mara)).headers["hx-redirect"]
    assert not any(sees(rui, place) for place in places(*said))
    assert rui.get(places(*said)[1]).json()["reviews"] == []
    assert all(sees(mara, place) for place in places(*said)), "managers see all"
    page = browse("rui", places(*said)[0])
    page.get_by_text("you see the verdict once you have given yours").wait_for()
    accessible(page)
    shot(page, "call-blind", whole=False)
    page = browse("rui", places(*said)[2], language="zh-CN")
    page.get_by_text("给出您的判断后即可看到他人的结论").wait_for()
    accessible(page)
    text = rui.get(address).text
    states = text.partition('class="places"')[2].partition("</nav>")[0].count("?at=")
    for at in range(1, states + 1):
        given = {"at": at, "verdict": "confirmed"}
        assert rui.post(f"{address}/say", data=given, headers=own_page(rui)).status_code == 200
    assert sees(rui, places(*said)[2])
    assert sees(rui, places(*said)[0]), "also before the own verdict is in the warehouse"
    assert mara.get(f"/callqa/calls/{DAY}/{call_id}").status_code == 200
