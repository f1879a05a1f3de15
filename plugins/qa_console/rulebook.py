"""What the installed rules are called: findings and counts hold their ids only."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping

from callqa.errors import RulePackError
from callqa.settings import RuleSettings

log = logging.getLogger(__name__)


def name_of(rule: str, language: str, settings: RuleSettings) -> str:
    """A rule's name as its pack has it, in this language if it can; its id where it is not installed."""
    names = _names(settings.model_dump_json()).get(rule, {})
    return names.get(language) or next(iter(names.values()), rule)


@functools.lru_cache(maxsize=2)
def _names(settings: str) -> Mapping[str, Mapping[str, str]]:
    from callqa import judge

    try:
        packs = judge.packs(RuleSettings.model_validate_json(settings))
    except RulePackError as error:  # the pages of what was published do not depend on what can be run now
        log.warning("rules are shown by their ids: %s", error)
        return {}
    return {rule.id: rule.name for pack in packs for rule in pack.rules}
