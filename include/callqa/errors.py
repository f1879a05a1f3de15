"""What can go wrong, one class for each thing that a reader would do differently.

Every message names the file or value at fault and the remedy. All of them pickle: they cross processes.
"""

from __future__ import annotations


class CallQAError(Exception):
    """Anything that callqa refuses or fails at; the command line prints it without a traceback.

    `exit_code` is what `callqa` ends with, so that scripts can tell the cases apart.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  remedy: {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, tuple[type[CallQAError], str, str]]:
        return _rebuild, (type(self), self.message, self.remedy)


def _rebuild(kind: type[CallQAError], message: str, remedy: str) -> CallQAError:
    return kind(message, remedy=remedy)


class UsageError(CallQAError):
    """A value given on the command line or as a parameter is not one (a date, a name)."""

    exit_code = 2


class SettingsError(CallQAError):
    """`qa.toml` or an environment variable holds an unknown key or a value out of range."""

    exit_code = 2


class SourceError(CallQAError):
    """The source of recordings cannot be read: it does not exist or its side-car is malformed."""

    exit_code = 3


class UnreachableError(SourceError):
    """A storage or database did not answer, several times; later it may."""


class EmptyDayError(SourceError):
    """The source holds nothing for the day and the settings say that this is an error."""

    exit_code = 4


class ModelError(CallQAError):
    """A model folder is incomplete or its weights do not fit, or the device asked for is not there."""

    exit_code = 5


class RulePackError(CallQAError):
    """An installed rule pack cannot be loaded as it is."""

    exit_code = 6


class GateRefused(CallQAError):  # noqa: N818 - a verdict, not a fault
    """The data-quality gate found a blocking failure: nothing of the day was published."""

    exit_code = 7


class StalePublicationError(CallQAError):
    """Somebody published the day after this run began; publishing would undo theirs."""

    exit_code = 8


class DecidedError(UsageError):
    """Somebody decided about a refused day before; theirs counts, and nothing was changed."""


class StageError(CallQAError):
    """A stage found its input missing or not in the shape that the contract says."""

    exit_code = 9


class HeldError(CallQAError):
    """A legal hold lies on what was to be changed or removed; nothing was."""

    exit_code = 10


class ErasedError(StageError):
    """The files of a run contain a call that was erased after the run began; nothing of them is published."""


class RunAtWorkError(CallQAError):
    """A run that is at work, or waits for a person's decision, has what was to be removed; nothing was."""

    exit_code = 11


class RemovedError(StageError):
    """What was being read was removed meanwhile; who asks again reads what is there now."""


class DeliveryError(CallQAError):
    """Messages to people could not be sent yet; they are kept, and sent later."""


class UnfinishedDaysError(CallQAError):
    """Of several days some were not done; each says itself why."""


class InterruptionError(CallQAError):
    """A person or the system ended the command; 128 + SIGINT, as shells have it."""

    exit_code = 130
