"""What somebody sees who may not, or when something failed: the login, or a page that says what and what to do."""

from __future__ import annotations

import logging
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from callqa.errors import CallQAError, UsageError
from qa_console.data.errors import BusyError, NotForEverybodyError, UnknownCallError
from qa_console.visit import for_fault

log = logging.getLogger(__name__)


async def refused(request: Request, error: Exception) -> Response:
    """401 to 422: people are sent to the login and get a page, programs get JSON."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    detail = error.detail if isinstance(error, HTTPException) else ""
    if status == 401:
        return _to_login(request)
    return await _page(request, status, _KEYS.get(str(detail)) or _KEYS.get(status, "faults.other"), "", "")


async def failed(request: Request, error: Exception) -> Response:
    """Callqa refused or failed: its message and remedy."""
    known = error if isinstance(error, CallQAError) else CallQAError(str(error))
    status, key = next((answer for kind, answer in _OF_CALLQA if isinstance(known, kind)), (503, "faults.callqa"))
    if status == 503:
        log.error("%s %s: %s", request.method, request.url.path, known)
    return await _page(request, status, key, known.message, known.remedy)


_OF_CALLQA: list[tuple[type[CallQAError], tuple[int, str]]] = [
    (UnknownCallError, (404, "faults.not_found")),
    (UsageError, (400, "faults.not_understood")),
    (NotForEverybodyError, (403, "faults.role")),
    (BusyError, (503, "faults.busy")),
]


async def crashed(request: Request, error: Exception) -> Response:
    """A fault of the console itself; the server's log has the traceback."""
    return await _page(request, 500, "faults.crash", type(error).__name__, "")


_KEYS: dict[Any, str] = {
    "no_role": "faults.no_role",
    "other_site": "faults.other_site",
    "old_page": "faults.old_page",
    403: "faults.role",
    404: "faults.not_found",
    405: "faults.method",
    413: "faults.too_large",
    422: "faults.not_understood",
}


def _to_login(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":  # the page that asks is left for the login
        return Response(status_code=401, headers={"HX-Refresh": "true"})
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(get_auth_manager().get_url_login(next_url=here), status_code=303)
    return JSONResponse({"detail": "log in to Airflow"}, status_code=401)


async def _page(request: Request, status: int, key: str, message: str, remedy: str) -> Response:
    visiting = await for_fault(request)
    if visiting is None or not _wants_html(request):
        return JSONResponse({"detail": message or key.removeprefix("faults."), "remedy": remedy}, status_code=status)
    template = "fault_part.html" if visiting.by_htmx else "fault.html"
    return visiting.page(template, status, key=key, message=message, remedy=remedy, code=status)


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"
