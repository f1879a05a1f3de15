import numpy as np
import pytest

from callqa.errors import ModelError
from callqa.transcribe.onnx import features
from tests.transcribe.conftest import noise

LENGTHS = [0, 1, 399, 400, 401, 559, 560, 561, 1359, 1360, 1361, 5000, 16000, 16001, 47999, 240_000]


@pytest.mark.slow
@pytest.mark.parametrize("samples", LENGTHS)
def test_features_are_those_of_funasrs_frontend(demo_model, engine, samples):
    import torch

    clip = noise(samples)
    filled = torch.from_numpy(np.pad(clip, (0, max(0, features.SHORTEST - samples))))
    theirs = engine._running.loaded.frontend(filled[None], [len(filled)])[0][0].numpy()
    ours = features.extractor(demo_model.folder)(clip)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-3


def test_silence_has_finite_features(demo_model):
    assert np.isfinite(features.extractor(demo_model.folder)(np.zeros(16000, np.float32))).all()


def test_statistics_that_cannot_be_read_are_an_error_that_names_the_file(model_copy):
    (model_copy / "am.mvn").write_text("<Nnet>\n</Nnet>\n")
    with pytest.raises(ModelError, match=r"am\.mvn cannot be read"):
        features.extractor(model_copy)


@pytest.mark.parametrize(
    ("old", "new"), [("fs: 16000", "fs: 8000"), ("n_mels: 80", "n_mels: 40"), ("hamming", "povey")]
)
def test_other_features_than_those_computed_are_refused(model_copy, old, new):
    config = model_copy / "config.yaml"
    config.write_text(config.read_text().replace(old, new))
    with pytest.raises(ModelError, match=r"config\.yaml: frontend_conf\.") as caught:
        features.extractor(model_copy)
    assert "engine.name = funasr" in caught.value.remedy
