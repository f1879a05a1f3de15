"""Recordings that still lie in the source though their calls were erased."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from typing import Any, Protocol, cast
from urllib.parse import unquote_to_bytes

import fsspec

from callqa.contracts import Recording
from callqa.errors import SourceError


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


def forgotten(recording: Recording, erased: Erased) -> bool:
    """Whether a recording is left out: its call was erased, or its bytes were, under whatever name they come now.

    Raises:
        SourceError: a file that may be an erased one cannot be read.
    """
    if erased.has_call(recording.call_id):
        return True
    return recording.size_bytes in erased.sizes and erased.has_recording(_digest(recording.uri))


def _digest(uri: str) -> str:
    # A local name that is not UTF-8 comes as a file:// URI with its bytes in percent signs, see `listing`.
    path = os.fsdecode(unquote_to_bytes(uri.removeprefix("file://"))) if uri.startswith("file://") else uri
    try:
        with fsspec.open(path, "rb") as file:
            return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
    except OSError as error:
        raise SourceError(
            f"cannot read {uri}, which has the size of an erased recording: {error}",
            remedy="check the permissions of the source: it must be known whether this one is to be left out",
        ) from error
