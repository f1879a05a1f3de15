"""How near two sentences are in meaning, where a model that tells is installed."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

from qc_rules.errors import Unknown

ENCODERS = "qc_rules_encoders"
"""Entry-point group: a function that loads a model and returns an `Encode`."""
Vector = Sequence[float]
Encode = Callable[[Sequence[str]], Sequence[Vector]]
"""Texts in, one vector of any but always the same length for each."""


def closeness(one: str, other: str) -> float:
    """100 times the cosine of the two sentences' vectors; 0 where they point apart.

    Raises:
        Unknown: no model is installed.
    """
    first, second = _vector(one), _vector(other)
    lengths = math.hypot(*first) * math.hypot(*second)
    return max(0.0, 100 * sum(a * b for a, b in zip(first, second, strict=True)) / lengths) if lengths else 0.0


@functools.lru_cache(maxsize=4096)
def _vector(text: str) -> tuple[float, ...]:
    return tuple(float(value) for value in encoder()([text])[0])


@functools.cache
def encoder() -> Encode:
    """The installed model, loaded once; of several the first by name.

    Raises:
        Unknown: there is none.
    """
    found = sorted(entry_points(group=ENCODERS), key=lambda point: point.name)
    if not found:
        raise Unknown(f"no model of meaning is installed: a package with an entry point in the group {ENCODERS}")
    loaded: Encode = found[0].load()()
    return loaded
