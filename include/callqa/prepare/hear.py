"""A decoded recording as facts, clips and tones; channel after channel, in blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callqa.contracts import SAMPLE_RATE, ChannelQuality, ClipAudio
from callqa.prepare import denoise
from callqa.prepare.intake.decode import Audio
from callqa.prepare.intake.resample import at_model_rate
from callqa.prepare.intake.scratch import Samples, let_go, stored
from callqa.prepare.slicing.slices import Heard, Slice, Speakers, seconds_of, slices_of
from callqa.prepare.slicing.voice import gain_for, probabilities, speech_of
from callqa.prepare.sounds.bleed import without_bleed
from callqa.prepare.sounds.dtmf import dtmf_of
from callqa.prepare.sounds.levels import Levels, levels_of, mean_level, sounds_of
from callqa.prepare.sounds.music import music_of
from callqa.prepare.sounds.quality import quality_of
from callqa.prepare.sounds.tones import Tone, call_state, tones_of
from callqa.prepare.spans import Span, joined, without
from callqa.prepare.speakers import diarise
from callqa.settings import PrepareSettings

LET_GO_AFTER = 100
"""Clips."""
PART = 300 * SAMPLE_RATE
"""Samples that the denoiser gets at once, if there is a pause."""


@dataclass(frozen=True, kw_only=True)
class Listened:
    """What was found in a recording."""

    facts: dict[str, Any]
    """Fields of Prepared."""
    clips: list[dict[str, Any]]
    """Fields of Clip: those of Slice, and the loudness."""
    events: list[tuple[int, Tone]]
    """Tones, pressed keys and music, by channel."""
    channels: list[Samples]
    """16 kHz."""

    def audio(self) -> Iterator[ClipAudio]:
        """The clips' samples, one after another."""
        for index, clip in enumerate(self.clips):
            first, last = round(clip["start"] * SAMPLE_RATE), round(clip["end"] * SAMPLE_RATE)
            yield ClipAudio(clip=index, pcm=self.channels[clip["channel"]][first:last].astype("<i2").tobytes())
            if index % LET_GO_AFTER == 0:
                for channel in self.channels:
                    let_go(channel)


@dataclass(kw_only=True)
class _Channel:
    """One channel on its way."""

    samples: Samples
    """At the recording's rate."""
    wide: Samples
    """16 kHz."""
    levels: Levels
    voice: list[Span]
    tones: list[Tone]
    """Pressed keys included."""
    music: list[Tone]
    sounds: list[Span]


def listen(audio: Audio, settings: PrepareSettings, folder: str | None = None) -> Listened:
    """Tones (on the original audio), voice, sounds, quality and slices of every channel of a recording.

    Args:
        audio: the recording; its samples are read in blocks.
        settings: how.
        folder: where the samples of 16 kHz go (None: the system's folder for temporary files).

    Raises:
        StageError: the disk is full.
    """
    channels = [_channel(samples, audio, settings, folder) for samples in audio.channels]
    heard = [_heard(index, channels) for index in range(len(channels))]
    slices = slices_of(heard, audio.duration, settings, _speakers(channels, heard, settings))
    quality = [_quality(index, channel, audio.rate, settings) for index, channel in enumerate(channels)]
    for index, channel in enumerate(channels):
        if quality[index].denoised:
            speech = [(s.start, s.end) for s in slices if s.channel == index and s.kind == "speech"]
            channel.wide = _denoised(channel.wide, speech, folder)  # music and coughs stay: they are evidence
    facts = _facts(audio, heard, [tone for channel in channels for tone in channel.tones])
    facts["quality"] = [dataclasses.asdict(measured) for measured in quality]
    events = [(index, event) for index, channel in enumerate(channels) for event in (*channel.tones, *channel.music)]
    clips = [_clip(piece, channels[piece.channel].levels) for piece in slices]
    return Listened(facts=facts, clips=clips, events=events, channels=[channel.wide for channel in channels])


