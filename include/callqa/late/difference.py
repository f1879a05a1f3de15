"""What a source has of a day beside what is published of it. Nothing is heard and nothing is read but listings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callqa import storage, warehouse
from callqa.contracts import Recording
from callqa.errors import SourceError
from callqa.fetch import day as source_days
from callqa.fetch import manifest
from callqa.settings import Settings

FILE = ("uri", "size_bytes", "etag", "reject_reason")
"""What tells one recording from another before it is read."""
DETAILS = (
    *("started_at", "answered_at", "ended_at", "direction", "queue", "agent_id", "agent_name", "team", "customer_id"),
    *("disconnect_reason", "satisfaction", "ivr_seconds", "hold_seconds", "extra"),
)
"""What side-cars say of a call that is published as it was said."""
SHOWN = 3
"""Names in a message."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Names of files, each list in their order."""

    new: list[str] = field(default_factory=list)
    """There, and not published."""
    changed: list[str] = field(default_factory=list)
    """Published, and now other bytes; or published as missing, and now there."""
    told: list[str] = field(default_factory=list)
    """The same bytes, and something else is said of the call."""
    gone: list[str] = field(default_factory=list)
    """Published, and not there any more."""
    listing: str = ""
    """Digest of all that is there: equal where a run over it would find the same."""

    @property
    def worth_a_run(self) -> bool:
        """Whether there is something that a run would publish."""
        return bool(self.new or self.changed or self.told)


def manifest_of(settings: Settings, day: dt.date, settle_seconds: float = 0.0) -> list[Recording]:
    """The recordings that a run of the day would begin with.

    Raises:
        SourceError: the source cannot be listed, or its side-car cannot be read.
        UnreachableError: it does not answer.
    """
    there = source_days.look(settings.source, day, settle_seconds)
    erased = warehouse.erased_register(settings.lake, day)
    return manifest.build(day, there, settings.source, erased).recordings


def published(settings: Settings, day: dt.date) -> list[dict[str, Any]]:
    """The published calls of a day, as far as they are compared."""
    columns = ", ".join(("file_name", *FILE, *DETAILS))
    names, rows = warehouse.query(
        settings.lake,
        f"select {columns} from calls where call_date = ?",  # noqa: S608 - names of columns
        [day],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def between(there: Sequence[Recording], known: Iterable[Mapping[str, Any]]) -> Difference:
    """The recordings of a manifest beside rows that were published, or refused."""
    before = {str(row["uri"]): row for row in known}
    # A row without its recording is no reason for a run; when the recording comes, it is.
    real = [one for one in there if one.reject_reason != "missing_file"]
    present = {one.uri for one in real}
    was_missing = {uri for uri, row in before.items() if row["reject_reason"] == "missing_file"}
    return Difference(
        new=_names(one for one in real if one.uri not in before),
        changed=_names(one for one in real if one.uri in before and _other_bytes(one, before[one.uri])),
        told=_names(one for one in real if one.uri in before and _told_otherwise(one, before[one.uri])),
        gone=sorted(str(row["file_name"]) for uri, row in before.items() if uri not in present | was_missing),
        listing=listing_of(real),
    )


def listing_of(there: Iterable[Recording]) -> str:
    """Digest of the files that are there, and of what is said of their calls."""
    rows = ([one.uri, one.size_bytes, one.etag, [_plain(getattr(one, name)) for name in DETAILS]] for one in there)
    return storage.digest_of(sorted(rows, key=lambda row: str(row[0])))


def _names(recordings: Iterable[Recording]) -> list[str]:
    return sorted(one.file_name for one in recordings)


def _other_bytes(one: Recording, row: Mapping[str, Any]) -> bool:
    return (one.size_bytes, one.etag) != (row["size_bytes"], row["etag"])


def _told_otherwise(one: Recording, row: Mapping[str, Any]) -> bool:
    if _other_bytes(one, row):
        return False
    return any(_plain(getattr(one, name)) != _plain(row[name]) for name in DETAILS)


def _plain(value: Any) -> Any:
    """A value of a manifest as the warehouse gives it back."""
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping):
        return sorted(map(list, value.items()))
    return sorted(map(list, value)) if isinstance(value, list) else value


def refuse_to_shrink(
    settings: Settings, day: dt.date, there: Sequence[Recording], say: Callable[[str], None] | None = None
) -> None:
    """See to it that no published recording is missing from a run that nobody asked for.

    With `say` it is only said.

    Raises:
        SourceError: some are.
    """
    gone = between(there, published(settings, day)).gone
    if not gone:
        return
    names = ", ".join(gone[:SHOWN]) + (f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else "")
    message = f"{day}: {len(gone)} published recordings are no longer in the source ({names})"
    if say:
        say(f"{message}; this run publishes the day without them")
        return
    raise SourceError(
        message,
        remedy=f"bring them back, or publish the day without them, by hand: callqa run --date {day}",
    )
