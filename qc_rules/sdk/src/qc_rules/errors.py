"""What can go wrong in a rule or a rule pack."""

from __future__ import annotations


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


def _rebuild(message: str, remedy: str) -> PackError:
    return PackError(message, remedy=remedy)
