"""How a business day is written."""

from __future__ import annotations

import datetime as dt
import re

from callqa.errors import UsageError


def parse_day(text: str) -> dt.date:
    """A business day from `YYYY-MM-DD`.

    Raises:
        UsageError: the text is not a date.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass  # refused below, like a text of another form
    raise UsageError(f"{text!r} is not a date", remedy="write it as YYYY-MM-DD, for example 2026-01-05")
