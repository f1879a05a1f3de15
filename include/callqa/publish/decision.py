"""What a person says of a day that the gate refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callqa.errors import UsageError

SHORTEST = 3
"""Characters of a reason: an auditor reads it years later."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """To publish a refused day all the same, or not to."""

    approved: bool
    by: str | None
    """None: nobody decided in time, which is a rejection."""
    reason: str
    at: dt.datetime

    def __post_init__(self) -> None:
        if self.approved and not (self.by or "").strip():
            raise UsageError("an approval without a name", remedy="say who approves")
        if self.approved and len(self.reason.strip()) < SHORTEST:
            raise UsageError(
                f"an approval needs a reason, and {self.reason!r} is none",
                remedy="say in a sentence why the day may be published although the gate refused it",
            )

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Decision:
        """What `plain` made; the time is a text there."""
        return cls(**{**plain, "at": dt.datetime.fromisoformat(plain["at"])})

    def plain(self) -> dict[str, Any]:
        """For JSON and XCom."""
        return {"approved": self.approved, "by": self.by, "reason": self.reason, "at": self.at.isoformat()}
