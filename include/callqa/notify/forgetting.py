"""Erased calls, and days past their time, taken out of the record of messages."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Collection
from pathlib import Path

from callqa import storage
from callqa.notify.journal import Journal, Line, journals


def forget(root: str | Path, calls: Collection[tuple[dt.date, str]], *, dry_run: bool = False) -> int:
    """Take erased calls out of the record; returns in how many lines they stood.

    What was pending of them is not sent, unless it is being sent at this moment.
    """
    changed = 0
    days = {day for day, _ in calls}
    for journal in journals(root):
        if journal.day in days:
            gone = {call_id for day, call_id in calls if day == journal.day}
            changed += _rewrite(journal, functools.partial(_without, gone), dry_run)
    return changed


def over(root: str | Path, first: dt.date) -> list[Path]:
    """The records of days before this one."""
    return [journal.path for journal in journals(root) if journal.day < first]


def _rewrite(journal: Journal, change: Callable[[Line], Line], dry_run: bool) -> int:
    with journal.locked():
        before = journal.lines()
        after = [change(line) for line in before]
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        if changed and not dry_run:
            with storage.atomic(journal.path) as temporary:
                text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in after)
                temporary.write_text(text, encoding="utf-8", errors="surrogatepass")
        return changed


def _without(gone: Collection[str], line: Line) -> Line:
    if "items" not in line:
        return line
    return {**line, "items": [item for item in line["items"] if item[0] not in gone]}
