"""What a run takes: measured a stage of a shard at a time, added up at its end."""

from __future__ import annotations

from callqa.costs.measuring import Spent, measured
from callqa.costs.totals import of_run, of_stages

__all__ = ["Spent", "measured", "of_run", "of_stages"]