def _channel(samples: Samples, audio: Audio, settings: PrepareSettings, folder: str | None) -> _Channel:
    levels = levels_of(samples, audio.rate)
    tones = [*tones_of(samples, audio.rate, settings.tones), *dtmf_of(samples, audio.rate)]
    music = music_of(samples, audio.rate, tones)
    wide = at_model_rate(samples, audio.rate, folder)
    probs = probabilities(wide, gain_for(levels, settings.sound_floor_dbfs))
    let_go(wide)
    voice = speech_of(probs, settings.vad_threshold, settings.min_speech_seconds, audio.duration)
    voice = _outside(voice, audible(music), settings.min_speech_seconds)
    known = joined([*voice, *audible(tones), *audible(music)])
    # Music all along is steady enough to pass for the noise of the line: what is known for music is sound.
    sounds = joined([*sounds_of(levels, known, settings.sound_floor_dbfs), *audible(music)])
    return _Channel(samples=samples, wide=wide, levels=levels, voice=voice, tones=tones, music=music, sounds=sounds)


def audible(events: list[Tone]) -> list[Span]:
    """Where tones or music are heard."""
    return joined(span for event in events for span in event.bursts)


def _outside(voice: list[Span], music: list[Span], shortest: float) -> list[Span]:
    """Voice that is no music: what a voice detector hears in it is left out, down to the shreds at its edges."""
    whole = set(voice)
    return [span for span in without(voice, music) if span in whole or span[1] - span[0] >= shortest]


def _heard(index: int, channels: list[_Channel]) -> Heard:
    own = channels[index]
    others = [other.levels for i, other in enumerate(channels) if i != index]
    return Heard(
        speech=without_bleed(own.voice, own.levels, others),
        sounds=without_bleed(own.sounds, own.levels, others),
        tones=audible(own.tones),
        levels=own.levels,
    )


def _speakers(channels: list[_Channel], heard: list[Heard], settings: PrepareSettings) -> Speakers:
    """Who speaks when, where all speak on one channel."""
    if len(channels) != 1:
        return {}
    return {0: diarise.speakers_of(channels[0].wide, without(heard[0].speech, heard[0].tones), settings)}


def _quality(index: int, channel: _Channel, rate: int, settings: PrepareSettings) -> ChannelQuality:
    others = [*audible([*channel.tones, *channel.music]), *channel.sounds]
    quality = quality_of(index, channel.samples, rate, channel.levels, channel.voice, others)
    let_go(channel.samples)
    return dataclasses.replace(quality, denoised=denoise.wanted(quality, settings))


def _denoised(wide: Samples, spans: list[Span], folder: str | None) -> Samples:
    """A channel whose clips went through the denoiser, in parts of some minutes."""
    return stored((denoise.denoised(wide[a:b], own) for a, b, own in _parts(spans, len(wide))), folder)


def _parts(spans: list[Span], length: int) -> Iterator[tuple[int, int, list[Span]]]:
    """Samples [a, b) of a channel and the spans in them, in seconds from a; cut in pauses that the denoiser spans."""
    first, own = 0, list[Span]()
    for start, end in spans:
        if own and start * SAMPLE_RATE - first > PART and start - own[-1][1] - first / SAMPLE_RATE > denoise.LEAD:
            last = round((start - denoise.LEAD) * SAMPLE_RATE)
            yield first, last, own
            first, own = last, []
        own.append((start - first / SAMPLE_RATE, end - first / SAMPLE_RATE))
    yield first, length, own


def _clip(piece: Slice, levels: Levels) -> dict[str, Any]:
    return {**dataclasses.asdict(piece), "loudness": round(mean_level(levels, piece.start, piece.end), 2)}


def _facts(audio: Audio, heard: list[Heard], tones: list[Tone]) -> dict[str, Any]:
    loud = seconds_of([joined([*own.sounds, *own.speech]) for own in heard])
    voice_apart = seconds_of([without(own.speech, own.tones) for own in heard])
    return {
        "duration": audio.duration,
        "channels": len(audio.channels),
        "sample_rate": audio.rate,
        "codec": audio.codec,
        "call_state": call_state(tones, loud, voice_apart),
        "tone_seconds": seconds_of([own.tones for own in heard]),
        "speech_seconds": seconds_of([own.speech for own in heard]),
        "sound_seconds": loud,
    }
