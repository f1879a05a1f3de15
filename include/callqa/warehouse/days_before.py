"""What the published days before a day are like, for the gate to compare with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from callqa import profile, storage
from callqa.contracts import Measure, Publication
from callqa.settings import LakeSettings
from callqa.warehouse import ledger, reader


def days_before(lake: LakeSettings, day: date, days: int, path: str | Path) -> str:
    """Write the numbers (`callqa.profile`) of the last `days` published days before `day` to `path`; returns the path.

    Each day is read once at its newest publication; its numbers are kept in the lake's cache by the content that was
    published, so that a run reads one new day, not all of them.

    Raises:
        StageError: a snapshot that the ledger names is no longer there.
    """
    newest = [one for one in ledger.newest(ledger.publications(lake)) if one.call_date < day][-days:]
    return storage.write_rows(path, Measure, [row for one in newest for row in _numbers(lake, one)])


def _numbers(lake: LakeSettings, publication: Publication) -> list[Measure]:
    cache = storage.Cache(lake.root, "profile")
    key = cache.key(profile.VERSION, publication.call_date.isoformat(), publication.content_digest)
    rows = cache.rows(key, Measure)
    if rows is None:
        with reader.reading(lake, publication) as published:
            rows = profile.rows(publication.call_date, published.table)
        cache.put_rows(key, Measure, rows)
    return rows
