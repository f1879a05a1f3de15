"""A process that looks after tables on command, in children that can be killed: `python -m tests.warehouse.upkeep.workers`.

As `tests.warehouse.publishers`, with other jobs: `do` is `publish` (of that module), `review` (adds one, `number`),
`compact`, `expire` or `sweep`; `machine` (a folder) is a machine with a lock of its own. All that is there is old as of
`days` from now. `die_at` counts commits, and `die_after` removals.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 - so that no child has to import it
import pyiceberg.io.pyarrow  # noqa: F401

from callqa import warehouse
from callqa.errors import CallQAError
from callqa.settings import LakeSettings
from tests.warehouse import publishers
from tests.warehouse.upkeep import lakes


def work(job: dict[str, Any]) -> dict[str, Any]:
    if job["do"] == "publish":
        return publishers.publish(job)
    if "die_at" in job:
        publishers.die_at(*job["die_at"].split())
    if "die_after" in job:
        publishers.die_at_removal(job["die_after"])
    lake = LakeSettings(root=job["lake"])
    if "machine" in job:
        lake = lakes.another_machine(lake, Path(job["machine"]))
    try:
        return {"did": look_after(lake, job)}
    except CallQAError as error:
        return {"error": type(error).__name__, "message": str(error)}


def look_after(lake: LakeSettings, job: dict[str, Any]) -> int:
    now, grace = lakes.later(job.get("days", 1000)), timedelta(days=job.get("grace", 1))
    if job["do"] == "review":
        warehouse.add_reviews(lake, [lakes.review(job["number"])])
        return 1
    if job["do"] == "compact":
        return sum(one.files_before for one in warehouse.compact(lake, files=job.get("files", 1)))
    if job["do"] == "expire":
        return sum(one.expired for one in warehouse.expire(lake, superseded_days=0, now=now, grace=grace))
    return len(warehouse.sweep(lake, now=now, grace=grace).removed)


def main() -> None:
    for line in sys.stdin:
        children = [publishers.start(job, work) for job in json.loads(line)["jobs"]]
        print(json.dumps([publishers.ended(*child) for child in children]), flush=True)


if __name__ == "__main__":
    main()
