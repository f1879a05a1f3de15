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

import pyarrow as pa
import pyarrow.compute as pc

from callqa import export, fetch, gate, judge, logs, observed, parse, prepare, publish, storage, transcribe, turns
from callqa.contracts import Recording
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


def run_fetch(settings: Settings, day: dt.date, run_dir: str, settle_seconds: float = 0.0) -> dict[str, Any]:
    """List the day and cut it into shards, without the recordings of calls that were erased.

    Those that were changed in the last `settle_seconds` are left to a later run.
    """
    from callqa import warehouse

    erased = warehouse.erased_register(settings.lake, day)
    work = functools.partial(fetch.run, source=settings.source, shards=settings.shards, erased=erased)
    listed = functools.partial(work, day=day, run_dir=run_dir, settle_seconds=settle_seconds)
    return observed.stage("fetch", run_dir, listed)


def run_export(judged: list[dict[str, Any]], day: dt.date, run_dir: str) -> dict[str, Any]:
    """The shards' results as the day's files; returns export's result."""
    return observed.stage("export", run_dir, lambda: export.run(judged, day=day, run_dir=run_dir))


def run_gate(settings: Settings, run: Mapping[str, Any], exported: dict[str, Any], manifest: str) -> dict[str, Any]:
    """Audit the day's files, compared with the days published before; returns the gate's verdict."""
    from callqa import warehouse

    path = Path(run["run_dir"]) / "gate" / "history.parquet"
    history = warehouse.days_before(settings.lake, parse_day(run["day"]), settings.gate.drift_days, path)
    known: dict[str, Any] = {
        "manifest": manifest,
        "run_dir": run["run_dir"],
        "settings": settings.gate,
        "history": history,
    }
    return observed.stage("gate", run["run_dir"], lambda: gate.run(exported, **known))


def _tell_nobody(stage: str, done: int, total: int) -> None:
    pass


def run_shard(
    settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Prepare, transcribe, parse and judge one shard; returns judge's result."""
    parsed = hear_shard(settings, shard, run_dir, tell)
    tell("judge")
    return judge_shard(settings, parsed, run_dir)


def hear_shard(settings: Settings, shard: str, run_dir: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """Prepare, transcribe and parse one shard; returns parse's result."""
    tell("prepare")
    prepared = prepare_shard(settings, shard, run_dir)
    tell("transcribe")
    transcribed = transcribe_shard(settings, prepared, run_dir)
    tell("parse")
    return parse_shard(settings, transcribed, run_dir)


def prepare_shard(settings: Settings, shard: str, run_dir: str) -> dict[str, Any]:
    """Recordings of one shard → clips."""
    known: dict[str, Any] = {
        "run_dir": run_dir,
        "lake": settings.lake.root,
        "source": settings.source,
        "settings": settings.prepare,
    }
    return observed.stage("prepare", run_dir, lambda: prepare.run(shard, **known), shard=Path(shard).stem)


def transcribe_shard(settings: Settings, prepared: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Clips of one shard → segments."""
    known: dict[str, Any] = {"run_dir": run_dir, "lake": settings.lake.root, "settings": settings.engine}
    return observed.stage("transcribe", run_dir, lambda: transcribe.run(prepared, **known), shard=prepared["shard"])


def parse_shard(settings: Settings, transcribed: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Segments of one shard → turns and events."""
    known: dict[str, Any] = {"run_dir": run_dir, "roles": settings.roles, "text": settings.text}
    return observed.stage("parse", run_dir, lambda: parse.run(transcribed, **known), shard=transcribed["shard"])


def judge_shard(settings: Settings, parsed: dict[str, Any], run_dir: str) -> dict[str, Any]:
    """Turns of one shard → findings and calls."""
    known: dict[str, Any] = {"run_dir": run_dir, "settings": settings.rules}
    return observed.stage("judge", run_dir, lambda: judge.run(parsed, **known), shard=parsed["shard"])


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
    work = functools.partial(_conclude, settings, run, exported, gated, attempt, origin)
    return observed.stage("publish", run["run_dir"], work)


def _conclude(
    settings: Settings,
    run: Mapping[str, Any],
    exported: dict[str, Any],
    gated: dict[str, Any],
    attempt: int,
    origin: str | None,
) -> dict[str, Any]:
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
    published can be approved again. Of two who decide at once the second waits, and is refused.

    Raises:
        DecidedError: somebody else decided before.
        StalePublicationError: the day was published after the refused run began.
        StageError: a file in the quarantine is not the one that the gate audited.
    """
    with publish.deciding(settings.lake.root):
        entry = publish.open_to(refused.folder, decision)
        if decision.approved:
            answer = publish.approve(entry, decision, lake=settings.lake.root, settings=settings.lake)
        else:
            answer = entry.outcome()
        return {**answer, "decision": publish.decide(entry.folder, decision).plain()}


def summary(
    run: dict[str, Any], exported: dict[str, Any], gated: dict[str, Any], outcome: dict[str, Any]
) -> dict[str, Any]:
    """A day in numbers: recordings by status, rejections with reasons, calls hit by rule, gate and publication.

    `gate` is `passed`, `refused`, or `approved`: refused, and published all the same because a person said so.
    """
    calls = storage.read_table(exported["calls"], ["call_id", "file_name", "status", "reject_reason", "reject_detail"])
    hits = _hits(exported["findings"])
    statuses = calls["status"].to_pylist()
    by_status = {status: statuses.count(status) for status in ("analysed", "invalid", "rejected")}
    return {
        "day": run["day"],
        "recordings": calls.num_rows,
        **by_status,
        "findings": {rule: len(ids) for rule, ids in sorted(hits.items())},
        "gate": "passed" if gated["passed"] else "approved" if outcome["published"] else "refused",
        "published": bool(outcome["published"]),
        "rejections": [
            {
                "file": call["file_name"],
                "call_id": call["call_id"],
                "reason": call["reject_reason"],
                "detail": call["reject_detail"],
            }
            for call in calls.filter(pc.equal(calls["status"], pa.scalar("rejected"))).to_pylist()
        ],
        "hits": {rule: sorted(ids) for rule, ids in sorted(hits.items())},
        "gate_failures": {"blocking": gated["blocking"], "warnings": gated["warnings"]},
        "outcome": outcome,
        "run_id": run["run_id"],
        "run_dir": run["run_dir"],
    }


def _hits(findings: str) -> dict[str, set[str]]:
    """Calls hit, by rule. Column by column: whole rows of a day of a hundred thousand calls take gigabytes."""
    table = storage.read_table(findings, ["outcome", "rule", "call_id"])
    hit = table.filter(pc.equal(table["outcome"], pa.scalar("hit")))
    found: dict[str, set[str]] = {}
    for rule, call_id in zip(hit["rule"].to_pylist(), hit["call_id"].to_pylist(), strict=True):
        found.setdefault(str(rule), set()).add(str(call_id))
    return found


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
