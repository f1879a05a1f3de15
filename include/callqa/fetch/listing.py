"""What lies in the place of a day: recordings, the side-car, files that are neither."""

from __future__ import annotations

import datetime as dt
import fnmatch
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

from callqa import remote
from callqa.errors import SourceError
from callqa.settings import SourceSettings

if TYPE_CHECKING:
    from callqa.remote.index import Linked

AUDIO_SUFFIXES = frozenset(
    {
        *(".wav", ".w64", ".rf64", ".mp3", ".m4a", ".mp4", ".3gp", ".aac", ".flac", ".ogg", ".oga", ".opus"),
        *(".amr", ".awb", ".gsm", ".wma", ".aiff", ".aif", ".au", ".caf", ".mka"),
    }
)
SIDECARS = ("calls.csv", "calls.jsonl", "calls.parquet")
IDENTITIES = ("ETag", "etag", "md5Hash", "md5", "LastModified", "mtime", "created")
"""What storages call that by which they tell two versions of a file apart; the first one that is there counts."""
TIMES = ("LastModified", "mtime", "updated", "created")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file of the day's place as the storage lists it."""

    name: str
    uri: str
    size_bytes: int
    etag: str
    """Identity of the bytes before they are read: the storage's own, or size and time of change of a local file."""
    changed: dt.datetime | None = None
    """When it was last written, by the storage's clock."""

    @property
    def local(self) -> Path | None:
        """The path of a local file, None in any other storage."""
        return None if "://" in self.uri else Path(self.uri)


@dataclass(frozen=True, kw_only=True)
class DayFolder:
    """The place of one day."""

    uri: str
    recordings: list[Found]
    """Sorted by name."""
    sidecar: Found | None
    ignored: int
    """Files that are neither recordings nor side-cars (hidden files and folders are not counted)."""


def place_of(source: SourceSettings, day: dt.date) -> tuple[str, str]:
    """The address of a day's folder, and what its files are called (`*`: anything)."""
    place = source.layout.format(day=day)
    folder, _, last = place.rpartition("/")
    folder, names = (folder, last) if "*" in last else (place, "*")
    return remote.join(source.root, folder), names


def list_day(source: SourceSettings, day: dt.date) -> DayFolder:
    """List the place of a day; one that is not there is an empty day. Where days lie together, all of them are listed.

    Raises:
        SourceError: the root does not exist or cannot be listed, or there are two side-cars.
        UnreachableError: the storage does not answer.
    """
    uri, names = place_of(source, day)
    _check_root(source)
    files = list_folder(source, uri)
    of_day = [file for file in files if fnmatch.fnmatchcase(file.name, names) or file.name.lower() in SIDECARS]
    recordings, sidecars, ignored = sorted_out(source, of_day)
    if len(sidecars) > 1:
        both = " and ".join(f.name for f in sidecars)
        raise SourceError(f"{remote.shown(uri)} holds {both}: which one is right?", remedy="keep one of them")
    return DayFolder(uri=uri, recordings=recordings, sidecar=sidecars[0] if sidecars else None, ignored=ignored)


def sorted_out(source: SourceSettings, files: Sequence[Found]) -> tuple[list[Found], list[Found], int]:
    """Recordings by name, side-cars, and how many files are neither."""
    suffixes = AUDIO_SUFFIXES.union(f".{extension}" for extension in source.raw)
    recordings = [file for file in files if Path(file.name).suffix.lower() in suffixes]
    sidecars = [file for file in files if file.name.lower() in SIDECARS]
    return _sized(source, recordings), sidecars, len(files) - len(recordings) - len(sidecars)


def list_folder(source: SourceSettings, uri: str) -> list[Found]:
    """The files of a folder by name, without hidden ones; none where it is not there.

    Raises:
        SourceError: it is a file, or cannot be listed.
        UnreachableError: the storage does not answer.
    """
    files = _linked(source, uri) if remote.scheme(uri) in ("http", "https") else _stored(source, uri)
    visible = (file for file in files if not file.name.startswith("."))
    return sorted(visible, key=lambda file: file.name)


