"""A decoded recording as facts, clips and tones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from callqa.contracts import SAMPLE_RATE
from callqa.prepare.bleed import without_bleed
from callqa.prepare.decode import Audio, Samples
from callqa.prepare.levels import Levels, levels_of, mean_level, sounds_of
from callqa.prepare.slices import Heard, Slice, seconds_of, slices_of
from callqa.prepare.spans import Span, joined
from callqa.prepare.tones import Tone, call_state, tones_of
from callqa.prepare.voice import gain_for, probabilities, speech_of
from callqa.settings import PrepareSettings

_RESAMPLE_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A clip without its call: level in dBFS, samples as little-endian int16 of 16 kHz."""

    slice: Slice
    loudness: float
    pcm: bytes


@dataclass(frozen=True, kw_only=True)
class Listened:
    """What was found in a recording."""

    facts: dict[str, Any]
    """Fields of Prepared."""
    pieces: list[Piece]
    tones: list[tuple[int, Tone]]
    """By channel."""


def listen(audio: Audio, settings: PrepareSettings) -> Listened:
    """Tones (on the original audio), voice, sounds, slices of every channel of a recording."""
    levels = [levels_of(samples, audio.rate) for samples in audio.channels]
    tones = [tones_of(samples, audio.rate) for samples in audio.channels]
    # 16 kHz of all channels: int16, so a stereo hour is 230 MB.
    wide = [at_model_rate(samples, audio.rate) for samples in audio.channels]
    heard = _heard(wide, levels, tones, audio.duration, settings)
    pieces = [_piece(piece, wide, levels) for piece in slices_of(heard, audio.duration, settings)]
    flat = [(channel, tone) for channel, found in enumerate(tones) for tone in found]
    return Listened(facts=_facts(audio, heard, [tone for _, tone in flat]), pieces=pieces, tones=flat)


def at_model_rate(samples: Samples, rate: int) -> Samples:
    """A channel at 16 kHz."""
    if rate == SAMPLE_RATE:
        return samples
    return np.concatenate(list(_resampled(samples, rate)))


def _resampled(samples: Samples, rate: int) -> Iterator[Samples]:
    """In blocks: soxr would hold several copies of a long call as floats."""
    import soxr

    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
    for first in range(0, len(samples), _RESAMPLE_BLOCK):
        block = samples[first : first + _RESAMPLE_BLOCK].astype(np.float32)
        out = stream.resample_chunk(block, last=first + _RESAMPLE_BLOCK >= len(samples))
        yield np.clip(np.rint(out), -32768, 32767).astype(np.int16)


def _heard(
    wide: list[Samples], levels: list[Levels], tones: list[list[Tone]], duration: float, settings: PrepareSettings
) -> list[Heard]:
    floor = settings.sound_floor_dbfs
    voices = [
        speech_of(probabilities(w, gain_for(own, floor)), settings.vad_threshold, settings.min_speech_seconds, duration)
        for w, own in zip(wide, levels, strict=True)
    ]
    return [_channel(i, levels, voices[i], tones[i], floor) for i in range(len(wide))]


def _channel(index: int, levels: list[Levels], voice: list[Span], tones: list[Tone], floor: float) -> Heard:
    own, others = levels[index], [other for i, other in enumerate(levels) if i != index]
    bursts = [span for tone in tones for span in tone.bursts]
    sounds = sounds_of(own, joined([*voice, *bursts]), floor)
    return Heard(
        speech=without_bleed(voice, own, others),
        sounds=without_bleed(sounds, own, others),
        tones=bursts,
        levels=own,
    )


def _piece(piece: Slice, wide: list[Samples], levels: list[Levels]) -> Piece:
    start, end = round(piece.start * SAMPLE_RATE), round(piece.end * SAMPLE_RATE)
    pcm = wide[piece.channel][start:end].astype("<i2").tobytes()
    return Piece(slice=piece, loudness=round(mean_level(levels[piece.channel], piece.start, piece.end), 2), pcm=pcm)


def _facts(audio: Audio, heard: list[Heard], tones: list[Tone]) -> dict[str, Any]:
    audible = seconds_of([joined([*own.sounds, *own.speech]) for own in heard])
    return {
        "duration": audio.duration,
        "channels": len(audio.channels),
        "sample_rate": audio.rate,
        "codec": audio.codec,
        "call_state": call_state(tones, audible),
        "tone_seconds": seconds_of([own.tones for own in heard]),
        "speech_seconds": seconds_of([own.speech for own in heard]),
        "sound_seconds": audible,
    }
