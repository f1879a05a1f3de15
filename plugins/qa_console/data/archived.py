"""What became of an archive's days, as `callqa archive report` says it, asked of the page's own state."""

from __future__ import annotations

from typing import Any

from callqa import archive
from callqa.archive import Span
from qa_console.data.console import Page


def archived(page: Page, span: Span) -> dict[str, Any]:
    """The report of a range: totals, and each of its days.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    session = page.of_everybody()
    return archive.report(page.settings, span, session.rows, session.published.newest)
