"""The real engine on the demo model, against stock FunASR."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from callqa.contracts import SAMPLE_RATE
from callqa.errors import ModelError
from callqa.parse.tags import parse
from callqa.settings import EngineSettings
from callqa.transcribe.models import model_store
from callqa.transcribe.pytorch import funasr_engine
from callqa.transcribe.pytorch.funasr_engine import FunasrTranscriber, open_funasr
from tests.transcribe.conftest import THREADS, noise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stock(demo_model, engine):
    """FunASR as its README uses it, apart from the random noise that it adds by default."""
    from funasr import AutoModel

    return AutoModel(
        model=demo_model.folder,
        disable_update=True,
        disable_pbar=True,
        log_level="ERROR",
        ncpu=THREADS,
        device="cpu",
        frontend_conf={"dither": 0.0},
    )


def with_settings(engine, model, **changes) -> FunasrTranscriber:
    settings = EngineSettings(device="cpu", threads=THREADS, **changes)
    return FunasrTranscriber(engine._running, settings=settings, model=model)


@pytest.mark.parametrize("use_itn", [True, False])
def test_the_text_is_the_one_that_stock_funasr_gives(engine, demo_model, stock, speech, use_itn):
    ours = with_settings(engine, demo_model, use_itn=use_itn)
    clips = [*speech, noise(3 * SAMPLE_RATE), np.zeros(SAMPLE_RATE, np.float32)]
    assert len(speech) >= 5
    for language in ("auto", "zh", "en"):
        theirs = [stock.generate(input=clip, language=language, use_itn=use_itn)[0]["text"] for clip in clips]
        heard = ours.transcribe(clips, [language] * len(clips))
        assert [result.text_raw for result in heard] == theirs


def test_speech_is_recognised_as_speech(engine, speech):
    heard = engine.transcribe(speech, ["auto"] * len(speech))
    assert all(parse(result.text_raw).has_words for result in heard)
    assert all(0.0 < result.confidence <= 1.0 for result in heard)


def test_the_most_probable_tags_are_those_in_the_text(engine, speech):
    for result in engine.transcribe(speech, ["auto"] * len(speech)):
        [group] = parse(result.text_raw).groups
        said = (group.language, group.emotion, group.events[0])
        shares = (result.language_probs, result.emotion_probs, result.event_probs)
        assert said == tuple(max(share, key=share.get) for share in shares)


def test_a_language_hint_reaches_the_network(engine, speech):
    zh, en = (engine.transcribe(speech, [hint] * len(speech)) for hint in ("zh", "en"))
    assert [r.language_probs for r in zh] != [r.language_probs for r in en]


def test_the_network_is_loaded_once_a_process(engine, demo_model, monkeypatch):
    monkeypatch.setattr(funasr_engine.loading, "load", lambda *_: pytest.fail("loaded again"))
    other = EngineSettings(device="cpu", use_itn=False, threads=1)
    assert open_funasr(other, demo_model)._running is engine._running


def test_weights_that_change_while_they_are_loaded_are_refused(demo_model):
    other = dataclasses.replace(demo_model, digest="of other weights")
    with pytest.raises(ModelError, match="was changed while it was loaded"):
        open_funasr(EngineSettings(device="cpu"), other)


def test_threads_that_another_library_changed_are_set_again(engine):
    import torch

    torch.set_num_threads(THREADS + 1)
    engine.transcribe([noise(8000)], ["auto"])
    assert torch.get_num_threads() == THREADS


def test_cuda_without_cuda_is_an_error_with_a_remedy(demo_model):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ModelError, match="PyTorch sees no CUDA device") as caught:
        open_funasr(EngineSettings(device="cuda"), demo_model)
    assert "auto" in caught.value.remedy


def test_a_whole_model_is_described(demo_model, engine):
    facts = model_store.check_whole(EngineSettings(device="cpu", model=demo_model.folder))
    assert (facts["digest"], facts["device"], facts["precision"]) == (demo_model.digest, "cpu", "fp32")
    assert facts["parameters"] > 1_000_000
    assert {"zh", "en", "yue", "ja", "ko", "nospeech"} <= set(facts["languages"])


def test_another_process_gives_the_identical_result(engine, demo_model, speech, tmp_path):
    np.save(tmp_path / "clip.npy", speech[0])
    script = (
        "import sys, numpy\n"
        "from callqa.settings import EngineSettings\n"
        "from callqa.transcribe.models import model_store\n"
        "from callqa.transcribe.pytorch.funasr_engine import open_funasr\n"
        "settings = EngineSettings(device='cpu', model=sys.argv[2], threads=int(sys.argv[3]))\n"
        "engine = open_funasr(settings, model_store.identify(settings))\n"
        "print(engine.transcribe([numpy.load(sys.argv[1])], ['auto']))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "clip.npy"), demo_model.folder, str(THREADS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{engine.transcribe([speech[0]], ['auto'])}\n"
