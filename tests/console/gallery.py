"""The pictures of the console's documentation: every page in both languages, over the demo's days and a refused one.

    python -m tests.console.gallery docs/pictures/console

Not a test: it is run when pages look different, and what it saved is looked at. What the calls sound like is taken from
`--cache` (that of a lake in which the demo was heard), else heard anew.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from callqa_airflow.home import Home
from qa_console.pages import try_call
from tests.browser import ARGUMENTS, CHROMIUM
from tests.console import changing, conftest, server

PUBLISHED = ("2026-01-05", "2026-01-06", "2026-01-07")
REFUSED = "2026-01-08"
SIZE = {"width": 1280, "height": 900}
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
VERDICTS_KEPT = 40
"""Seconds after which verdicts can no longer be taken back and count."""
Shown = dict[str, tuple[str, str, Callable[[Any], None] | None]]
TALLEST = 1500
"""Of a picture, in pixels: what is below is more of the same."""


@contextlib.contextmanager
def console(folder: Path, cache: Path) -> Iterator[Home]:
    """An API server over a lake with published days and a refused one."""
    cache.mkdir(parents=True, exist_ok=True)
    lake = changing.made_lake(folder, cache.resolve(), PUBLISHED, [REFUSED])
    home = server.made_home(folder / "airflow", str(lake), conftest.AGENTS)
    with server.serving(home):
        yield home


def client(home: Home, person: str) -> httpx.Client:
    """Requests of somebody who is logged in."""
    cookies = {"_token": server.token(home, person)}
    return httpx.Client(
        base_url=home.url(), cookies=cookies, headers={"accept": "text/html"}, timeout=60, trust_env=False
    )


def first_link(one: httpx.Client, page: str, start: str) -> str:
    """The first address on a page that starts like this."""
    text = one.get(page).text
    place = text.index(f'href="{start}') + len('href="')
    return text[place : text.index('"', place)].replace("&amp;", "&")


def drawn_queue(one: httpx.Client) -> str:
    """Draws a sample; returns the address of its queue."""
    headers = conftest.own_page(one)
    asked = {"kind": "random", "first": PUBLISHED[0], "last": PUBLISHED[-1], "size": "12", "name": "Week 1"}
    queue: str = one.post("/callqa/review/samples", data=asked, headers=headers).headers["hx-redirect"]
    return queue


def answered(one: httpx.Client, queue: str, *, odd: int) -> None:
    """Answers most of a sample; every so many'th finding is rejected."""
    headers = conftest.own_page(one)
    for at in range(1, 10):
        said = "rejected" if at % odd == 0 else "confirmed"
        one.post(f"{queue}/say", data={"at": at, "verdict": said}, headers=headers)


def tried(page: Any) -> None:
    """Hears an example on the page of tries."""
    page.set_input_files("#file", str(try_call.examples()["zh"].path))
    page.locator("#try button[type=submit]").click()
    page.locator("#job .turn").first.wait_for(timeout=120_000)


def pages(home: Home) -> Shown:
    """Who opens which address, and what is done there, by name of the picture."""
    with client(home, "rui") as rui, client(home, "mara") as mara:
        queue = drawn_queue(rui)
        answered(rui, queue, odd=4)
        answered(mara, queue, odd=3)
        call = first_link(mara, "/callqa/calls?flag=risk", "/callqa/calls/2026")
        return {
            "today": ("mara", f"/callqa/today?day={PUBLISHED[-1]}", None),
            "calls": ("mara", "/callqa/calls", None),
            "call": ("mara", call, None),
            "review": ("mara", "/callqa/review", None),
            "review-queue": ("mara", queue, None),
            "agents": ("mara", "/callqa/agents", None),
            "agent": ("mara", first_link(mara, "/callqa/agents", "/callqa/agents/"), None),
            "rules": ("mara", "/callqa/rules", None),
            "rule": ("mara", "/callqa/rules/HR01", None),
            "rule-compare": ("mara", "/callqa/rules/HR01/compare", None),
            "rule-try": ("mara", "/callqa/rules/try", None),
            "try": ("mara", "/callqa/try", tried),
            "runs": ("mara", "/callqa/runs", None),
            "run-refused": ("mara", f"/callqa/runs/{REFUSED}", None),
            "backfill": ("mara", "/callqa/backfill", None),
            "audit": ("ada", "/callqa/audit", None),
        }


def take(home: Home, browser: Any, language: str, shown: Shown, folder: Path) -> None:
    """Every page in one language."""
    for name, (person, path, act) in shown.items():
        context = browser.new_context(
            base_url=home.url(), locale=LANGUAGES[language], viewport=SIZE, reduced_motion="reduce"
        )
        context.add_cookies([{"name": "_token", "value": server.token(home, person), "url": home.url()}])
        page = context.new_page()
        page.goto(path)
        page.get_by_role("heading", level=1).first.wait_for()
        if act:
            act(page)
        conftest.drawn(page)
        page.wait_for_load_state("networkidle")
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": SIZE["width"], "height": max(SIZE["height"], height)})
        page.wait_for_timeout(600)  # charts take their new size
        page.screenshot(path=folder / f"{name}-{language}.png")
        context.close()
        print(f"{name}-{language}.png")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(".callqa/lake/cache"))
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        console(Path(folder), options.cache) as home,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        shown = pages(home)
        time.sleep(VERDICTS_KEPT)
        for language in LANGUAGES:
            take(home, browser, language, shown, options.folder)
        browser.close()


if __name__ == "__main__":
    main()
