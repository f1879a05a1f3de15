"""Batches of similar length, and what to do when one does not fit into the device's memory."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Pending = TypeVar("Pending")

logger = logging.getLogger(__name__)


class ClipTooLargeError(MemoryError):
    """A clip that does not fit into the device's memory alone.

    Not an error of callqa's own: only the stage, which retries clips one by one, knows which call the clip is of.
    """

    def __init__(self, clip: int, message: str) -> None:
        super().__init__(message)
        self.clip = clip


def by_length(lengths: Sequence[int], limit: int) -> list[list[int]]:
    """Indices in batches whose padded size (longest x number) stays within `limit`; longest batch first.

    The longest first, so that a device that is too small shows it at once. An item longer than the limit goes alone.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        longest = lengths[batches[-1][0]] if batches else 0
        if batches and longest * (len(batches[-1]) + 1) <= limit:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


class Room:
    """How large a batch may be; less after every time that the device had no memory left."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def shrink(self, size: int) -> None:
        """A batch of this padded size did not fit: half of it is the limit from now on."""
        self.limit = max(1, min(self.limit, size) // 2)
        logger.warning("a batch of %d frames does not fit into the device's memory: %d from now on", size, self.limit)


class Overlapped(Generic[Pending]):
    """Batches computed one after another while the results of those before are still being read.

    Args:
        launch: starts the computation of the items with these indices, without waiting for its end.
        finish: waits for what `launch` gave, and stores its results.
        too_large: what `launch` raises where the device has no memory left.
        ahead: batches that may be under way while the next is launched.
    """

    def __init__(
        self,
        launch: Callable[[list[int]], Pending],
        finish: Callable[[Pending], None],
        *,
        too_large: type[Exception],
        ahead: int,
    ) -> None:
        self._launch, self._finish, self._too_large, self._ahead = launch, finish, too_large, ahead

    def run(self, lengths: Sequence[int], room: Room, make_room: Callable[[], None]) -> None:
        """Compute all items, in batches as large as there is room for.

        Args:
            lengths: of the items.
            room: its limit is obeyed, and lowered where it is too high.
            make_room: called after a batch did not fit, with nothing else under way.

        Raises:
            ClipTooLargeError: a single item does not fit.
        """
        under_way: deque[Pending] = deque()
        waiting = deque(by_length(lengths, room.limit))
        try:
            while waiting:
                batch = waiting.popleft()
                started = self._try(batch)
                if started is not None:
                    under_way.append(started)
                    self._finish_all(under_way, keep=self._ahead)
                    continue
                self._finish_all(under_way, keep=0)
                make_room()
                self._smaller(batch, lengths, room)
                left = [index for group in (batch, *waiting) for index in group]
                waiting = deque(_of(left, lengths, room.limit))
            self._finish_all(under_way, keep=0)
        finally:
            _drain(under_way, self._finish)

    def _try(self, batch: list[int]) -> Pending | None:
        # The exception keeps the failed computation's tensors alive, so it must be gone before room is made.
        with contextlib.suppress(self._too_large):
            return self._launch(batch)
        return None

    def _smaller(self, batch: Sequence[int], lengths: Sequence[int], room: Room) -> None:
        if len(batch) == 1:
            raise ClipTooLargeError(batch[0], f"clip {batch[0]} does not fit, even alone")
        room.shrink(max(lengths[index] for index in batch) * len(batch))

    def _finish_all(self, under_way: deque[Pending], keep: int) -> None:
        while len(under_way) > keep:
            self._finish(under_way.popleft())


def _drain(under_way: deque[Pending], finish: Callable[[Pending], None]) -> None:
    """After a failure: wait for what is still under way; the failure itself is what is reported."""
    while under_way:
        with contextlib.suppress(Exception):
            finish(under_way.popleft())


def _of(items: Sequence[int], lengths: Sequence[int], limit: int) -> Iterator[list[int]]:
    for group in by_length([lengths[item] for item in items], limit):
        yield [items[place] for place in group]
