"""Questions to an HTTP server that fsspec does not ask."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from callqa.errors import SourceError
from callqa.remote.attempts import attempt
from callqa.remote.index import Linked, Page, parse

PAGES = 10_000
"""More pages than this are a listing that goes round in circles."""
AT_ONCE = 8


def listing(url: str, storage: dict[str, Any]) -> list[Linked]:
    """Every file right below `url`, all pages of the listing; nothing where there is no such folder.

    Raises:
        SourceError: the server refuses, or what it says is no listing.
        UnreachableError: it does not answer.
    """
    found: dict[str, Linked] = {}
    page, seen = f"{url.rstrip('/')}/", set[str]()
    following: str | None = page
    while following and following not in seen and len(seen) < PAGES:
        seen.add(following)
        try:
            here = _page(following, page, storage)
        except FileNotFoundError:
            break
        found |= {file.url: file for file in here.files}
        following = here.following
    return list(found.values())


def _page(address: str, folder: str, storage: dict[str, Any]) -> Page:
    def get(system: Any, path: str) -> tuple[str, bytes]:
        from fsspec.asyn import sync

        answer: tuple[str, bytes] = sync(system.loop, _get, system, path)
        return answer

    kind, body = attempt(address, storage, get, "list")
    try:
        return parse(folder, kind, body)
    except ValueError as error:
        raise SourceError(
            f"{folder} is no listing: {error}", remedy="give a page of links, or a JSON list of names"
        ) from error


async def _get(system: Any, url: str) -> tuple[str, bytes]:
    session = await system.set_session()
    async with session.get(url) as answer:
        if answer.status == 404:
            raise FileNotFoundError(url)
        answer.raise_for_status()
        return answer.headers.get("Content-Type", ""), await answer.read()


def sized(files: Sequence[Linked], storage: dict[str, Any]) -> list[Linked]:
    """The files with size, identity and time of change, asked for where the listing did not say.

    Raises:
        UnreachableError: the server does not answer.
    """

    def one(file: Linked) -> Linked:
        return file if file.size is not None else _asked(file, storage)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, files))


def _asked(file: Linked, storage: dict[str, Any]) -> Linked:
    def head(system: Any, path: str) -> dict[str, str]:
        from fsspec.asyn import sync

        answer: dict[str, str] = sync(system.loop, _head, system, path)
        return answer

    try:
        headers = attempt(file.url, storage, head)
    except FileNotFoundError:  # listed, and gone; whoever reads it says so
        return replace(file, size=0)
    size = headers.get("content-length", "")
    return replace(
        file,
        size=int(size) if size.isdecimal() else 0,
        etag=file.etag or headers.get("etag", "").strip('"'),
        changed=file.changed or headers.get("last-modified", ""),
    )


async def _head(system: Any, url: str) -> dict[str, str]:
    session = await system.set_session()
    async with session.head(url, allow_redirects=True, headers={"Accept-Encoding": "identity"}) as answer:
        if answer.status == 404:
            raise FileNotFoundError(url)
        answer.raise_for_status()
        return {name.lower(): value for name, value in answer.headers.items()}
