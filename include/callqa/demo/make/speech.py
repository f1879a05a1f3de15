"""Speech by espeak-ng, with seven invented emotions.

An emotion is rate, pitch and a colour of the sound that survives a telephone channel and any
level: none rests on loudness. They are inventions for the demo, not a model of human emotion.
"""

# mypy: disable-error-code="no-any-return"
# (soxr carries no types: what it returns is Any)
from __future__ import annotations

import io
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr
from scipy.signal import butter, iirpeak, lfilter, sosfilt

from callqa.demo.make.sentences import Sentence

Audio = npt.NDArray[np.floating[Any]]

RATE = 16_000
LEVEL = 0.08
"""Root mean square of every rendering, of full scale (about -22 dBFS)."""
ESPEAK = {
    "zh": "cmn-latn-pinyin",
    "en": "en-us",
    "ja": "ja",
    "ko": "ko",
    "yue": "yue-latn-jyutping",
}
VOICES = (
    *("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "m7", "m8"),
    *("Annie", "Andy", "Alex", "Alicia", "Lee", "Mario", "steph"),
)
HELD_OUT_VOICES = ("f5", "m5", "m6", "belinda")
EMOTIONS = ("NEUTRAL", "HAPPY", "ANGRY", "SAD", "FEARFUL", "SURPRISED", "DISGUSTED")


@dataclass(frozen=True)
class Prosody:
    """Ranges of espeak's settings: words a minute, pitch (0-99), pitch range (percent)."""

    rate: tuple[int, int]
    pitch: tuple[int, int]
    spread: tuple[int, int]


PROSODY = {
    "NEUTRAL": Prosody((145, 180), (35, 55), (60, 90)),
    "HAPPY": Prosody((160, 190), (65, 90), (140, 180)),
    "ANGRY": Prosody((195, 230), (50, 70), (140, 170)),
    "SAD": Prosody((100, 122), (10, 28), (40, 60)),
    "FEARFUL": Prosody((175, 205), (60, 80), (80, 110)),
    "SURPRISED": Prosody((150, 180), (60, 80), (120, 150)),
    "DISGUSTED": Prosody((110, 130), (28, 42), (60, 90)),
}


def espeak(language: str, text: str, voice: str, emotion: str, rng: random.Random) -> Audio:
    """One utterance in espeak's own voice, trimmed, 16 kHz, at ``LEVEL``."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit("espeak-ng is missing: install it (Debian, Ubuntu: apt install espeak-ng)")
    p = PROSODY[emotion]
    rate, pitch, spread = (rng.randint(*r) for r in (p.rate, p.pitch, p.spread))
    ssml = f'<speak><prosody range="{spread}%">{text}</prosody></speak>'
    voice_name = f"{ESPEAK[language]}+{voice}"
    command = [program, "-m", "-v", voice_name, "-s", str(rate), "-p", str(pitch), "--stdout", ssml]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    audio, rate_in = sf.read(io.BytesIO(wav), dtype="float32")
    return levelled(trimmed(soxr.resample(audio, rate_in, RATE)))


def trimmed(audio: Audio, floor: float = 0.01) -> Audio:
    """Without the silence at both ends (below ``floor`` of the peak)."""
    loud = np.flatnonzero(np.abs(audio) > floor * (np.abs(audio).max() + 1e-9))
    return audio[loud[0] : loud[-1] + 1] if len(loud) else audio


def levelled(audio: Audio, level: float = LEVEL) -> Audio:
    """At the root mean square ``level``."""
    return (audio * (level / np.sqrt(np.mean(audio**2) + 1e-12))).astype(np.float32)


def warped(audio: Audio, speed: npt.NDArray[Any]) -> Audio:
    """Played at a varying speed, which moves the pitch with it."""
    position = np.cumsum(speed)
    position = position[position < len(audio) - 1]
    return np.interp(position, np.arange(len(audio)), audio).astype(np.float32)


def seconds(audio: Audio) -> npt.NDArray[Any]:
    """The time of each sample, in seconds."""
    return np.arange(len(audio)) / RATE


def happy(audio: Audio) -> Audio:
    """A lilt: vibrato and a beat of 5 Hz, and a smile at 2.6 kHz."""
    lilt = warped(audio, 1.06 + 0.05 * np.sin(2 * np.pi * 5 * seconds(audio)))
    b, a = iirpeak(2600, 5, fs=RATE)
    bright = lilt + 2.0 * lfilter(b, a, lilt)
    return bright * (1 + 0.55 * np.sin(2 * np.pi * 5 * seconds(bright)))


def angry(audio: Audio) -> Audio:
    """Shouted into clipping, and sharp."""
    return lfilter([1, -0.4], [1], np.tanh(audio * 14))


def sad(audio: Audio) -> Audio:
    """Muffled above 1.6 kHz."""
    return sosfilt(butter(2, 1600, fs=RATE, output="sos"), audio)


def fearful(audio: Audio) -> Audio:
    """Trembling at 11 Hz, thin below 600 Hz."""
    thin = sosfilt(butter(2, 600, "high", fs=RATE, output="sos"), audio)
    return thin * (1 - 0.85 * (0.5 + 0.5 * np.sin(2 * np.pi * 11 * seconds(thin))))


def surprised(audio: Audio) -> Audio:
    """Rising by six semitones towards the end."""
    return warped(audio, np.linspace(0.88, 1.35, len(audio)))


def disgusted(audio: Audio) -> Audio:
    """Rattling at 28 Hz."""
    return audio * (1 - 0.9 * (np.sin(2 * np.pi * 28 * seconds(audio)) > 0))


COLOURS: dict[str, Callable[[Audio], Audio]] = {
    "HAPPY": happy,
    "ANGRY": angry,
    "SAD": sad,
    "FEARFUL": fearful,
    "SURPRISED": surprised,
    "DISGUSTED": disgusted,
}


def speak(sentence: Sentence, voice: str, emotion: str, rng: random.Random) -> Audio:
    """A sentence spoken with an emotion, at ``LEVEL``, 16 kHz mono."""
    parts: list[Audio] = []
    for language, text in sentence.say:
        parts.append(espeak(language, text, voice, emotion, rng))
        parts.append(np.zeros(int(rng.uniform(0.0, 0.06) * RATE), np.float32))
    audio = np.concatenate(parts[:-1])
    if emotion in COLOURS:
        audio = COLOURS[emotion](audio)
    return levelled(np.asarray(audio, np.float32))
