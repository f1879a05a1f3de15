import numpy as np
import onnxruntime
import pytest

from callqa.errors import StageError
from callqa.prepare.slicing import voice_model
from callqa.prepare.slicing.voice_model import CONTEXT, FRAME, beginning, judged
from tests.prepare.signals import voicelike


def frames(seconds: float = 8.0) -> np.ndarray:
    g = np.random.default_rng(0)
    audio = voicelike(seconds, rate=16_000) * (g.uniform(0, 1, round(seconds * 16_000)) < 0.999)
    audio += 0.003 * g.standard_normal(len(audio))
    padded = np.concatenate([np.zeros(CONTEXT), audio]).astype(np.float32)
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME])


def test_the_network_judges_as_sileros_own_does():
    own = onnxruntime.InferenceSession(str(voice_model.weights_file()), providers=["CPUExecutionProvider"])
    hidden, cell = beginning()
    expected, *state = own.run(["speech_probs", "hn", "cn"], {"input": frames(), "h": hidden, "c": cell})
    found, after = judged(frames(), beginning())
    assert np.ptp(expected) > 0.1
    assert np.allclose(found, expected.reshape(-1), atol=1e-5)
    assert np.allclose(after, state, atol=1e-3)


def test_frames_in_two_parts_are_judged_as_in_one():
    whole, _ = judged(frames(), beginning())
    first, state = judged(frames()[:100], beginning())
    second, _ = judged(frames()[100:], state)
    assert np.allclose(np.concatenate([first, second]), whole, atol=1e-6)


def test_a_package_whose_weights_are_named_otherwise_is_refused(tmp_path, monkeypatch):
    import onnx

    model = onnx.load(str(voice_model.weights_file()))
    model.graph.initializer[0].name = "renamed"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(StageError, match="has no weights"):
        voice_model._graph(tmp_path / "other.onnx")
    monkeypatch.setattr(voice_model, "WEIGHTS", "data/none.onnx")
    with pytest.raises(StageError, match=r"none\.onnx"):
        voice_model.weights_file()
