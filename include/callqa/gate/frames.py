"""The frames that expectations look at: the columns they name and no others, never a word that was said.

Great Expectations skips what is missing, and pandas takes NaN for missing. So a float that is not a number becomes
infinity here, which no range contains, and only a null is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from callqa import contracts, storage
from callqa.gate import personal
from callqa.gate.expectations import SLACK_SECONDS, TABLES_WITH_CALLS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, list[str]] = {
    "recordings": ["call_id"],
    "calls": [
        "call_id", "call_date", "status", "reject_reason", "duration", "speech_seconds", "text_chars", "language",
        "emotion_start", "emotion_end", "mean_confidence", "score", "asr_digest", "audio_version", "rule_packs",
    ],
    "turns": [
        "call_id", "turn", "call_date", "role", "language", "emotion", "emotion_score", "confidence", "start", "end",
    ],
    "events": ["call_id", "channel", "call_date", "class", "start", "end"],
    "findings": ["call_id", "rule", "call_date", "outcome", "severity"],
}  # fmt: skip

SAMPLE_KEYS: Mapping[str, list[str]] = {
    "recordings": ["call_id"],
    "calls": ["call_id"],
    "turns": ["call_id", "turn", "start", "end"],
    "events": ["call_id", "channel", "start", "end"],
    "findings": ["call_id", "rule"],
    "day": [],
}
"""What names a row of a frame in a result's samples."""

HEARD_SECONDS = 1.0
"""A call with less speech than this may well have no recognisable word."""


def load(files: Mapping[str, str], manifest: str, outcomes: Mapping[str, int]) -> dict[str, pd.DataFrame]:
    """The frames by name: recordings, calls, turns, events, findings, day."""
    paths = {"recordings": manifest, **files}
    frames = {name: _frame(storage.read_table(paths[name], columns)) for name, columns in COLUMNS.items()}
    recordings, calls = frames["recordings"], frames["calls"]
    rows_by_id = calls["call_id"].value_counts()
    recordings["one_call"] = recordings["call_id"].map(rows_by_id).fillna(0) == 1
    calls["in_manifest"] = calls["call_id"].isin(recordings["call_id"])
    calls["reason_fits"] = _reason_fits(calls)
    for name in TABLES_WITH_CALLS:
        frames[name]["call_exists"] = frames[name]["call_id"].isin(calls["call_id"])
    for name in ("turns", "events"):
        frames[name]["within_call"] = _within_call(frames[name], calls)
    frames["events"]["class_known"] = _class_known(frames["events"], paths["calls"])
    # The texts themselves stay out of the frames: a check's samples can only show what is in them.
    frames["turns"]["masked"] = personal.is_clean(storage.read_table(paths["turns"], [*personal.TEXTS, "words"]))
    frames["day"] = _day(frames, outcomes)
    return frames


def _frame(table: pa.Table) -> pd.DataFrame:
    columns = {name: _column(table.column(name)) for name in table.column_names}
    return pa.table(columns).to_pandas(date_as_object=True)


def _column(column: Any) -> Any:
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), pa.scalar(float("inf"), column.type), column)
    if pa.types.is_date(column.type):
        return column.cast(pa.string())
    if pa.types.is_list(column.type):
        return pa.array([" + ".join(sorted(values)) for values in column.to_pylist()], pa.string())
    return column


def _reason_fits(calls: pd.DataFrame) -> pd.Series[bool]:
    rejected = calls["status"] == "rejected"
    known = calls["reject_reason"].isin(contracts.REJECT_REASONS)
    return (rejected & known) | (~rejected & calls["reject_reason"].isna())


def _within_call(frame: pd.DataFrame, calls: pd.DataFrame) -> pd.Series[bool]:
    """Of a call without a duration nothing can be within; of a call that is not there neither."""
    durations = calls.drop_duplicates("call_id").set_index("call_id")["duration"]
    limit = frame["call_id"].map(durations).astype("float64") + SLACK_SECONDS
    return (frame["start"] >= 0) & (frame["start"] < frame["end"]) & (frame["end"] <= limit)


def _class_known(events: pd.DataFrame, calls: str) -> list[bool]:
    """Is it a class of ours, or one that a rule pack's detector listened for in the call?"""
    table = storage.read_table(calls, ["call_id", "event_classes"])
    ids, classes = table.column("call_id").to_pylist(), table.column("event_classes").to_pylist()
    others = {
        call_id: {name for name, heard in found or () if heard} for call_id, found in zip(ids, classes, strict=True)
    }
    ours = frozenset(contracts.EVENT_CLASSES)
    return [
        class_ in ours or class_ in others.get(call_id, ())
        for call_id, class_ in zip(events["call_id"], events["class"], strict=True)
    ]


def _day(frames: Mapping[str, pd.DataFrame], outcomes: Mapping[str, int]) -> pd.DataFrame:
    """One row; what has nothing to be measured on is missing."""
    import pandas as pd

    recordings, calls, turns = frames["recordings"], frames["calls"], frames["turns"]
    heard = calls[calls["speech_seconds"] >= HEARD_SECONDS]
    done = calls[calls["status"] != "rejected"]
    judged = sum(outcomes.values())
    facts = {
        "calls_without_recording": abs(len(calls) - len(recordings)),
        "rejected_share": _share(int((calls["status"] == "rejected").sum()), len(calls)),
        "empty_transcript_share": _share(int((heard["text_chars"] == 0).sum()), len(heard)),
        "crash_share": _share(outcomes.get("crash", 0), judged),
        "unknown_share": _share(outcomes.get("unknown", 0), judged),
        "emotion_unknown_share": _share(int((turns["emotion"] == "unknown").sum()), len(turns)),
        "mean_confidence": float(turns["confidence"].mean()) if len(turns) else None,
        "asr_digests": _versions(done["asr_digest"]),
        "audio_versions": _versions(done["audio_version"].str.split("+").str[0]),
        "rule_packs": _versions(done["rule_packs"]),
    }
    return pd.DataFrame([facts], dtype="float64")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _versions(column: pd.Series[str]) -> int:
    """How many there are; a call that nothing was transcribed of names no model."""
    return int(column[column != ""].nunique())
