"""The name of everything that a recording's clips depend on besides its bytes."""

from __future__ import annotations

from callqa import storage
from callqa.prepare import denoise
from callqa.prepare.slicing import voice
from callqa.prepare.sounds import music, tones
from callqa.prepare.sounds.installed import Identities
from callqa.prepare.speakers import diarise
from callqa.settings import PrepareSettings, SourceSettings

STAGE_VERSION = "2"
"""Changes whenever the same bytes would give other clips and no part's own version says so."""
_NOT_HEARD = ("processes", "max_recording_seconds", "max_recording_mb")
"""Settings that change no clip."""


def audio_versions(source: SourceSettings, settings: PrepareSettings, detectors: Identities = ()) -> dict[str, str]:
    """The version of the audio pipeline by the extension of files without a header; under "" that of all others.

    The former is the latter, a `+` and how such files are read: a day may hold both, and is made by one pipeline.
    """
    parameters = [
        settings.model_dump(exclude=set(_NOT_HEARD)),
        source.max_call_seconds,
        voice.version(),
        tones.VERSION,
        music.VERSION,
        denoise.version() if settings.denoise != "off" else "off",
        diarise.version() if settings.diarise != "off" else "off",
        *detectors,
    ]
    pipeline = f"{STAGE_VERSION}-{storage.digest_of(parameters)[:12]}"
    raw = {extension: storage.digest_of(how.model_dump())[:8] for extension, how in source.raw.items()}
    return {"": pipeline, **{extension: f"{pipeline}+{digest}" for extension, digest in raw.items()}}
