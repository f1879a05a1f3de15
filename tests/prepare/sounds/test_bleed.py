import numpy as np

from callqa.prepare.sounds.bleed import without_bleed
from callqa.prepare.sounds.levels import levels_of
from tests.prepare.signals import RATE, int16, silence, voicelike

VOICE, OTHER = voicelike(4, 1), voicelike(4, 2)


def kept(own: np.ndarray, other: np.ndarray) -> int:
    return len(without_bleed([(0.5, 3.5)], levels_of(int16(own), RATE), [levels_of(int16(other), RATE)]))


def rolled(audio: np.ndarray, seconds: float) -> np.ndarray:
    return np.concatenate([silence(seconds), audio])[: len(audio)]


def changing(audio: np.ndarray, hertz: float) -> np.ndarray:
    return audio * (0.55 + 0.45 * np.sin(2 * np.pi * hertz * np.arange(len(audio)) / RATE))


def test_a_faint_late_copy_of_the_other_channel_is_bleed():
    for delay in (0.0, 0.05, 0.25):
        assert kept(rolled(VOICE, delay) * 0.05, VOICE) == 0


def test_a_voice_of_its_own_is_kept_however_faint():
    assert kept(changing(OTHER, 1.3) * 0.05, changing(VOICE, 2.9)) == 1


def test_an_equally_loud_voice_is_kept():
    assert kept(VOICE, VOICE) == 1
    assert kept(VOICE * 0.2, VOICE) == 1


def test_a_voice_beside_silence_is_kept():
    assert kept(VOICE * 0.05, silence(4)) == 1
