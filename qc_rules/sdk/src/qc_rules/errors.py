"""What can go wrong in a rule or a rule pack."""

from __future__ import annotations

import sys


class Unknown(Exception):  # noqa: N818 - an answer, not an error: a rule raises it to say "could not tell"
    """The rule needs something that this call does not have; the outcome is `unknown` with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(str(reason))


class RoleUnknown(Unknown):
    """Nobody knows which turns are the agent's and which the customer's (mono, not diarised)."""

    def __init__(self, reason: str = "the roles of the speakers are not known") -> None:
        super().__init__(reason)


class PackError(Exception):
    """An installed rule pack, or what the settings say about its rules, cannot be used as it is."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  remedy: {self.remedy}"

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return _rebuild, (self.message, self.remedy)


def is_of_a_pack(error: BaseException) -> bool:
    """Is it an error of the code that was run, and not the order to end (Ctrl-C, a task's time limit)?

    Some of what code raises is no `Exception`: `sys.exit()`, a closed generator, a cancelled task of asyncio.
    """
    asyncio = sys.modules.get("asyncio")  # whoever raises its error has imported it
    cancelled = (asyncio.CancelledError,) if asyncio is not None else ()
    return isinstance(error, (Exception, SystemExit, GeneratorExit, *cancelled))


def said_by(error: BaseException) -> str:
    """The error's message, as text that can be stored, even where making it fails."""
    try:
        return storable(str(error))
    except BaseException as failure:
        if not is_of_a_pack(failure):
            raise
        return "(its message cannot be read)"


def described(error: BaseException) -> str:
    """`KeyError: 'queue'`."""
    said = said_by(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def is_storable(text: str) -> bool:
    """Can it be written as UTF-8? Half a character (a lone surrogate) would break the file of a whole shard."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """The text with U+FFFD for what cannot be written."""
    return text if is_storable(text) else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _rebuild(message: str, remedy: str) -> PackError:
    return PackError(message, remedy=remedy)
