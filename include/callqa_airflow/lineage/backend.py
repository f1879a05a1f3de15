"""The OpenLineage backend: whether there is one, and how it gets an event without holding a task."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callqa.errors import StageError

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

LIMIT_SECONDS = 5.0
"""That a task waits for the backend to take an event; what is not taken until then is given up."""
THREAD = "openlineage"
CHATTY = ("urllib3.connectionpool", "openlineage.client.utils")
"""Loggers that warn of what is tried again, or raised as well."""
FILES = ("openlineage.yml", "~/.openlineage/openlineage.yml")
"""Where the client looks for its file, besides OPENLINEAGE_CONFIG."""

log = logging.getLogger(__name__)


def configuration() -> dict[str, Any] | None:
    """What the client is to be given; empty: it finds it itself; None: there is no backend.

    In this order, as Airflow's provider has it: `[openlineage] config_path`, `[openlineage] transport` (JSON), and then
    the client's own, OPENLINEAGE_URL, OPENLINEAGE__TRANSPORT__…, and OPENLINEAGE_CONFIG or a file of FILES.
    OPENLINEAGE_DISABLED=true and `[openlineage] disabled` switch all of it off.
    """
    from airflow.sdk import conf

    off = conf.getboolean("openlineage", "disabled", fallback=False)
    if off or os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return None
    if path := conf.get("openlineage", "config_path", fallback=""):
        import yaml

        return dict(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    if transport := conf.get("openlineage", "transport", fallback=""):
        return {"transport": json.loads(transport)}
    return {} if _client_is_configured() else None


def _client_is_configured() -> bool:
    variables = ("OPENLINEAGE_URL", "OPENLINEAGE__TRANSPORT")
    if any(value and name.startswith(variables) for name, value in os.environ.items()):
        return True
    named = os.environ.get("OPENLINEAGE_CONFIG")
    return any(Path(path).expanduser().is_file() for path in (named, *FILES) if path)


def namespace() -> str:
    """Of jobs, as Airflow's provider has it."""
    from airflow.sdk import conf

    return str(conf.get("openlineage", "namespace", fallback="") or os.environ.get("OPENLINEAGE_NAMESPACE", "default"))


def deliver(event: RunEvent, config: dict[str, Any]) -> None:
    """In a thread of its own, because no transport keeps to a limit of time over all that it tries."""
    ends: list[Exception | None] = []

    def attempt() -> None:
        try:
            _emit(event, config)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            ends.append(error)
        else:
            ends.append(None)

    _silence()
    thread = threading.Thread(target=attempt, name=THREAD, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    if not ends:
        raise StageError(f"the backend did not take the event in {LIMIT_SECONDS:g} s")
    if ends[0]:
        raise ends[0]
    log.info("OpenLineage was told: %s of run %s", event.eventType and event.eventType.value, event.run.runId)


def _emit(event: RunEvent, config: dict[str, Any]) -> None:
    from openlineage.client import OpenLineageClient

    client = OpenLineageClient(config=config)
    try:
        client.emit(event)
    finally:
        client.close(LIMIT_SECONDS)


def _is_of_others(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD


def _silence() -> None:
    """No warning for each of the client's own attempts: the task's log gets one for all of them.

    For good, because an attempt that was given up may still be going on.
    """
    for name in CHATTY:
        logging.getLogger(name).addFilter(_is_of_others)


def reason(error: BaseException) -> str:
    """An error in a line, without the backend's address, which may hold a key."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the backend answered {response.status_code}"
    if isinstance(error, ModuleNotFoundError):
        return f"{error}; install openlineage-python, or remove the backend from the configuration"
    if isinstance(error, OSError):
        error = _innermost(error)
    said = str(error) if isinstance(error, StageError) else f"{type(error).__name__}: {error}"
    return re.sub(r"\S+://\S+", "(address)", said)


def _innermost(error: BaseException) -> BaseException:
    """What the network refused: it comes wrapped several times, in words that quote the whole address."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error
