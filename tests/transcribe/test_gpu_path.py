"""What a GPU computes, on the CPU: batches, features in torch, bf16, too little memory."""

import numpy as np
import pytest
import torch

from callqa.contracts import SAMPLE_RATE
from callqa.settings import EngineSettings
from callqa.transcribe.pytorch import funasr_engine, loading
from callqa.transcribe.pytorch.batching import ClipTooLargeError, Room
from callqa.transcribe.pytorch.funasr_engine import FunasrTranscriber
from tests.transcribe.conftest import THREADS, noise

pytestmark = pytest.mark.slow


def batched(engine, model, running=None, **changes) -> FunasrTranscriber:
    settings = EngineSettings(device="cpu", threads=THREADS, **changes)
    return FunasrTranscriber(running or engine._running, settings=settings, model=model, batched=True)


@pytest.fixture(scope="module")
def clips(speech):
    """More than forty clips of many lengths: turns, their halves and thirds, noise, silence, next to nothing."""
    halves = [half for clip in speech for half in np.array_split(clip, 2)]
    thirds = [third for clip in speech for third in np.array_split(clip, 3)]
    odd = [noise(seconds * SAMPLE_RATE, seed=seconds) for seconds in (1, 2, 7)]
    return [*speech, *halves, *thirds, *odd, np.zeros(SAMPLE_RATE, np.float32), noise(100), noise(0)]


@pytest.fixture(scope="module")
def alone(engine, clips):
    return engine.transcribe(clips, ["auto"] * len(clips))


@pytest.mark.parametrize(("seed", "batch_seconds"), [(0, 3), (1, 20), (2, 1000)])
def test_a_clip_gives_the_same_text_in_any_batch_and_order(engine, demo_model, clips, alone, seed, batch_seconds):
    assert len(clips) >= 40
    order = np.random.default_rng(seed).permutation(len(clips))
    together = batched(engine, demo_model, batch_seconds=batch_seconds)
    heard = together.transcribe([clips[index] for index in order], ["auto"] * len(clips))
    for result, index in zip(heard, order, strict=True):
        assert result.text_raw == alone[index].text_raw
        assert result.confidence == pytest.approx(alone[index].confidence, abs=1e-4)
        assert result.emotion_probs == pytest.approx(alone[index].emotion_probs, abs=1e-4)
        assert [word.text for word in result.words] == [word.text for word in alone[index].words]


def test_hints_stay_with_their_clips(engine, demo_model, clips):
    hints = [("zh", "en", "auto")[index % 3] for index in range(len(clips))]
    heard = batched(engine, demo_model, batch_seconds=20).transcribe(clips, hints)
    expected = [engine.transcribe([clip], [hint])[0] for clip, hint in zip(clips, hints, strict=True)]
    assert [result.text_raw for result in heard] == [result.text_raw for result in expected]


def test_by_its_own_choice_a_batch_holds_half_an_hour(engine, demo_model):
    assert batched(engine, demo_model, batch_seconds=0).appetite == pytest.approx(4 * 32768 * 0.06)


class SmallDevice:
    """The real computation on a device that has room for so many padded frames."""

    def __init__(self, transcriber, frames):
        self.compute, self.frames, self.sizes = transcriber._compute, frames, []

    def __call__(self, clips, hints):
        longest = max(len(clip) for clip in clips) // 960 + 5
        self.sizes.append(longest * len(clips))
        if self.sizes[-1] > self.frames:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.compute(clips, hints)


def test_a_batch_that_does_not_fit_is_halved_and_the_size_remembered(engine, demo_model, clips, alone, monkeypatch):
    ours = batched(engine, demo_model, batch_seconds=60)
    monkeypatch.setitem(engine._running.rooms, 60.0, Room(1000))
    ours._room = engine._running.rooms[60.0]
    device = SmallDevice(ours, 300)
    monkeypatch.setattr(ours, "_compute", device)
    heard = ours.transcribe(clips, ["auto"] * len(clips))
    assert [result.text_raw for result in heard] == [result.text_raw for result in alone]
    assert sum(size > 300 for size in device.sizes) == 2  # 1000, 500, and from then on what fits
    device.sizes.clear()
    ours.transcribe(clips, ["auto"] * len(clips))
    assert max(device.sizes) <= 300


def test_a_clip_that_does_not_fit_alone_is_named(engine, demo_model, monkeypatch):
    ours = batched(engine, demo_model, batch_seconds=60)
    monkeypatch.setattr(ours, "_compute", SmallDevice(ours, 100))
    with pytest.raises(ClipTooLargeError, match=r"clip 1 of 2 \(9\.0 s\) does not fit into cpu even alone"):
        ours.transcribe([noise(SAMPLE_RATE), noise(9 * SAMPLE_RATE)], ["auto", "auto"])


def test_after_a_failure_the_next_clips_are_heard(engine, demo_model, clips, alone, monkeypatch):
    ours = batched(engine, demo_model, batch_seconds=20)
    with monkeypatch.context() as patched:
        patched.setattr(ours, "_decode", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ours.transcribe(clips, ["auto"] * len(clips))
    assert ours.transcribe(clips[:3], ["auto"] * 3)[0].text_raw == alone[0].text_raw


@pytest.fixture(scope="module")
def in_bf16(demo_model):
    return funasr_engine.start(loading.load(demo_model.folder, "cpu", THREADS), "cpu", "bf16")


def test_in_bf16_nearly_the_same_is_heard(engine, demo_model, in_bf16, speech):
    from difflib import SequenceMatcher

    ours = batched(engine, demo_model, in_bf16, precision="bf16")
    assert ours.precision == "bf16"
    heard = ours.transcribe(speech, ["auto"] * len(speech))
    exact = engine.transcribe(speech, ["auto"] * len(speech))
    same = [SequenceMatcher(None, a.text_raw, b.text_raw).ratio() for a, b in zip(heard, exact, strict=True)]
    assert min(same) > 0.8
    assert np.mean(same) > 0.97
    assert [a.confidence for a in heard] != [b.confidence for b in exact]  # so it was bf16


def test_an_older_result_does_not_change_when_the_memory_is_used_again(engine, demo_model, clips):
    ours = batched(engine, demo_model, batch_seconds=20)
    first = ours.transcribe(clips, ["auto"] * len(clips))
    kept = [result.text_raw for result in first]
    ours.transcribe(clips[::-1], ["en"] * len(clips))
    assert [result.text_raw for result in first] == kept
