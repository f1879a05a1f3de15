"""How long a pause of a speaker may be before the turn is over: the speaker's own pauses say it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from callqa.prepare.spans import Cover, Span

INTERRUPTION = 0.3
"""Seconds that another channel speaks in a pause from which the pause ends the turn."""
SHORTEST_TOLERANCE = 1.0
"""Seconds; a pause for breath is shorter in everybody's speech."""
ENOUGH = 20
"""Pauses from which on a distribution can be told; a call with fewer keeps the setting."""
UNUSUAL = 2.5
"""Deviations from the median beyond which a value is an outlier (Leys et al. 2013, doi:10.1016/j.jesp.2013.03.013)."""
DEVIATION = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""


def tolerance_of(speech: list[Span], others: Cover, most: float) -> float:
    """The longest pause in seconds that does not end a speaker's turn: between 1 s and `most`.

    Lengths of pauses are log-normal (Campione and Véronis, "A large-scale multilingual study of silent pause
    duration", Speech Prosody 2002), so with x = ln(pause): exp(median(x) + 2.5 * 1.4826 * median|x - median(x)|).
    What is longer is unusual for this speaker. Slow speakers keep the whole of `most`; of quick ones, two sentences
    with an unusually long silence between them become two turns.

    Args:
        speech: of one channel or speaker.
        others: speech of the other channels; a pause in which they speak ends a turn anyway and does not count.
        most: seconds; longer pauses end a turn anyway and do not count.
    """
    pauses = [b[0] - a[1] for a, b in pairwise(speech) if not interrupted(others, a[1], b[0])]
    logs = np.log([pause for pause in pauses if 0 < pause <= most])
    if len(logs) < ENOUGH:
        return most
    middle = np.median(logs)
    unusual = float(np.exp(middle + UNUSUAL * DEVIATION * np.median(np.abs(logs - middle))))
    return min(most, max(SHORTEST_TOLERANCE, unusual))


def interrupted(others: Cover, start: float, end: float) -> bool:
    """Whether somebody else speaks in a pause."""
    return others.seconds(start, end) >= INTERRUPTION
