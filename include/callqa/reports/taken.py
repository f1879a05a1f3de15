"""What the runs over the days took: seconds of computing, of audio, bytes."""

from __future__ import annotations

from callqa.reports.data import Row
from callqa.reports.subject import Subject


def of(subject: Subject) -> Row | None:
    """All runs over the period's days together; None where none has told what it took.

    The last task of a run tells it, so that a report made in the minute of a publication may be without it.
    """
    sql = """
        select count(*) as runs, coalesce(sum(heard_seconds), 0) as heard, coalesce(sum(cached_seconds), 0) as cached,
            coalesce(sum(gpu_seconds), 0) as gpu, coalesce(sum(cpu_seconds), 0) as cpu,
            coalesce(sum(epoch(ended_at - started_at)), 0) as wall, sum(bytes_written)::double as bytes
        from runs where call_date in (select unnest(cast(? as date[])))
    """
    row = subject.data.one(sql, [list(subject.days)])
    return row if row["runs"] else None
