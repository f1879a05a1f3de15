"""Recorded recognitions in place of the model, and a meter for the tasks: what everything around the model costs.

`record` hears the few pieces that `benchmarks.short_calls` is made of, with the real model; `Replay` answers clips of
the same samples with what was heard then, and nothing else. Tasks of Airflow load it by `sitecustomize`, which Python
imports at its start from a folder on PYTHONPATH: callqa itself knows nothing of it.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

RECORDED, METER = "BENCH_REPLAY", "BENCH_METER"
"""Environment: file of what was heard; file that a line is added to for each task."""
STAGES = ("fetch", "prepare", "transcribe", "parse", "judge", "export", "gate", "conclude", "report")


class Replay:
    """A `callqa.transcribe.Transcriber` that answers from a record."""

    name, device, precision, appetite = "replay", "cpu", "int8", 0.0

    def __init__(self, digest: str, heard: dict[str, Any]) -> None:
        self.digest, self._heard = digest, heard

    def transcribe(self, clips: Sequence[Any], language_hints: Sequence[str]) -> list[Any]:  # noqa: ARG002
        """What was heard in each clip.

        Raises:
            KeyError: a clip's samples were not recorded.
        """
        return [self._answer(key_of(clip)) for clip in clips]

    def close(self) -> None:
        """Nothing runs."""

    def _answer(self, key: str) -> Any:
        from callqa.contracts import Word
        from callqa.transcribe import Recognition

        found = self._heard[key]
        return Recognition(**{**found, "words": [Word(**word) for word in found["words"]]})


class Recorder:
    """An engine that keeps what it heard, by the clips' samples."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.heard = engine, {}

    def transcribe(self, clips: Sequence[Any], language_hints: Sequence[str]) -> list[Any]:
        """As the engine does."""
        results = self.engine.transcribe(clips, language_hints)
        self.heard |= {key_of(clip): asdict(result) for clip, result in zip(clips, results, strict=True)}
        return results

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


def key_of(clip: Any) -> str:
    """Of a clip's samples."""
    return sha256(clip.tobytes()).hexdigest()


def record(source: Path, day: str, folder: Path) -> Path:
    """Hear a small day with the model of the settings; gives the file of what was heard."""
    from callqa import pipeline, settings
    from callqa.transcribe import stage

    chosen = settings.load(Path(__file__).parents[1] / "qa.toml").with_folders(
        source=str(source), lake=str(folder / "recording")
    )
    made: list[Recorder] = []

    def recording(*arguments: Any) -> Recorder:
        made.append(Recorder(real(*arguments)))
        return made[-1]

    real, stage.open_engine = stage.open_engine, recording
    try:
        pipeline.run_day(chosen, pipeline.parse_day(day))
    finally:
        stage.open_engine = real
    heard = {key: answer for recorder in made for key, answer in recorder.heard.items()}
    file = folder / "heard.json"
    file.write_text(json.dumps(heard))
    return file


def site(folder: Path) -> Path:
    """A folder for PYTHONPATH whose sitecustomize puts replay and meter in place."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("from benchmarks import replay\n\nreplay.install()\n")
    return folder


def install() -> None:
    """Have the two modules changed as they are imported, where the environment says so."""
    hooks: dict[str, Callable[[ModuleType], None]] = {}
    if os.environ.get(RECORDED):
        hooks["callqa.transcribe.stage"] = _replaying
    if os.environ.get(METER):
        hooks["callqa_airflow.stages"] = _metering
    if hooks:
        sys.meta_path.insert(0, _Changing(hooks))


class _Changing(importlib.abc.MetaPathFinder):
    """Finds modules as usual, and has a hook change each once it was executed."""

    def __init__(self, hooks: dict[str, Callable[[ModuleType], None]]) -> None:
        self.hooks = hooks

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        hook = self.hooks.pop(name, None)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if hook else None
        if spec and spec.loader and hook:
            execute = spec.loader.exec_module

            def changed(module: ModuleType) -> None:
                execute(module)
                hook(module)

            spec.loader.exec_module = changed  # type: ignore[method-assign]
        return spec


def _replaying(stage: Any) -> None:
    heard = json.loads(Path(os.environ[RECORDED]).read_text())
    stage.open_engine = lambda _settings, model: Replay(model.digest, heard)


def _metering(stages: Any) -> None:
    for name in STAGES:
        setattr(stages, name, _metered(name, getattr(stages, name)))


def _metered(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def measured(*arguments: Any) -> Any:
        wall, cpu = time.perf_counter(), _cpu()
        try:
            return work(*arguments)
        finally:
            _ended_children()
            told = {"stage": name, "wall": time.perf_counter() - wall, "cpu": _cpu() - cpu, **_peaks()}
            with Path(os.environ[METER]).open("a") as file:
                file.write(json.dumps(told) + "\n")

    return measured


def _ended_children() -> None:
    """What processes took is known once they have ended."""
    if workers := sys.modules.get("callqa.prepare.workers.processes"):
        workers.IDLE.end()


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _peaks() -> dict[str, float]:
    """MB: of the task's own process, and of the largest that it started."""
    who = {"peak_mb": resource.RUSAGE_SELF, "child_peak_mb": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(of).ru_maxrss / 1024 for name, of in who.items()}
