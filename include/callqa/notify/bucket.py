"""So many messages a minute, and never more: what a chat service takes before it refuses, or shuts a robot out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callqa import storage
from callqa.errors import StageError


@dataclass(frozen=True)
class Clock:
    """Time, and waiting."""

    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    sleep: Callable[[float], None] = time.sleep


class Bucket:
    """Tokens of a route; each comes back a minute after it was taken, so that no minute ever has more messages.

    (A bucket that refills steadily lets twice as many through in the minute after a pause.) The times are kept in the
    lake: two runs in one minute share them.
    """

    def __init__(self, path: Path, per_minute: float, clock: Clock) -> None:
        self.path, self.clock = path, clock
        self.tokens = max(1, int(per_minute))
        self.seconds = 60.0 * self.tokens / per_minute

    def wait(self) -> float:
        """Seconds until there is a token."""
        taken = self._taken()
        if len(taken) < self.tokens:
            return 0.0
        return max(0.0, taken[-self.tokens] + self.seconds - self.clock.now())

    def take(self) -> None:
        """Take one; only the route's sender does."""
        storage.write_json(self.path, [*self._taken(), self.clock.now()][-self.tokens :])

    def _taken(self) -> list[float]:
        now = self.clock.now()
        try:
            kept = storage.read_json(self.path) if self.path.is_file() else []
            times = sorted(float(at) for at in kept)
        except (StageError, TypeError, ValueError):  # nothing hangs on it but politeness
            return []
        # A clock that was put back must not keep messages for ever.
        return [at for at in times if now - self.seconds < at <= now]
