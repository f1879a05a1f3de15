import tracemalloc

import numpy as np
import pytest

from callqa.prepare.hear import PART, _parts, listen
from callqa.prepare.intake.decode import Audio, decode
from callqa.prepare.intake.scratch import stored
from callqa.settings import PrepareSettings
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import RATE, int16, noise, sine, tone, voicelike

SETTINGS = PrepareSettings(denoise="off", diarise="off")


def test_clips_are_cut_from_the_samples_of_their_times(tmp_path):
    audio = np.concatenate([noise(2, -70), sine(600, 3), noise(2, -70)])
    listened = listen(Audio(channels=[int16(audio)], rate=RATE, codec="-"), SETTINGS, str(tmp_path))
    (clip,) = listened.clips
    (row,) = listened.audio()
    assert len(row.pcm) / 2 / 16_000 == pytest.approx(clip["end"] - clip["start"], abs=0.001)
    assert (clip["channel"], clip["kind"]) == (0, "sound")


def test_music_from_one_end_to_the_other_is_sound_and_not_the_noise_of_the_line():
    with (DEMO_CALLS / "2026-01-06" / "102000-b7.mp3").open("rb", buffering=0) as file:
        listened = listen(decode(file, 60.0), SETTINGS)
    assert {clip["kind"] for clip in listened.clips} == {"sound"}
    assert sum(clip["end"] - clip["start"] for clip in listened.clips) > 20
    assert (listened.facts["speech_seconds"], listened.facts["sound_seconds"]) == (0.0, pytest.approx(24.0, abs=1.0))


@pytest.mark.slow
def test_a_long_recording_takes_no_memory_of_its_length(tmp_path):
    """Peak of what Python and numpy allocate, for 2 and for 12 minutes: what grows is a number every 10 ms or more."""
    minute = int16(np.concatenate([voicelike(40), noise(10, -60), tone("busy", 14)]))[: 60 * RATE]
    peaks = []
    for minutes in (2, 12):
        audio = Audio(channels=[stored([minute] * minutes, str(tmp_path))] * 2, rate=RATE, codec="-")
        tracemalloc.start()
        listened = listen(audio, SETTINGS, str(tmp_path))
        assert sum(len(row.pcm) for row in listened.audio()) > 1e6
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = 10 * 60 * RATE * 2 * 2 * 3  # what was added: two channels of int16 at 8 and at 16 kHz
    assert peaks[1] - peaks[0] < 0.1 * size


def test_parts_for_the_denoiser_cover_the_channel_and_cut_no_span():
    generator = np.random.default_rng(0)
    starts = np.cumsum(generator.uniform(1, 30, 400))
    spans = [(float(a), float(a + generator.uniform(0.2, 0.9))) for a in starts]
    length = round((spans[-1][1] + 40) * 16_000)
    parts = list(_parts(spans, length))
    assert [a for a, _, _ in parts] == [0, *(b for _, b, _ in parts[:-1])]
    assert parts[-1][1] == length
    assert max(b - a for a, b, _ in parts) < 2 * PART
    back = [(start + a / 16_000, end + a / 16_000) for a, _, own in parts for start, end in own]
    assert np.allclose(back, spans, atol=1e-6)
    assert all(start >= 0 and end * 16_000 <= b - a + 1 for a, b, own in parts for start, end in own)


def test_a_channel_without_clips_has_one_part():
    assert list(_parts([], 1000)) == [(0, 1000, [])]
