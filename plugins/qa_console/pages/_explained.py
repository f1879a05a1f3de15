"""What a rule is for, from its own page: the sentences that a finding's reader needs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from callqa.errors import RulePackError
from callqa.settings import RuleSettings

PARTS = {"What it catches": "catches", "Why it matters": "matters", "Unknown": "unknown"}
"""Paragraphs of a rule's docstring that are shown, by how they begin."""


@dataclass(frozen=True)
class Explained:
    """In English, as the pack has it."""

    title: str = ""
    catches: str = ""
    matters: str = ""
    unknown: str = ""
    """When it cannot be told."""


def explained(settings: RuleSettings) -> Mapping[str, Explained]:
    """Every installed rule that says what it is for, by id."""
    return _explained(settings.model_dump_json())


@functools.lru_cache(maxsize=2)
def _explained(settings: str) -> Mapping[str, Explained]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError:
        return {}
    return {rule.id: of_text(inspect.cleandoc(rule.__doc__ or "")) for pack in packs for rule in pack.rules}


def of_text(text: str) -> Explained:
    """The parts of a rule's docstring."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    found = {
        name: paragraph.removeprefix(f"{begin}:").strip()
        for paragraph in paragraphs
        for begin, name in PARTS.items()
        if paragraph.startswith(f"{begin}:")
    }
    return Explained(title=paragraphs[0], **found)
