"""The console as one FastAPI app, which Airflow mounts below `/callqa`."""

from __future__ import annotations

import logging
import threading
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from callqa.errors import CallQAError
from callqa.upkeep.tried import sweep
from qa_console import faults, pages, vendor
from qa_console.config import console_data, settings
from qa_console.guard import Guard
from qa_console.rendering import STATIC
from qa_console.rulebook import name_of
from qa_console.tokens import Tokens
from qa_console.visit import EVERY_ROUTE, Visit

PREFIX = "/callqa"
log = logging.getLogger(__name__)


class Assets(StaticFiles):
    """Scripts, styles, fonts and icons: public, and kept by browsers, because their addresses change with them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def create_app(prefix: str = PREFIX) -> FastAPI:
    """All pages; every route of it needs somebody who is logged in to Airflow and has a role here.

    Raises:
        SettingsError: the browser's libraries were not set up.
    """
    vendor.require()
    app = FastAPI(title="callqa", dependencies=[EVERY_ROUTE], docs_url=None, redoc_url=None, openapi_url=None)
    app.state.prefix = prefix
    app.state.tokens = Tokens(_secret())
    app.state.origins = _origins()
    app.state.entries = pages.entries()
    app.add_api_route("/", _first, methods=["GET"], response_class=RedirectResponse)
    for router in pages.routers():
        app.include_router(router)
    app.mount("/static", Assets(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, faults.refused)
    app.add_exception_handler(RequestValidationError, faults.refused)
    app.add_exception_handler(CallQAError, faults.failed)
    app.add_exception_handler(Exception, faults.crashed)
    threading.Thread(target=_warm, name="callqa console").start()
    return app


def _warm() -> None:
    """Read the warehouse and the rules' names before the first page asks for them: seconds, once."""
    try:
        current = settings()
        console_data(current).refresh()
        name_of("", "en", current.rules)
        sweep(current.lake.root)
    except (CallQAError, OSError) as error:
        log.warning("the console starts, but: %s", error)  # each page will say so too


def guarded(app: FastAPI) -> Guard:
    """The app within what every answer carries and no request may be; also the page of a crash is within it."""
    return Guard(app, pages.bodies())


def _first(visit: Visit) -> RedirectResponse:
    return RedirectResponse(visit.url("/today"))


def _secret() -> str:
    """The API server's own, one for all its processes."""
    from airflow.api_fastapi.auth.tokens import get_signing_key

    return str(get_signing_key("api", "secret_key"))


def _origins() -> tuple[str, ...]:
    """Under which Airflow is served, where its settings say so."""
    base: Any = urlsplit(conf.get("api", "base_url", fallback="") or "")
    return (f"{base.scheme}://{base.netloc}",) if base.scheme and base.netloc else ()
