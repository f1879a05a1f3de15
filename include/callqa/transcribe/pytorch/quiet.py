"""FunASR's and the hubs' chatter kept out of standard output and of the root logger.

They print to standard output (which would spoil `--json`), log through the root logger, and configure it. All of it
goes to this module's logger, at debug level.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator

logger = logging.getLogger(__name__)


class _LinesToLog(io.TextIOBase):
    """A standard output whose lines are log messages."""

    def __init__(self) -> None:
        self._busy = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not self._busy:  # a log handler that itself prints would come back here for ever
            self._busy = True
            try:
                self._log(text)
            finally:
                self._busy = False
        return len(text)

    def _log(self, text: str) -> None:
        for line in filter(None, map(str.strip, text.splitlines())):
            logger.debug("%s", line)


def _demote(record: logging.LogRecord) -> bool:
    """A filter of the root logger: it sees only what is logged on the root itself, which is FunASR."""
    logger.debug("%s", record.getMessage())
    return False


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Standard output, root-logger messages and warnings of the block become debug messages.

    Warnings are not raised either: under `-W error` FunASR's import swallows what its modules raise and then calls
    its own model class unknown.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    placeholder = logging.NullHandler()
    root.addHandler(placeholder)
    root.addFilter(_demote)
    try:
        with contextlib.redirect_stdout(_LinesToLog()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeFilter(_demote)
        root.removeHandler(placeholder)
        for handler in set(root.handlers) - set(handlers):
            root.removeHandler(handler)
        root.setLevel(level)
