"""What every engine promises (see `callqa.transcribe.engine.Transcriber`).

A new engine gets a class in `test_contract.py`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from callqa.contracts import EMOTIONS, LANGUAGE_HINTS, LANGUAGES, TAG_EVENTS
from callqa.errors import StageError
from callqa.parse.tags import parse
from tests.transcribe.conftest import noise


class TranscriberContract:
    """Tests of a fixture `transcriber`."""

    def test_every_clip_is_answered_in_its_order(self, transcriber):
        clips = [noise(16000, seed=1), noise(48000, seed=2), noise(32000, seed=3)]
        together = transcriber.transcribe(clips, ["auto"] * 3)
        assert together == [transcriber.transcribe([clip], ["auto"])[0] for clip in clips]

    def test_no_clips_are_no_answers(self, transcriber):
        assert transcriber.transcribe([], []) == []

    @pytest.mark.parametrize("samples", [0, 1, 159, 399, 400, 401, 1600])
    def test_the_shortest_clips_are_answered(self, transcriber, samples):
        [heard] = transcriber.transcribe([noise(samples)], ["auto"])
        assert 0.0 <= heard.confidence <= 1.0

    def test_digital_silence_is_answered(self, transcriber):
        [heard] = transcriber.transcribe([np.zeros(16000, np.float32)], ["auto"])
        assert math.isfinite(heard.confidence)

    def test_the_same_clip_gives_the_same_answer(self, transcriber):
        clip = noise(40000)
        assert transcriber.transcribe([clip], ["auto"]) == transcriber.transcribe([clip], ["auto"])

    def test_a_clip_is_left_as_it_was(self, transcriber):
        clip = noise(8000)
        before = clip.copy()
        transcriber.transcribe([clip], ["auto"])
        assert np.array_equal(clip, before)

    def test_a_clip_that_cannot_be_written_to_is_taken(self, transcriber):
        clip = np.frombuffer(noise(8000).tobytes(), dtype=np.float32)
        assert len(transcriber.transcribe([clip], ["auto"])) == 1

    @pytest.mark.parametrize("hint", LANGUAGE_HINTS)
    def test_every_language_hint_is_taken(self, transcriber, hint):
        assert len(transcriber.transcribe([noise(8000)], [hint])) == 1

    @pytest.mark.parametrize("hint", ["", "english", "ZH", "nospeech"])
    def test_what_is_no_hint_is_refused(self, transcriber, hint):
        with pytest.raises(StageError):
            transcriber.transcribe([noise(8000)], [hint])

    def test_a_hint_is_wanted_for_every_clip(self, transcriber):
        with pytest.raises(StageError):
            transcriber.transcribe([noise(8000)], [])

    @pytest.mark.parametrize("wrong", [np.zeros(8000, np.int16), np.zeros(8000), np.zeros((2, 8000), np.float32)])
    def test_samples_of_another_kind_are_refused(self, transcriber, wrong):
        with pytest.raises(StageError):
            transcriber.transcribe([wrong], ["auto"])

    def test_probabilities_have_our_names_and_sum_to_one(self, transcriber):
        [heard] = transcriber.transcribe([noise(16000)], ["auto"])
        known = ((heard.language_probs, LANGUAGES), (heard.emotion_probs, EMOTIONS), (heard.event_probs, TAG_EVENTS))
        for shares, names in known:
            assert set(shares) <= set(names)
            assert sum(shares.values()) == pytest.approx(1.0, abs=1e-4)

    def test_the_raw_text_has_tags_that_are_understood(self, transcriber):
        [heard] = transcriber.transcribe([noise(16000)], ["auto"])
        assert parse(heard.text_raw).language in LANGUAGES
        assert parse(heard.text_raw).unknown == {}

    def test_words_follow_one_another_within_the_clip(self, transcriber):
        [heard] = transcriber.transcribe([noise(48000)], ["auto"])
        times = [time for word in heard.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(0.0 <= time <= 3.06 for time in times)
        assert all(word.text and 0.0 <= word.confidence <= 1.0 for word in heard.words)

    def test_it_goes_on_after_it_was_closed(self, transcriber):
        transcriber.close()
        assert len(transcriber.transcribe([noise(8000)], ["auto"])) == 1

    def test_it_says_what_it_is(self, transcriber, demo_model):
        assert (transcriber.name, transcriber.digest) == (demo_model.name, demo_model.digest)
        assert transcriber.device.startswith(("cpu", "cuda:"))
        assert transcriber.precision in ("int8", "bf16", "fp32")
        assert transcriber.appetite >= 0
