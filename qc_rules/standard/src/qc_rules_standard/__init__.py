"""The rules that ship with callqa: a rule pack like any other, found through its entry point.

Rules, word lists, the scorecard and the cases are YAML files beside this module. Three rules are Python, each because
YAML would say less: IV01 tells in its message which of tones, music and silence it was and that music alone may be
hold music; ES01 names the stretch around the shift to hear; either half of AW01 can be switched off with 0.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from qc_rules import Rule, hookimpl


@hookimpl
def register_rules() -> list[type[Rule] | Traversable]:
    """The rule files by name, and the rules in Python."""
    from qc_rules_standard.agent_wellbeing import AgentWellbeing
    from qc_rules_standard.emotion_shift import EmotionShift
    from qc_rules_standard.invalid_call import InvalidCall

    return [*_yaml_in("rules"), AgentWellbeing, EmotionShift, InvalidCall]


@hookimpl
def register_lexicons() -> list[Traversable]:
    """Word lists in Chinese, Cantonese, English, Japanese and Korean, one a file."""
    return _yaml_in("lexicons")


@hookimpl
def register_scorecards() -> list[Traversable]:
    """The scorecard of an ordinary service call."""
    return _yaml_in("scorecards")


def _yaml_in(folder: str) -> list[Traversable]:
    found = (file for file in files(__name__).joinpath(folder).iterdir() if file.name.endswith(".yaml"))
    return sorted(found, key=lambda file: file.name)
