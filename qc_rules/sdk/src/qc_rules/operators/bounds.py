"""What a measured value is compared with, and comparisons of a value that is only known to lie between two others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules.kleene import Truth


@dataclass(frozen=True)
class Bound:
    """A range of values, written `{above: 0.3}`, `{at_most: 5}`, `{at_least: 1, below: 3}`: all given must hold.

    Raises:
        ValueError: nothing is given, a value is no number, or no value can satisfy it.
    """

    above: float | None = None
    """More than this."""
    at_least: float | None = None
    """This or more."""
    below: float | None = None
    """Less than this."""
    at_most: float | None = None
    """This or less."""

    def __post_init__(self) -> None:
        given = self._given()
        if not given:
            raise ValueError("a bound needs one of above, at_least, below, at_most")
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise ValueError(f"{name} = {value!r} is not a number")
        lowest, highest = self._lowest(), self._highest()
        if lowest > highest or (lowest == highest and not self.holds(lowest)):
            raise ValueError(f"no value is {self}")

    def holds(self, value: float) -> bool:
        """Is the value in the range?"""
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    def between(self, least: float, greatest: float) -> Truth:
        """Is a value in the range that may be anything from `least` to `greatest`? None where only some of it is."""
        if self.holds(least) and self.holds(greatest):
            return True
        return None if self._meets(least, greatest) else False

    def _meets(self, least: float, greatest: float) -> bool:
        low, high = max(least, self._lowest()), min(greatest, self._highest())
        if low < high:
            return True
        return low == high and self.holds(low)

    def _lowest(self) -> float:
        return max((value for value in (self.above, self.at_least) if value is not None), default=-math.inf)

    def _highest(self) -> float:
        return min((value for value in (self.below, self.at_most) if value is not None), default=math.inf)

    def _given(self) -> dict[str, float]:
        return {name: value for name, value in vars(self).items() if value is not None}

    def __str__(self) -> str:
        return " and ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in self._given().items())


def extremes(sure: Iterable[tuple[float, float]], perhaps: Iterable[tuple[float, float]] = ()) -> tuple[float, float]:
    """The least and the greatest mean of some values, where some others may or may not be among them.

    Each is (amount, weight), weight above 0; the mean is the sum of the amounts over the sum of the weights. A value
    lowers the mean while it is lower than the mean of those taken so far, so that they are taken in order.

    Raises:
        ValueError: there is no value at all.
    """
    certain, doubtful = list(sure), sorted(perhaps, key=_ratio)
    if not certain and not doubtful:
        raise ValueError("the mean of nothing")
    if not certain:
        return _ratio(doubtful[0]), _ratio(doubtful[-1])
    total = (sum(amount for amount, _ in certain), sum(weight for _, weight in certain))
    least, greatest = total, total
    for value in doubtful:
        least = _plus(least, value) if _ratio(value) < _ratio(least) else least
    for value in reversed(doubtful):
        greatest = _plus(greatest, value) if _ratio(value) > _ratio(greatest) else greatest
    return _ratio(least), _ratio(greatest)


def _ratio(value: tuple[float, float]) -> float:
    return value[0] / value[1]


def _plus(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] + other[0], one[1] + other[1]
