"""`[shards]`, `[intraday]` and `[archive]`: how a day is cut, how today goes on, and how days of the past are run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callqa.settings.section import Section


class ShardSettings(Section):
    """How a day is cut into pieces of work."""

    seconds: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds of audio in a shard at most (a longer recording is a shard of its own)."""
    maximum: Annotated[int, Field(gt=0, le=1000)] = 200
    """Shards of a day at most: a larger day gets larger shards."""


class IntradaySettings(Section):
    """Today, published again and again while it goes on."""

    enabled: bool = False
    every_minutes: Annotated[int, Field(ge=1, le=240)] = 15
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """A recording that was changed less long ago may still be written: the next look takes it."""


class ArchiveSettings(Section):
    """Days of the past, in an Airflow backfill (docs/backfill.md)."""

    days_at_once: Annotated[int, Field(ge=1, le=16)] = 2
    """Of a backfill that the console starts."""
    published: Literal["skip", "again"] = "skip"
    """What a backfill does with a published day: nothing, without reading its recordings, or all of it again."""
    on_empty_day: Literal["skip", "publish", "refuse"] = "skip"
    """A day of an archive without recordings: nothing to do, a publication of no rows, or an error."""
    look_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    """That a plan may look at the source; what it has not seen by then is estimated from what it has."""
