"""Event detectors of rule packs, run on every channel as it was recorded; one that fails costs its own events only."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import qc_rules
from callqa.errors import RulePackError
from callqa.prepare.intake.decode import Audio
from callqa.prepare.intake.scratch import Samples, let_go
from qc_rules.errors import described, is_of_a_pack
from qc_rules.time_limit import TimeUp, clock

Identities = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Name, version and classes of each detector, by name."""
Installed = Sequence[tuple[qc_rules.Pack, qc_rules.Detector]]

SECONDS = 20.0
"""That a detector may take for one channel, and as many more as …"""
SECONDS_A_SECOND = 0.25
"""… for each second of it."""
SLACK_SECONDS = 0.1
"""An event that ends later than this after the recording is an error of the detector, not of rounding."""


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """What the installed detectors found in a recording."""

    events: tuple[dict[str, Any], ...]
    """Fields of `contracts.Event` but the call's, by detector, then channel, then time."""
    classes: dict[str, bool]
    """Event classes that they listen for, and whether all that do could, on every channel."""
    faults: tuple[str, ...] = ()
    """Detectors that failed, and how."""


def identities() -> Identities:
    """What the events of the installed detectors depend on besides the audio: their names, versions and classes.

    Raises:
        RulePackError: a pack cannot be used.
    """
    try:
        return _named(qc_rules.installed_detectors())
    except qc_rules.PackError as error:
        raise RulePackError(error.message, remedy=error.remedy) from error


def seconds_for(audio: Audio, detectors: Identities) -> float:
    """How long these detectors may take for a recording."""
    return len(detectors) * len(audio.channels) * _limit(audio)


def sounds_of(audio: Audio, detectors: Identities) -> Sounds:
    """The events that these detectors hear in a recording.

    Raises:
        RulePackError: they are not those that are installed.
    """
    events: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    installed = _installed(detectors, tuple(sys.path)) if detectors else []
    for pack, detector in installed:
        try:
            events += _heard(detector, audio)
        except BaseException as error:  # whatever it raises costs its own events
            if not is_of_a_pack(error):
                raise
            faults[detector.name] = f"{pack}: detector {detector.name} {detector.version}: {_described(error)}"
    failed = {class_ for _, one in installed if one.name in faults for class_ in one.classes}
    listened = {class_ for _, one in installed for class_ in one.classes}
    classes = {class_: class_ not in failed for class_ in sorted(listened)}
    return Sounds(events=tuple(events), classes=classes, faults=tuple(faults.values()))


@functools.lru_cache(maxsize=1)
def _installed(detectors: Identities, _: tuple[str, ...]) -> Installed:
    """Once a process, with models that they may load; anew where they have changed, or are looked for elsewhere."""
    found = qc_rules.installed_detectors()
    if _named(found) != detectors:
        raise RulePackError(
            "the detectors of the installed rule packs have changed since the run began",
            remedy="run again, and install packs between runs only",
        )
    return found


def _named(installed: Installed) -> Identities:
    return tuple((one.name, one.version, tuple(sorted(one.classes))) for _, one in installed)


def _limit(audio: Audio) -> float:
    return SECONDS + SECONDS_A_SECOND * audio.duration


class _TooLongError(Exception):
    """It takes longer than it may."""


def _heard(detector: qc_rules.Detector, audio: Audio) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with clock(_limit(audio)) as timer:
        for channel, samples in enumerate(audio.channels):
            view = samples.view()
            view.flags.writeable = False
            try:
                sounds = timer.run(functools.partial(_listen, detector, view, audio.rate))
            except TimeUp:
                raise _TooLongError(f"takes longer than {_limit(audio):g} s for a channel") from None
            finally:
                let_go(samples)
            found += sorted(_checked(sounds, detector, channel, audio.duration), key=_place)
    return found


def _listen(detector: qc_rules.Detector, samples: Samples, rate: int) -> list[Any]:
    return list(detector.detect(samples, rate))


def _place(event: dict[str, Any]) -> tuple[float, float, str]:
    return event["start"], event["end"], event["class_"]


def _checked(
    sounds: Sequence[Any], detector: qc_rules.Detector, channel: int, duration: float
) -> Iterator[dict[str, Any]]:
    by = {"channel": channel, "detector": detector.name, "version": detector.version}
    for sound in sounds:
        start, end, class_, score = sound
        if class_ not in detector.classes:
            raise ValueError(f"it reports {class_!r}, which is not among its classes {', '.join(detector.classes)}")
        start, end = float(start), float(end)
        if not 0 <= start < end <= duration + SLACK_SECONDS:
            raise ValueError(f"it reports {class_} from {start:g} to {end:g} s of a recording of {duration:g} s")
        score = None if score is None else float(score)
        if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
            raise ValueError(f"it reports {class_} with a score of {score:g}, which is not from 0 to 1")
        if start < duration:
            yield {**by, "start": start, "end": min(end, duration), "class_": class_, "score": score}


def _described(error: BaseException) -> str:
    return str(error) if isinstance(error, _TooLongError) else described(error)
