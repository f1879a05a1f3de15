"""The files that retention removes: sound and what was said, in caches, runs, refused days, exports and copies."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from callqa import warehouse
from callqa.errors import SourceError
from callqa.fetch.listing import AUDIO_SUFFIXES
from callqa.formats.folder import NOTE
from callqa.reports import folder as reports
from callqa.settings import Settings
from callqa.upkeep import caches, lake, source
from callqa.upkeep.held import Held, entries
from callqa.upkeep.held import of_day as calls_of
from callqa.upkeep.known import Calls
from callqa.upkeep.runs import Run, quarantined, runs

if TYPE_CHECKING:
    from callqa.upkeep.retaining import Retained

DATE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


def cached(
    settings: Settings, day: dt.date, what: Literal["sound", "heard"], over: Sequence[dt.date], held: Held
) -> list[Path]:
    """The entries of the caches that are of a published day's calls.

    `over` are all days that are past their time: what is of a recording that a younger day has too stays.
    """
    calls = calls_of(settings, day)
    kept = _digests_elsewhere(settings, calls, over)
    found: set[Path] = set()
    for known in calls:
        if not held.has(known.day, known.call_id):
            known.digests -= kept
            found |= getattr(caches.entries(settings, known, caches.Seen()), what)
    return sorted(found)


def remove_recordings(settings: Settings, day: dt.date, held: Held, dry_run: bool, result: Retained) -> None:
    """Delete the recordings of a published day's calls from the source, where `retention.recordings` says so."""
    if settings.retention.recordings == "keep":
        return
    for known in calls_of(settings, day):
        if not held.has(known.day, known.call_id):
            _delete(settings, known.uris, f"{day}/{known.call_id}", dry_run, result)


def _digests_elsewhere(settings: Settings, calls: Calls, over: Sequence[dt.date]) -> set[str]:
    digests = sorted({digest for known in calls for digest in known.digests})
    sql = "select distinct sha256 from calls where sha256 in (select unnest(?)) and call_date not in (select unnest(?))"
    rows = warehouse.query(settings.lake, sql, [digests, list(over)])[1] if digests else []
    return {str(digest) for (digest,) in rows}


def _delete(settings: Settings, uris: set[str], call: str, dry_run: bool, result: Retained) -> None:
    for uri in sorted(uris):
        if dry_run:
            there = source.is_there(uri, settings.source.storage)
            result.count("recordings in the source", lake.Removed(files=int(there)))
            continue
        try:
            result.count("recordings in the source", source.delete(uri, settings.source.storage))
        except SourceError as error:
            result.failed[f"recording of {call}"] = error.message


def remove_files(settings: Settings, now: dt.datetime, held: Held, dry_run: bool, result: Retained) -> None:
    """Remove what is past its time among the files that belong to no publication."""
    limits, zone = settings.retention, ZoneInfo(settings.source.timezone)
    first = {
        name: now.astimezone(zone).date() - dt.timedelta(days=days)
        for name, days in (("audio", limits.audio_days), ("text", limits.text_days or limits.findings_days))
        if days
    }
    kept = entries(settings, held) if first else set()
    found: list[tuple[str, Path]] = []
    if "text" in first:
        found += _of_runs(settings, now, first["text"], held, result)
        found += [("cache", path) for path in _older(settings, "transcribe", first["text"]) if path not in kept]
        found += [("exports", path) for path in _exports(Path(settings.lake.root), first["text"], held)]
    if "audio" in first:
        found += [("cache", path) for path in _older(settings, "prepare", first["audio"]) if path not in kept]
        found += [("cache", path) for path in _older(settings, "listen", first["audio"], "*") if path not in kept]
        found += [("copies for listening", path) for path in _copies(settings, first["audio"], held)]
    found += [("reports", path) for path in _reports(settings, now, first.get("text"), held)]
    for place, path in found:
        result.count(place, lake.weight(path) if dry_run else lake.remove(path))


def _of_runs(
    settings: Settings, now: dt.datetime, first: dt.date, held: Held, result: Retained
) -> Iterator[tuple[str, Path]]:
    """Runs and refused days: all of them hold what was said."""
    for place, found in (("runs", runs(settings, now)), ("quarantine", quarantined(settings, now))):
        for run in found:
            if _day(run) >= first:
                continue
            if run.state == "finished" and not held.touches(run.day):
                yield place, run.path
            else:
                why = "a hold lies on its day" if run.state == "finished" else run.why
                result.stayed[str(run.path.relative_to(settings.lake.root))] = why


def _day(run: Run) -> dt.date:
    """Of a run outside any day, when it was: what it heard is not younger."""
    return run.day or run.changed_at.date()


def _older(settings: Settings, stage: str, first: dt.date, suffix: str = "parquet") -> Iterator[Path]:
    """Entries that nobody has used since: what they are of is not younger."""
    limit = dt.datetime.combine(first, dt.time(), ZoneInfo(settings.source.timezone)).timestamp()
    for path in (Path(settings.lake.root) / "cache" / stage).glob(f"*/*.{suffix}"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                yield path


def _exports(root: Path, first: dt.date, held: Held) -> Iterator[Path]:
    """Folders of exports that somebody made in the lake."""
    for note in (path for path in lake.files(root) if path.name == NOTE):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            day = dt.date.fromisoformat(json.loads(note.read_text(encoding="utf-8"))["day"])
            if day < first and not held.touches(day):
                yield note.parent


def _reports(settings: Settings, now: dt.datetime, text: dt.date | None, held: Held) -> Iterator[Path]:
    """Reports that are kept no longer, and those that quote a day of which what was said is not."""
    days = settings.reports.keep_days
    own = now.astimezone(ZoneInfo(settings.source.timezone)).date() - dt.timedelta(days=days) if days else None
    for one in reports.kept(settings.lake.root):
        over = (text is not None and one.first < text) or (own is not None and one.last < own)
        if over and not any(held.touches(day) for day in one.days()):
            yield one.path


def _copies(settings: Settings, first: dt.date, held: Held) -> Iterator[Path]:
    """Files of sound that somebody left in the lake, by the day in their path, else by their age."""
    root, zone = Path(settings.lake.root), ZoneInfo(settings.source.timezone)
    for path in lake.files(root):
        inside = path.relative_to(root)
        if path.suffix.lower() not in AUDIO_SUFFIXES or inside.parts[0] in ("cache", "warehouse"):
            continue
        named = DATE.search(inside.as_posix())
        made = dt.datetime.fromtimestamp(path.stat().st_mtime, zone).date()
        day = dt.date.fromisoformat(named[1]) if named else made
        if day < first and not held.touches(day):
            yield path
