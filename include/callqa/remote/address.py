"""Addresses: a local path, or a URI of another storage."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes

SHORTEST = 4
"""Characters of a secret that is looked for in messages: a shorter one would be found in any text."""


def scheme(uri: str) -> str:
    """`s3`, `sftp`, `https` …; `file` of a local path."""
    return uri.partition("://")[0].lower() if "://" in uri else "file"


def is_local(uri: str) -> bool:
    """Whether it is a file of this machine."""
    return scheme(uri) == "file"


def local_path(uri: str) -> str:
    """Of a local file its path; any other URI as it is."""
    return os.fsdecode(unquote_to_bytes(uri.removeprefix("file://"))) if uri.startswith("file://") else uri


def is_http(uri: str) -> bool:
    """Whether names in it are written with percent signs."""
    return scheme(uri) in ("http", "https")


def streamed(uri: str) -> dict[str, Any]:
    """How fsspec opens a file that is read from its beginning to its end: not every HTTP server gives parts."""
    return {"block_size": 0} if is_http(uri) else {}


def join(root: str, path: str) -> str:
    """A path below a root, both as people write them."""
    below = quote(path, safe="/") if is_http(root) else path
    return f"{root.rstrip('/')}/{below.strip('/')}".rstrip("/")


def readable(name: bytes) -> str:
    """A file's name as text: UTF-8, or what recorders of Windows in China write, GBK."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("gb18030", errors="replace")


def shown(uri: str) -> str:
    """An address as messages show it: without a password, and without a query, which may be a key too."""
    bare = re.sub(r"(://[^/@:]*):[^/@]*@", r"\1@", uri)
    return re.sub(r"[?#].*$", "", bare, flags=re.DOTALL) if is_http(bare) else bare


def hidden(text: str, storage: Mapping[str, Any]) -> str:
    """A message without any of the values that open the storage."""
    for secret in sorted(_secrets(storage), key=len, reverse=True):
        text = text.replace(secret, "***")
    return re.sub(r"(://[^/@:\s]*):[^/@\s]*@", r"\1:***@", text)


PUBLIC = frozenset({"endpoint_url", "username", "host", "port", "region_name", "known_hosts", "key_filename", "anon"})


def _secrets(storage: Mapping[str, Any]) -> Iterator[str]:
    for name, value in storage.items():
        if isinstance(value, Mapping):
            yield from _secrets(value)
        elif name not in PUBLIC and isinstance(value, str) and len(value) >= SHORTEST:
            yield value
