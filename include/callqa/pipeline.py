"""The stages of a day in one process: what `callqa run` and the tests call, step for step what the DAG does.

The DAG calls `begin`, the same stages, `conclude` and `summary`; so both publish the same rows.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from callqa import export, fetch, gate, judge, parse, prepare, publish, storage, transcribe
from callqa.contracts import Call, Finding, Recording
from callqa.errors import SourceError, UsageError
from callqa.settings import Settings
from callqa.transcribe.models import model_store


class Progress(Protocol):
    """Is told as a day goes on which stage is at work, and how many of the day's shards are done."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Called before each stage of each shard."""


def parse_day(text: str) -> dt.date:
    """A business day from `YYYY-MM-DD`.

    Raises:
        UsageError: the text is not a date.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass  # refused below, like a text of another form
    raise UsageError(f"{text!r} is not a date", remedy="write it as YYYY-MM-DD, for example 2026-01-05")


def begin(settings: Settings, day: dt.date, run_id: str | None = None) -> dict[str, Any]:
    """What a run needs to know before its first stage: its id, its folder, and the publication that it starts from.

    A run that ends after somebody else has published the day is refused; `based_on` is how it is noticed. The rule
    packs are loaded once to see that they can be: that must not come out after hours of transcription.

    Raises:
        RulePackError: an installed pack, or what the settings say of it, cannot be used.
    """
    from callqa import warehouse

    judge.packs(settings.rules)
    run_id = run_id or f"cli__{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {
        "day": day.isoformat(),
        "run_id": run_id,
        "run_dir": str(storage.run_folder(settings.lake.root, f"{day.isoformat()}__{run_id}")),
        "based_on": warehouse.latest_sequence(settings.lake, day),
    }


def run_day(settings: Settings, day: dt.date, progress: Progress | None = None) -> dict[str, Any]:
    """Fetch to publish for one day; returns `summary`'s object.

    A refused gate is a result, not an error: `gate` is `refused` and `published` is False.

    Raises:
        CallQAError: the source, the model or the rules cannot be used; nothing was published.
    """
    tell = progress or _tell_nobody
    run = begin(settings, day)
    model_store.require(model_store.resolve(settings.engine))
    run_dir = run["run_dir"]
    fetched = run_fetch(settings, day, run_dir)
    total = len(fetched["shards"])
    judged = [
        run_shard(settings, shard, run_dir, functools.partial(tell, done=done, total=total))
        for done, shard in enumerate(fetched["shards"])
    ]
    tell("export", total, total)
    exported = export.run(judged, day=day, run_dir=run_dir)
    tell("gate", total, total)
    gated = run_gate(settings, run, exported, fetched["manifest"])
    tell("publish", total, total)
    outcome = conclude(settings, run, exported, gated)
    return summary(run, exported, gated, outcome)


def run_fetch(settings: Settings, day: dt.date, run_dir: str) -> dict[str, Any]:
    """List the day and cut it into shards, without the recordings of calls that were erased."""
    from callqa import warehouse

    erased = warehouse.erased_register(settings.lake, day)
    return fetch.run(day=day, run_dir=run_dir, source=settings.source, shards=settings.shards, erased=erased)


def run_gate(settings: Settings, run: Mapping[str, Any], exported: dict[str, Any], manifest: str) -> dict[str, Any]:
    """Audit the day's files, compared with the days published before; returns the gate's verdict."""
    from callqa import warehouse

    path = Path(run["run_dir"]) / "gate" / "history.parquet"
    history = warehouse.days_before(settings.lake, parse_day(run["day"]), settings.gate.drift_days, path)
    return gate.run(exported, manifest=manifest, run_dir=run["run_dir"], settings=settings.gate, history=history)


def _tell_nobody(stage: str, done: int, total: int) -> None:
    pass


def run_shard(
    settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Prepare, transcribe, parse and judge one shard; returns judge's result."""
    parsed = hear_shard(settings, shard, run_dir, tell)
    tell("judge")
    return judge.run(parsed, run_dir=run_dir, settings=settings.rules)


