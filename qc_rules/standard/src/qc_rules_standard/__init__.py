"""The rules that ship with callqa: a rule pack like any other, found through its entry point."""

from __future__ import annotations

from qc_rules import Rule, hookimpl


@hookimpl
def register_rules() -> list[type[Rule]]:
    """The five rules of the standard pack."""
    from qc_rules_standard.agent_wellbeing import AgentWellbeing
    from qc_rules_standard.emotion_shift import EmotionShift
    from qc_rules_standard.high_risk import HighRisk
    from qc_rules_standard.invalid_call import InvalidCall
    from qc_rules_standard.service_attitude import ServiceAttitude

    return [HighRisk, ServiceAttitude, InvalidCall, EmotionShift, AgentWellbeing]
