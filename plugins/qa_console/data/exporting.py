"""A whole list as CSV, row by row: RFC 4180, UTF-8, nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from callqa.formats.csv_files import plain
from qa_console.access import Visible
from qa_console.data.console import Console, Page
from qa_console.data.filters import Filters
from qa_console.data.listing import SHOWN, wanted
from qa_console.data.order import Sort, order
from qa_console.data.session import Row

COLUMNS = (
    "call_date", "call_id", "started_at", "agent_id", "agent_name", "team", "queue", "direction", "customer_number",
    "status", "reject_reason", "call_state", "language", "emotion_start", "emotion_end", "duration", "score", "flags",
    "rules_hit", "unknown", "turn_count", "talk_agent", "talk_customer", "silence_seconds", "overlap_seconds",
    "mean_confidence", "satisfaction",
)  # fmt: skip
"""Of a row; those of `CallLine`."""
AT_ONCE = 10_000
"""Calls in memory."""
BOM = "\ufeff"
"""By which spreadsheets know UTF-8."""


def export_csv(
    console: Console,
    visible: Visible,
    filters: Filters,
    sort: Sort | None = None,
    heads: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """All calls that meet the filters, in the list's order: the head line, then pieces of many lines each.

    `heads` are other names of columns. Text cells that begin like a formula get an apostrophe. The first piece is made
    at once, so that what is refused is refused before an answer begins.

    Raises:
        BusyError: as many exports as may be are under way.
        TooSlowError: later, between two pieces: the export took too long.
    """
    pieces = _pieces(console, visible, filters, sort or Sort(), heads or {})
    return itertools.chain([next(pieces)], pieces)


def _pieces(
    console: Console, visible: Visible, filters: Filters, sort: Sort, heads: Mapping[str, str]
) -> Iterator[str]:
    with console.page(visible, export=True) as page:
        numbers = _numbers(page, filters, sort)
        yield BOM + _written([[plain(heads.get(name, name)) for name in COLUMNS]])
        for first in range(0, len(numbers), AT_ONCE):
            yield _written(_cells(row) for row in _rows(page, numbers.slice(first, AT_ONCE)))


def _numbers(page: Page, filters: Filters, sort: Sort) -> pa.ChunkedArray[Any]:
    """The list's calls by number, in its order: eight bytes a call, so that a million of them are no matter."""
    with wanted(page, filters) as chosen:
        sql = f"select nr from calls where {chosen.where} order by {order(sort)}"
        return page.session.table(sql, chosen.values)["nr"]


def _rows(page: Page, numbers: pa.ChunkedArray[Any]) -> list[Row]:
    places = pa.table({"nr": numbers.combine_chunks(), "place": pa.array(range(len(numbers)), pa.int64())})
    with page.session.given("listed", places):
        return page.session.rows(f"select {SHOWN} from listed join calls using (nr) order by place")


def _cells(row: Row) -> list[str]:
    return [plain("; ".join(row[name] or ()) if isinstance(row[name], list) else row[name]) for name in COLUMNS]


def _written(lines: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()
