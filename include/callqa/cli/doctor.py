"""`callqa doctor`: what is missing, and how to get it."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.markup import escape
from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, quiet_stdout
from callqa.errors import CallQAError
from callqa.settings import Settings, SourceSettings

GIGABYTE = 1e9
PACKAGES = ("funasr", "torch", "onnx", "onnxruntime", "asrfront", "silero-vad", "kaldi-native-fbank", "av", "soundfile",
            "soxr", "modelscope", "huggingface-hub", "pyarrow", "great-expectations", "pyiceberg", "duckdb",
            "pluggy")  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One thing looked at: `ok`, `warning` (works, but look at it) or `failed` (a run would fail)."""

    name: str
    state: Literal["ok", "warning", "failed"]
    found: str
    remedy: str = ""


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Look at everything that a run needs; exit code 1 where something is missing."""
    output = Output(as_json)
    with quiet_stdout():
        checks = examine(config)
    if as_json:
        output.json([asdict(check) for check in checks])
    else:
        output.people.print(_table(checks))
    return 1 if any(check.state == "failed" for check in checks) else 0


def examine(config: str | None) -> list[Check]:
    """All checks, in the order in which a run would need them."""
    checks = [Check("python", "ok", platform.python_version()), *_packages(), _airflow()]
    try:
        chosen = settings.load(config)
    except CallQAError as error:
        return [*checks, Check("settings", "failed", error.message, error.remedy)]
    checks.append(Check("settings", "ok", "valid"))
    return [*checks, *(_guarded(name, look, chosen) for name, look in _LOOKS.items())]


def _guarded(name: str, look: Callable[[Settings], Check], chosen: Settings) -> Check:
    try:
        return look(chosen)
    except CallQAError as error:
        return Check(name, "failed", error.message, error.remedy)


def _packages() -> list[Check]:
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, version in found.items() if version is None]
    checks = [Check(f"package {name}", "failed", "not installed", "make setup") for name in missing]
    there = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    return checks or [Check("packages", "ok", there)]


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _airflow() -> Check:
    version = _version("apache-airflow")
    if version is None:
        return Check("airflow", "warning", "not installed: `callqa run` works, the DAG does not", "make setup")
    return Check("airflow", "ok", version)


def _source(chosen: Settings) -> Check:
    root = chosen.source.root
    if "://" in root or chosen.source.calls.query or chosen.source.layout != SourceSettings().layout:
        return _yesterday(chosen)
    if not Path(root).is_dir():
        return Check("source", "failed", f"{root} is not a folder", "set source.root in qa.toml")
    days = sorted(p.name for p in Path(root).iterdir() if p.is_dir() and len(p.name) == len("2026-01-05"))
    return Check(
        "source", "ok" if days else "warning", f"{root}: {len(days)} day(s)", "" if days else "no day folders yet"
    )


def _yesterday(chosen: Settings) -> Check:
    """Of a source that has no folders to be counted, what a run of last night began with."""
    from callqa import intraday, remote
    from callqa.fetch.day import look

    if chosen.source.connection and not chosen.source.storage:
        return Check(
            "source", "ok", f"{remote.shown(chosen.source.root)}, opened by an Airflow connection: not looked at"
        )
    day = intraday.today(chosen) - dt.timedelta(days=1)
    found = look(chosen.source, day)
    count = len(found.recordings)
    return Check("source", "ok" if count else "warning", f"{found.where}: {count} recording(s) of {day}")


def _lake(chosen: Settings) -> Check:
    root = Path(chosen.lake.root)
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return Check("lake", "failed", f"{there} is not writable", "set lake.root in qa.toml to a folder of yours")
    free = shutil.disk_usage(there).free / GIGABYTE
    state: Literal["ok", "warning"] = "ok" if free > 2 else "warning"
    return Check(
        "lake", state, f"{root}: {free:.0f} GB free", "" if state == "ok" else "an hour of audio takes about 0.1 GB"
    )


def _rules(chosen: Settings) -> Check:
    from callqa import judge

    packs = judge.packs(chosen.rules)
    listed = ", ".join(f"{pack.name} {pack.version} ({len(pack.rules)} rules)" for pack in packs)
    return Check(
        "rule packs", "ok" if packs else "failed", listed or "none", "" if packs else "pip install qc-rules-standard"
    )


def _model(chosen: Settings) -> Check:
    from callqa.transcribe.models import model_store

    folder = model_store.resolve(chosen.engine)
    problems = model_store.check(folder)
    if problems:
        return Check("model", "failed", f"{folder}: {problems[0]}", "callqa model pull, or copy the missing file there")
    return Check("model", "ok", f"{chosen.engine.model} (digest {model_store.digest(folder)[:12]})")


def _engine(chosen: Settings) -> Check:
    from callqa.transcribe import choice, devices

    threads = devices.thread_count(chosen.engine.threads)
    if choice.engine_of(chosen.engine) == choice.ONNX:
        return Check("engine", "ok", f"onnx on {chosen.engine.processes or devices.thread_count(0)} CPU process(es)")
    device = devices.choose(chosen.engine.device)
    precision = devices.precision(chosen.engine.precision, device)
    return Check("engine", "ok", f"funasr on {device} in {precision}, {threads} CPU thread(s)")


_LOOKS = {"source": _source, "lake": _lake, "rule packs": _rules, "model": _model, "engine": _engine}


def _table(checks: list[Check]) -> Table:
    table = Table("", "what", "found", "remedy")
    colour = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "failed": "[bold red]failed[/]"}
    for check in checks:
        table.add_row(colour[check.state], check.name, escape(check.found), escape(check.remedy))
    return table
