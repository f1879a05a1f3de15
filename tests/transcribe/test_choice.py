import subprocess
import sys

import pytest

from callqa.errors import SettingsError
from callqa.settings import EngineSettings
from callqa.transcribe import choice
from callqa.transcribe.choice import Kind, engine_of, kinds


@pytest.fixture
def gpu(monkeypatch, request):
    monkeypatch.setattr(choice, "gpu_is_there", lambda: request.param)


@pytest.mark.parametrize("gpu", [True], indirect=True)
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "funasr"),
        ({"device": "cpu"}, "onnx"),
        ({"device": "cuda:1"}, "funasr"),
        ({"precision": "int8"}, "onnx"),
        ({"precision": "bf16"}, "funasr"),
        ({"name": "onnx"}, "onnx"),
    ],
)
def test_auto_is_funasr_on_a_gpu_unless_the_settings_mean_a_cpu(gpu, settings, expected):
    assert engine_of(EngineSettings(**settings)) == expected


@pytest.mark.parametrize("gpu", [False], indirect=True)
@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, "onnx"), ({"precision": "fp32"}, "onnx"), ({"precision": "bf16"}, "funasr"), ({"name": "funasr"}, "funasr")],
)
def test_auto_is_onnx_without_a_gpu(gpu, settings, expected):
    assert engine_of(EngineSettings(**settings)) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "onnx", "device": "cuda"},
        {"precision": "int8", "device": "cuda:0"},
        {"name": "onnx", "precision": "bf16"},
        {"name": "funasr", "precision": "int8"},
    ],
)
def test_settings_that_contradict_one_another_are_refused_with_a_remedy(settings):
    with pytest.raises(SettingsError) as caught:
        engine_of(EngineSettings(**settings))
    assert "engine." in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("gpu", [False], indirect=True)
def test_where_everything_is_open_what_any_engine_heard_is_good_the_chosen_one_first(gpu):
    assert kinds(EngineSettings()) == [Kind("onnx", "int8"), Kind("funasr", "fp32"), Kind("funasr", "bf16")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"device": "cpu"}, [Kind("onnx", "int8")]),
        ({"name": "onnx", "precision": "fp32"}, [Kind("onnx", "fp32")]),
        ({"name": "funasr"}, [Kind("funasr", "fp32"), Kind("funasr", "bf16")]),
        ({"name": "funasr", "device": "cpu"}, [Kind("funasr", "fp32")]),
        ({"device": "cuda", "precision": "bf16"}, [Kind("funasr", "bf16")]),
    ],
)
def test_where_the_settings_say_which_only_that_is_good(settings, expected):
    assert kinds(EngineSettings(**settings)) == expected


def test_results_of_engines_and_precisions_never_share_a_name():
    made = [Kind("onnx", "int8"), Kind("onnx", "fp32"), Kind("funasr", "fp32"), Kind("funasr", "bf16")]
    assert len({str([kind.engine, kind.precision, *kind.versions()]) for kind in made}) == 4


def test_a_gpu_that_is_hidden_is_not_there(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not choice.gpu_is_there.__wrapped__()


def test_choosing_imports_neither_torch_nor_onnxruntime():
    script = (
        "import sys\n"
        "from callqa.settings import EngineSettings\n"
        "from callqa.transcribe import choice\n"
        "choice.kinds(EngineSettings())\n"
        "print(sorted({'torch', 'onnxruntime', 'funasr'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
