"""Today, while it goes on: only what is new is heard, and the day is published again through the same gate.

All looks at a day share one folder of a run, `<lake>/runs/<day>__intraday`, where finished shards stay finished. What
they publish says that it is incomplete (`publications.origin`); the nightly run publishes the whole day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callqa import late, observed, pipeline, storage, turns
from callqa.contracts import INCOMPLETE, Recording
from callqa.fetch.shards import cut
from callqa.settings import Settings

BY = "callqa intraday"
DONE = "intraday.json"
"""Of the run's folder: digest by shard of what was judged last."""
NO_LIMIT = 1e9
"""A relative change of the number of calls that none exceeds."""

Result = dict[str, Any]


def today(settings: Settings, now: dt.datetime | None = None) -> dt.date:
    """The business day that goes on."""
    return (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(settings.source.timezone)).date()


def publish_new(settings: Settings, day: dt.date, run_id: str, now: dt.datetime | None = None) -> Result:
    """Hear what is new of a day, and publish the day with it; returns `pipeline.summary`'s object.

    Where nothing is to be done, `published` is False and `nothing` says why.

    Raises:
        RunAtWorkError: another run of the day is at work.
        SourceError: the source cannot be read.
    """
    with turns.held(settings.lake.root, day, run_id, BY):
        run = begin(settings, day, run_id, now)
        if "nothing" in run:
            return {"day": day.isoformat(), "published": False, **run}
        for shard in run["fresh"]:
            hear(settings, run, shard)
        exported = export(settings, run)
        gated = gate(settings, run, exported)
        outcome = conclude(settings, run, exported, gated)
        return observed.ended(settings, pipeline.summary(run, exported, gated, outcome))


def begin(settings: Settings, day: dt.date, run_id: str, now: dt.datetime | None = None) -> Result:
    """Look for what is new, and list the day; `fresh` are the shards that have some of it.

    Where nothing is to be done the answer has `nothing` alone, which says why.

    Raises:
        SourceError: the source cannot be read, or a recording that is published went while it was.
    """
    seconds = settings.intraday.settle_seconds
    found = late.look_at(settings, day, day, seconds)
    nothing_yet = found.verdict == "never_run" and found.difference.worth_a_run
    if found.verdict != "run" and not nothing_yet:
        return {"nothing": found.why}
    moment = (now or dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(settings.source.timezone))
    run = pipeline.begin(settings, day, run_id)
    run["run_dir"] = str(storage.run_folder(settings.lake.root, f"{day.isoformat()}__intraday"))
    fetched = pipeline.run_fetch(settings, day, run["run_dir"], seconds)
    # Listed a second time, by now it may have lost some.
    late.refuse_to_shrink(settings, day, storage.read_rows(fetched["manifest"], Recording))
    origin = f"{INCOMPLETE}, incomplete: recordings until {moment:%H:%M}"
    shards = _shards(settings, fetched["manifest"], Path(run["run_dir"]) / "fetch")
    return {**fetched, **run, "origin": origin, "shards": shards, "fresh": _fresh(shards, run["run_dir"])}


def _shards(settings: Settings, manifest: str, folder: Path) -> list[str]:
    """The day's recordings in shards that stay as they are from look to look; what is new comes into new ones.

    Cut anew, a recording in the middle would move all that come after it into other shards, and have them read again.
    """
    rest = {row.uri: row for row in storage.read_rows(manifest, Recording)}
    kept: list[str] = []
    for path in sorted(folder.glob("look-*.parquet")):
        rows = storage.read_rows(path, Recording)
        if rows and all(rest.get(row.uri) == row for row in rows):
            kept.append(str(path))
            rest = {uri: row for uri, row in rest.items() if uri not in {one.uri for one in rows}}
        else:
            path.unlink()
    pieces = cut(list(rest.values()), settings.source, settings.shards) if rest or not kept else []
    number = 1 + int(Path(kept[-1]).stem.rpartition("-")[2]) if kept else 0
    return kept + [
        storage.write_rows(folder / f"look-{number + place:05}.parquet", Recording, piece)
        for place, piece in enumerate(pieces)
    ]


def _fresh(shards: Sequence[str], run_dir: str) -> list[str]:
    path = Path(run_dir) / DONE
    done = storage.read_json(path) if path.is_file() else {}
    return [shard for shard in shards if done.get(Path(shard).name) != storage.file_digest(shard)]


def hear(settings: Settings, run: Mapping[str, Any], shard: str) -> Result:
    """Prepare, transcribe, parse and judge one shard."""
    return pipeline.run_shard(settings, shard, run["run_dir"])


def export(settings: Settings, run: Mapping[str, Any]) -> Result:
    """The day's files of all shards; those that were finished before are found finished."""
    judged = [hear(settings, run, shard) for shard in run["shards"]]
    done = {Path(shard).name: storage.file_digest(shard) for shard in run["shards"]}
    storage.write_json(Path(run["run_dir"]) / DONE, done)
    return pipeline.run_export(judged, pipeline.parse_day(run["day"]), run["run_dir"])


def gate(settings: Settings, run: Mapping[str, Any], exported: Result) -> Result:
    """The gate's verdict; half a day has fewer calls than a day, which is nothing that is held against it."""
    lenient = settings.gate.model_copy(update={"drift_volume_change": NO_LIMIT})
    return pipeline.run_gate(settings.model_copy(update={"gate": lenient}), run, exported, run["manifest"])


def conclude(settings: Settings, run: Mapping[str, Any], exported: Result, gated: Result, attempt: int = 1) -> Result:
    """Publish the day so far, or put it aside; of a day one refused state is kept, the last."""
    if not gated["passed"]:
        run = {**run, "run_id": f"{INCOMPLETE}__{run['day']}"}
    outcome = pipeline.conclude(settings, run, exported, gated, attempt, run["origin"])
    # By this the night's upkeep knows that nobody is at work in the folder.
    storage.write_json(Path(run["run_dir"]) / "outcome.json", outcome)
    return outcome
