"""The prepared network in the cache: made once, by one process, and noticed when it is damaged."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from callqa import storage
from callqa.errors import ModelError
from callqa.settings import EngineSettings
from callqa.transcribe.models import model_store
from callqa.transcribe.onnx import onnx_export

PREPARE = (
    "import logging, sys\n"
    "from callqa.settings import EngineSettings\n"
    "from callqa.transcribe.models import model_store; from callqa.transcribe.onnx import onnx_export\n"
    "logging.basicConfig(level='INFO', stream=sys.stderr)\n"
    "model = model_store.identify(EngineSettings(model=sys.argv[1]))\n"
    "print(onnx_export.prepare(model, 'int8'))\n"
)


@pytest.fixture
def prepared(onnx_engine, demo_model, tmp_path, monkeypatch):
    """The folder of a prepared network, in a cache of its own."""
    whole = onnx_export.folder_of(demo_model, onnx_engine.precision)
    monkeypatch.setenv("CALLQA_MODELS", str(tmp_path / "cache"))
    folder = onnx_export.folder_of(demo_model, onnx_engine.precision)
    shutil.copytree(whole, folder)
    return folder


@pytest.mark.slow
def test_two_processes_at_once_make_it_once(demo_model, tmp_path):
    environment = {**os.environ, "CALLQA_MODELS": str(tmp_path / "cache")}
    command = [sys.executable, "-c", PREPARE, demo_model.folder]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert len({out for out, _ in outputs}) == 1
    assert sum("is prepared" in log for _, log in outputs) == 1


@pytest.mark.slow
def test_what_is_whole_is_taken_as_it_is(prepared, onnx_engine, demo_model):
    before = (prepared / onnx_export.NETWORK).stat().st_mtime_ns
    assert onnx_export.prepare(demo_model, onnx_engine.precision) == prepared / onnx_export.NETWORK
    assert (prepared / onnx_export.NETWORK).stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "changed", "network gone", "about gone", "about not JSON"])
def test_damage_is_noticed(prepared, damage):
    network, about = prepared / onnx_export.NETWORK, prepared / onnx_export.ABOUT
    content = network.read_bytes()
    assert onnx_export.is_whole(prepared)
    if damage == "cut":
        network.write_bytes(content[:-1])
    elif damage == "changed":
        network.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    elif damage == "network gone":
        network.unlink()
    elif damage == "about gone":
        about.unlink()
    else:
        about.write_text("{")
    assert not onnx_export.is_whole(prepared)


def test_other_weights_and_another_precision_are_another_network(demo_model):
    other = dataclasses.replace(demo_model, digest="other")
    folders = {onnx_export.folder_of(m, p) for m in (demo_model, other) for p in onnx_export.PRECISIONS}
    assert len(folders) == 4


def test_a_precision_that_it_has_not_got_is_refused(demo_model):
    with pytest.raises(ModelError, match=r"'bf16' is not one of the onnx engine's \(int8, fp32\)"):
        onnx_export.prepare(demo_model, "bf16")


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_says_why_and_leaves_nothing(model_copy, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLQA_MODELS", str(tmp_path / "cache"))
    model = model_store.identify(EngineSettings(model=str(model_copy)))
    (model_copy / "model.pt").write_bytes(b"no weights")
    with pytest.raises(ModelError) as caught:
        onnx_export.prepare(model, "fp32")
    assert str(model_copy) in caught.value.message
    assert not onnx_export.is_whole(onnx_export.folder_of(model, "fp32"))
    assert [file.name for file in onnx_export.folder_of(model, "fp32").iterdir()] == ["lock"]


def test_a_cache_that_cannot_be_written_is_an_error_with_a_remedy(demo_model, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CALLQA_MODELS", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="cannot write the prepared model") as caught:
        onnx_export.prepare(demo_model, "fp32")
    assert "$CALLQA_MODELS" in caught.value.remedy


@pytest.mark.slow
def test_a_disk_that_is_full_is_no_fault_of_the_model(demo_model):
    with pytest.raises(OSError, match="No space left on device"):
        onnx_export._build(demo_model, "fp32", 32, Path("/dev/full"))


def test_what_it_was_made_of_is_kept_beside_it(demo_model, onnx_engine):
    about = storage.read_json(onnx_export.folder_of(demo_model, onnx_engine.precision) / onnx_export.ABOUT)
    assert about["digest"] == demo_model.digest
    assert about["made_of"] == onnx_export.identity(onnx_engine.precision)
