"""What can go wrong with a call or a case that somebody wrote by hand."""

from __future__ import annotations

from qc_rules.errors import PackError


class CaseError(PackError):
    """A case file, or a call written by hand, is not one: names the file and line, the value and the remedy."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return _rebuild, (self.message, self.remedy)


def _rebuild(message: str, remedy: str) -> CaseError:
    return CaseError(message, remedy=remedy)
