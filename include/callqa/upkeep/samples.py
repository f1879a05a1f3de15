"""The console's samples of findings to review, `<lake>/console/samples/<id>.json`: a name, filters and a seed.

A sample holds no finding: whoever opens it gets those that its filters and seed choose among the published days. But a
filter may be a call's id or a customer's number, and people write into its name what they like.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.upkeep import lake
from callqa.upkeep.decoding import Value
from callqa.upkeep.held import Held
from callqa.upkeep.lake import Removed
from callqa.upkeep.needles import Needles

FOLDER = "console/samples"
DAYS = ("from", "to")
"""Keys of the filters that say of which days a sample is."""


def forget(root: Path, needles: Needles, *, dry_run: bool = False) -> Removed:
    """Remove the samples that are of an erased call; put asterisks into the names of others that mention one.

    Returns how many files went, and as rows how many were changed; a dry run only counts.

    Raises:
        StageError: a file cannot be written or removed.
    """
    done = Removed()
    for path, plain in _samples(root):
        if any(_names(text, needles) for _, text in _filters(plain)):
            done += lake.weight(path) if dry_run else lake.remove(path)
        elif _names(name := str(plain.get("name", "")), needles):
            done += Removed(rows=1)
            if not dry_run:
                storage.write_json(path, {**plain, "name": _hidden(name, needles)})
    return done


def _names(text: str, needles: Needles) -> bool:
    return bool(needles.found_in(Value(text, whole=True)))


def _hidden(name: str, needles: Needles) -> str:
    """With asterisks; all of them where the whole is a name too short to be told within other words."""
    hidden = needles.hidden(name.encode(), None).decode("utf-8", "replace")
    return "*" * len(name) if _names(hidden, needles) else hidden


def over(root: Path, first: dt.date, held: Held) -> list[Path]:
    """The samples all of whose days lie before `first`: none of their findings is published any more.

    One with a day on which a hold lies stays.
    """
    found = []
    for path, plain in _samples(root):
        days = _days(plain)
        if len(days) == len(DAYS) and max(days) < first and not _is_held(min(days), max(days), held):
            found.append(path)
    return found


def _is_held(first: dt.date, last: dt.date, held: Held) -> bool:
    return any(first <= day <= last for day in (*held.days, *(day for day, _ in held.calls)))


def _days(plain: Mapping[str, Any]) -> list[dt.date]:
    try:
        return [dt.date.fromisoformat(text) for key, text in _filters(plain) if key in DAYS]
    except ValueError:
        return []


def _filters(plain: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = plain.get("filters")
    return [(str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2] if isinstance(pairs, list) else []


def _samples(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Those that can be read; another file there is looked through like any other file."""
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            plain = None
        if isinstance(plain, dict):
            yield path, plain


def is_sample(root: Path, path: Path) -> bool:
    """Whether a file is one that `forget` looks after."""
    return path.parent == root / FOLDER and any(path == one for one, _ in _samples(root))
