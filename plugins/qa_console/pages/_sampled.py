"""What a sample of findings to review holds: drawn once, and again only when one of its days is published again."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from qa_console import data
from qa_console.data import Page, Sample

Named = tuple[dt.date, str, str]
"""Day, call and rule."""

KEPT_SAMPLES = 64
_DRAWING = threading.Lock()
_drawn: OrderedDict[Any, tuple[Item, ...]] = OrderedDict()


@dataclass(frozen=True)
class Item:
    """A finding of a sample; has the same names as a review has."""

    call_date: dt.date
    call_id: str
    rule: str


def name_of(one: Any) -> Named:
    """What names a finding: of a review or of a sample's entry."""
    about = getattr(one, "call", one)
    return about.call_date, about.call_id, one.rule


def items(page: Page, sample: Sample) -> tuple[Item, ...]:
    """A sample's findings in its order."""
    days = tuple((day, one.sequence) for day, one in page.session.published.newest.items() if covers(sample, day))
    key = (page.settings.lake.root, sample.id, days)
    with _DRAWING:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    drawn = data.sampled(page, sample, "")
    found = tuple(Item(one.call.call_date, one.call.call_id, one.rule) for one in drawn)
    with _DRAWING:
        _drawn[key] = found
        while len(_drawn) > KEPT_SAMPLES:
            _drawn.popitem(last=False)
    return found


def covers(sample: Sample, day: dt.date) -> bool:
    """Whether calls of this day may be in it."""
    first, last = sample.filters.first_day, sample.filters.last_day
    return bool(first and last and first <= day <= last)
