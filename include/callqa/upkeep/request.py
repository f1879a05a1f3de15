"""Whose erasure is asked for: the calls, what they are known by, and what of it other calls have too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from callqa.errors import UsageError
from callqa.settings import Settings
from callqa.upkeep import asked, certificate, register
from callqa.upkeep.asked import Key
from callqa.upkeep.decoding import Value
from callqa.upkeep.known import Calls, gather
from callqa.upkeep.runs import Run, quarantined, runs
from callqa.upkeep.wanted import digests_of_others, needles_of


class Request:
    """Calls that are to be erased, gathered from the whole lake before anything is removed; hold `lake.locked`.

    Raises:
        UsageError: a call is unknown, a number is masked or not kept.
        HeldError: one of the calls is held.
    """

    def __init__(self, settings: Settings, calls: Sequence[Key], customer: str | None, now: dt.datetime) -> None:
        self.settings, self.now, self.root = settings, now, Path(settings.lake.root)
        self.id = certificate.new_id(now)
        self.kind = "calls" if customer is None else "customer"
        self.unfinished = register.to_continue(settings)
        folders = [run.path for run in self.folders()]
        self.targets = asked.with_doubles(settings, self._targets(calls, customer, folders), folders)
        register.refuse_held(settings, self.targets)
        self.calls: Calls = gather(settings, self.targets, folders)
        self.shared = self._leave_shared()
        """What stays because another call has it too: `what` and `why`."""
        self.needles = needles_of(settings, self.calls, folders)

    def folders(self) -> list[Run]:
        """Runs and refused days that there are now."""
        return [*runs(self.settings, self.now), *quarantined(self.settings, self.now)]

    def days(self) -> list[dt.date]:
        """Of the calls, and of erasures that were killed."""
        return sorted({*self.calls.days(), *register.days_of(self.settings, self.unfinished)})

    def refuse_named(self, *said: str) -> None:
        """Nothing of what is said of an erasure may be what it removes.

        Raises:
            UsageError: something of it is.
        """
        if any(self.needles.found_in(Value(text)) for text in said):
            raise UsageError(
                "the reason names a call or a customer that is to be erased, and would stay in the certificate",
                remedy="name the request instead, for example by its number",
            )

    def _targets(self, calls: Sequence[Key], customer: str | None, folders: Sequence[Path]) -> list[Key]:
        """Those asked for, and those of erasures that were killed, as far as a row of them is left."""
        left = register.left_of(self.settings, self.unfinished, folders)
        if customer is None:
            return sorted({*asked.of_calls(self.settings, calls, folders), *left})
        try:
            return sorted({*asked.of_customer(self.settings, customer, folders), *left})
        except UsageError:
            if left and self.settings.source.customer_number == "hash":
                return left
            raise

    def _leave_shared(self) -> list[dict[str, str]]:
        """What another call has too is that one's: the same bytes came under another id, or on another day."""
        shared = digests_of_others(self.settings, self.calls)
        why = "another call has the same recording: erase that one too if it is meant"
        left = []
        for known in self.calls:
            if known.digests & shared:
                left.append({"what": "the recording's digest in another call's row", "why": why})
            known.digests -= shared
        return left
