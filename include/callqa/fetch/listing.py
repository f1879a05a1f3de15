"""What lies in the folder of a day: recordings, the side-car, files that are neither."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import fsspec

from callqa.errors import SourceError

AUDIO_SUFFIXES = frozenset(
    {
        *(".wav", ".w64", ".rf64", ".mp3", ".m4a", ".mp4", ".3gp", ".aac", ".flac", ".ogg", ".oga", ".opus"),
        *(".amr", ".awb", ".gsm", ".wma", ".aiff", ".aif", ".au", ".caf", ".mka"),
    }
)
SIDECARS = ("calls.csv", "calls.jsonl", "calls.parquet")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file of the day's folder as the storage lists it."""

    name: str
    uri: str
    size_bytes: int
    etag: str
    """Identity of the bytes before they are read: the storage's own, or size and time of change of a local file."""

    @property
    def local(self) -> Path | None:
        """The path of a local file, None in any other storage."""
        return None if "://" in self.uri else Path(self.uri)


@dataclass(frozen=True, kw_only=True)
class DayFolder:
    """The folder of one day."""

    uri: str
    recordings: list[Found]
    """Sorted by name."""
    sidecar: Found | None
    ignored: int
    """Files that are neither recordings nor side-cars (hidden files and folders are not counted)."""


def list_day(root: str, day: date, raw: Iterable[str] = ()) -> DayFolder:
    """List `<root>/<day>`; a folder that is not there is an empty day.

    Args:
        root: folder or URI that holds the days.
        day: which of them.
        raw: extensions (without the dot) of recordings without a header, beside those that everybody knows.

    Raises:
        SourceError: the root does not exist or cannot be listed, or there are two side-cars.
    """
    filesystem, path = _open_root(root)
    uri = f"{root.rstrip('/')}/{day.isoformat()}"
    files = [_found(filesystem, info) for info in _entries(filesystem, f"{path.rstrip('/')}/{day.isoformat()}", uri)]
    visible = sorted((f for f in files if not f.name.startswith(".")), key=lambda f: f.name)
    suffixes = AUDIO_SUFFIXES.union(f".{extension}" for extension in raw)
    recordings = [f for f in visible if Path(f.name).suffix.lower() in suffixes]
    sidecars = [f for f in visible if f.name.lower() in SIDECARS]
    if len(sidecars) > 1:
        names = " and ".join(f.name for f in sidecars)
        raise SourceError(f"{uri} holds {names}: which one is right?", remedy="keep one of them")
    ignored = len(visible) - len(recordings) - len(sidecars)
    return DayFolder(uri=uri, recordings=recordings, sidecar=sidecars[0] if sidecars else None, ignored=ignored)


def read_bytes(file: Found) -> bytes:
    """The whole of a (small) file.

    Raises:
        SourceError: the storage refused it.
    """
    try:
        if file.local:
            return file.local.read_bytes()
        filesystem, path = fsspec.core.url_to_fs(file.uri)
        return bytes(filesystem.cat_file(path))
    except OSError as error:
        raise SourceError(f"cannot read {file.uri}: {error}", remedy="check the permissions of the source") from error


def _open_root(root: str) -> tuple[Any, str]:
    try:
        filesystem, path = fsspec.core.url_to_fs(root)
        filesystem.invalidate_cache()
        there = filesystem.exists(path)
    except (ImportError, ValueError) as error:
        raise SourceError(
            f"cannot open the source {root}: {error}",
            remedy="install the package of that storage (s3fs, gcsfs, ossfs …) or correct source.root",
        ) from error
    except OSError as error:
        raise SourceError(f"cannot open the source {root}: {error}", remedy="check its credentials") from error
    if not there:
        raise SourceError(f"the source {root} does not exist", remedy="set source.root in qa.toml to the recordings")
    if filesystem.isfile(path):
        raise SourceError(f"the source {root} is a file", remedy="give the folder that holds a folder YYYY-MM-DD a day")
    return filesystem, path


def _entries(filesystem: Any, path: str, uri: str) -> list[Mapping[str, Any]]:
    try:
        if not filesystem.exists(path):
            return []
        if not filesystem.isdir(path):
            raise SourceError(f"{uri} is a file", remedy="a day is a folder of recordings named YYYY-MM-DD")
        return [info for info in filesystem.ls(path, detail=True) if info["type"] != "directory"]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SourceError(f"cannot list {uri}: {error}", remedy="check the permissions of the source") from error


def _found(filesystem: Any, info: Mapping[str, Any]) -> Found:
    path = str(info["name"])
    name = path.rstrip("/").rsplit("/", 1)[-1]
    size = int(info.get("size") or 0)
    protocols = filesystem.protocol
    if "file" in ((protocols,) if isinstance(protocols, str) else protocols):
        return Found(name=_readable(name), uri=_local_uri(path), size_bytes=size, etag=_local_etag(path, size))
    return Found(name=name, uri=str(filesystem.unstrip_protocol(path)), size_bytes=size, etag=_etag(info, size))


def _local_etag(path: str, size: int) -> str:
    try:
        return f"{size}-{Path(path).stat().st_mtime_ns}"
    except OSError:
        return f"{size}-"


def _etag(info: Mapping[str, Any], size: int) -> str:
    for key in ("ETag", "etag", "md5Hash", "md5", "LastModified", "mtime", "created"):
        if info.get(key):
            return str(info[key]).strip('"')
    return str(size)


def _readable(name: str) -> str:
    """A name as text: shares of Windows leave names in GBK, which no table of strings holds as they are."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name


def _local_uri(path: str) -> str:
    """The path, or where it is not UTF-8 a file:// URI with its bytes in percent signs."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "file://" + quote_from_bytes(os.fsencode(path))
    return path
