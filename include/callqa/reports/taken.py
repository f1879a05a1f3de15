"""What the runs over the days took: seconds of computing, of audio, bytes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from callqa import warehouse
from callqa.contracts import INCOMPLETE
from callqa.reports.data import Row
from callqa.reports.subject import Subject
from callqa.settings import LakeSettings

LOOK_SECONDS = 2.0
"""Between two looks whether a run has told what it took."""


def wait_for(lake: LakeSettings, day: dt.date, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until the run that published a day has told what it took, at most so many seconds after it published.

    The last task of a run tells it, after the publication that a report follows. Of what was no run over recordings
    (rules judged again, a rollback) nothing is waited for.
    """
    publications = warehouse.publications(lake, day)
    newest = publications[-1] if publications else None
    if newest is None or not (newest.origin or INCOMPLETE).startswith(INCOMPLETE):
        return
    sql = "select count(*) from runs where call_date = ? and run_id = ?"
    until = newest.published_at + dt.timedelta(seconds=seconds)
    while dt.datetime.now(dt.UTC) < until and not warehouse.query(lake, sql, [day, newest.run_id])[1][0][0]:
        sleep(LOOK_SECONDS)


def of(subject: Subject) -> Row | None:
    """All runs over the period's days together; None where none has told what it took."""
    sql = """
        select count(*) as runs, coalesce(sum(heard_seconds), 0) as heard, coalesce(sum(cached_seconds), 0) as cached,
            coalesce(sum(gpu_seconds), 0) as gpu, coalesce(sum(cpu_seconds), 0) as cpu,
            coalesce(sum(epoch(ended_at - started_at)), 0) as wall, sum(bytes_written)::double as bytes
        from runs where call_date in (select unnest(cast(? as date[])))
    """
    row = subject.data.one(sql, [list(subject.days)])
    return row if row["runs"] else None
