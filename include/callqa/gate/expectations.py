"""Every check of the gate, in the order in which the result lists them.

A check is a Great Expectations expectation over one of the frames that `callqa.gate.frames` makes: the day's tables,
the manifest's recordings, and `day`, one row of facts about the whole day. `blocking` keeps the day out of the
warehouse, `warning` is published with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from callqa import contracts
from callqa.settings import GateSettings

SLACK_SECONDS = 0.5
"""By how much a turn or event may end after its recording: decoders pad the last frame."""

TABLES_WITH_CALLS = ("turns", "events", "findings")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One expectation: what it looks at, what it asks for, and what it protects."""

    id: str
    table: str
    severity: Literal["blocking", "warning"] = "blocking"
    sentence: str
    expectation: str
    """Name of a class of great_expectations.expectations."""
    arguments: dict[str, Any]


def checks(settings: GateSettings, day: str) -> list[Check]:
    """All checks of a day, `YYYY-MM-DD`, with the thresholds of the settings."""
    return [
        *_completeness(day),
        *_references(),
        *_personal_data(settings),
        *_values(),
        *_positions(),
        *_shares(settings),
        *_versions(),
    ]


def _completeness(day: str) -> Iterator[Check]:
    yield _true(
        "recordings",
        "recordings.one_call_each",
        "one_call",
        "Every recording of the manifest has exactly one call row.",
    )
    yield _true("calls", "calls.in_manifest", "in_manifest", "Every call row is of a recording of the manifest.")
    yield Check(
        id="calls.unique_id",
        table="calls",
        sentence="No call is counted twice.",
        expectation="ExpectColumnValuesToBeUnique",
        arguments={"column": "call_id"},
    )
    yield _between(
        "day", "day.call_count", "calls_without_recording", 0, 0, "There are as many call rows as recordings."
    )
    yield Check(
        id="turns.unique_number",
        table="turns",
        sentence="A turn's number names one turn of its call, so that evidence points to the right one.",
        expectation="ExpectCompoundColumnsToBeUnique",
        arguments={"column_list": ["call_id", "turn"]},
    )
    for table in contracts.TABLES:
        sentence = f"All rows of {table} are of the day that is published; another day's rows would be lost with it."
        yield _in_set(table, "call_date", (day,), sentence)


def _references() -> Iterator[Check]:
    for table in TABLES_WITH_CALLS:
        sentence = f"Every row of {table} belongs to a call of the day."
        yield _true(table, f"{table}.call_exists", "call_exists", sentence)


def _personal_data(settings: GateSettings) -> Iterator[Check]:
    yield dataclasses.replace(
        _true(
            "turns",
            "turns.personal_data_masked",
            "masked",
            "No mobile number, identity card or bank card can be read in what was said.",
        ),
        severity="blocking" if settings.personal_data == "refuse" else "warning",
    )


def _values() -> Iterator[Check]:
    yield _in_set("calls", "status", contracts.STATUSES, "A call is analysed, invalid or rejected.")
    yield _true(
        "calls",
        "calls.reject_reason",
        "reason_fits",
        "A rejected call says why, by a reason that we know, and no other call has a reason.",
    )
    yield _in_set("calls", "language", contracts.LANGUAGES, "A call's language is one that reports know.")
    for column in ("emotion_start", "emotion_end"):
        yield _in_set("calls", column, contracts.EMOTIONS, f"A call's {column} is one that reports know.")
    yield _in_set("turns", "language", contracts.LANGUAGES, "A turn's language is one that rules know.")
    yield _in_set("turns", "emotion", contracts.EMOTIONS, "A turn's emotion is one that rules know.")
    yield _in_set("turns", "role", contracts.ROLES, "A turn is the agent's, the customer's or nobody's we know.")
    sentence = "An event is of a class that callqa reports, or that a rule pack's detector listened for in the call."
    yield _true("events", "events.class", "class_known", sentence)
    yield _in_set("findings", "outcome", contracts.OUTCOMES, "A finding is a hit, unknown or a crash.")
    yield _in_set("findings", "severity", contracts.SEVERITIES, "A finding's severity is one that routes know.")


def _positions() -> Iterator[Check]:
    yield _range("calls", "duration", 0, None, "A recording's duration is a number of seconds.")
    for table in ("turns", "events"):
        sentence = f"What {table} point to can be played: 0 <= start < end <= duration, to {SLACK_SECONDS} s."
        yield _true(table, f"{table}.within_call", "within_call", sentence)
    yield _range("turns", "confidence", 0, 1, "A turn's confidence is a probability.")
    yield _range("turns", "emotion_score", 0, 1, "A turn's emotion score is a probability, where there is one.")
    yield _range("calls", "mean_confidence", 0, 1, "A call's mean confidence is a probability, where there is one.")
    yield _range("calls", "score", 0, 100, "A call's score is 0 to 100 points, where it is scored.")


def _shares(settings: GateSettings) -> Iterator[Check]:
    yield _at_most(
        "rejected_share", settings.max_rejected_share, "So many unreadable recordings mean that the feed is broken."
    )
    yield _at_most(
        "empty_transcript_share",
        settings.max_empty_transcript_share,
        "So many calls with a voice and without a word mean that the model or the decoding is broken.",
    )
    yield _at_most(
        "crash_share", settings.max_crash_share, "So many crashed rules mean that the findings cannot be relied on."
    )
    low, lower = settings.warn_mean_confidence, settings.min_mean_confidence
    yield _between(
        "day", "day.mean_confidence", "mean_confidence", lower, None, "The model recognises these recordings at all."
    )
    yield _between(
        "day",
        "day.mean_confidence_low",
        "mean_confidence",
        low,
        None,
        "The model is as sure of its words as it should be.",
        severity="warning",
    )
    yield _at_most(
        "emotion_unknown_share",
        settings.warn_emotion_unknown_share,
        "Rules about emotions hear most turns.",
        severity="warning",
    )
    yield _at_most(
        "unknown_share",
        settings.warn_unknown_share,
        "Most rules can say hit or clear of most calls.",
        severity="warning",
    )


def _versions() -> Iterator[Check]:
    for column, what in (("asr_digests", "model"), ("audio_versions", "audio pipeline"), ("rule_packs", "rules")):
        sentence = f"One version of the {what} made the whole day, so that its numbers can be compared."
        yield _between("day", f"day.{column}", column, 0, 1, sentence)


def _true(table: str, name: str, column: str, sentence: str) -> Check:
    return Check(
        id=name,
        table=table,
        sentence=sentence,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": [True]},
    )


def _in_set(table: str, column: str, values: tuple[str, ...], sentence: str) -> Check:
    return Check(
        id=f"{table}.{column}",
        table=table,
        sentence=sentence,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": list(values)},
    )


def _range(table: str, column: str, low: float, high: float | None, sentence: str) -> Check:
    return _between(table, f"{table}.{column}", column, low, high, sentence)


def _at_most(column: str, high: float, sentence: str, severity: Literal["blocking", "warning"] = "blocking") -> Check:
    return _between("day", f"day.{column}", column, 0, high, sentence, severity=severity)


def _between(
    table: str,
    name: str,
    column: str,
    low: float,
    high: float | None,
    sentence: str,
    severity: Literal["blocking", "warning"] = "blocking",
) -> Check:
    """`high` None: any finite number, for infinity stands for what is not a number (see `frames`)."""
    return Check(
        id=name,
        table=table,
        severity=severity,
        sentence=sentence,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": FINITE if high is None else high},
    )


FINITE = 1e12
"""Beyond any number of seconds or share: an upper bound that only `not a number` exceeds."""
