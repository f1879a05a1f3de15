"""A process that publishes on command, in children that can be killed: `python -m tests.warehouse.publishers`.

One JSON object a line on its standard input, one on its standard output. `{"jobs": [job, …]}` runs the jobs at once,
each in a forked child (so that the slow imports are made once), and answers with how each ended. A job has `lake`,
`root` (where its files may lie), `run`, `marker`, `based_on`, and perhaps `day`, `die_at` ("before 3": as the third commit is
about to reach the catalog; "after 3": just after) or `kill_after` (seconds until a kill from outside).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyiceberg.io.pyarrow  # noqa: F401 - so that no child has to import it
from pyiceberg.catalog.sql import SqlCatalog

from callqa.errors import CallQAError
from callqa.settings import LakeSettings
from callqa.warehouse import store
from tests import rows
from tests.warehouse import published


def main() -> None:
    for line in sys.stdin:
        children = [start(job, publish) for job in json.loads(line)["jobs"]]
        print(json.dumps([ended(*child) for child in children]), flush=True)


def start(job: dict[str, Any], work: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = (work or publish)(job)
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    if "kill_after" in job:
        time.sleep(job["kill_after"])
        os.kill(child, signal.SIGKILL)
    return child, reading


def ended(child: int, reading: int) -> dict[str, Any]:
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), **(json.loads(answer) if answer else {})}


def publish(job: dict[str, Any]) -> dict[str, Any]:
    if "die_at" in job:
        die_at(*job["die_at"].split())
    try:
        publication, changed = published.publish(
            LakeSettings(root=job["lake"]),
            rows.clean(date.fromisoformat(job.get("day", rows.DAY.isoformat())), marker=job["marker"]),
            Path(job["root"]),
            run=job["run"],
            based_on=job["based_on"],
        )
    except CallQAError as error:
        return {"error": type(error).__name__}
    return {"sequence": publication.sequence, "changed": changed}


def die_at(when: str, number: str) -> None:
    """Kill this process as its so-many-th commit goes to the catalog, or right after."""
    commit, left = SqlCatalog.commit_table, [int(number)]

    def counted(self: SqlCatalog, table: Any, requirements: Any, updates: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = commit(self, table, requirements, updates)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    SqlCatalog.commit_table = counted  # type: ignore[method-assign]


def die_at_removal(number: int) -> None:
    """Kill this process right after its so-many-th removal of a file."""
    remove, left = store.remove, [number]

    def counted(lake: LakeSettings, address: str) -> int | None:
        answer = remove(lake, address)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    store.remove = counted


if __name__ == "__main__":
    main()
