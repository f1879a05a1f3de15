"""`[console]`, `[reports]` and `[alarms]`: what people may do and see, and when they are to be called."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from callqa.settings.section import Named, Section, Share


class ConsoleSettings(Section):
    """Who may do what in the console; who may log in at all is Airflow's."""

    roles: dict[Named, Literal["agent", "reviewer", "manager", "admin"]] = {}
    """By name of Airflow's user; of the others Airflow's own role decides (viewer, user, op, admin, in this order)."""
    agents: dict[Named, Named] = {}
    """The agent_id of the recordings, by name of Airflow's user: whose calls are a person's own."""


class ReportSettings(Section):
    """What is on the reports of a day, and for how long they are kept."""

    languages: Annotated[list[Literal["zh", "en"]], Field(min_length=1)] = ["zh", "en"]
    """Each report is one page in each of them."""
    periods: list[Literal["day", "week", "month"]] = ["day"]
    """Reports that are made by themselves: of a day, and of the week or month that ends with it."""
    console_url: str = ""
    """Address of the console (https://host/callqa), for links to calls; empty: no links."""
    keep_days: Annotated[int, Field(ge=0)] = 0
    """Days after their last day for which reports are kept; 0 = for as long as what is on them (`[retention]`)."""
    min_calls: Annotated[int, Field(ge=2, le=10_000)] = 20
    """Who has fewer calls is counted, and compared with nobody."""
    call_back_flags: list[Named] = ["risk", "self_harm", "regulator", "legal", "media", "fraud"]
    """Calls with one of these flags are to be called back, those of the first flags first."""
    conduct_flags: list[Named] = ["forbidden_words", "secret_asked", "promise"]
    """Calls with one of these flags are about what the agent said."""
    angry_share: Share = 0.1
    """Of a customer's speech: who sounds angry in so much of it is an angry customer."""
    break_minutes: Annotated[float, Field(ge=0, le=120)] = 5.0
    """A shorter pause between two calls of an agent is no break."""
    long_call_minutes: Annotated[float, Field(gt=0)] = 10.0
    """From so many minutes on a call is a long one."""
    clips: Annotated[int, Field(ge=0, le=200)] = 10
    """Turns of a customer's mood that can be heard on a day's report, at most."""
    clip_seconds: Annotated[float, Field(ge=5, le=300)] = 30.0
    """Of sound before such a turn, and after it."""

    @field_validator("console_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError(f"{value!r} is no address; write https://host/callqa")
        return value.rstrip("/")


class AlarmSettings(Section):
    """When people are to be told that something did not happen."""

    published_by: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    """Hour (HH:MM, the centre's time) of the next day by which a business day has to be published; empty = no alarm."""
