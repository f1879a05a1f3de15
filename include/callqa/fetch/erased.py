"""Recordings that still lie in the source though their calls were erased."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, Protocol, cast

from callqa import remote
from callqa.contracts import Recording
from callqa.errors import SourceError, UnreachableError
from callqa.settings import SourceSettings


class Erased(Protocol):
    """What a run knows of erased calls: nothing that says who they were, see `callqa.warehouse.Register`."""

    @property
    def sizes(self) -> Collection[int]:
        """Bytes of the erased recordings: a file of another size is none of them and need not be read."""

    def has_call(self, call_id: str) -> bool:
        """Whether this call of the day was erased."""

    def has_recording(self, sha256: str) -> bool:
        """Whether a recording of these bytes was erased, on any day."""

    def identity(self) -> str:
        """Equal where the same is known."""


class Nothing:
    """Nothing was ever erased."""

    sizes: Collection[int] = ()

    def has_call(self, call_id: str) -> bool:  # noqa: ARG002
        """As in Erased."""
        return False

    def has_recording(self, sha256: str) -> bool:  # noqa: ARG002
        """As in Erased."""
        return False

    def identity(self) -> str:
        """As in Erased."""
        return ""


def forgotten(recording: Recording, erased: Erased, source: SourceSettings) -> bool:
    """Whether a recording is left out: its call was erased, or its bytes were, under whatever name they come now.

    Raises:
        SourceError: a file that may be an erased one cannot be read.
        UnreachableError: the storage does not answer.
    """
    if erased.has_call(recording.call_id):
        return True
    return _may_be(recording, erased) and erased.has_recording(_digest(recording.uri, source))


def _may_be(recording: Recording, erased: Erased) -> bool:
    """Whether a recording has the size of an erased one, or one that its web server does not say."""
    unknown = not recording.size_bytes and recording.reject_reason != "missing_file"
    return recording.size_bytes in erased.sizes or (unknown and bool(erased.sizes))


def _digest(uri: str, source: SourceSettings) -> str:
    def of(system: Any, path: str) -> str:
        with system.open(path, "rb", **remote.streamed(uri)) as file:
            return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()

    try:
        return remote.attempt(uri, source.storage, of)
    except UnreachableError:
        raise
    except (SourceError, FileNotFoundError) as error:
        raise SourceError(
            f"cannot read {remote.shown(uri)}, which may be an erased recording: {error}",
            remedy="check the permissions of the source: it must be known whether this one is to be left out",
        ) from error
