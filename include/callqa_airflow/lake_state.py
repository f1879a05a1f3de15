"""The body of the task of `lake_metrics`."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


def measure(params: dict[str, Any]) -> dict[str, float]:
    """Measure how the lake stands and tell it; returns the numbers by name.

    Raises:
        StageError: the lake or its warehouse cannot be read.
    """
    from callqa import metrics, settings
    from callqa.metrics import state

    # A form leaves an empty text where nothing was given.
    with metrics.sending():
        found = state.measure(settings.load().with_folders(lake=params.get("lake") or None))
    log.info("%s", found)
    return found
