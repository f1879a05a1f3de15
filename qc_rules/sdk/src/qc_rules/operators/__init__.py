"""The operators that conditions are written with. One small class each; packs add theirs with `register_operators`."""

from qc_rules.operators.base import Operator, TurnOperator

__all__ = ["Operator", "TurnOperator"]
