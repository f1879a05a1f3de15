"""What a log line is about: the day, run, stage and shard that are at work, and the call where one is meant.

    with logs.about(day="2026-01-05", run="cli__…", shard="shard-003"):
        with logs.about(call="C-88231"):
            log.warning("given up: %s", why)

What is said of it belongs to the thread (or task) that says it. `Tagging` puts it onto the records of Python's logging,
`Lines` writes such a record as a line of JSON, and `Text` as one for people. Whoever logs in another way takes part by
`listeners`: Airflow's logs are structlog's, which keeps what is bound to it itself.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from types import MappingProxyType

FIELDS = ("day", "run", "stage", "shard", "call")
"""In the order in which a line has them."""

_about: contextvars.ContextVar[MappingProxyType[str, str]] = contextvars.ContextVar(
    "callqa_about", default=MappingProxyType({})
)
listeners: list[Callable[[dict[str, str]], AbstractContextManager[object]]] = []
"""Called with what `about` adds; what they return is entered and left with it."""


@contextlib.contextmanager
def about(**fields: str | None) -> Iterator[None]:
    """Say of every line within the block what it is about; a field that is None or empty is as outside of it."""
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: a log line is about {', '.join(FIELDS)}")
    added = {name: str(value) for name, value in fields.items() if value}
    token = _about.set(MappingProxyType({**_about.get(), **added}))
    try:
        with ExitStack() as others:
            for listener in listeners:
                others.enter_context(listener(added))
            yield
    finally:
        _about.reset(token)


def current() -> dict[str, str]:
    """What a line is about that would be written now, in the order of FIELDS."""
    known = _about.get()
    return {name: known[name] for name in FIELDS if name in known}


class Tagging(logging.Filter):
    """Puts what a record is about onto it, as `record.about`; leaves none out."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        if not hasattr(record, "about"):
            record.about = current()
        return True


class Lines(logging.Formatter):
    """One line of JSON a record: `time` (UTC), `level`, `logger`, `message`, FIELDS as far as known, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "about", current()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


class Text(logging.Formatter):
    """The message, and after it what it is about: `no sound [day=2026-01-05 shard=shard-003 call=C-88231]`."""

    def format(self, record: logging.LogRecord) -> str:
        """The text, without its end."""
        text = super().format(record)
        known = getattr(record, "about", current())
        return f"{text} [{' '.join(f'{name}={value}' for name, value in known.items())}]" if known else text
