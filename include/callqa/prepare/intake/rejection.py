"""Why one recording cannot be used."""

from __future__ import annotations


class Rejection(Exception):  # noqa: N818  (not an error of the program: an outcome of one recording)
    """A recording is refused: `reason` is one of REJECT_REASONS, `detail` has the numbers and the remedy.

    It never leaves the stage: it becomes the recording's row.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
