"""Batches of similar length, and what to do when one does not fit into the device's memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


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


def halving(
    items: Sequence[Item],
    compute: Callable[[Sequence[Item]], list[Result]],
    too_large: type[Exception],
) -> list[Result]:
    """`compute(items)`; where that raises `too_large`, of the two halves, and so on down to one item.

    Raises:
        Exception: the `too_large` of a single item.
    """
    try:
        return compute(items)
    except too_large:
        if len(items) == 1:
            raise
    middle = len(items) // 2
    return halving(items[:middle], compute, too_large) + halving(items[middle:], compute, too_large)
