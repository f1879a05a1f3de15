"""The steps of re-judging one published day; the command line and the DAG run the same ones.

`begin` looks which publication there is, `judge` judges its calls shard by shard, `export` makes the day's files,
the gate audits them as it audits any day's, and `conclude` publishes or puts aside. Each step may be run again at any
time: what is finished is kept, and a day that somebody else published since `begin` is refused, never overwritten.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa import pipeline, storage
from callqa.contracts import INCOMPLETE, RESULTS, Call, Finding
from callqa.judge.stage import VERSION as JUDGE_VERSION
from callqa.rejudge import archive, difference, files
from callqa.rejudge.archive import Archived, Shard
from callqa.rejudge.choice import Choice
from callqa.rejudge.judging import Judge
from callqa.settings import Settings

VERSION = "1"
"""Goes up whenever the same published rows and rules give other results."""
DIFFERENCE = "difference.json"
"""In a run's folder: what judging again changes."""

Result = dict[str, Any]


def begin(settings: Settings, day: dt.date, run_id: str, choice: Choice) -> Result:
    """Which publication of the day is judged again, and where: `based_on` is its sequence.

    A day that has none is not an error: the answer has `skipped`, the reason.
    """
    found = archive.newest(settings.lake, [day]).get(day)
    run: Result = {"day": day.isoformat(), "run_id": run_id, "choice": choice.plain()}
    if found is None:
        return {**run, "skipped": archive.NEVER}
    folder = storage.run_folder(settings.lake.root, f"{day.isoformat()}__{run_id}")
    return {**run, "run_dir": str(folder), "based_on": found.sequence}


def judge(settings: Settings, run: Mapping[str, Any]) -> Result:
    """Judge the day's calls again, one shard in memory at a time.

    The answer has the `shards` (each with the files of its calls and findings and its `outcomes`) and `difference`, the
    path of the JSON that says what changes, with its counts in `changes`; `same` where nothing does.

    Raises:
        RulePackError: the installed rules cannot be used.
        StageError: the publication is no longer there, or is too old to be judged without its audio.
    """
    judge = Judge.of(settings.rules, Choice.of(run["choice"]))
    at = archive.publication(settings.lake, dt.date.fromisoformat(run["day"]), run["based_on"])
    inputs = [VERSION, JUDGE_VERSION, at.content_digest, judge.identity()]
    folder = Path(run["run_dir"]) / "judge"
    with archive.opened(settings.lake, at) as day:
        shards = [_judge_shard(judge, day, shard, folder, inputs) for shard in day.shards()]
    found = difference.together([shard["difference"] for shard in shards])
    counts = {name: value for name, value in found.items() if name != "listed"}
    path = Path(run["run_dir"]) / DIFFERENCE
    storage.write_json(path, {"day": run["day"], "sequence": at.sequence, "choice": run["choice"], **found})
    return {
        "shards": [{name: value for name, value in shard.items() if name != "difference"} for shard in shards],
        "difference": str(path),
        "changes": counts,
        "same": difference.nothing(found),
    }


def _judge_shard(judge: Judge, day: archive.Day, shard: Shard, folder: Path, inputs: list[Any]) -> Result:
    return storage.once(
        folder / f"{shard.name}.json",
        [*inputs, dataclasses.asdict(shard)],
        lambda: _judged(judge, day.calls(shard), shard, folder),
    )


def _judged(judge: Judge, calls: list[Archived], shard: Shard, folder: Path) -> Result:
    rows: list[Call] = []
    findings: list[Finding] = []
    changes: list[Result | None] = []
    for archived in calls:
        row, found = judge.anew(archived)
        rows.append(row)
        findings += found
        changes.append(difference.of_call(archived.row, archived.findings, row, found))
    return {
        "shard": shard.name,
        "calls": storage.write_rows(folder / f"{shard.name}.calls.parquet", Call, rows),
        "findings": storage.write_rows(folder / f"{shard.name}.findings.parquet", Finding, findings),
        "outcomes": outcomes(rows),
        "difference": difference.of_shard(len(rows), changes),
    }


def outcomes(rows: list[Call]) -> dict[str, int]:
    """Counts of hit, clear, unknown and crash over the calls' rows."""
    counts: Counter[str] = Counter(dict.fromkeys(RESULTS, 0))
    for row in rows:
        counts["hit"] += len(row.rules_hit)
        counts["clear"] += row.rules_clear
        counts["unknown"] += len(row.rules_unknown)
        counts["crash"] += len(row.rules_crashed)
    return dict(counts)


def export(settings: Settings, run: Mapping[str, Any], judged: Mapping[str, Any]) -> Result:
    """The day's files, as the export stage would hand them on; see `files.export`."""
    return files.export(settings.lake, run, judged)


def gate(settings: Settings, run: Mapping[str, Any], exported: Result) -> Result:
    """The gate's verdict on the day's files: the checks, the thresholds and the history of any other day."""
    return pipeline.run_gate(settings, run, exported, exported["manifest"])


def conclude(settings: Settings, run: Mapping[str, Any], exported: Result, gated: Result, attempt: int = 1) -> Result:
    """Publish the day where the gate let it pass, or put its files aside; the answer is publish's.

    Raises:
        StalePublicationError: somebody else published the day since `begin`; nothing of theirs was changed.
        StageError: the publication is no longer there.
    """
    at = archive.publication(settings.lake, dt.date.fromisoformat(run["day"]), run["based_on"])
    origin = f"rejudge of sequence {run['based_on']}: {Choice.of(run['choice'])}"
    if (at.origin or "").startswith(INCOMPLETE):  # half a day is half a day still: people are told when it is whole
        origin = f"{at.origin}; {origin}"
    return pipeline.conclude(settings, run, exported, gated, attempt, origin)
