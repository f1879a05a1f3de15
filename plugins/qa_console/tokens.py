"""Proof that a change was asked for by one of our own pages, and that an address was given to this person.

Another site can make a browser send a request with the person's cookie, but it cannot read our pages, so it cannot
know the token that they hold. Tokens are made of the API server's own secret: all its processes agree on them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

LIFE_SECONDS = 12 * 3600
"""A page that was left open for longer has to be loaded again before it can change anything."""


class Tokens:
    """Makes and checks tokens for a purpose and a person, for as long as they live."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._key = hashlib.sha256(b"callqa console\0" + secret.encode()).digest()
        self._clock = clock

    def make(self, person: str, purpose: str = "change", life_seconds: int = LIFE_SECONDS) -> str:
        """A new one each time, so that what a compressed page's size tells of it is worth nothing."""
        return self._signed(secrets.token_hex(8), int(self._clock()) + life_seconds, person, purpose)

    def good(self, token: str, person: str, purpose: str = "change") -> bool:
        """Whether it was made for this person and purpose and still lives."""
        salt, _, rest = token.partition(".")
        until, _, _ = rest.partition(".")
        if not (until.isascii() and until.isdecimal() and len(until) < 12 and int(until) >= self._clock()):
            return False
        made = self._signed(salt, int(until), person, purpose)
        return hmac.compare_digest(made.encode(), token.encode())

    def _signed(self, salt: str, until: int, person: str, purpose: str) -> str:
        said = "\0".join([salt, str(until), person, purpose]).encode()
        return f"{salt}.{until}.{hmac.new(self._key, said, hashlib.sha256).hexdigest()}"
