"""What an answer of a service means: the message arrived, it did not, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callqa.notify.watching import Seen

SENT, FAILED, UNSURE = "sent", "failed", "unsure"
MAYBE = (502, 504)
"""Answers of gateways, behind which the message may have arrived."""
TRY_AGAIN = (408, 425, 429)
"""Refusals that are none of the message or of the address."""
TOO_MANY = (45009, 45033, 130101, 410100, 9499, 11232, -1)
"""Codes in the body: too many messages, of WeCom, DingTalk and Feishu; and that the service is busy."""
CODES: Mapping[str, tuple[str, ...]] = {
    "wecombot": ("errcode",),
    "dingtalk": ("errcode",),
    "feishu": ("code", "StatusCode"),
    "lark": ("code", "StatusCode"),
}
"""By Apprise's name of the service, where the body of each answer has a code; other than 0 it is a refusal."""


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt."""

    result: str
    """`sent`; `failed`: it did not arrive; `unsure`: it may have."""
    reason: str = ""
    again: bool = True
    """Whether another attempt soon may fare better."""
    wait: float = 0.0
    """Seconds that the service asks to be left alone for."""


def of_http(seen: Seen, service: str) -> Outcome:
    """What the last request came to."""
    last = seen.answers[-1]
    return _of_error(last) if isinstance(last, Exception) else _of_answer(last, service)


def _of_answer(answer: Any, service: str) -> Outcome:
    status = int(answer.status_code)
    if status >= 300 or status < 200:  # a redirection is not followed: the message is for nobody else
        result = UNSURE if status in MAYBE else FAILED
        return Outcome(result, f"HTTP {status}", status in TRY_AGAIN or status >= 500, _retry_after(answer))
    code = _code(answer, service) if service in CODES else 0
    if code is None:  # a proxy's page, say
        return Outcome(UNSURE, "the answer has no code: it is not the service's")
    if code:
        return Outcome(FAILED, f"refused with code {code}", code in TOO_MANY, 60.0 if code in TOO_MANY else 0.0)
    return Outcome(SENT)


def _code(answer: Any, service: str) -> int | None:
    """The code that the body has; None where there is none."""
    try:
        body = answer.json()
        return next((int(body[key]) for key in CODES[service] if key in body), None)
    except (ValueError, TypeError):
        return None


def _retry_after(answer: Any) -> float:
    """Seconds, by the header; a date there is not looked at."""
    text = str(answer.headers.get("Retry-After", ""))
    return min(float(text), 300.0) if text.isdecimal() else 0.0


def _of_error(error: Exception) -> Outcome:
    """Whether the request may have got there before it failed."""
    import requests
    import urllib3

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    never = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError)
    before = (
        requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL, requests.exceptions.MissingSchema,
    )  # fmt: skip
    if isinstance(error, before) or isinstance(reason, never):
        return Outcome(FAILED, f"no connection: {type(reason or error).__name__}")
    return Outcome(UNSURE, f"no answer: {type(error).__name__}")
