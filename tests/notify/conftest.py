"""A small published day, and somebody to tell of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from callqa import contracts, notify, storage, warehouse
from callqa.notify import Clock
from callqa.settings import LakeSettings, NotifySettings, ReportSettings, RouteSettings, Settings
from tests import rows
from tests.notify.receivers import Receiver, listening

DAY = rows.DAY
ADDRESS = "CALLQA_TESTS_ADDRESS"


@dataclasses.dataclass
class World:
    """A lake, its settings, and a clock that waits no time."""

    settings: Settings
    root: Path
    at: float = dt.datetime(2026, 1, 6, 1, tzinfo=dt.UTC).timestamp()
    slept: list[float] = dataclasses.field(default_factory=list)
    runs: int = 0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def publish(self, day: rows.Day | None = None, origin: str | None = None) -> None:
        self.runs += 1
        run_id, day = f"run-{self.runs}", day or rows.clean()
        exported = day.exported(self.root / run_id)
        files = {table: exported[table] for table in contracts.TABLES}
        wanted = warehouse.DayFiles(
            day=day.day,
            run_id=run_id,
            attempt=1,
            files=files,
            digests={table: storage.file_digest(path) for table, path in files.items()},
            gate_result_id="gate",
            based_on=None,
            companions={"daily_qc": exported["daily_qc"]},
            origin=origin,
        )
        warehouse.publish_day(self.settings.lake, wanted)

    def with_routes(self, *routes: RouteSettings, **changes) -> None:
        given = {**self.settings.notify.model_dump(exclude={"routes"}), **changes}
        told = NotifySettings(**given, routes=list(routes) or self.settings.notify.routes)
        self.settings = self.settings.model_copy(update={"notify": told})

    def send(self, day: dt.date = DAY) -> notify.Sent:
        return notify.send(self.settings, day, clock=self.clock)

    def states(self) -> list[tuple[str, str]]:
        now = dt.datetime.fromtimestamp(self.at, dt.UTC)
        return [(row["route"], row["state"]) for row in notify.rows(self.settings, now=now)]


def route(name: str = "people", **changes) -> RouteSettings:
    given = {"address": f"env:{ADDRESS}", "rules": ["HR01"], "language": "en", "per_minute": 600}
    return RouteSettings(name=name, **{**given, **changes})


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Receiver]:
    with listening() as one:
        monkeypatch.setenv(ADDRESS, one.url)
        yield one


@pytest.fixture
def world(tmp_path) -> World:
    """Nothing is published yet, and `people` are to be told of HR01."""
    return World(
        Settings(
            lake=LakeSettings(root=str(tmp_path / "lake")),
            reports=ReportSettings(console_url="https://qa.example/callqa"),
            notify=NotifySettings(routes=[route()], backoff_seconds=1, attempts=3),
        ),
        tmp_path,
    )


@pytest.fixture
def published(world) -> World:
    """A day of four calls that HR01 hits."""
    world.publish()
    return world
