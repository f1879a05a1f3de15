"""What every answer carries and what no request may be: headers, the size of bodies, changes asked by other sites."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD", "OPTIONS")
BODY_BYTES = 256 * 1024
"""Of a request, unless its page says otherwise (`BODIES`): forms and a rule's YAML are far smaller."""

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}
"""The content security policy: nothing inline runs, nothing comes from or goes to another origin. The nonce is for the
one library that makes a style element of its own (wavesurfer's waveform). Only Airflow itself may frame the console."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware around the whole console."""

    def __init__(self, app: ASGIApp, bodies: Mapping[str, int]) -> None:
        self.app = app
        self.bodies = bodies
        """Largest body by path below the console, where it is not BODY_BYTES."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body counted, and dress the answer."""
        if scope["type"] != "http":
            return
        nonce = scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(16)
        dressed = _dressed(send, nonce, static=_path(scope).startswith("/static/"))
        limit = self.bodies.get(_path(scope), BODY_BYTES)
        if _declared(scope) > limit:
            await _too_large(limit)(scope, receive, dressed)
            return
        await self.app(scope, _counted(receive, limit), dressed)


def _counted(receive: Receive, limit: int) -> Receive:
    """Hands on what comes of a body until it is more than its page takes, whatever its length was said to be."""
    left = limit

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return counted


def from_our_pages(request: Request, origins: Iterable[str] = ()) -> bool:
    """Whether the browser says that one of our own pages asked. Browsers send `Origin` with every change.

    `origins` are those under which Airflow is known to be served; behind a proxy the host of the request may differ.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    if not origin:
        return False
    return origin in origins or urlsplit(origin).netloc == request.headers.get("host")


def _dressed(send: Send, nonce: str, *, static: bool) -> Send:
    policy = "; ".join(f"{name} {value.format(nonce=nonce)}" for name, value in POLICY.items())

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("content-security-policy", policy)  # a file that is shut in more tightly brings its own
            for name, value in HEADERS.items():
                headers[name] = value
            # What was said on a call stays in no cache; a page may say so in more words.
            if not static and "no-store" not in headers.get("cache-control", ""):
                headers["cache-control"] = "no-store"
        await send(message)

    return dressed


def _path(scope: Scope) -> str:
    """Below where the console is mounted."""
    return str(scope["path"]).removeprefix(str(scope.get("root_path", "")))


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0


def _too_large(limit: int) -> PlainTextResponse:
    return PlainTextResponse(f"the request is larger than {limit} bytes", status_code=413)
