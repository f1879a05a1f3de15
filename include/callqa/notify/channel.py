"""A place that messages go to, and what came of an attempt."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from callqa.errors import SettingsError
from callqa.notify.addresses import without_secrets
from callqa.notify.answers import FAILED, SENT, UNSURE, Outcome, of_http
from callqa.notify.text import Limit, Text
from callqa.notify.watching import SILENT, watching

CONNECT_SECONDS = 10.0
GRACE_SECONDS = 15.0
"""That an attempt may take beyond its timeouts, which a service that trickles its answer never exceeds."""
REASON_LENGTH = 200


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _escaped(text: str) -> int:
    return len(json.dumps(text))


LIMITS: Mapping[str, Limit] = {
    "wecombot": Limit(2048, _utf8),  # developer.work.weixin.qq.com/document/path/91770: text, bytes of UTF-8
    "dingtalk": Limit(18_000, _escaped),  # open.dingtalk.com: 20,000 bytes of a message, as Apprise writes it
    "feishu": Limit(18_000, _escaped),  # open.feishu.cn: 20 KB of a request's body, which Apprise writes in ASCII
    "lark": Limit(18_000, _escaped),
}
"""What a service takes, where Apprise does not know it or counts characters; with room for what is around the text."""


class Channel(Protocol):
    """What a route's messages go through."""

    @property
    def limit(self) -> Limit:
        """How long a message may be."""

    def send(self, text: Text, rows: Sequence[Mapping[str, Any]]) -> Outcome:
        """One attempt; never raises. `rows` are an action's findings that the message is about, as published."""


class AppriseChannel:
    """A service that Apprise knows."""

    def __init__(self, address: str, timeout: float) -> None:
        self._address, self._timeout = address, timeout
        self._plugin = _plugin(address, timeout)
        self._service = str(getattr(self._plugin, "secure_protocol", "") or getattr(self._plugin, "protocol", ""))

    @property
    def limit(self) -> Limit:
        """The service's own, or what Apprise knows of it."""
        return LIMITS.get(self._service) or Limit(int(self._plugin.body_maxlen))

    def send(self, text: Text, rows: Sequence[Mapping[str, Any]]) -> Outcome:  # noqa: ARG002 - messages are text
        """One attempt."""
        return within(CONNECT_SECONDS + self._timeout + GRACE_SECONDS, lambda: self._send(text))

    def _send(self, text: Text) -> Outcome:
        import apprise

        sender = apprise.Apprise(asset=_asset())
        sender.add(self._plugin)
        began = time.monotonic()
        with _said() as warnings, watching(self._plugin) as seen:
            worked = sender.notify(body=text.body, title=text.title, body_format=apprise.NotifyFormat.TEXT)
        outcome = of_http(seen, self._service) if seen.answers else None
        if outcome is None or (not worked and outcome.result == SENT):
            slow = time.monotonic() - began >= self._timeout
            outcome = Outcome(SENT) if worked else Outcome(UNSURE if slow else FAILED, "; ".join(warnings))
        reason = without_secrets(outcome.reason, self._address)[:REASON_LENGTH]
        return Outcome(outcome.result, reason, outcome.again, outcome.wait)


class ActionChannel:
    """A rule pack's own function, which gets the findings."""

    limit = Limit(1 << 30)

    def __init__(self, name: str, action: Callable[..., object], timeout: float) -> None:
        self._name, self._action, self._timeout = name, action, timeout

    def send(self, text: Text, rows: Sequence[Mapping[str, Any]]) -> Outcome:  # noqa: ARG002 - it is given no text
        """One attempt. One that takes too long is left alone, and may still come to its end."""

        def call() -> Outcome:
            self._action([dict(row) for row in rows])
            return Outcome(SENT)

        return within(self._timeout + GRACE_SECONDS, call)


def within(seconds: float, send: Callable[[], Outcome]) -> Outcome:
    """An attempt that nobody waits for longer than that; what it raises is a failure."""
    found: list[Outcome] = []

    def attempt() -> None:
        try:
            found.append(send())
        except Exception as error:  # noqa: BLE001 - a plugin's or a pack's fault is one address's
            found.append(Outcome(FAILED, type(error).__name__))

    thread = threading.Thread(target=attempt, daemon=True, name="callqa-notify")
    thread.start()
    thread.join(seconds)
    return found[0] if found else Outcome(UNSURE, f"no answer within {seconds:g} s")


def _plugin(address: str, timeout: float) -> Any:
    """Apprise's plugin for an address.

    Raises:
        SettingsError: Apprise does not know it, or it names several people, of whom one may be told and another not.
    """
    import apprise

    with _said():
        plugin = apprise.Apprise.instantiate(address, asset=_asset(), suppress_exceptions=True)
    if plugin is None:
        raise SettingsError(
            "Apprise cannot use the address",
            remedy="write it as github.com/caronc/apprise/wiki has it: wecombot://KEY, dingtalk://SECRET@TOKEN,"
            " feishu://TOKEN, mailto://user:password@host?to=…, jsons://host/path",
        )
    plugin.retry = 0
    plugin.redirects = False
    if len(plugin) > 1:
        raise SettingsError(
            f"the address names {len(plugin)} receivers, of whom some may get a message and others not",
            remedy="make a route for each, or give the address of a group",
        )
    plugin.socket_connect_timeout = min(CONNECT_SECONDS, timeout)
    plugin.socket_read_timeout = timeout
    plugin.request_rate_per_sec = 0  # the route's bucket does that
    return plugin


def _asset() -> Any:
    import apprise

    return apprise.AppriseAsset(async_mode=False)


@contextlib.contextmanager
def _said() -> Iterator[list[str]]:
    """Apprise's warnings while something is done: kept, and out of everybody's logs, for they quote messages."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        chatty = logging.getLogger(name)
        if SILENT not in chatty.filters:
            chatty.addFilter(SILENT)
    warnings: list[str] = []
    handler = _Keeping(warnings)
    logger.addHandler(handler)
    try:
        yield warnings
    finally:
        logger.removeHandler(handler)


class _Keeping(logging.Handler):
    """Keeps what this thread is warned of."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._kept, self._of = kept, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._of:
            self._kept.append(record.getMessage())
