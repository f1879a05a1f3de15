"""The house around the pages: logins, roles, tokens, headers, sizes, error pages, what Airflow's other processes load."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import httpx
import pytest

from callqa_airflow.home import ROOT
from tests.console.conftest import own_page

pytestmark = pytest.mark.slow

ROUTES = """
import json, threading
from qa_console.app import create_app
from fastapi.routing import APIRoute
app = create_app()
print("ROUTES", json.dumps([[sorted(route.methods), route.path] for route in app.routes if isinstance(route, APIRoute)]))
print("OTHERS", json.dumps([route.path for route in app.routes if not isinstance(route, APIRoute)]))
[thread.join() for thread in threading.enumerate() if thread.name == "callqa console"]
"""


@pytest.fixture(scope="session")
def routes(console_home):
    """Methods and path of every route, as the server makes them."""
    environment = {**console_home.environment(), "PYTHONPATH": str(ROOT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", ROUTES], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("ROUTES", "OTHERS")))
    assert json.loads(found["OTHERS"]) == ["/static"]
    return [(methods, path) for methods, path in json.loads(found["ROUTES"])]


def address(path, places=None):
    """A path with something in its places."""
    known = {
        "day": "2026-01-07",
        "call_id": "20260107-085900-c1",
        "rule": "HR01",
        "agent_id": "A1001",
        **(places or {}),
    }
    return "/callqa" + re.sub(r"\{(\w+)(:\w+)?\}", lambda match: known.get(match[1], "1"), path)


def test_without_a_login_every_route_is_closed(client, routes):
    assert len(routes) >= 2
    page, program = client(None), client(None, accept="application/json")
    for methods, path in routes:
        for method in methods:
            answer = program.request(method, address(path))
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert answer.json() == {"detail": "log in to Airflow"}
            if method == "GET":
                sent = page.get(address(path))
                assert (sent.status_code, sent.headers["location"].partition("?")[0]) == (303, "/auth/login"), path


def test_a_token_that_is_none_is_no_login(client, routes):
    intruder = client(None, accept="application/json", authorization="Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.")
    for methods, path in routes:
        for method in methods:
            assert intruder.request(method, address(path)).status_code in (401, 403), (method, path)


def test_a_login_without_a_role_here_opens_nothing(client, routes):
    guest = client("guest")
    for methods, path in routes:
        for method in methods:
            answer = guest.request(method, address(path))
            assert answer.status_code == 403, (method, path)
            assert "You have no role here yet" in answer.text


def test_no_route_takes_a_change_without_the_token_of_a_page(client, routes):
    """With everything but the token, with everything but the origin, and with another person's token."""
    ada = client("ada")
    own = own_page(ada)
    other = own_page(client("mara"))["x-callqa-token"]
    for methods, path in routes:
        for method in set(methods) - {"GET", "HEAD"}:
            for headers in (
                {"origin": own["origin"]},
                {"x-callqa-token": own["x-callqa-token"]},
                {**own, "x-callqa-token": other},
                {**own, "origin": "https://elsewhere.example"},
                {**own, "origin": "null"},
                {**own, "sec-fetch-site": "cross-site"},
            ):
                answer = ada.request(method, address(path), headers={"accept": "application/json", **headers})
                assert answer.status_code == 403, (method, path, headers)


OF_SOMEBODY_ELSE = {"day": "2026-01-07", "call_id": "20260107-085900-c1", "agent_id": "A1007", "kind": "vcon"}


def test_an_agent_gets_nothing_of_somebody_elses_call(client, routes):
    lin = client("lin")
    own = own_page(lin)
    asked = 0
    for methods, path in routes:
        if not {"call_id", "agent_id"} & set(re.findall(r"\{(\w+)", path)):
            continue
        for method in methods:
            answer = lin.request(method, address(path, OF_SOMEBODY_ELSE), headers=own)
            asked += 1
            assert answer.status_code in ((403, 404) if method == "GET" else (403, 404, 422)), (method, path)
    assert asked


