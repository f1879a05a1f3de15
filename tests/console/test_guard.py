"""What no request may be and what every answer carries, whatever the page: around an app that echoes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI, Request

from qa_console.guard import BODY_BYTES, Guard, from_our_pages

LARGE = 1_000_000


def app():
    inner = FastAPI()

    @inner.post("/{path:path}")
    async def echo(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @inner.get("/static/{path:path}")
    def static() -> str:
        return "public"

    return Guard(inner, {"/upload": LARGE})


def ask(method: str, path: str, **arguments) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app())
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return await client.request(method, path, **arguments)

    # In a thread: playwright may have an event loop going in this one.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(once())).result()


async def pieces(size: int, count: int):
    for _ in range(count):
        yield b"x" * size


def test_a_body_as_large_as_its_page_takes_arrives_whole():
    assert ask("POST", "/form", content=b"x" * BODY_BYTES).json() == {"bytes": BODY_BYTES}
    assert ask("POST", "/upload", content=b"x" * LARGE).json() == {"bytes": LARGE}


@pytest.mark.parametrize(("path", "size"), [("/form", BODY_BYTES + 1), ("/upload", LARGE + 1), ("/upload/", LARGE)])
def test_a_larger_one_is_refused_by_what_its_length_is_said_to_be(path, size):
    answer = ask("POST", path, content=b"x" * size)
    assert answer.status_code == 413
    assert "content-security-policy" in answer.headers


def test_a_larger_one_that_says_nothing_of_its_length_is_refused_on_its_way():
    assert ask("POST", "/form", content=pieces(64 * 1024, 4)).json() == {"bytes": 4 * 64 * 1024}
    assert ask("POST", "/form", content=pieces(64 * 1024, 5)).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e9", "0x10", "9" * 40, " "])
def test_a_length_that_is_none_does_not_open_the_door(length):
    answer = ask("POST", "/form", content=pieces(64 * 1024, 5), headers={"content-length": length})
    assert answer.status_code == 413


def test_only_static_files_may_be_kept():
    assert ask("POST", "/form", content=b"").headers["cache-control"] == "no-store"
    assert "cache-control" not in ask("GET", "/static/x").headers


def test_every_answer_has_a_nonce_of_its_own():
    policies = {ask("POST", "/form").headers["content-security-policy"] for _ in range(5)}
    assert len(policies) == 5


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": "http://console", "host": "console"}, True),
        ({"origin": "https://console", "host": "console"}, True),  # behind a proxy with TLS
        ({"origin": "http://console:8080", "host": "console:8080", "sec-fetch-site": "same-origin"}, True),
        ({"origin": "https://qa.example", "host": "10.0.0.7:8080"}, True),  # as airflow.cfg says
        ({"origin": "http://console:8081", "host": "console:8080"}, False),
        ({"origin": "http://console.elsewhere.example", "host": "console"}, False),
        ({"origin": "http://console@elsewhere.example", "host": "console"}, False),
        ({"origin": "null", "host": "console"}, False),
        ({"origin": "", "host": "console"}, False),
        ({"host": "console"}, False),
        ({"origin": "http://console", "host": "console", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://console", "host": "console", "sec-fetch-site": "same-site"}, False),
        ({"origin": "http://console", "host": "console", "sec-fetch-site": "none"}, False),
    ],
)
def test_a_change_comes_from_one_of_our_own_pages(headers, ours):
    assert from_our_pages(SimpleNamespace(headers=headers), ["https://qa.example"]) is ours
