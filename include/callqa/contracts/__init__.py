"""The words and shapes that every part of callqa shares: the only place that spells a column.

Each record is a dataclass; `callqa.arrow` derives its Arrow schema from its annotations. Times of day are UTC with
zone, positions in audio are seconds from the start of the recording, levels are dBFS, shares are 0..1, enumerations
are lower case. Everybody imports from here; the records are in

vocabulary.py  languages, emotions, events, states, reasons: all fixed words
calls.py       Recording (manifest) → Prepared (audio facts) → Call (table calls)
clips.py       Clip, ClipAudio, Segment, Word: what the model hears and writes
turns.py       Turn and Event (tables turns, events), Redaction
findings.py    Finding (table findings), Evidence
scores.py      CardScore, SectionScore (a column of calls)
published.py   Publication (the ledger), Review, Hold, Erased
audited.py     Measure, GateResult, GateSample
runs.py        RunCost
tables.py      the day tables by name
"""

from __future__ import annotations

from callqa.contracts.audited import GATE_RESULTS, GateResult, GateSample, Measure
from callqa.contracts.calls import Call, ChannelQuality, Prepared, Recording
from callqa.contracts.clips import SAMPLE_RATE, Clip, ClipAudio, Segment, Word
from callqa.contracts.findings import Evidence, Finding
from callqa.contracts.published import HOLD_ACTIONS, INCOMPLETE, Erased, Hold, Publication, Review
from callqa.contracts.runs import RUN_OUTCOMES, RunCost
from callqa.contracts.scores import CardScore, SectionScore
from callqa.contracts.tables import PUBLISH_ORDER, TABLES
from callqa.contracts.turns import Event, Redaction, Turn
from callqa.contracts.vocabulary import (
    ANNOUNCED,
    CALL_STATES,
    DIRECTIONS,
    EMOTIONS,
    EVENT_CLASSES,
    LANGUAGE_HINTS,
    LANGUAGES,
    OUTCOMES,
    REDACTIONS,
    REJECT_REASONS,
    RESULTS,
    REVIEWED,
    ROLES,
    SEVERITIES,
    STATUSES,
    TAG_EVENTS,
    TONES,
    VERDICTS,
    Status,
    tag_meaning,
)

__all__ = [
    "ANNOUNCED",
    "CALL_STATES",
    "DIRECTIONS",
    "EMOTIONS",
    "EVENT_CLASSES",
    "GATE_RESULTS",
    "HOLD_ACTIONS",
    "INCOMPLETE",
    "LANGUAGES",
    "LANGUAGE_HINTS",
    "OUTCOMES",
    "PUBLISH_ORDER",
    "REDACTIONS",
    "REJECT_REASONS",
    "RESULTS",
    "REVIEWED",
    "ROLES",
    "RUN_OUTCOMES",
    "SAMPLE_RATE",
    "SEVERITIES",
    "STATUSES",
    "TABLES",
    "TAG_EVENTS",
    "TONES",
    "VERDICTS",
    "Call",
    "CardScore",
    "ChannelQuality",
    "Clip",
    "ClipAudio",
    "Erased",
    "Event",
    "Evidence",
    "Finding",
    "GateResult",
    "GateSample",
    "Hold",
    "Measure",
    "Prepared",
    "Publication",
    "Recording",
    "Redaction",
    "Review",
    "RunCost",
    "SectionScore",
    "Segment",
    "Status",
    "Turn",
    "Word",
    "tag_meaning",
]
