"""Tests of the console: requests and a real browser, at a real Airflow API server with the plugin, over the demo's three days.

    def test_it(client):                       # an HTTP client of somebody who is logged in
        assert client("rui").get("/callqa/today").status_code == 200

    def test_that(browse, shot):               # a page of Chromium, logged in
        page = browse("rui", "/callqa/today", language="zh-CN", theme="dark")
        page.get_by_role("heading", name="...").wait_for()
        accessible(page); shot(page, "today")

When a page of `browse` is done with, the browser's console must be without errors, and no request may have left the server's
address. Quicker by hand: CONSOLE_LAKE=<a lake with the demo's days published> saves publishing them; SCREENSHOTS=<folder> keeps
what `shot` saw.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from callqa import settings
from callqa_airflow.home import Home
from tests.browser import chosen, chromium  # noqa: F401 - a fixture
from tests.conftest import DEMO_DAYS, REPOSITORY
from tests.console import changing, server

AGENTS = {"lin": "A1001"}
"""Agent id of the demo's calls by name of the user."""
LOOKS = [("en-US", "light"), ("zh-CN", "dark")]
"""Both languages and both themes; with SCREENSHOTS, in every combination."""
if "SCREENSHOTS" in os.environ:
    LOOKS += [("en-US", "dark"), ("zh-CN", "light")]


@pytest.fixture(scope="session")
def lake_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `console_lake` is, or will be."""
    return Path(os.environ.get("CONSOLE_LAKE") or tmp_path_factory.mktemp("console") / "lake")


@pytest.fixture(scope="session")
def console_lake(request: pytest.FixtureRequest, lake_folder: Path) -> str:
    """A lake in which the demo's three days are published; nothing in it is transcribed anew."""
    if "CONSOLE_LAKE" not in os.environ:
        from callqa import pipeline

        request.getfixturevalue("demo_runs")
        heard: settings.Settings = request.getfixturevalue("demo_settings")
        lake_folder.mkdir()
        (lake_folder / "cache").symlink_to(Path(heard.lake.root) / "cache")
        for day in DEMO_DAYS:
            pipeline.run_day(heard.with_folders(lake=str(lake_folder)), pipeline.parse_day(day))
    return str(lake_folder)


@pytest.fixture(scope="session")
def console_home(
    request: pytest.FixtureRequest, lake_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """An API server with the console over `console_lake`, which is made while it starts; people are `server.PEOPLE`."""
    home = server.made_home(tmp_path_factory.mktemp("airflow"), str(lake_folder), AGENTS)
    with server.starting(home) as ready:
        request.getfixturevalue("console_lake")
        ready()
        yield home


@pytest.fixture(scope="session")
def changing_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Another API server, over a lake that tests may change (`changing.made_lake`); a module that does says

    console_home, tokens = changing.console_home, changing.tokens
    """
    folder = tmp_path_factory.mktemp("changing")
    home = server.made_home(tmp_path_factory.mktemp("changing-airflow"), str(folder / "lake"), AGENTS)
    with server.starting(home) as ready:
        changing.made_lake(folder, Path(request.getfixturevalue("console_lake")) / "cache")
        ready()
        yield home


@pytest.fixture(scope="session")
def tokens(console_home: Home) -> Callable[[str], str]:
    """What Airflow's login gives a person, once."""
    return functools.cache(lambda person: server.token(console_home, person))


@pytest.fixture
def client(console_home: Home, tokens: Callable[[str], str]) -> Iterator[Callable[..., httpx.Client]]:
    """Makes HTTP clients: `client("rui")` is logged in, `client(None)` is not. They follow no redirects."""
    made: list[httpx.Client] = []

    def make(person: str | None, **headers: str) -> httpx.Client:
        cookies = {"_token": tokens(person)} if person else {}
        accept = {"accept": "text/html", "accept-language": "en", **headers}
        made.append(
            httpx.Client(base_url=console_home.url(), cookies=cookies, headers=accept, timeout=60, trust_env=False)
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


def own_page(one: httpx.Client) -> dict[str, str]:
    """The headers of a change that a page of this client's person sends."""
    text = one.get("/callqa/today").text
    token = text.partition('data-token="')[2].partition('"')[0]
    return {"x-callqa-token": token, "origin": str(one.base_url).rstrip("/"), "hx-request": "true"}


@pytest.fixture
def browse(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Opens pages: `browse("rui", "/callqa/today")`. Left out where there is no browser."""
    browser = chosen(request)
    home: Home = request.getfixturevalue("console_home")
    logins = request.getfixturevalue("tokens")
    opened: list[tuple[Any, list[str]]] = []

    def open_page(
        person: str | None,
        path: str,
        *,
        language: str = "en-US",
        theme: str = "light",
        size: tuple[int, int] = (1280, 800),
    ) -> Any:
        context = browser.new_context(
            locale=language, color_scheme=theme, viewport={"width": size[0], "height": size[1]}, base_url=home.url(),
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(10_000)
        if person:
            context.add_cookies(
                [{"name": "_token", "value": logins(person), "url": home.url(), "httpOnly": True, "sameSite": "Lax"}]
            )
        page = context.new_page()
        seen: list[str] = []
        watch(page, home, seen)
        opened.append((context, seen))
        page.faults = seen
        page.goto(path)
        return page

    yield open_page
    faults = [fault for _, seen in opened for fault in seen]
    for context, _ in opened:
        context.close()
    assert faults == []


def watch(page: Any, home: Home, seen: list[str]) -> None:
    """Keep what the page's console says, what its scripts fail at, and requests to another server."""

    def said(message: Any) -> None:
        if message.type in ("error", "warning") and AIRFLOWS_FRAME not in message.text:
            seen.append(f"console: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith((home.url(), "data:", "blob:", "about:")):
            seen.append(f"left the machine: {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: seen.append(f"script: {error}"))
    page.on("request", asked)


AIRFLOWS_FRAME = "allow-scripts and allow-same-origin"
"""What Chromium says of the frame that Airflow puts every plugin's page in."""


def drawn(page: Any) -> None:
    """Wait until every chart of the page is there."""
    page.wait_for_function("() => [...document.querySelectorAll('[data-chart]')].every((one) => one.dataset.drawn)")


def accessible(page: Any) -> None:
    """No finding of axe's that is serious or critical."""
    page.evaluate((REPOSITORY / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    # Without `preload` it copies no style sheet of a shadow root, which the page's policy would (rightly) refuse to apply.
    found = page.evaluate(
        "async () => (await axe.run(document, {preload: false, resultTypes: ['violations']})).violations"
    )
    serious = [
        (one["id"], one["help"], [node["html"][:160] for node in one["nodes"]][:5])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.fixture
def shot(tmp_path: Path) -> Callable[..., None]:
    """Saves a picture of a page: `shot(page, "today-zh-dark")`."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))

    def save(page: Any, name: str, *, whole: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=whole)
        assert (folder / f"{name}.png").stat().st_size > 5000

    return save
