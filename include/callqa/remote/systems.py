"""fsspec's file system of a URI, with the options that open it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import fsspec

from callqa.remote.address import is_http, local_path, scheme

CHAINED = ("zip", "tar", "libarchive", "simplecache", "filecache", "blockcache", "dir")
"""File systems within others: `zip://a.wav::s3://bucket/day.zip`."""
SECONDS = 60.0
"""Without a byte: then a server is not there."""


def filesystem(uri: str, storage: Mapping[str, Any], *, fresh: bool = False) -> tuple[Any, str]:
    """The file system of a URI, and the path in it; `fresh`: with a connection of its own, where the last one broke.

    Raises:
        ImportError: the storage's package is not installed.
        ValueError: nobody knows such a storage.
        OSError: it cannot be reached, or refuses the login.
    """
    kind = scheme(uri)
    if kind == "file":
        return fsspec.filesystem("file"), local_path(uri)
    if kind in ("sftp", "ssh"):
        from callqa.remote import sftp

        return sftp.connected(uri, storage, fresh=fresh), sftp.path_of(uri)
    options = _http(storage) if is_http(uri) else _plain(storage)
    if fresh:
        fsspec.get_filesystem_class(kind).clear_instance_cache()
    if kind in CHAINED:
        system, path = fsspec.core.url_to_fs(uri, **options)
        return system, str(path)
    # Not `url_to_fs`: it takes a :: in a name for a chain of file systems.
    system = fsspec.filesystem(kind, **options)
    return system, uri if is_http(uri) else str(system._strip_protocol(uri))


def _plain(storage: Mapping[str, Any]) -> dict[str, Any]:
    """Options as fsspec takes them: from the environment all of them come as text."""
    words = {"true": True, "false": False}
    return {
        name: words.get(value.lower(), value) if isinstance(value, str) else value for name, value in storage.items()
    }


def _http(storage: Mapping[str, Any]) -> dict[str, Any]:
    import aiohttp

    headers = dict(storage.get("headers", {}))
    if "token" in storage:
        headers["Authorization"] = f"Bearer {storage['token']}"
    elif "username" in storage or "password" in storage:
        login = f"{storage.get('username', '')}:{storage.get('password', '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS, sock_read=SECONDS)
    return {"client_kwargs": {"headers": headers, "timeout": timeout}, "use_listings_cache": False}
