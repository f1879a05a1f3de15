"""So many messages a minute, and never more: what a chat service takes before it refuses, or shuts a robot out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callqa import storage
from callqa.errors import StageError
from callqa.notify.journal import FOLDER, held
from callqa.settings import NotifySettings, RouteSettings


@dataclass(frozen=True)
class Clock:
    """Time, and waiting."""

    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    sleep: Callable[[float], None] = time.sleep


class Bucket:
    """Tokens of an address; each comes back a minute after it was taken, so that no minute ever has more messages.

    (A bucket that refills steadily lets twice as many through in the minute after a pause.) The times are kept in the
    lake: runs and routes that send to one address in one minute share them.
    """

    def __init__(self, path: Path, per_minute: float, clock: Clock) -> None:
        self.path, self.clock = path, clock
        self.tokens = max(1, int(per_minute))
        self.seconds = 60.0 * self.tokens / per_minute

    @classmethod
    def of(cls, root: Path, route: RouteSettings, settings: NotifySettings, clock: Clock) -> Bucket:
        """The one of a route's address; where several routes have it, of the slowest of them."""
        sharing = [one.per_minute for one in [route, *settings.routes] if one.address == route.address]
        return cls(root / FOLDER / "addresses" / f"{route.address.replace(':', '.')}.json", min(sharing), clock)

    def take(self) -> float:
        """Take a token and return 0; or return the seconds until there is one.

        Raises:
            StageError: the lake cannot be written.
        """
        with held(self.path.with_suffix(".lock")):
            taken, now = self._taken(), self.clock.now()
            if len(taken) >= self.tokens:
                return taken[-self.tokens] + self.seconds - now
            storage.write_json(self.path, [*taken, now])
            return 0.0

    def _taken(self) -> list[float]:
        now = self.clock.now()
        try:
            kept = storage.read_json(self.path) if self.path.is_file() else []
            times = sorted(float(at) for at in kept)
        except (StageError, TypeError, ValueError):  # nothing hangs on it but politeness
            return []
        # A clock that was put back must not keep messages for ever.
        return [at for at in times if now - self.seconds < at <= now]
