"""Airflow's question about a refused day, answered from here: as the person who is logged in, by Airflow's own API.

A run that waits in the task `decide` goes on only when Airflow gets the answer. The API is asked in this process, with
what the person's browser sent, so Airflow checks, keeps and logs the answer as if it came from its own page.
"""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import anyio.from_thread
import httpx
from starlette.requests import Request

from callqa import dag_ids
from callqa.errors import CallQAError

log = logging.getLogger(__name__)

TASK = "decide"
APPROVE, REJECT = "Approve", "Reject"
"""The options of `callqa_airflow.decisions`; Airflow refuses others."""
PARKED = ("awaiting_input", "deferred")
SETTLES_SECONDS = 6.0
"""A task that is answered in the seconds in which it is being parked may fail."""
TIMEOUT_SECONDS = 20.0


class Asks(enum.Enum):
    """What Airflow makes of a refused run."""

    NOTHING = "nothing"
    """It does not know the run, or the run is over: the decision is taken without it."""
    SOON = "soon"
    """The run is on its way to the question, or carries the answer out: nobody else may decide meanwhile."""
    NOW = "now"
    """It waits for an answer."""


class NotAnsweredError(CallQAError):
    """Airflow did not take the answer; `status` is the one it gave."""

    def __init__(self, message: str, *, remedy: str = "", status: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Mapping[str, Any]


def asks(request: Request, run_id: str) -> Asks:
    """Whether Airflow waits for a decision about this run."""
    instance = _call(request, "GET", _instance(run_id))
    if instance.status == 404:
        return Asks.NOTHING
    if _checked(instance).body.get("state") in PARKED:
        return Asks.NOW
    run = _checked(_call(request, "GET", _run(run_id))).body.get("state")
    return Asks.SOON if run in ("queued", "running") else Asks.NOTHING


def answer(request: Request, run_id: str, *, approve: bool, reason: str) -> None:
    """Answer; the run goes on by itself, within seconds.

    Raises:
        NotAnsweredError: Airflow refused: somebody else was quicker, or this person may not answer there.
    """
    path = f"{_instance(run_id)}/-1/hitlDetails"
    _settle(_checked(_call(request, "GET", path)).body.get("created_at"))
    body = {"chosen_options": [APPROVE if approve else REJECT], "params_input": {"reason": reason}}
    _checked(_call(request, "PATCH", path, body))


def _settle(asked_at: Any) -> None:
    if isinstance(asked_at, str):
        age = (datetime.now(UTC) - datetime.fromisoformat(asked_at)).total_seconds()
        time.sleep(min(SETTLES_SECONDS, max(0.0, SETTLES_SECONDS - age)))


def _run(run_id: str) -> str:
    return f"/api/v2/dags/{dag_ids.DAILY}/dagRuns/{quote(run_id, safe='')}"


def _instance(run_id: str) -> str:
    return f"{_run(run_id)}/taskInstances/{TASK}"


def _checked(given: _Answer) -> _Answer:
    if given.status < 400:
        return given
    detail = str(given.body.get("detail") or given.status)[:400]
    remedies = {
        403: "ask for the right to answer required actions in Airflow, or to be named in gate.approvers",
        409: "look at the day again: somebody else has answered",
    }
    remedy = remedies.get(given.status, "look at the run in Airflow")
    raise NotAnsweredError(f"Airflow answered: {detail}", remedy=remedy, status=given.status)


def _call(request: Request, method: str, path: str, body: Mapping[str, Any] | None = None) -> _Answer:
    """A request to the API of this very process, from the thread in which a page's function runs."""
    kept = {name: request.headers[name] for name in ("cookie", "authorization") if name in request.headers}

    async def send() -> _Answer:
        from airflow.api_fastapi.main import app

        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 0))
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow", timeout=TIMEOUT_SECONDS) as client:
            given = await client.request(method, path, json=body, headers=kept)
        said = given.json() if "json" in given.headers.get("content-type", "") else {}
        return _Answer(given.status_code, said if isinstance(said, dict) else {})

    return anyio.from_thread.run(send)