HOSTILE = (
    "..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "%00",
    "';drop table calls;--",
    "x" * 2000,
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%F0%9F%98%A1",
    "-1",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_route_breaks_at_or_repeats_what_is_no_name(client, routes, hostile):
    ada = client("ada")
    own = own_page(ada)
    for methods, path in routes:
        names = re.findall(r"\{(\w+)", path)
        for name in names:
            for method in methods:
                sent = address(path, {**dict.fromkeys(names, "1"), "day": "2026-01-07", name: hostile})
                answer = ada.request(method, sent, headers=own if method != "GET" else {})
                assert answer.status_code < 500, (method, sent, answer.text[-300:])
                assert answer.status_code != 200 or method == "GET", (method, sent)
                assert "root:" not in answer.text
                assert "<script>alert(1)" not in answer.text


def test_no_route_changes_anything_by_get(routes):
    """What is GET is nothing else, so a link can never be a change."""
    assert [path for methods, path in routes if "GET" in methods and set(methods) - {"GET", "HEAD"}] == []


def test_what_is_private_is_in_no_cache_and_runs_nothing_foreign(client):
    answer = client("ada").get("/callqa/today")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    nonces = {
        answer.headers["content-security-policy"],
        client("ada").get("/callqa/today").headers["content-security-policy"],
    }
    assert len(nonces) == 2


def test_pages_have_nothing_inline_and_name_no_other_server(client):
    text = client("ada").get("/callqa/today").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', text) == []


def test_static_files_are_public_and_kept(client):
    answer = client(None).get("/callqa/static/css/tokens.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in (
        "/callqa/static/../app.py",
        "/callqa/static/%2e%2e/app.py",
        "/callqa/static/..%2fapp.py",
        "/callqa/static/",
    ):
        assert client(None).get(path).status_code in (303, 401, 404), path


def test_somebody_whose_session_ended_is_sent_to_the_login_by_htmx_too(client):
    answer = client(None).get("/callqa/today", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (401, "true")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/callqa/nothing-here", 404, "There is nothing here"),
        ("/callqa/today?day=yesterday", 422, "A value in the address is not one"),
        ("/callqa/today?day=2026-02-01", 404, "is not published"),
        ("/callqa/today?day=0001-01-01", 404, "is not published"),
    ],
)
def test_faults_are_pages_for_people_and_json_for_programs(client, path, status, said):
    page = client("ada").get(path)
    assert page.status_code == status
    assert said in page.text
    assert "no-store" in page.headers["cache-control"]
    program = client("ada", accept="application/json").get(path)
    assert program.status_code == status


def test_a_part_of_a_page_that_fails_is_a_part(client):
    answer = client("ada").get("/callqa/nothing-here", headers={"hx-request": "true"})
    assert answer.status_code == 404
    assert "<html" not in answer.text


def test_a_body_that_is_too_large_is_refused_whatever_its_length_is_said_to_be(client):
    ada = client("ada")
    headers = own_page(ada)
    declared = ada.post("/callqa/today", content=b"x" * 300_000, headers=headers)
    assert declared.status_code == 413
    with pytest.MonkeyPatch.context():
        streamed = ada.post("/callqa/nothing-here", content=iter([b"x" * 100_000] * 4), headers=headers)
    assert streamed.status_code in (404, 413)


def test_agents_see_their_own_numbers_and_no_gate(client):
    everybody, own, nobody = (client(name).get("/callqa/today").text for name in ("rui", "lin", "nobody"))
    assert "11 of 12" in everybody
    assert "Data-quality gate" in everybody
    assert "Data-quality gate" not in own
    assert "11 of 12" not in own
    assert "which agent nobody is" in nobody


def test_language_and_colours_come_from_cookies(client):
    one = client("ada")
    one.cookies.set("callqa_language", "zh")
    one.cookies.set("callqa_theme", "dark")
    text = one.get("/callqa/today").text
    assert '<html lang="zh-CN"' in text
    assert 'data-theme="dark"' in text
    one.cookies.set("callqa_theme", '"><script>')
    assert 'data-chosen="auto"' in one.get("/callqa/today").text


def test_the_first_page_is_today(client):
    answer = client("ada").get("/callqa/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/callqa/today")


def test_airflow_lists_the_console_and_no_error(client, console_home, tokens):
    ada = httpx.Client(
        base_url=console_home.url(), headers={"authorization": f"Bearer {tokens('ada')}"}, trust_env=False
    )
    plugins = {one["name"]: one for one in ada.get("/api/v2/plugins").json()["plugins"]}
    assert ada.get("/api/v2/plugins/importErrors").json()["import_errors"] == []
    views = {view["destination"]: view["href"] for view in plugins["callqa_console"]["external_views"]}
    assert views["nav"] == "callqa/today"
    assert views["dag_run"] == "callqa/run?dag_id={DAG_ID}&run_id={RUN_ID}"
    ada.close()


def test_airflows_other_processes_import_nothing_of_the_console_itself(console_home):
    """Loaded as the scheduler and tasks load it; the package is imported by the API server alone."""
    code = """
import sys
from airflow import plugins_manager
plugins_manager.get_fastapi_plugins()
names = [plugin.name for plugin in plugins_manager._get_plugins()[0]]
assert "callqa_console" in names, names
heavy = [name for name in sys.modules if name.partition(".")[0] in ("qa_console", "callqa", "duckdb", "pyiceberg", "jinja2_", "numpy")]
print("HEAVY", heavy)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=console_home.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "HEAVY []" in done.stdout, done.stdout[-1000:] + done.stderr[-2000:]


def test_dark_by_the_system_and_dark_by_the_switch_are_the_same():
    text = (ROOT / "plugins" / "qa_console" / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r'(?:not\(\[data-theme="light"\]\)|data-theme="dark"\]) \{([^}]*)\}', text)
    by_system, by_switch = ([line.strip() for line in block.strip().splitlines()] for block in blocks)
    assert by_system == by_switch
    assert len(by_system) > 40
