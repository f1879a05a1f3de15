"""What a page's question can come to besides an answer; each is shown to whoever asked in a different way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from callqa.errors import CallQAError, UsageError


class FilterError(UsageError):
    """A filter, a column to sort by or a place in a list is none; `field` is the key of the query string."""

    def __init__(self, message: str, *, remedy: str = "", field: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.field = field


class UnknownCallError(UsageError):
    """There is no such call among those that whoever asks may see; `near` are the closest that there are."""

    def __init__(self, message: str, *, remedy: str = "", near: Sequence[tuple[date, str]] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.near = tuple(near)


class NotForEverybodyError(CallQAError):
    """The answer would say something of other people's calls."""


class BusyError(CallQAError):
    """As many questions as may be are being answered; ask again in a moment."""


class TooSlowError(CallQAError):
    """The answer took longer, or more memory, than a page may take."""