def read_bytes(file: Found, source: SourceSettings | None = None) -> bytes:
    """The whole of a (small) file.

    Raises:
        SourceError: it is gone, or the storage refused it.
        UnreachableError: the storage does not answer.
    """
    storage = source.storage if source else {}
    try:
        return remote.attempt(file.uri, storage, lambda system, path: bytes(system.cat_file(path)))
    except FileNotFoundError as error:
        raise SourceError(
            f"cannot read {remote.shown(file.uri)}: it was listed, and is gone", remedy="run the day again"
        ) from error


def _check_root(source: SourceSettings) -> None:
    root = source.root
    if remote.scheme(root) in ("http", "https"):
        return  # it has no folders that could be asked for; what is not there is an empty day

    try:
        kind = remote.attempt(root, source.storage, remote.kind, "open the source")
    except FileNotFoundError:
        remedy = "set source.root in qa.toml to the recordings"
        raise SourceError(f"the source {root} does not exist", remedy=remedy) from None
    if kind == "file":
        raise SourceError(f"the source {root} is a file", remedy="give the folder that holds a folder YYYY-MM-DD a day")


def _stored(source: SourceSettings, uri: str) -> list[Found]:
    def look(system: Any, path: str) -> list[Found]:
        if remote.kind(system, path) != "directory":
            raise SourceError(f"{uri} is a file", remedy="a day is a folder of recordings, see source.layout")
        entries = system.ls(path, detail=True)
        return [_found(system, info, uri) for info in entries if info["type"] != "directory"]

    try:
        return remote.attempt(uri, source.storage, look, "list")
    except FileNotFoundError:  # a day without calls
        return []


def _linked(source: SourceSettings, uri: str) -> list[Found]:
    from callqa.remote import http

    return [_found_at(file) for file in http.listing(uri, source.storage)]


def _found_at(file: Linked) -> Found:
    return Found(
        name=file.name,
        uri=file.url,
        size_bytes=-1 if file.size is None else file.size,
        etag=file.etag or file.changed or str(file.size or ""),
        changed=_moment(file.changed),
    )


def _sized(source: SourceSettings, files: list[Found]) -> list[Found]:
    """Of an HTTP server whose listing has no sizes, one question a recording."""
    if not any(file.size_bytes < 0 for file in files):
        return files
    from callqa.remote import http
    from callqa.remote.index import Linked

    unknown = [Linked(url=file.uri, name=file.name, etag=file.etag) for file in files if file.size_bytes < 0]
    asked = {file.url: _found_at(file) for file in http.sized(unknown, source.storage)}
    return [asked.get(file.uri, file) for file in files]


def _found(filesystem: Any, info: Mapping[str, Any], folder: str) -> Found:
    path = str(info["name"])
    name = path.rstrip("/").rsplit("/", 1)[-1]
    size = int(info.get("size") or 0)
    if remote.is_local(folder):
        changed, etag = _local_state(path, size)
        return Found(name=_readable(name), uri=_local_uri(path), size_bytes=size, etag=etag, changed=changed)
    # Of an SFTP server the file system does not say which.
    known = remote.scheme(folder) not in ("sftp", "ssh")
    uri = str(filesystem.unstrip_protocol(path)) if known else f"{folder}/{name}"
    changed = next((moment for key in TIMES if (moment := _moment(info.get(key)))), None)
    return Found(name=name, uri=uri, size_bytes=size, etag=_etag(info, size), changed=changed)


def _moment(value: Any) -> dt.datetime | None:
    """When a file was changed, of a time, ISO 8601 or HTTP's form; None where that is not said."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    for parse in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(str(value or ""))
        except (ValueError, TypeError, IndexError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return None


def _local_state(path: str, size: int) -> tuple[dt.datetime | None, str]:
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError:
        return None, f"{size}-"
    return dt.datetime.fromtimestamp(changed / 1e9, dt.UTC), f"{size}-{changed}"


def _etag(info: Mapping[str, Any], size: int) -> str:
    for key in IDENTITIES:
        if info.get(key):
            return str(info[key]).strip('"')
    return str(size)


def _readable(name: str) -> str:
    """A name as text: shares of Windows leave names in GBK, which no table of strings holds as they are."""
    return remote.readable(os.fsencode(name))


def _local_uri(path: str) -> str:
    """The path, or where it is not UTF-8 a file:// URI with its bytes in percent signs."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "file://" + quote_from_bytes(os.fsencode(path))
    return path
