"""What a rule is for, from its own page: the sentences that a finding's reader needs."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

from callqa.errors import RulePackError
from callqa.settings import RuleSettings

PARTS = {
    "What it catches:": "catches", "Why it matters:": "matters", "Unknown:": "unknown",
    "检测内容：": "catches", "意义：": "matters", "无法判断：": "unknown",
}  # fmt: skip
"""Paragraphs of a rule's page that are shown, by how they begin."""
_BROKEN = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
"""A line's end inside of Chinese text, which has no spaces."""


@dataclass(frozen=True)
class Explained:
    """As the pack has it."""

    title: str = ""
    catches: str = ""
    matters: str = ""
    unknown: str = ""
    """When it cannot be told."""


@dataclass(frozen=True)
class Shown(Explained):
    """With the language that it is in."""

    language: str = "en"


def explained(settings: RuleSettings, language: str = "en") -> Mapping[str, Shown]:
    """Every installed rule that says what it is for, by id; in another language where it has not this one."""
    return _explained(settings.model_dump_json(), language)


@functools.lru_cache(maxsize=4)
def _explained(settings: str, language: str) -> Mapping[str, Shown]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError:
        return {}
    found: dict[str, Shown] = {}
    for rule in (rule for pack in packs for rule in pack.rules):
        pages = {"en": inspect.cleandoc(rule.__doc__ or ""), **rule.pages}
        shown = language if language in pages else "en"
        found[rule.id] = Shown(**vars(of_text(inspect.cleandoc(pages[shown]))), language=shown)
    return found


def of_text(text: str) -> Explained:
    """The parts of a rule's page."""
    paragraphs = [_BROKEN.sub("", " ".join(paragraph.split())) for paragraph in text.split("\n\n")]
    found = {
        name: paragraph.removeprefix(begin).strip()
        for paragraph in paragraphs
        for begin, name in PARTS.items()
        if paragraph.startswith(begin)
    }
    return Explained(title=paragraphs[0], **found)
