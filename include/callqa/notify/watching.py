"""What really happened when Apprise sent something over HTTP.

Apprise says whether it worked, and takes every answer with status 200 for a success. WeCom, DingTalk and Feishu
answer 200 to what they refuse, with a code in the body; and of an attempt that failed one has to know whether the
message may have arrived all the same. So the module `requests` of Apprise's plugins is replaced by one that looks on.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

METHODS = ("request", "get", "post", "put", "patch", "delete", "head")


@dataclass
class Seen:
    """The requests of one attempt, in order: a response, or the exception that there was instead."""

    answers: list[Any] = field(default_factory=list)


_SEEN: ContextVar[Seen | None] = ContextVar("callqa_notify_seen", default=None)


class _Watched:
    """Stands in for the module `requests`."""

    def __init__(self, requests: Any) -> None:
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._requests, name)
        return _watched(found) if name in METHODS else found


def _watched(send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def sent(*arguments: Any, **named: Any) -> Any:
        seen = _SEEN.get()
        try:
            answer = send(*arguments, **named)
        except Exception as error:
            if seen:
                seen.answers.append(error)
            raise
        if seen:
            seen.answers.append(answer)
        return answer

    return sent


@contextlib.contextmanager
def watching(plugin: Any) -> Iterator[Seen]:
    """Look on while a plugin of Apprise's sends something in this thread."""
    module = sys.modules[type(plugin).__module__]
    requests = getattr(module, "requests", None)
    if requests is not None and not isinstance(requests, _Watched):
        module.requests = _Watched(requests)  # type: ignore[attr-defined]
    seen = Seen()
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


class _Silent(logging.Filter):
    """Keeps the addresses that messages go to, which are secrets, out of everybody's logs."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's own signature
        return _SEEN.get() is None


SILENT = _Silent()
