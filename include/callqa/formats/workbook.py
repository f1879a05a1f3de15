"""An Excel workbook of a day: sheets of calls, findings and scorecards."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from callqa.formats.day import Day
from callqa.formats.options import Options, Written
from callqa.formats.sheets import SHEETS, Cell, title

ROW_LIMIT = 1_048_576
"""Rows that an Excel sheet has, the header among them; what is more goes on in a further sheet."""
TEXT_LIMIT = 32_767
"""Characters (UTF-16 units) that a cell holds; a longer text ends in an ellipsis."""


def write(day: Day, folder: Path, options: Options) -> Written:
    """`<day>.xlsx`; one row in memory at a time, the sheets in temporary files beside it."""
    import xlsxwriter

    name = f"{day.publication.call_date.isoformat()}.xlsx"
    settings = {"constant_memory": True, "tmpdir": str(folder), "default_date_format": "yyyy-mm-dd"}
    files = {}
    with xlsxwriter.Workbook(str(folder / name), settings) as workbook:
        # The file depends on the rows alone, not on when it was written.
        workbook.set_properties({"created": day.publication.published_at.replace(tzinfo=None), "author": "callqa"})
        for sheet in SHEETS:
            writer = _Writer(workbook, title(sheet, options), sheet.headers(options))
            files[f"{name}:{sheet.name}"] = writer.write(sheet.cells(day, options))
    return Written(files)


class _Writer:
    """Rows into as many sheets as they need."""

    def __init__(self, workbook: Any, name: str, headers: list[str]) -> None:
        self._workbook = workbook
        self._name = name
        self._headers = headers
        self._bold = workbook.add_format({"bold": True})
        self._time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets = 0
        self._begin()

    def write(self, rows: Iterable[list[Cell]]) -> int:
        """Write the rows and return how many there were."""
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the count
            self._add(row)
        self._end()
        return count

    def _add(self, row: list[Cell]) -> None:
        if self._row == ROW_LIMIT:
            self._end()
            self._begin()
        for column, cell in enumerate(row):
            self._put(column, cell)
        self._row += 1

    def _begin(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        self._sheet = self._workbook.add_worksheet(name)
        self._sheet.freeze_panes(1, 2)
        for column, header in enumerate(self._headers):
            self._sheet.set_column(column, column, max(12, min(40, 2 * len(header))))
            self._sheet.write_string(0, column, header, self._bold)
        self._row = 1

    def _end(self) -> None:
        self._sheet.autofilter(0, 0, self._row - 1, len(self._headers) - 1)

    def _put(self, column: int, cell: Cell) -> None:
        """Each kind by its own method: a text is never taken for a formula, a link or a number."""
        at = (self._row, column)
        if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
            return
        if isinstance(cell, bool):
            self._sheet.write_boolean(*at, cell)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(*at, cell, self._time)
        elif isinstance(cell, date):
            self._sheet.write_datetime(*at, cell)
        elif isinstance(cell, str):
            self._sheet.write_string(*at, fitting(cell))
        else:
            self._sheet.write_number(*at, cell)


def fitting(text: str) -> str:
    """As much of a text as a cell holds."""
    units = text.encode("utf-16-le", errors="replace")
    if len(units) <= 2 * TEXT_LIMIT:
        return text
    return units[: 2 * (TEXT_LIMIT - 1)].decode("utf-16-le", errors="ignore") + "…"
