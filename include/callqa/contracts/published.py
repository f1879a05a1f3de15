"""The tables beside a published day's rows: which publication counts, what people said of it, held and erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

INCOMPLETE = "intraday"
"""How the `origin` of a publication begins that is of a day which was still going on."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One committed publication of a day; the newest of a day is the one that readers go by."""

    call_date: date
    run_id: str
    attempt: int
    sequence: int
    """1 for a day's first publication, then up by one."""
    snapshot_calls: int
    snapshot_turns: int
    snapshot_events: int
    snapshot_findings: int
    rows_calls: int
    rows_turns: int
    rows_events: int
    rows_findings: int
    content_digest: str
    """SHA-256 over the digests of the published files: equal where two publications hold the same rows."""
    gate_result_id: str
    approved_by: str | None = None
    approval_reason: str | None = None
    origin: str | None = None
    """What made it, where that was not a run over the day's recordings: `rejudge of sequence 3: HR01, SA01`."""
    published_at: datetime


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a person says of a rule's outcome on a call; of several the newest counts.

    A review is of the outcome as it was published, so that a call in which a rule missed something can be reviewed
    too: its `outcome` is `clear`, and `rejected` says that it should have been a hit.
    """

    call_date: date
    call_id: str
    rule: str
    rule_version: int
    outcome: str = "hit"
    """What was reviewed, one of REVIEWED."""
    verdict: str
    """One of VERDICTS: `confirmed` and `upheld` say that the outcome is right, `rejected` and `overturned` that it is
    wrong, `appealed` that nobody has decided yet."""
    reviewer: str
    note: str = ""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A legal hold that is placed on a call or a whole day, or the release of one.

    Of the rows on the same call (or day) and matter the newest counts.
    """

    call_date: date
    call_id: str | None
    """None: the whole day."""
    action: str
    """One of HOLD_ACTIONS."""
    by: str
    reason: str
    matter: str
    """The case that it is for: a call is held for as long as one matter holds it."""
    at: datetime


HOLD_ACTIONS = ("hold", "release")


@dataclass(frozen=True, kw_only=True)
class Erased:
    """A call that was erased, by digests that say nothing to whoever does not know the call.

    They are salted with the id of the warehouse's table, so that those of two warehouses cannot be compared.
    """

    call_date: date
    call: str
    """SHA-256 of day and call id."""
    recording: str | None = None
    """SHA-256 of the SHA-256 of its recording; None where that was never read."""
    size_bytes: int | None = None
    """Of the recording: only files as long as that have to be read to find it again."""
    certificate: str
    """Of the erasure."""
    at: datetime
