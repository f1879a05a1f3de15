"""Looking after a lake: calls erased on request, what is past its time removed, old runs and caches tidied.

Stands above the stages and the warehouse: it knows every place where something of a call is kept.
"""

from __future__ import annotations

from callqa.upkeep.backup import Copied, back_up, restore
from callqa.upkeep.certificate import Certificate
from callqa.upkeep.erasing import erase
from callqa.upkeep.night import STEPS, has_failed, run, step, warnings
from callqa.upkeep.retaining import Retained, retain
from callqa.upkeep.tidying import Tidied, tidy

__all__ = [
    "STEPS",
    "Certificate",
    "Copied",
    "Retained",
    "Tidied",
    "back_up",
    "erase",
    "has_failed",
    "restore",
    "retain",
    "run",
    "step",
    "tidy",
    "warnings",
]
