"""A run at work, observed: its log lines say what they are about, what it took is kept and told as metrics.

The one process of `callqa run` and Airflow's tasks call every stage through `stage`, and end a day with `ended`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callqa import costs, logs, metrics, storage
from callqa.settings import Settings

SUMMARY = "summary.json"
"""A run's outcome as `pipeline.summary` tells it, with its `cost`, in the run's folder."""

Result = dict[str, Any]


def stage(name: str, run_dir: str, work: Callable[[], Result], *, shard: str = "") -> Result:
    """What `work` returns: the result of a stage of a run, of one shard where the stage has shards."""
    with metrics.sending(), logs.about(**_run_of(run_dir), stage=name, shard=shard):
        spent = None
        try:
            with costs.measured(run_dir, name, shard) as spent:
                result = work()
                spent.take(result)
        finally:
            if spent is not None:
                metrics.of_stage(spent)
        return result


def _run_of(run_dir: str) -> dict[str, str]:
    """Day and run, by the name of the run's folder, where nobody said them; of a run outside any day its name."""
    if "run" in logs.current():
        return {}
    name = Path(run_dir).name
    day, _, run = name.partition("__")
    return {"day": day, "run": run} if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) else {"run": name}


def ended(settings: Settings, summary: Result) -> Result:
    """The summary of a day's run with `cost`: what the run took, as contracts.RunCost has it.

    It is kept in the warehouse's table `runs` and, with the summary, in the run's folder; the metrics of the day are
    told. To do it again replaces what it left.

    Raises:
        StageError: the warehouse or the lake cannot be written.
    """
    from callqa import warehouse

    cost = costs.of_run(summary, costs.of_stages(summary["run_dir"]), dt.datetime.now(dt.UTC))
    warehouse.keep_cost(settings.lake, cost)
    plain = {name: _plain(value) for name, value in dataclasses.asdict(cost).items()}
    told = {**summary, "cost": plain}
    storage.write_json(Path(summary["run_dir"]) / SUMMARY, told)
    with metrics.sending():
        metrics.of_day(told)
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
