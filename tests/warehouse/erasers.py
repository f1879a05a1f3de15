"""A process that erases on command, in children that can be killed: `python -m tests.warehouse.erasers`.

As `publishers`, whose jobs it runs too: a job with `erase` (a call id) erases it with all that the warehouse has to do,
one with `review` adds a review of that call.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from callqa import warehouse
from callqa.errors import CallQAError
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse import erasing, publishers


def main() -> None:
    for line in sys.stdin:
        children = [publishers.start(job, work) for job in json.loads(line)["jobs"]]
        print(json.dumps([publishers.ended(*child) for child in children]), flush=True)


def work(job: dict[str, Any]) -> dict[str, Any]:
    if not {"erase", "review"} & set(job):
        return publishers.publish(job)
    if "die_at" in job:
        publishers.die_at(*job["die_at"].split())
    if "die_at_removal" in job:
        publishers.die_at_removal(job["die_at_removal"])
    lake, day = LakeSettings(root=job["lake"]), date.fromisoformat(job.get("day", rows.DAY.isoformat()))
    try:
        if "review" in job:
            warehouse.add_reviews(lake, [erasing.review(job["review"], day)])
            return {}
        done = erasing.erase(lake, Path(job["root"]), job["erase"], day)
    except CallQAError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"files": len(done.files), "left": done.left}


if __name__ == "__main__":
    main()
