"""The warehouse as the console's pages ask it: one `Console` a process, one `Page` for all questions of a request."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from callqa.settings import Settings
from qa_console.access import Visible
from qa_console.data.engine import Limits, engine_of
from qa_console.data.errors import NotForEverybodyError
from qa_console.data.heard import Heard
from qa_console.data.session import Session


@dataclass(frozen=True)
class Page:
    """One state of what is published, as one person may see it."""

    session: Session
    settings: Settings
    visible: Visible
    heard: Heard
    """What was found of what was said, kept for the process."""

    @property
    def days(self) -> list[date]:
        """The published days, oldest first."""
        return list(self.session.published.newest)

    @property
    def zone(self) -> ZoneInfo:
        """The contact centre's."""
        return ZoneInfo(self.settings.source.timezone)

    def of_everybody(self) -> Session:
        """The session, for answers that say something of all calls.

        Raises:
            NotForEverybodyError: whoever asks sees the calls of one agent only.
        """
        if not self.visible.everybody:
            raise NotForEverybodyError(
                "this shows other people's calls", remedy="ask somebody who reviews calls, or for another role"
            )
        return self.session


class Console:
    """What is published, open for the life of the process; safe in threads.

    Consoles over the same lake share what they keep: after a change of other settings a new one costs nothing.
    """

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        self.settings = settings
        self._engine = engine_of(settings.lake, limits or Limits())
        self._heard = Heard()

    @contextlib.contextmanager
    def page(self, visible: Visible, *, export: bool = False) -> Iterator[Page]:
        """All questions of one request, answered by one state; `export`: it streams a whole list.

        Open one at a time in a request, and close it before the page is sent where it can be.

        Raises:
            BusyError: too many are open.
            StageError: the catalog does not answer, and nothing was read of it yet.
        """
        with self._engine.session(visible, export=export) as session:
            yield Page(session, self.settings, visible, self._heard)

    def refresh(self) -> None:
        """Bring in what was published or added since: at the start of the process (it takes a second or two for a
        million calls), and after something was written, so that the next page shows it.

        Raises:
            StageError: the catalog does not answer, or a published file is gone.
        """
        self._engine.refresh()
