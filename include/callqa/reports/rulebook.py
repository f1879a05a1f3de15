"""What the installed rules are called and what they are about: the published tables hold their ids only."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from typing import Any

from callqa.errors import RulePackError
from callqa.settings import RuleSettings

log = logging.getLogger(__name__)


def rules(settings: RuleSettings) -> Mapping[str, Mapping[str, Any]]:
    """Every installed rule by id: its `name` by language and its `category`."""
    return _rules(settings.model_dump_json())


def name_of(rule: str, language: str, settings: RuleSettings) -> str:
    """A rule's name as its pack has it, in this language if it can; its id where it is not installed."""
    names = rules(settings).get(rule, {}).get("name", {})
    return str(names.get(language) or next(iter(names.values()), rule))


@functools.lru_cache(maxsize=2)
def _rules(settings: str) -> Mapping[str, Mapping[str, Any]]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError as error:  # what was published can be reported whatever can be run now
        log.warning("rules are shown by their ids: %s", error.message)
        return {}
    return {rule.id: {"name": dict(rule.name), "category": rule.category} for pack in packs for rule in pack.rules}
