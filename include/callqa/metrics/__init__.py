"""Numbers that an operator alarms on, by OpenTelemetry; nothing is counted or sent where it is not configured.

docs/metrics.md has every name with its unit, its meaning and its alarm; `catalogue.METRICS` is the same table.
"""

from __future__ import annotations

from callqa.metrics.catalogue import METRICS, Metric
from callqa.metrics.provider import add, configured, put, record, sending
from callqa.metrics.telling import deadline_missed, messages_sent, of_day, of_stage, of_verdict

__all__ = [
    "METRICS",
    "Metric",
    "add",
    "configured",
    "deadline_missed",
    "messages_sent",
    "of_day",
    "of_stage",
    "of_verdict",
    "put",
    "record",
    "sending",
]
