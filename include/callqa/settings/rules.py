"""`[rules]`: which rules judge the calls, and with what options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from callqa.settings.section import Named, Section


class RuleSettings(Section):
    """Which rules judge, with what options."""

    disable: list[str] = []
    """Ids of rules, and names of packs, that do not run."""
    enable: list[str] = []
    """Ids of rules, and names of packs, that alone run; empty = all."""
    files: list[Named] = []
    """Rule files and files of word lists without a package, by patterns such as `rules/*.yaml`: the pack `local`."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    """That one rule may take on one call."""
    options: dict[str, dict[str, Any]] = {}
    """Options by rule id, for example `[rules.options.SA01] share = 0.25`."""
