"""Questions to an HTTP server that fsspec does not ask."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from callqa.errors import SourceError, UnreachableError
from callqa.remote.address import shown
from callqa.remote.attempts import attempt
from callqa.remote.index import Linked, Page, parse

PAGES = 10_000
"""More pages than this are a listing that goes round in circles."""
AT_ONCE = 8
REDIRECTED = (301, 302, 303, 307, 308)


def listing(url: str, storage: dict[str, Any]) -> list[Linked]:
    """Every file right below `url`, all pages of the listing; nothing where there is no such folder.

    Raises:
        SourceError: the server refuses, leads elsewhere, or what it says is no listing.
        UnreachableError: it does not answer, or a page is gone before it is read.
    """
    found: dict[str, Linked] = {}
    folder, seen = f"{url.rstrip('/')}/", set[str]()
    following: str | None = folder
    while following and following not in seen:
        if len(seen) == PAGES:
            raise SourceError(f"{shown(folder)} has more than {PAGES} pages", remedy="give larger ones")
        seen.add(following)
        try:
            here = _page(following, folder, storage)
        except FileNotFoundError:
            if following == folder:
                break
            raise UnreachableError(
                f"page {len(seen)} of the listing {shown(folder)} is gone: it changed while it was read",
                remedy="run it again; half a listing is none",
            ) from None
        # By name: a link may stand there twice, written in two ways.
        found |= {file.name: file for file in here.files}
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
    for _ in range(2):
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status == 404:
                raise FileNotFoundError(url)
            if answer.status not in REDIRECTED:
                answer.raise_for_status()
                return answer.headers.get("Content-Type", ""), await answer.read()
            url = _redirected(answer)
    raise SourceError(f"{shown(url)} leads in circles", remedy="see what the server answers there")


def _redirected(answer: Any) -> str:
    """Where a server leads to: to the same folder with or without its last slash; anything else is another listing.

    A page where people log in, for one, has no links to recordings: it would look like an empty day.
    """
    import yarl

    target = answer.url.join(yarl.URL(answer.headers.get("Location", "")))
    if (target.origin(), target.path.rstrip("/")) != (answer.url.origin(), answer.url.path.rstrip("/")):
        raise SourceError(
            f"{shown(str(answer.url))} leads to {shown(str(target))}",
            remedy="set source.root to where the listing is; where that is a page to log in, see what opens the source",
        )
    return str(target)


def sized(files: Sequence[Linked], storage: dict[str, Any]) -> list[Linked]:
    """The files with size, identity and time of change, as the server says when it is asked for each.

    One that it refuses has no bytes: whoever reads it says so.

    Raises:
        SourceError: it refuses all of them.
        UnreachableError: the server does not answer.
    """
    refused: list[SourceError] = []

    def one(file: Linked) -> Linked:
        try:
            return _asked(file, storage)
        except UnreachableError:
            raise
        except SourceError as error:
            refused.append(error)
            return replace(file, size=0)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(one, files))
    if refused and len(refused) == len(files):
        raise refused[0]
    return answers


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
