"""Airflow's own API, asked in this process as the person who is logged in: Airflow checks, does and logs it itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio.from_thread
import httpx
from starlette.requests import Request

from callqa.errors import CallQAError

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20.0
MOST_DETAIL = 400
"""Characters of what Airflow answers that are shown."""


class AirflowError(CallQAError):
    """Airflow refused what was asked of it; `status` is the one it gave."""

    def __init__(self, message: str, *, remedy: str = "", status: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What Airflow said."""

    status: int
    body: Mapping[str, Any]


def call(
    request: Request,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    seconds: float = TIMEOUT_SECONDS,
    **query: Any,
) -> Answer:
    """A request to the API of this very process, from the thread in which a page's function runs.

    `path` is below /api/v2; query values that are None are left out. What the person's browser sent goes along, so that
    Airflow sees the same login.
    """
    kept = {name: request.headers[name] for name in ("cookie", "authorization") if name in request.headers}
    asked = {name: value for name, value in query.items() if value is not None}

    async def send() -> Answer:
        from airflow.api_fastapi.main import app

        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 0))
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow", timeout=seconds) as client:
            given = await client.request(method, f"/api/v2{path}", json=body, headers=kept, params=asked)
        said = given.json() if "json" in given.headers.get("content-type", "") else {}
        return Answer(given.status_code, said if isinstance(said, dict) else {})

    return anyio.from_thread.run(send)


def checked(given: Answer, what: str) -> Mapping[str, Any]:
    """The body of an answer that is a success.

    Raises:
        AirflowError: it is none.
    """
    if given.status < 400:
        return given.body
    detail = given.body.get("detail") or given.status
    if isinstance(detail, list):  # of values that do not fit
        detail = "; ".join(str(one.get("msg", one)) if isinstance(one, dict) else str(one) for one in detail)
    remedies = {
        403: "ask for the right to change this DAG's runs in Airflow",
        404: "load the page again; where that does not help, see whether Airflow knows the DAG",
        409: "load the page again: somebody else was quicker, or a backfill is at work",
        503: "try again in a moment, or keep Airflow's database in Postgres",
    }
    raise AirflowError(
        f"{what}: Airflow answered {given.status}: {str(detail)[:MOST_DETAIL]}",
        remedy=remedies.get(given.status, "see the API server's log"),
        status=given.status,
    )
