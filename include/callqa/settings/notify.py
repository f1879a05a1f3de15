"""`[notify]` and its `[[notify.routes]]`: who is told of what, in which form, and how often it is tried."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from callqa.settings.section import Named, Section


class RouteSettings(Section):
    """One way to tell somebody: what of, in which form, and where to."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    """Rules whose `actions` have this name are told of here."""
    address: Annotated[str, Field(pattern=r"^(env|connection|action):[A-Za-z0-9_.-]+$")]
    """Where the address is: `env:NAME` of an environment variable, `connection:ID` of an Airflow connection. Or
    `action:NAME`: a rule pack's own function. The address itself is a secret and never stands here."""
    audience: str = ""
    """For whom, as the message names them."""
    language: Literal["zh", "en"] = "zh"
    send: Literal["digest", "single"] = "digest"
    """One message for all calls of a day, or one for each."""
    rules: list[Named] = []
    packs: list[Named] = []
    flags: list[Named] = []
    actions: list[Named] = []
    """Any of these takes a hit; actions, besides the route's own name."""
    severities: list[Literal["info", "minor", "major", "critical"]] = []
    """With the above: only of these. Alone: every hit of these."""
    teams: list[Named] = []
    queues: list[Named] = []
    """Only calls of these; empty: all."""
    events: list[Literal["published", "refused", "failed", "deadline", "backfill"]] = []
    """What is told of a day as a whole."""
    quotes: bool = False
    """Whether what was said is quoted, numbers masked whatever `[text]` says."""
    per_minute: Annotated[float, Field(gt=0, le=6000)] = 20.0
    """Messages, at most: what WeCom and DingTalk take of a robot."""
    max_messages: Annotated[int, Field(ge=1, le=1000)] = 20
    """Of a day and run; the last of them says how many more calls there are."""
    when_unsure: Literal["tell", "repeat"] = "tell"
    """Of a message that may have arrived (no answer in time, a kill): `tell` sends a short note that it may not have,
    and never the message twice; `repeat` sends it again, with the same number."""


class NotifySettings(Section):
    """Who is told of what."""

    routes: list[RouteSettings] = []
    max_age_days: Annotated[int, Field(ge=0)] = 7
    """Nobody is told of older days unless they are asked to be; 0 = of any day."""
    keep_trying_hours: Annotated[float, Field(gt=0)] = 48.0
    """A message that could not be sent is tried again by each run for so long."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 4
    """In one run."""
    backoff_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    """Before the second attempt; doubled before each further one."""
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    """That a service has to answer."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=7200)] = 600.0
    """For all messages of a run; what is left is sent by the next one."""

    @field_validator("routes")
    @classmethod
    def _named_once(cls, value: list[RouteSettings]) -> list[RouteSettings]:
        names = [route.name for route in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two routes are called {name}")
        return value
