"""Every metric of callqa: the one place that spells a name. Units are UCUM's, as OpenTelemetry asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

PREFIX = "callqa."


@dataclass(frozen=True)
class Metric:
    """A metric, as docs/metrics.md has it."""

    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    meaning: str
    attributes: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Of a histogram's buckets."""


_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
_FACTORS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "audio.seconds": Metric(
            "counter", "s", "seconds of audio that transcription was asked for: heard by the model, or heard before",
            ("source",),
        ),
        "recordings": Metric(
            "counter", "{recording}", "recordings of finished days, by what became of them",
            ("status",),
        ),
        "recordings.rejected": Metric("counter", "{recording}", "rejected recordings of finished days", ("reason",)),
        "stage.duration": Metric(
            "histogram", "s", "wall time of a stage; of a shard where the stage has shards", ("stage", "result"),
            _SECONDS,
        ),
        "transcription.real_time_factor": Metric(
            "histogram", "1", "wall time of a shard's transcription by the seconds of audio heard in it; below 1 is"
            " faster than real time", ("device",), _FACTORS,
        ),
        "cache.lookups": Metric(
            "counter", "{lookup}", "recordings (prepare) and clips (transcribe) found in the cache, or not",
            ("stage", "result"),
        ),
        "gate.verdicts": Metric(
            "counter", "{day}", "days that the gate passed or refused, or a person decided", ("verdict",)
        ),
        "gate.failures": Metric("counter", "{check}", "failed checks of the gate", ("check", "severity")),
        "days.waiting": Metric("gauge", "{day}", "refused runs about which nobody has decided"),
        "days.waiting.age": Metric("gauge", "s", "how long the oldest of them waits; 0 where none does"),
        "appeals.waiting": Metric("gauge", "{appeal}", "appealed findings without a final decision"),
        "published.age": Metric("gauge", "d", "days from the newest published business day that is over to today's"),
        "lake.free": Metric("gauge", "By", "free space of the disk on which the lake lies"),
        "messages": Metric(
            "counter", "{message}", "attempts to send people a message, by route and what came of it",
            ("route", "result"),
        ),
        "deadlines.missed": Metric("counter", "{day}", "days that were not published in time"),
    }
)  # fmt: skip
