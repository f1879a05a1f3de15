from __future__ import annotations

import pytest
from airflow.sdk import RetryAction

from callqa import errors
from callqa_airflow.retries import POLICY, defaults


@pytest.mark.parametrize(
    "kind",
    [
        errors.UsageError,
        errors.SettingsError,
        errors.SourceError,
        errors.EmptyDayError,
        errors.ModelError,
        errors.RulePackError,
        errors.GateRefused,
        errors.StalePublicationError,
        errors.UnfinishedDaysError,
    ],
)
def test_what_would_fail_the_same_way_again_fails_at_once(kind):
    decision = POLICY.evaluate(kind("no"), try_number=1, max_tries=3)
    assert decision.action is RetryAction.FAIL


@pytest.mark.parametrize("error", [errors.StageError("disk full"), OSError("network"), MemoryError()])
def test_what_may_pass_is_tried_again(error):
    decision = POLICY.evaluate(error, try_number=1, max_tries=3)
    assert decision.action is RetryAction.DEFAULT


def test_the_environment_sets_how_often_and_how_soon(monkeypatch):
    monkeypatch.setenv("CALLQA_TASK_RETRIES", "7")
    monkeypatch.setenv("CALLQA_RETRY_SECONDS", "1.5")
    assert defaults()["retries"] == 7
    assert defaults()["retry_delay"].total_seconds() == 1.5
