"""CSV for spreadsheets and scripts: RFC 4180, UTF-8, one file a sheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from callqa.formats.day import Day
from callqa.formats.options import Options, Written
from callqa.formats.sheets import SHEETS, Cell

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a text must not begin with, or a spreadsheet takes it for a formula (OWASP: CSV injection); the full-width forms
are read as the others by Excel in Chinese and Japanese."""


def write(day: Day, folder: Path, options: Options) -> Written:
    """One file a sheet, a few thousand rows in memory at a time."""
    files = {}
    for sheet in SHEETS:
        name = f"{sheet.name}.csv"
        files[name] = _write(folder / name, sheet.headers(options), sheet.cells(day, options), options)
    return Written(files)


def _write(path: Path, headers: list[str], rows: Iterable[list[Cell]], options: Options) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig" if options.bom else "utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(headers)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the count
            out.writerow([plain(cell) for cell in row])
    return count


def plain(cell: Cell) -> str:
    """A cell's text; one that a spreadsheet would run gets an apostrophe, by which it stays a text."""
    if isinstance(cell, str):
        return f"'{cell}" if cell[:1] in FORMULA else cell
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