def hear_shard(settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """Prepare, transcribe and parse one shard; returns parse's result."""
    lake = settings.lake.root
    tell("prepare")
    prepared = prepare.run(shard, run_dir=run_dir, lake=lake, source=settings.source, settings=settings.prepare)
    tell("transcribe")
    transcribed = transcribe.run(prepared, run_dir=run_dir, lake=lake, settings=settings.engine)
    tell("parse")
    return parse.run(transcribed, run_dir=run_dir, roles=settings.roles, text=settings.text)


def conclude(
    settings: Settings,
    run: Mapping[str, Any],
    exported: dict[str, Any],
    gated: dict[str, Any],
    attempt: int = 1,
    origin: str | None = None,
) -> dict[str, Any]:
    """Publish what passed the gate; put what did not into quarantine.

    `origin` is what the ledger says of where the rows come from, where that is no run over recordings.
    """
    if not gated["passed"]:
        return publish.quarantine(
            exported,
            gated,
            run_id=run["run_id"],
            lake=settings.lake.root,
            based_on=run["based_on"],
            origin=origin,
        )
    return publish.run(
        exported,
        gated,
        run_id=run["run_id"],
        attempt=attempt,
        lake=settings.lake.root,
        settings=settings.lake,
        based_on=run["based_on"],
        origin=origin,
    )


def decide(settings: Settings, refused: publish.Quarantined, decision: publish.Decision) -> dict[str, Any]:
    """Publish a day out of the quarantine, or leave it there, as a person decided; returns what `conclude` returns.

    The decision is kept beside the files; an approval only once the day is published, so that what could not be
    published can be approved again.

    Raises:
        StalePublicationError: the day was published after the refused run began.
        StageError: a file in the quarantine is not the one that the gate audited.
    """
    if decision.approved:
        answer = publish.approve(refused, decision, lake=settings.lake.root, settings=settings.lake)
    else:
        answer = refused.outcome()
    return {**answer, "decision": publish.decide(refused.folder, decision).plain()}


def summary(
    run: dict[str, Any], exported: dict[str, Any], gated: dict[str, Any], outcome: dict[str, Any]
) -> dict[str, Any]:
    """A day in numbers: recordings by status, rejections with reasons, calls hit by rule, gate and publication.

    `gate` is `passed`, `refused`, or `approved`: refused, and published all the same because a person said so.
    """
    calls = storage.read_rows(exported["calls"], Call)
    findings = storage.read_rows(exported["findings"], Finding)
    hits: dict[str, set[str]] = {}
    for finding in findings:
        if finding.outcome == "hit":
            hits.setdefault(finding.rule, set()).add(finding.call_id)
    by_status = {status: sum(call.status == status for call in calls) for status in ("analysed", "invalid", "rejected")}
    return {
        "day": run["day"],
        "recordings": len(calls),
        **by_status,
        "findings": {rule: len(ids) for rule, ids in sorted(hits.items())},
        "gate": "passed" if gated["passed"] else "approved" if outcome["published"] else "refused",
        "published": bool(outcome["published"]),
        "rejections": [
            {
                "file": call.file_name,
                "call_id": call.call_id,
                "reason": call.reject_reason,
                "detail": call.reject_detail,
            }
            for call in calls
            if call.status == "rejected"
        ],
        "hits": {rule: sorted(ids) for rule, ids in sorted(hits.items())},
        "gate_failures": {"blocking": gated["blocking"], "warnings": gated["warnings"]},
        "outcome": outcome,
        "run_id": run["run_id"],
        "run_dir": run["run_dir"],
    }


def inspect_file(settings: Settings, file: str, roles: dict[int, str] | None = None) -> dict[str, Any]:
    """One recording through prepare … judge, outside any day: judge's result with the paths of its rows.

    Raises:
        SourceError: there is no such file.
    """
    path = Path(file)
    if not path.is_file():
        raise SourceError(f"no file {file}", remedy="give the path of one recording")
    stat = path.stat()
    recording = Recording(
        call_date=dt.datetime.now(dt.UTC).date(),
        call_id=path.stem,
        uri=str(path.resolve()),
        file_name=path.name,
        size_bytes=stat.st_size,
        etag=f"{stat.st_size}-{stat.st_mtime_ns}",
        channel_roles=roles or {},
    )
    run_dir = storage.run_folder(
        settings.lake.root, f"inspect__{storage.digest_of([recording.uri, recording.etag])[:16]}"
    )
    shard = storage.write_rows(run_dir / "fetch" / "shard-000.parquet", Recording, [recording])
    return run_shard(settings, shard, str(run_dir))
