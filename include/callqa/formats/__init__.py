"""Published days in the formats of other programs: spreadsheets, Parquet, Contact Lens JSON, vCon.

Everything is read through the warehouse's ledger at the publication that is the day's newest when the export begins, so
that the files of one export agree with one another whatever is published meanwhile. docs/exports.md says field by field
what each format holds.
"""

from __future__ import annotations

from callqa.formats.exporting import FORMATS, export_day, newest
from callqa.formats.options import Options

__all__ = ["FORMATS", "Options", "export_day", "newest"]
