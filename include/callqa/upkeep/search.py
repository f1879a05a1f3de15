"""Every file of a lake looked through, decoded, for what must not be there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from callqa.errors import StageError
from callqa.settings import Settings
from callqa.upkeep import decoding, lake
from callqa.upkeep.needles import Needles, day_of


@dataclass(frozen=True)
class Trace:
    """A file in which something was found."""

    path: Path
    kinds: tuple[str, ...]
    """Of the needles that are in it or in its path."""


@dataclass
class Searched:
    """What was looked through, and what was found."""

    files: int = 0
    bytes: int = 0
    traces: list[Trace] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Files that could not be decoded, with the reason: nobody knows what is in them."""


def lake_of(settings: Settings, needles: Needles) -> Searched:
    """Look through the lake, and through the warehouse where that lies somewhere else."""
    root = Path(settings.lake.root)
    found = Searched()
    for path in lake.files(root):
        if path.name != lake.LOCK:
            look(path, root, needles, found)
    elsewhere = settings.lake.warehouse
    if elsewhere and "://" not in elsewhere and not Path(elsewhere).is_relative_to(root):
        for path in lake.files(Path(elsewhere)):
            look(path, Path(elsewhere), needles, found)
    elif elsewhere and "://" in elsewhere:
        _look_in_store(settings, needles, found)
    return found


def look(path: Path, root: Path, needles: Needles, found: Searched) -> None:
    """Look through one file."""
    inside = path.relative_to(root).as_posix()
    kinds, day = needles.in_path(inside), day_of(inside)
    try:
        found.bytes += path.stat().st_size
        for value in decoding.values(path):
            kinds |= needles.found_in(value, day)
    except FileNotFoundError:
        return  # gone while it was looked for
    except (OSError, decoding.UnknownFormError) as error:
        found.unreadable[str(path)] = str(error)
    found.files += 1
    if kinds:
        found.traces.append(Trace(path, tuple(sorted(kinds))))


def _look_in_store(settings: Settings, needles: Needles, found: Searched) -> None:
    """A warehouse in an object store, a file at a time."""
    for address in _stored(settings):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / address.rpartition("/")[2]
            try:
                _fetch(settings, address, copy)
            except (OSError, StageError) as error:
                found.unreadable[address] = str(error)
                continue
            before = len(found.traces)
            look(copy, Path(folder), needles, found)
            found.traces[before:] = [Trace(Path(address), trace.kinds) for trace in found.traces[before:]]


def _stored(settings: Settings) -> Iterator[str]:
    from callqa.warehouse import store

    for address, _ in store.listing(settings.lake, store.location(settings.lake)):
        yield address


def _fetch(settings: Settings, address: str, target: Path) -> None:
    from callqa.warehouse import store

    store.get(settings.lake, address, target)
