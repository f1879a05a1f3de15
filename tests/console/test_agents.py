"""Agents and teams: comparisons with intervals, one agent's page, and that agents see their own only."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import LOOKS, accessible, drawn

pytestmark = pytest.mark.slow


def test_agents_stand_beside_one_another_with_how_sure_that_is(client):
    text = client("mara").get("/callqa/agents").text
    assert "8 agents, 38 calls" in text
    rows = re.findall(r"<tr data-row>(.*?)</tr>", text, re.DOTALL)
    assert len(rows) == 8
    assert all("n = " in row and 'svg class="interval"' in row for row in rows)
    assert "no difference can be told" in text
    assert not re.search(r"\brank\b|#1", text, re.IGNORECASE)


def test_teams_and_one_team(client):
    mara = client("mara")
    teams = re.findall(r'<a class="strong" href="/callqa/agents\?team=(\w+)', mara.get("/callqa/agents?by=team").text)
    assert {"north", "global"} <= set(teams)
    text = mara.get("/callqa/agents?team=north").text
    assert "A1001" in text
    assert "A1006" not in text
    assert mara.get("/callqa/agents?team=none-such").status_code == 200


def test_any_order_is_offered_and_no_other(client):
    mara = client("mara")
    for order in ("name", "score", "risk", "angry", "calls"):
        assert mara.get(f"/callqa/agents?order={order}").status_code == 200
    assert mara.get("/callqa/agents?order=salary").status_code == 422
    assert mara.get("/callqa/agents?from=2026-01-07&to=2026-01-05").status_code == 400
    assert mara.get("/callqa/agents?from=2020-01-01&to=2020-01-02").status_code == 200


def test_one_agent_has_trends_and_calls_to_talk_about(client):
    text = client("mara").get("/callqa/agents/A1003").text
    assert text.count('data-chart="') == 2
    assert "To talk about" in text
    assert re.search(r'href="/callqa/calls/2026-01-0\d/2026010\d-', text)
    assert "Beside the others" in text
    assert client("mara").get("/callqa/agents/A1003?every=week").status_code == 200
    assert client("mara").get("/callqa/agents/A9999").status_code == 404
    assert "No calls in these days" in client("mara").get("/callqa/agents/A1003?from=2020-01-01&to=2020-01-31").text


def test_an_agent_sees_the_own_page_only(client):
    lin = client("lin")
    assert lin.get("/callqa/agents").headers["location"] == "/callqa/agents/A1001"
    own = lin.get("/callqa/agents/A1001").text
    assert "Beside the others" not in own
    for other in ("A1003", "A1006", "赵强"):
        assert other not in own
        assert lin.get(f"/callqa/agents/{other}").status_code == 404
    assert "Nobody said which agent you are" in client("nobody").get("/callqa/agents").text
    assert client("nobody").get("/callqa/agents/A1001").status_code == 404


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_look_as_they_should(browse, shot, language, theme):
    page = browse("mara", "/callqa/agents", language=language, theme=theme)
    drawn(page)
    accessible(page)
    shot(page, f"agents-{language[:2]}-{theme}")
    page.locator("[data-row] a").first.click()
    page.wait_for_url("**/agents/A*")
    drawn(page)
    accessible(page)
    shot(page, f"agents-one-{language[:2]}-{theme}")
