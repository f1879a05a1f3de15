"""What Airflow loads of the console: where it appears in Airflow's own pages, and how it starts.

Every component of Airflow imports this file (scheduler, DAG processor, each task), so it imports nothing that they do
not have already. The console itself is imported by the API server alone, when its first page is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/callqa"

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Console:
    """The console as an ASGI app that is made when it is first asked for, in a thread: Airflow's pages go on."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._making = asyncio.Lock()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        app = self._app or await self._make()
        await app(scope, receive, send)

    async def _make(self) -> App:
        async with self._making:
            if self._app is None:
                self._app = await asyncio.to_thread(_made)
            return self._app


def _made() -> App:
    from qa_console.app import create_app, guarded

    return guarded(create_app())


class CallQAConsole(AirflowPlugin):
    """The console in Airflow's navigation, and what a run published as a tab of the run."""

    name = "callqa_console"
    fastapi_apps = [{"app": Console(), "url_prefix": PREFIX, "name": "callqa console"}]  # noqa: RUF012 - Airflow's own
    # Relative addresses: Airflow may be served below a path.
    external_views = [  # noqa: RUF012
        {
            "name": "Call quality",
            "href": "callqa/today",
            "destination": "nav",
            "url_route": "callqa",
            "icon": "callqa/static/icon-light.svg",
            "icon_dark_mode": "callqa/static/icon-dark.svg",
            "nav_top_level": True,
        },
        {
            "name": "Calls",
            "href": "callqa/run?dag_id={DAG_ID}&run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "callqa-run",
        },
    ]
