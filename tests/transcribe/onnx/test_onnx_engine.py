"""The CPU's engine on the demo model: against FunASR, and against itself in other orders and processes."""

import os
import re
import signal
import subprocess
import sys

import jiwer
import numpy as np
import pytest

from callqa.errors import ModelError
from callqa.parse.tags import parse
from callqa.settings import EngineSettings
from callqa.transcribe.onnx.onnx_engine import open_onnx
from tests.transcribe.conftest import noise

pytestmark = pytest.mark.slow


def auto(clips) -> list[str]:
    return ["auto"] * len(clips)


@pytest.fixture(scope="module")
def clips(speech):
    return [*speech, noise(3 * 16000), np.zeros(16000, np.float32), noise(200)]


@pytest.fixture(scope="module")
def in_processes(demo_model):
    """Engines of two processes by precision, started however little there is to do."""
    engines = {name: open_onnx(EngineSettings(processes=2), demo_model, name) for name in ("int8", "fp32")}
    for engine in engines.values():
        engine.start()
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.fixture(scope="module")
def exact(demo_model):
    return open_onnx(EngineSettings(processes=1), demo_model, "fp32")


@pytest.mark.parametrize("use_itn", [True, False])
def test_in_fp32_it_hears_what_funasr_hears(engine, demo_model, clips, use_itn):
    from callqa.transcribe.pytorch.funasr_engine import FunasrTranscriber

    settings = EngineSettings(device="cpu", threads=2, processes=1, use_itn=use_itn)
    theirs = FunasrTranscriber(engine._running, settings=settings, model=demo_model)
    ours = open_onnx(settings, demo_model, "fp32")
    for hint in ("auto", "en"):
        pairs = zip(
            ours.transcribe(clips, [hint] * len(clips)), theirs.transcribe(clips, [hint] * len(clips)), strict=True
        )
        for one, other in pairs:
            assert one.text_raw == other.text_raw
            assert [(w.text, w.start, w.end) for w in one.words] == [(w.text, w.start, w.end) for w in other.words]
            assert one.confidence == pytest.approx(other.confidence, abs=1e-3)
            assert one.emotion_probs == pytest.approx(other.emotion_probs, abs=1e-3)
            assert one.event_probs == pytest.approx(other.event_probs, abs=1e-3)
            assert one.language_probs == pytest.approx(other.language_probs, abs=1e-3)


def test_in_int8_it_hears_nearly_the_same(exact, demo_model, speech):
    rounded = open_onnx(EngineSettings(processes=1), demo_model, "int8")
    one, other = (
        [
            "".join(c for c in parse(heard.text_raw).text if c.isalnum())
            for heard in engine.transcribe(speech, auto(speech))
        ]
        for engine in (exact, rounded)
    )
    assert jiwer.cer(one, other) < 0.02


def test_every_order_and_company_gives_the_same(onnx_engine, clips):
    alone = [onnx_engine.transcribe([clip], ["auto"])[0] for clip in clips]
    assert onnx_engine.transcribe(clips, auto(clips)) == alone
    assert onnx_engine.transcribe(clips[::-1], auto(clips)) == alone[::-1]
    shuffled = np.random.default_rng(0).permutation(len(clips))
    assert onnx_engine.transcribe([clips[i] for i in shuffled], auto(clips)) == [alone[i] for i in shuffled]


def test_every_number_of_processes_gives_the_same(onnx_engine, in_processes, clips):
    many = in_processes[onnx_engine.precision]
    assert many.transcribe(clips, auto(clips)) == onnx_engine.transcribe(clips, auto(clips))
    assert many._pool is not None
    assert len(many._pool.process_ids) == 2


def test_a_process_that_is_killed_costs_nothing_but_time(in_processes, exact, clips):
    many = in_processes["fp32"]
    many.transcribe(clips, auto(clips))
    os.kill(many._pool.process_ids[0], signal.SIGKILL)
    assert many.transcribe(clips, auto(clips)) == exact.transcribe(clips, auto(clips))


def test_little_work_stays_in_this_process(demo_model):
    engine = open_onnx(EngineSettings(processes=8), demo_model, "int8")
    engine.transcribe([noise(16000)], ["auto"])
    assert engine._pool is None


def test_the_words_are_the_text_and_come_in_its_order(onnx_engine, speech):
    for heard in onnx_engine.transcribe(speech, auto(speech)):
        text = re.sub(r"<\|[^|]+\|>|\s", "", heard.text_raw)
        assert "".join(word.text for word in heard.words) == text
        assert heard.words


def test_words_lie_where_funasr_aligns_them(demo_model, exact, speech):
    from funasr import AutoModel

    stock = AutoModel(
        model=demo_model.folder, device="cpu", disable_update=True, disable_pbar=True, log_level="ERROR",
        frontend_conf={"dither": 0.0},
    )  # fmt: skip
    for clip, heard in zip(speech, exact.transcribe(speech, auto(speech)), strict=True):
        theirs = stock.generate(input=clip, language="auto", use_itn=True, output_timestamp=True)[0]
        pairs = zip(theirs["words"], theirs["timestamp"], strict=True)
        aligned = _starts((re.sub(r"\W", "", word), start / 1000) for word, (start, _) in pairs)
        ours = _starts((re.sub(r"\W", "", word.text), word.start) for word in heard.words)
        assert ours  # FunASR cuts Korean words into syllables: ours begin where one of its does
        assert {place: start for place, start in aligned.items() if place in ours} == pytest.approx(ours, abs=0.015)


def _starts(words) -> dict[int, float]:
    """Seconds at which words begin, by the number of characters before them."""
    found, place = {}, 0
    for text, start in words:
        if text:
            found[place] = start
            place += len(text)
    return found


def test_features_that_the_model_was_not_trained_on_are_refused(model_copy):
    from callqa.transcribe.models import model_store

    config = model_copy / "config.yaml"
    config.write_text(config.read_text().replace("lfr_n: 6", "lfr_n: 5"))
    settings = EngineSettings(model=str(model_copy))
    with pytest.raises(ModelError, match=r"frontend_conf\.lfr_n is 5") as caught:
        open_onnx(settings, model_store.identify(settings), "int8")
    assert "funasr" in caught.value.remedy


def test_neither_torch_nor_funasr_is_imported_once_the_model_is_prepared(onnx_engine, demo_model):
    script = (
        "import sys, numpy\n"
        "from callqa.settings import EngineSettings\n"
        "from callqa.transcribe import stage\n"
        "from callqa.transcribe.models import model_store\n"
        "settings = EngineSettings(name='onnx', model=sys.argv[1], precision=sys.argv[2])\n"
        "engine = stage.open_engine(settings, model_store.identify(settings))\n"
        "engine.transcribe([numpy.zeros(16000, numpy.float32)], ['auto'])\n"
        "print(engine.precision, sorted({'torch', 'funasr', 'onnx'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", script, demo_model.folder, onnx_engine.precision]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{onnx_engine.precision} []\n"
