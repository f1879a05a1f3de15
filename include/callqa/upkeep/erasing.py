"""Calls erased: every trace of them in the lake removed, the lake searched for what is left, and a certificate of it.

The order matters. The register comes first: from then on nothing that contains the calls is fetched or published. What
names the calls and leads to the rest, the published rows, goes last. So an erasure that was killed is finished by the
next one, and ends in the same state.
"""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

import callqa
from callqa.errors import UsageError
from callqa.settings import Settings
from callqa.upkeep import certificate, lake, needed, places, register, search
from callqa.upkeep.asked import Key
from callqa.upkeep.certificate import Certificate
from callqa.upkeep.removing import Removal
from callqa.upkeep.request import Request
from callqa.upkeep.search import Searched


def erase(
    settings: Settings,
    calls: Sequence[Key] = (),
    customer: str | None = None,
    *,
    by: str,
    reason: str,
    delete_recordings: bool = False,
    dry_run: bool = False,
    now: dt.datetime | None = None,
) -> Certificate:
    """Erase calls, named by day and id or by their customer's number as dialled; returns the certificate.

    The recordings themselves stay in the source, where the register keeps them from coming back, unless
    `delete_recordings` or `retention.recordings = "delete"`. A dry run changes nothing and writes no certificate. Doing
    it again is safe, and finishes an erasure that was killed.

    Raises:
        UsageError: a call is unknown (with the nearest known), a number is masked or not kept, nobody or no reason is
            named, or the reason names a call itself: it would stand in the certificate.
        HeldError: one of the calls is held; nothing was changed.
        RunAtWorkError: a run that has the calls is at work or waits for a decision; nothing was removed.
    """
    if not (by.strip() and reason.strip()):
        raise UsageError("an erasure without a name or a reason", remedy="say who asks for it, and why")
    if bool(calls) == (customer is not None):
        raise UsageError("whose erasure is asked for is not clear", remedy="name calls, or a customer, and not both")
    by, reason = by.strip(), reason.strip()
    with lake.locked(settings.lake.root):
        request = Request(settings, calls, customer, now or dt.datetime.now(dt.UTC))
        request.refuse_named(by, reason)
        needed.refuse(settings, request.folders(), request.needles)
        removal = Removal(request, delete_recordings=delete_recordings or settings.retention.recordings == "delete")
        if dry_run:
            removal.would_go()
            return _certificate(removal, by, reason, None)
        return _done(removal, by, reason)


def _done(removal: Removal, by: str, reason: str) -> Certificate:
    """Erase; returns the certificate, which is written."""
    request, settings = removal.request, removal.settings
    register.enter(settings, request.calls, request.id)
    # Once more: a run may have begun before it could know.
    needed.refuse(settings, request.folders(), request.needles)
    removal.files()
    removal.recordings()
    removal.rows(by)
    made = _certificate(removal, by, reason, search.lake_of(settings, request.needles))
    certificate.write(request.root, made)
    register.finish(settings, request.unfinished, request.id)
    return made


def _certificate(removal: Removal, by: str, reason: str, found: Searched | None) -> Certificate:
    """Of what went and was looked for afterwards; of a dry run where nothing was looked for."""
    request = removal.request
    return Certificate(
        id=request.id,
        at=request.now,
        by=by,
        reason=reason,
        request=_asked(request),
        removed=removal.removed,
        days=removal.days,
        searched=_searched(request, found) if found else {},
        left=_left(removal, found) if found else [],
        not_removed=[*removal.not_removed, *(_unread(request, found) if found else ())],
        dry_run=found is None,
        versions={"callqa": callqa.__version__, "python": platform.python_version(), "pyarrow": pa.__version__},
    )


def _asked(request: Request) -> dict[str, Any]:
    digests = register.digests(request.settings, request.targets)
    return {
        "kind": request.kind,
        "days": [day.isoformat() for day in request.calls.days()],
        "calls": [{"day": day.isoformat(), "digest": digest} for (day, _), digest in digests.items()],
        "continues": request.unfinished,
    }


def _searched(request: Request, found: Searched) -> dict[str, Any]:
    return {"files": found.files, "bytes": found.bytes, "for": dict(request.needles.counts())}


def _left(removal: Removal, found: Searched) -> list[dict[str, Any]]:
    root, needles = removal.root, removal.request.needles
    traces = [{"file": places.shown(trace.path, root, needles), "kinds": list(trace.kinds)} for trace in found.traces]
    return [{"file": "the source", "kinds": ["recording"]} for _ in removal.refused] + traces


def _unread(request: Request, found: Searched) -> list[dict[str, str]]:
    return [{"what": places.shown(Path(path), request.root), "why": why} for path, why in found.unreadable.items()]
