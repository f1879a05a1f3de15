"""When a failed task is worth another attempt, and after how long."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

NEVER_AGAIN = (
    "UsageError",
    "SettingsError",
    "SourceError",
    "ModelError",
    "RulePackError",
    "GateRefused",
    "StalePublicationError",
    "ErasedError",
    "HeldError",
    "UnfinishedDaysError",
)
"""Errors of callqa that the same attempt would meet again: somebody has to change something first."""

POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="callqa.errors.UnreachableError",
            action=RetryAction.RETRY,
            reason="the storage may answer later",
        ),
        RetryRule(
            exception=[f"callqa.errors.{name}" for name in NEVER_AGAIN],
            action=RetryAction.FAIL,
            reason="the same attempt would fail the same way: see the remedy in the message",
        ),
    ]
)


def defaults() -> dict[str, Any]:
    """Operator arguments of every task: who owns it and how it is retried.

    Five retries after 30 s, 1, 2, 4 and 8 minutes, unless CALLQA_TASK_RETRIES and CALLQA_RETRY_SECONDS say otherwise:
    a machine may restart meanwhile, and a task that meets three short outages still ends well.
    """
    delay = timedelta(seconds=float(os.environ.get("CALLQA_RETRY_SECONDS", "30")))
    return {
        "owner": "callqa",
        "retries": int(os.environ.get("CALLQA_TASK_RETRIES", "5")),
        "retry_delay": delay,
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
        "retry_policy": POLICY,
    }
