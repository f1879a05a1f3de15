"""A small client of Airflow's REST API: one login, JSON in and out, on this machine only."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from callqa.errors import StageError
from callqa_airflow.home import USER, Home, password

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback is never behind a proxy, whatever the environment says."""


class RestError(StageError):
    """Airflow's API server refused a request or did not answer it. `status` is HTTP's, 0 where there was no answer."""

    status = 0


def call(method: str, url: str, body: Any = None, token: str = "", timeout: float = 30) -> Any:
    """One request; returns the answer's JSON.

    Raises:
        RestError: no answer, or one that is not a success.
    """
    headers = {"content-type": "application/json", "accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - ours, http
    try:
        with _DIRECT.open(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise _error(
            f"{method} {url}: {error.code} {error.read()[:500].decode(errors='replace')}", error.code
        ) from error
    except (OSError, ValueError) as error:
        raise _error(f"{method} {url}: {error}", 0) from error


def ask(url: str, timeout: float = 30) -> bytes:
    """What is at an address that needs no login.

    Raises:
        RestError: no answer, or one that is not a success.
    """
    try:
        with _DIRECT.open(url, timeout=timeout) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise _error(f"GET {url}: {error.code}", error.code) from error
    except OSError as error:
        raise _error(f"GET {url}: {error}", 0) from error


def _error(message: str, status: int) -> RestError:
    failed = RestError(message, remedy="`python -m callqa_airflow.stack status` says whether Airflow runs")
    failed.status = status
    return failed


def health(home: Home) -> dict[str, str]:
    """Status by component (`healthy`, `unhealthy`), as the API server sees it; none where it does not answer."""
    try:
        answer = call("GET", f"{home.url()}/api/v2/monitor/health", timeout=5)
    except RestError:
        return {}
    return {name.replace("_", "-"): str((part or {}).get("status")) for name, part in answer.items()}


class Client:
    """Requests of one logged-in user below /api/v2."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._token = ""

    def get(self, path: str, **query: Any) -> Any:
        """GET; query values are encoded."""
        return self._call("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def post(self, path: str, body: Any) -> Any:
        """POST of JSON."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH of JSON."""
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> None:
        """DELETE."""
        self._call("DELETE", path)

    def put(self, path: str) -> Any:
        """PUT of nothing, for what a path alone says."""
        return self._call("PUT", path)

    def every(self, path: str, key: str) -> list[dict[str, Any]]:
        """All entries of a paged list."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, limit=100, offset=len(found))
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return call(method, f"{self._home.url()}/api/v2{path}", body, self._login())
        except RestError as error:
            if error.status != 401:
                raise
        self._token = ""  # it lasts a day; a server restarted with other secrets forgets it earlier
        return call(method, f"{self._home.url()}/api/v2{path}", body, self._login())

    def _login(self) -> str:
        if not self._token:
            who = {"username": USER, "password": password(self._home)}
            self._token = str(call("POST", f"{self._home.url()}/auth/token", who)["access_token"])
        return self._token


def segment(text: str) -> str:
    """A text as one segment of a path."""
    return urllib.parse.quote(text, safe="")
