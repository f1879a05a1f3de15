"""What an HTTP server says lies in a folder: a page of links, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from callqa.remote.address import readable

LISTS = ("files", "items", "entries", "recordings", "results", "data")
"""Where a JSON object has its list; the first one that is there counts."""
ADDRESSES = ("url", "href", "path", "name", "file", "filename")
SIZES = ("size", "size_bytes", "bytes", "length")
IDENTITIES = ("etag", "sha256", "md5", "checksum")
TIMES = ("modified", "last_modified", "mtime", "lastmodified")
FOLDERS = ("directory", "dir", "folder")


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A file that a listing names."""

    url: str
    name: str
    size: int | None = None
    etag: str = ""
    changed: str = ""
    """As the listing has it."""


@dataclass(frozen=True)
class Page:
    """A page of a listing, and where the next one is."""

    files: list[Linked]
    following: str | None = None


def parse(url: str, kind: str, body: bytes) -> Page:
    """The files right below `url` that a page names; links elsewhere, and with a query, are none.

    Raises:
        ValueError: it is neither JSON with a list of files nor a page.
    """
    if "json" in kind or body.lstrip()[:1] in (b"[", b"{"):
        return _json(url, json.loads(body))
    parser = _Links()
    parser.feed(body.decode("utf-8", "replace"))
    links = (_linked(url, href, {}) for href in parser.found)
    return Page([link for link in dict.fromkeys(links) if link])


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _json(url: str, value: Any) -> Page:
    following = None
    if isinstance(value, dict):
        following = value.get("next")
        value = next((value[name] for name in LISTS if isinstance(value.get(name), list)), None)
    if not isinstance(value, list):
        raise ValueError(f"the listing has no list of files (one of {', '.join(LISTS)})")
    address = urljoin(url, following) if isinstance(following, str) and following else None
    if address and not _same_server(url, address):
        raise ValueError(f"its next page is on another server, {urlsplit(address).netloc}")
    return Page(list(_entries(url, value)), address)


def _entries(url: str, values: list[Any]) -> Iterator[Linked]:
    for value in values:
        entry: Mapping[str, Any] = value if isinstance(value, dict) else _bare(value)
        entry = {str(name).lower(): item for name, item in entry.items()}
        place = next((name for name in ADDRESSES if isinstance(entry.get(name), str)), None)
        if place is None or str(entry.get("type", "")).lower() in FOLDERS:
            continue
        # A name is written as it is, an address with percent signs.
        href = _escaped(entry[place]) if place in ("name", "file", "filename") else entry[place]
        if linked := _linked(url, href, entry):
            yield linked


def _bare(value: Any) -> dict[str, Any]:
    """A list's text alone: a name, or an address."""
    return {"href" if isinstance(value, str) and ("://" in value or value.startswith("/")) else "name": value}


def _escaped(name: str) -> str:
    return "./" + quote(name)


def _linked(url: str, href: str, entry: Mapping[str, Any]) -> Linked | None:
    try:
        target = urljoin(url, href.strip())
        parts = urlsplit(target)
    except ValueError:
        return None
    folder, path = unquote_to_bytes(urlsplit(url).path), unquote_to_bytes(parts.path)
    name = path.removeprefix(folder)
    below = path.startswith(folder) and name and b"/" not in name
    if parts.query or not below or not _same_server(url, target):
        return None
    return Linked(
        url=target.partition("#")[0],
        name=readable(name),
        size=next((size for key in SIZES if (size := _size(entry.get(key))) is not None), None),
        etag=str(next((entry[key] for key in IDENTITIES if entry.get(key)), "")).strip('"'),
        changed=str(next((entry[key] for key in TIMES if entry.get(key)), "")),
    )


def _size(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _same_server(one: str, other: str) -> bool:
    """The credentials are of one server; no listing may send them to another."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]
