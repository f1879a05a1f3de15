"""`[source]`: where recordings come from, what is known of their calls, and what of a customer's number is kept."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from callqa.settings.section import DEMO_FOLDER, Named, Role, Section


class RawFormat(Section):
    """How to read files that have no header."""

    codec: Literal["alaw", "mulaw", "vox", "pcm_s16le", "pcm_s16be", "g722", "g726", "g729"]
    """`vox` is Dialogic's (OKI) ADPCM; g726 is 32 kbit/s, little-endian."""
    rate: Annotated[int, Field(ge=4000, le=192_000)] = 8000
    """Hz; g722 is 16000, whatever is said here."""
    channels: Annotated[int, Field(ge=1, le=8)] = 1
    """Interleaved, sample by sample; only of alaw, mulaw and pcm."""


class CallListSettings(Section):
    """A database that says which recordings are a day's, and what is known of their calls."""

    query: str = ""
    """SQL with `:from` and `:to` (the day's midnights) or `:day` (YYYY-MM-DD); its other columns are side-car columns.
    Empty: there is none."""
    file: Named = "file"
    """Its column that has the recording's path below `source.root`, or its address."""
    connection: str = ""
    """Airflow connection of the database."""
    database: str = Field(default="", repr=False, exclude=True)
    """The database without Airflow: a SQLAlchemy URL. With a password by environment only."""

    @model_validator(mode="after")
    def _asks_for_a_day(self) -> CallListSettings:
        if self.query and not re.search(r":(from|to|day)\b", self.query):
            raise ValueError("the query asks for no day, so that each would get all calls; use :from and :to, or :day")
        return self


class SourceSettings(Section):
    """Where recordings come from."""

    root: Named = str(DEMO_FOLDER / "calls")
    """Folder or address (s3://, sftp://, https:// …) below which the recordings lie."""
    layout: str = "{day:%Y-%m-%d}"
    """A day's folder below the root. A last part with `*` is the names of its files: `inbox/{day:%Y%m%d}-*`."""
    day_by: Literal["place", "time"] = "place"
    """`time`: days lie together; a call is of the day of its started_at in the side-car, else of the day on which its
    recording was written."""
    connection: str = ""
    """Airflow connection that opens the root."""
    storage: dict[str, Any] = Field(default={}, repr=False, exclude=True)
    """What opens the root without Airflow: fsspec's options of its storage. Keys and passwords by environment only."""
    calls: CallListSettings = CallListSettings()
    late_days: Annotated[int, Field(ge=0, le=60)] = 3
    """So many days back a nightly run looks for recordings that came late."""
    timezone: str = "Asia/Shanghai"
    """The contact centre's: a business day begins at its midnight; times without a zone are read in it."""
    channel_roles: dict[Annotated[int, Field(ge=0)], Role] = {0: "agent", 1: "customer"}
    """Of stereo recordings whose side-car does not say."""
    on_empty_day: Literal["refuse", "publish"] = "refuse"
    """A day without recordings: an error (the feed is broken), or a publication of no rows (nobody called)."""
    customer_number: Literal["mask", "hash", "drop"] = "mask"
    """What is kept of a customer's number: 138****5678, or a hash keyed by CALLQA_SOURCE__NUMBER_KEY, or nothing."""
    number_key: str = ""
    """Key of the hash. Set it by environment, never in the file."""
    raw: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$")], RawFormat] = {}
    """Recordings without a header, by the extension of their file's name (lower case, without the dot)."""
    max_call_seconds: Annotated[float, Field(gt=0)] = 4 * 3600.0
    """A longer recording is rejected as too_long."""

    @field_validator("root")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if re.search(r"://[^/@]*:[^/@]+@", value):  # it would stand in every row of calls
            raise ValueError("an address with a password; give it as source.storage.password, or by a connection")
        return value

    @field_validator("layout")
    @classmethod
    def _a_place(cls, value: str) -> str:
        try:
            value.format(day=date(2026, 1, 5))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise ValueError(f"not a template such as {{day:%Y/%m/%d}}: {error}") from error
        if value.startswith("/") or ".." in value.split("/") or "*" in value.rpartition("/")[0]:
            raise ValueError("a place below the root, with * in its last part only")
        return value

    @model_validator(mode="after")
    def _days_apart(self) -> SourceSettings:
        if self.day_by == "place" and not self.calls.query and "{day" not in self.layout:
            raise ValueError(f'layout = {self.layout!r} is one place for all days; set day_by = "time" if it is meant')
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder of zones
            raise ValueError(f"no time zone is called {value!r}; use a name like Asia/Shanghai") from error
        return value
