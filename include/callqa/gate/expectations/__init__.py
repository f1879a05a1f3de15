"""Every check of the gate, in the order in which the result lists them.

Each is an id, a table, a severity, a sentence that says what it protects (in English and Chinese), and what it expects
(`callqa.gate.check`). `blocking` keeps the day out of the warehouse, `warning` is published with it. The columns that
conditions name are those of `callqa.contracts`, and those that `callqa.gate.measuring.VIEWS` joins to them.

complete.py  nothing missing, doubled, or of another day or call
masked.py    no personal data
words.py     words that are known
numbers.py   positions within the recording, numbers within their bounds
shares.py    shares and means of the day, with the settings' thresholds
versions.py  one version of each thing for the whole day
history.py   like the days published before
forms.py     how a check is written
"""

from __future__ import annotations

from callqa.gate.check import Check
from callqa.gate.expectations import complete, history, masked, numbers, shares, versions, words
from callqa.settings import GateSettings

__all__ = ["checks"]


def checks(settings: GateSettings, day: str) -> list[Check]:
    """All checks of a day, `YYYY-MM-DD`, with the thresholds of the settings."""
    return [
        *complete.checks(day),
        *masked.checks(settings),
        *words.checks(),
        *numbers.checks(),
        *shares.checks(settings),
        *versions.checks(),
        *(history.checks(settings) if settings.drift != "off" else ()),
    ]
