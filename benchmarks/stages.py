"""Stage by stage over the demo's calls: seconds of compute a second of audio (RTF) and peak memory.

Every stage runs in a process of its own, so that its memory is its own. In the same run, on the same recordings and
with the same model, the baseline: one `AutoModel.generate()` a file, as a batch script would do it. Compare ratios
within one run only: absolute times depend on the machine and on what else it does.

    python -m benchmarks.stages [DAY ...]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callqa import export, fetch, gate, judge, parse, pipeline, prepare, settings, storage
from callqa.contracts import Prepared
from callqa.prepare.workers.processes import IDLE

KILOBYTES_IN_A_MEGABYTE = 1024


def measured(work: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Any, dict[str, float]]:
    """Run `work` in a new process: its result, wall and CPU seconds, and peak memory in MB of the largest process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(there, work, arguments, options))
    child.start()
    there.close()
    result = here.recv()
    child.join()
    return result


def _child(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    value = work(*arguments, **options)
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    IDLE.end()  # what they took is known once they have ended
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    pipe.send((value, {**figures, "peak_mb": max(peaks) / KILOBYTES_IN_A_MEGABYTE}))


def transcribe_loaded(prepared: dict[str, Any], run_dir: str, lake: str, engine: Any) -> tuple[dict[str, Any], float]:
    """A shard with the engine started before: transcribe's result and the wall seconds."""
    from callqa.transcribe import stage
    from callqa.transcribe.models import model_store

    opened: Any = stage.open_engine(engine, model_store.identify(engine))
    if hasattr(opened, "wait_until_ready"):
        opened.start()
        opened.wait_until_ready()
    start = time.perf_counter()
    result = stage.transcribe_shard(
        prepared, run_dir=run_dir, lake=lake, settings=engine, open_engine=lambda *_: opened
    )
    return result, time.perf_counter() - start


def the_loop(files: dict[str, float], model: str) -> dict[str, float]:
    """The batch script that callqa replaces: `generate()` a file at a time, what it cannot read is skipped.

    Args:
        files: seconds of audio by path.
        model: folder of the model.

    Returns:
        Wall seconds without loading, and the seconds of audio of the files that it could read.
    """
    from funasr import AutoModel

    loaded = AutoModel(model=model, device="cpu", disable_update=True, disable_pbar=True, log_level="ERROR")
    start, heard = time.perf_counter(), 0.0
    for file, seconds in files.items():
        try:
            loaded.generate(input=file, language="auto", use_itn=True)
            heard += seconds
        except Exception as error:
            print(f"the loop cannot read {Path(file).name}: {type(error).__name__}", file=sys.stderr)
    return {"wall": time.perf_counter() - start, "heard": heard}


def measure_day(chosen: settings.Settings, day: str) -> tuple[float, dict[str, dict[str, float]]]:
    """Seconds of audio of the day's usable recordings, and each stage's figures."""
    date = pipeline.parse_day(day)
    run_dir = str(storage.run_folder(chosen.lake.root, f"bench-{day}"))
    lake, figures = chosen.lake.root, {}
    fetched, figures["fetch"] = measured(
        fetch.run,
        day=date,
        run_dir=run_dir,
        source=chosen.source,
        shards=chosen.shards.model_copy(update={"seconds": 1e6}),
    )
    prepared, figures["prepare"] = measured(
        prepare.run, fetched["shards"][0], run_dir=run_dir, lake=lake, source=chosen.source, settings=chosen.prepare
    )
    (transcribed, wall), loaded = measured(transcribe_loaded, prepared, run_dir, lake, chosen.engine)
    figures["transcribe (without loading)"] = {**loaded, "wall": wall}
    parsed, figures["parse"] = measured(parse.run, transcribed, run_dir=run_dir, roles=chosen.roles, text=chosen.text)
    judged, figures["judge"] = measured(judge.run, parsed, run_dir=run_dir, settings=chosen.rules)
    exported, figures["export"] = measured(export.run, [judged], day=date, run_dir=run_dir)
    _, figures["gate"] = measured(
        gate.run, exported, manifest=fetched["manifest"], run_dir=run_dir, settings=chosen.gate
    )
    usable = [row for row in storage.read_rows(prepared["recordings"], Prepared) if row.reject_reason is None]
    files = {row.uri: row.duration or 0.0 for row in usable}
    loop, loaded = measured(the_loop, files, str(settings.DEMO_FOLDER / "model"))
    figures["baseline loop (without loading)"] = {**loop, "peak_mb": loaded["peak_mb"]}
    return sum(files.values()), figures


def main(days: list[str]) -> None:
    """Measure and print a table in Markdown."""
    print(
        f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as lake:
        chosen = settings.load(Path(__file__).parents[1] / "qa.toml").with_folders(lake=lake)
        for day in days:
            seconds, figures = measure_day(chosen, day)
            print(
                f"\n{day}: {seconds:.0f} s of audio, demo model\n\n| stage | wall s | RTF | peak MB |\n|---|---|---|---|"
            )
            for stage, of in figures.items():
                rtf = of["wall"] / of.get("heard", seconds)
                print(f"| {stage} | {of['wall']:.2f} | {rtf:.4f} | {of['peak_mb']:.0f} |")
            print(json.dumps({"day": day, "seconds": seconds, "figures": figures}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:] or ["2026-01-05"])
