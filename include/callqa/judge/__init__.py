"""Turns → rules → findings, and one row a call with all that was measured and judged."""

from callqa.judge.loading import RulePack, packs
from callqa.judge.stage import run

__all__ = ["RulePack", "packs", "run"]
