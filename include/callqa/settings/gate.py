"""`[gate]`: what keeps a day out of the warehouse, and who may let it in all the same."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callqa.settings.section import Named, Section, Share


class GateSettings(Section):
    """Thresholds of the data-quality gate; shares of a day's recordings unless said otherwise."""

    max_rejected_share: Share = 0.3
    max_empty_transcript_share: Share = 0.1
    """Of the calls with speech: calls without a single recognised character."""
    warn_emotion_unknown_share: Share = 0.5
    """Of the turns."""
    max_crash_share: Share = 0.01
    """Of rule outcomes."""
    warn_unknown_share: Share = 0.5
    """Of rule outcomes."""
    warn_mean_confidence: Share = 0.5
    """Mean confidence of the day's turns."""
    min_mean_confidence: Share = 0.2
    personal_data: Literal["refuse", "warn"] = "refuse"
    """A mobile number, identity card or bank card that can still be read in a turn; `warn` where text.redact leaves
    some of them unmasked on purpose."""
    decision_hours: Annotated[float, Field(ge=0, le=720)] = 48.0
    """How long a refused day waits in Airflow for somebody to approve or reject it; then it is rejected. 0: at once."""
    approvers: list[Named] = []
    """Users of Airflow who may decide; empty = whoever may answer required actions there."""
    drift: Literal["warn", "refuse", "off"] = "warn"
    """What becomes of a day that is unlike the days published before it."""
    drift_days: Annotated[int, Field(ge=3, le=365)] = 28
    """Published days before this one that it is compared with."""
    drift_min_days: Annotated[int, Field(ge=3, le=365)] = 5
    """With fewer there is no history; neither pass nor fail."""
    drift_same_weekday: bool = True
    """Call volume is compared with the same weekday's; three of them are a history."""
    drift_limit: Annotated[float, Field(gt=0)] = 5.0
    """Robust standard deviations from the median of those days."""
    drift_volume_change: Annotated[float, Field(ge=0)] = 0.3
    """Number of calls: a smaller change is none. Of the usual number."""
    drift_median_change: Annotated[float, Field(ge=0)] = 0.2
    """The same of the median duration and of characters a minute."""
    drift_mix_change: Share = 0.05
    """The same of shares of languages and emotions; a difference of shares."""
    drift_rule_change: Share = 0.03
    """The same of a rule's hit rate."""
