"""The stage: a shard's recordings, turns and events in, findings and call rows out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import qc_rules
from callqa import storage
from callqa.arrow import widen
from callqa.contracts import RESULTS, Call, Event, Finding, Prepared, Turn
from callqa.errors import StageError
from callqa.judge import scores
from callqa.judge.building import build, by_call
from callqa.judge.loading import active_rules, identity, installed_packs
from callqa.judge.measures import measures
from callqa.judge.verdict import Panel
from callqa.settings import RuleSettings
from qc_rules.scorecards import Scorecard

VERSION = "4"
"""Goes up whenever the same rows and rules give other results."""


def run(parsed: dict[str, Any], *, run_dir: str, settings: RuleSettings) -> dict[str, Any]:
    """Judge one shard; `parsed` is parse's result.

    Returns:
        `parsed` with `findings` (path of Finding rows: every outcome but `clear`, by recording, then rule), `calls`
        (path of Call rows, one for each recording, in the shard's order) and `outcomes` (counts of hit, clear,
        unknown and crash).

    Raises:
        RulePackError: a rule pack or the settings of the rules cannot be used as they are.
        StageError: a file cannot be read, or a call cannot be made of its rows; it names the call.
    """
    installed = installed_packs(settings)
    rules = active_rules(settings, installed)
    cards = scores.cards_of(settings, installed, rules)
    panel = Panel(rules, cards, settings.time_limit_seconds)
    folder, shard = Path(run_dir) / "judge", str(parsed["shard"])
    judged = storage.once(
        folder / f"{shard}.json",
        _inputs(parsed, settings, rules, cards),
        lambda: _judge_shard(parsed, panel, folder, shard),
    )
    return {**parsed, **judged}


def _inputs(
    parsed: dict[str, Any], settings: RuleSettings, rules: list[qc_rules.ActiveRule], cards: list[Scorecard]
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "files": {name: storage.file_digest(_existing(parsed[name])) for name in ("recordings", "turns", "events")},
        "asr": _asr(parsed),
        "rules": [identity(active) for active in rules],
        "time_limit": settings.time_limit_seconds,
        "scorecards": [scores.identity(card) for card in cards],
    }


def _existing(path: str) -> str:
    if not Path(path).is_file():
        raise StageError(f"there is no {path}", remedy="run the stage that writes it again")
    return path


def _asr(parsed: dict[str, Any]) -> tuple[str, str]:
    """The speech model's name and the digest of its weights."""
    transcription = parsed["transcription"]
    return str(transcription["model"]), str(transcription["digest"])


def _judge_shard(parsed: dict[str, Any], panel: Panel, folder: Path, shard: str) -> dict[str, Any]:
    recordings = storage.read_rows(parsed["recordings"], Prepared)
    turns = by_call(storage.read_rows(parsed["turns"], Turn))
    events = by_call(storage.read_rows(parsed["events"], Event))
    _refuse_strays(recordings, {**turns, **events}, parsed)
    calls: list[Call] = []
    findings: list[Finding] = []
    counts: Counter[str] = Counter(dict.fromkeys(RESULTS, 0))
    for recording in recordings:
        if recording.reject_reason:
            calls.append(widen(Call, recording, status="rejected"))
            continue
        call = build(recording, turns.get(recording.call_id, []), events.get(recording.call_id, []))
        verdict = panel.judge(call)
        model, digest = _asr(parsed)
        calls.append(widen(Call, recording, **measures(call), **verdict.columns(), asr_model=model, asr_digest=digest))
        findings += verdict.findings(recording.call_date, recording.call_id, model)
        counts.update(verdict.counts())
    return {
        "findings": storage.write_rows(folder / f"{shard}.findings.parquet", Finding, findings),
        "calls": storage.write_rows(folder / f"{shard}.calls.parquet", Call, calls),
        "outcomes": dict(counts),
    }


def _refuse_strays(recordings: list[Prepared], rows: Mapping[str, object], parsed: dict[str, Any]) -> None:
    """Every turn and event belongs to one recording that was heard; anything else would be lost without a word."""
    counts = Counter(recording.call_id for recording in recordings)
    twice = [call_id for call_id, count in counts.items() if count > 1]
    if twice:
        raise StageError(f"call {twice[0]} is twice in {parsed['recordings']}", remedy="run prepare again")
    heard = {recording.call_id for recording in recordings if not recording.reject_reason}
    strays = sorted(set(rows) - heard)
    if strays:
        what = "was rejected" if strays[0] in counts else f"is not in {parsed['recordings']}"
        raise StageError(
            f"call {strays[0]} has turns in {parsed['turns']} or events in {parsed['events']}, but {what}",
            remedy="clear the prepare and parse tasks of the shard and run them again",
        )
