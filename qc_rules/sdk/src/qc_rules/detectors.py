"""Detectors of sounds that are not words: a pack registers one to have a class of events heard."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

Sound = tuple[float, float, str, float | None]
"""Start and end in seconds from the start of the recording, the event's class, and a score of 0..1 or None."""


class Samples(Protocol):
    """One channel of a recording: whole numbers of 16 bits with sign, full scale 32768.

    A numpy array of int16, often the read-only mapping of a file of hours: read it in slices of some seconds. Nothing
    may be written to it.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, part: Any, /) -> Any: ...


class Detector(ABC):
    """Listens to each channel of each recording, as it was recorded: before denoising, at the recording's rate.

    Runs in the process that reads the recording, before anything is known of who speaks there. What it reports is
    remembered with the recording: a new version makes it listen again. Where it raises or takes too long, the recording
    has none of its events, and rules on its classes are unknown there.
    """

    name: ClassVar[str]
    """Unique among the installed detectors: a word in small letters. Stored with every event."""
    version: ClassVar[str]
    """Goes up whenever the same audio may give other events."""
    classes: ClassVar[tuple[str, ...]]
    """The event classes that it reports, known ones or new: `("yawn",)`. It must report no other."""

    @abstractmethod
    def detect(self, samples: Samples, sample_rate: int) -> Iterable[Sound]:
        """The events of one channel, in any order.

        Args:
            samples: the channel, from the start of the recording to its end.
            sample_rate: Hz, from 4000.
        """


def check_detector(detector: Detector) -> None:
    """Refuse one whose attributes are not what they should be.

    Raises:
        ValueError: says which.
    """
    name, version = getattr(detector, "name", None), getattr(detector, "version", None)
    classes: Any = getattr(detector, "classes", None)
    if not _is_word(name):
        raise ValueError(f"name is {name!r}: a word in small letters, for example acme_yawns")
    if not isinstance(version, str) or not version:
        raise ValueError(f'version is {version!r}: a text, for example "1"')
    if not isinstance(classes, (tuple, list)) or not classes or not all(map(_is_word, classes)):
        raise ValueError(f'classes is {classes!r}: words in small letters, for example ("yawn",)')


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value) is not None
