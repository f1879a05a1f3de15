"""A day from its first stage to its publication, in this process."""

from __future__ import annotations

import datetime as dt
import functools
import secrets
from typing import Any, Protocol

from callqa import judge, logs, observed, storage, turns
from callqa.pipeline.concluding import conclude
from callqa.pipeline.dates import parse_day
from callqa.pipeline.stages import run_export, run_fetch, run_gate, run_shard
from callqa.pipeline.summarising import summary
from callqa.settings import Settings
from callqa.transcribe.models import model_store


class Progress(Protocol):
    """Is told as a day goes on which stage is at work, and how many of the day's shards are done."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Called before each stage of each shard."""


def begin(settings: Settings, day: dt.date, run_id: str | None = None) -> dict[str, Any]:
    """What a run needs to know before its first stage: its id, its folder, and the publication that it starts from.

    A run that ends after somebody else has published the day is refused; `based_on` is how it is noticed. The rule
    packs are loaded once to see that they can be: that must not come out after hours of transcription.

    Raises:
        RulePackError: an installed pack, or what the settings say of it, cannot be used.
    """
    from callqa import warehouse

    judge.packs(settings.rules)
    run_id = run_id or new_run_id()
    return {
        "day": day.isoformat(),
        "run_id": run_id,
        "run_dir": str(storage.run_folder(settings.lake.root, f"{day.isoformat()}__{run_id}")),
        "based_on": warehouse.latest_sequence(settings.lake, day),
    }


def new_run_id() -> str:
    """Of a run that Airflow knows nothing of."""
    return f"cli__{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def run_day(settings: Settings, day: dt.date, progress: Progress | None = None) -> dict[str, Any]:
    """Fetch to publish for one day; returns `summary`'s object.

    A refused gate is a result, not an error: `gate` is `refused` and `published` is False.

    Raises:
        RunAtWorkError: another run of the day is at work.
        CallQAError: the source, the model or the rules cannot be used; nothing was published.
    """
    tell, run_id = progress or _tell_nobody, new_run_id()
    with turns.held(settings.lake.root, day, run_id, "callqa run"):
        run = begin(settings, day, run_id)
        model_store.require(model_store.resolve(settings.engine))
        with logs.about(day=run["day"], run=run["run_id"]):
            return _through_the_stages(settings, run, tell)


def _through_the_stages(settings: Settings, run: dict[str, Any], tell: Progress) -> dict[str, Any]:
    run_dir, day = run["run_dir"], parse_day(run["day"])
    fetched = run_fetch(settings, day, run_dir)
    total = len(fetched["shards"])
    judged = [
        run_shard(settings, shard, run_dir, functools.partial(tell, done=done, total=total))
        for done, shard in enumerate(fetched["shards"])
    ]
    tell("export", total, total)
    exported = run_export(judged, day, run_dir)
    tell("gate", total, total)
    gated = run_gate(settings, run, exported, fetched["manifest"])
    tell("publish", total, total)
    outcome = conclude(settings, run, exported, gated)
    return observed.ended(settings, summary(run, exported, gated, outcome))


def _tell_nobody(stage: str, done: int, total: int) -> None:
    pass
