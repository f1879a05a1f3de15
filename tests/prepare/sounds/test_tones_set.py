"""The tones' target, precision and recall of 0.99, on a small draw of the set that benchmarks/tones.py measures in full."""

import numpy as np
import pytest
from benchmarks.tone_set import negatives, positives, through, voicelike
from benchmarks.tones import score

from callqa.prepare.sounds.cadences import PLANS
from callqa.prepare.sounds.dtmf import presses_of
from callqa.prepare.sounds.tones import tones_of

TARGET = 0.99
CODECS = ("pcm", "alaw", "gsm", "amr_12.2", "opus_16")


@pytest.mark.slow
def test_nearly_all_tones_of_all_countries_are_found_through_telephone_codecs_and_nearly_nothing_else():
    clips = [c for c in positives(11, 1, CODECS, lambda g: voicelike(2, g)) if (c.country, c.kind) != ("us", "howler")]
    assert len(clips) >= 180
    made, right, wrong = np.sum([score(clip) for clip in clips], axis=0)
    assert right / made >= TARGET
    assert right / (right + wrong) >= TARGET


@pytest.mark.slow
def test_no_tone_and_no_key_is_found_where_none_is():
    found = []
    for i, (name, audio) in enumerate(negatives(12, 0.3)):
        samples, rate = through(audio, CODECS[i % len(CODECS)])
        found += [(name, country, tone) for country in PLANS for tone in tones_of(samples, rate, country)]
        found += [(name, "dtmf", press) for press in presses_of(samples, rate)]
    assert found == []
