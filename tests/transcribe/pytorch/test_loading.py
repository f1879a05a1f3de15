"""FunASR's loading traps: each of these folders it takes without an error."""

import json
import logging
import os
import socket
import zipfile

import pytest

from callqa.errors import ModelError
from callqa.transcribe.models import model_check
from callqa.transcribe.pytorch import loading
from callqa.transcribe.pytorch.loading import load, mismatches

BUILT = {"a.weight": (2, 3), "a.bias": (2,), "b": (1,)}


def test_a_file_that_fits_has_no_problems():
    assert mismatches(BUILT, dict(BUILT)) == []


def test_missing_unknown_and_reshaped_tensors_are_named():
    stored = {"a.weight": (3, 2), "a.bias": (2,), "c": (1,)}
    found = "\n".join(map(str, mismatches(BUILT, stored)))
    assert "model.pt: lacks b" in found
    assert "what the network does not know: c" in found
    assert "a.weight (3, 2) instead of (2, 3)" in found


def test_of_many_names_a_few_are_listed_and_the_rest_counted():
    [problem] = mismatches({f"t{i}": () for i in range(9)}, {})
    assert problem.what == "lacks t0, t1, t2, t3, t4 and 4 more"


def damage(folder, change, **options):
    import torch

    state = torch.load(folder / "model.pt", weights_only=True)
    inner = state.get("state_dict", state)
    change(inner)
    torch.save(state, folder / "model.pt", **options)


def drop_a_key(state):
    del state["encoder.encoders.1.norm1.weight"]


def reshape(state):
    state["embed.weight"] = state["embed.weight"][:7]


def add_a_key(state):
    state["decoder.weight"] = state["embed.weight"].clone()


def poison(state):
    state["encoder.after_norm.weight"][0] = float("nan")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (drop_a_key, r"model\.pt: lacks encoder\.encoders\.1\.norm1\.weight"),
        (reshape, r"model\.pt: has wrong shapes: embed\.weight \(7, 560\) instead of \(16, 560\)"),
        (add_a_key, r"model\.pt: has what the network does not know: decoder\.weight"),
        (poison, r"model\.pt: holds numbers that are not finite: encoder\.after_norm\.weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_named(model_copy, change, named):
    damage(model_copy, change)
    model_check.require(model_copy)
    with pytest.raises(ModelError, match=named):
        load(model_copy, "cpu", 1)


@pytest.mark.slow
def test_the_format_before_torch_1_6_is_loaded_and_checked(model_copy):
    damage(model_copy, lambda state: None, _use_new_zipfile_serialization=False)
    model_check.require(model_copy)
    load(model_copy, "cpu", 1)
    damage(model_copy, drop_a_key, _use_new_zipfile_serialization=False)
    with pytest.raises(ModelError, match=r"lacks encoder\.encoders\.1\.norm1\.weight"):
        load(model_copy, "cpu", 1)


@pytest.mark.slow
def test_a_checkpoint_that_only_torch_can_judge_is_refused_by_it(model_copy):
    with zipfile.ZipFile(model_copy / "model.pt", "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02nonsense")
    model_check.require(model_copy)
    with pytest.raises(ModelError, match="FunASR cannot load"):
        load(model_copy, "cpu", 1)


class Malicious:
    """Pickled, it is a call that makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.slow
def test_a_file_that_would_run_something_is_refused_and_runs_nothing(model_copy, tmp_path, monkeypatch):
    import torch

    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    state = torch.load(model_copy / "model.pt", weights_only=True)
    torch.save({**state, "hook": Malicious(tmp_path / "owned")}, model_copy / "model.pt")
    model_check.require(model_copy)
    with pytest.raises(ModelError, match=r"cannot load the model.*[Ww]eights.only"):
        load(model_copy, "cpu", 1)
    assert not (tmp_path / "owned").exists()
    assert os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] == "1"


@pytest.mark.slow
def test_features_without_statistics_are_refused(model_copy):
    file = model_copy / "configuration.json"
    values = json.loads(file.read_text())
    del values["file_path_metas"]["frontend_conf"]
    file.write_text(json.dumps(values))
    with pytest.raises(ModelError, match=r"am\.mvn: was not loaded"):
        load(model_copy, "cpu", 1)


@pytest.mark.slow
def test_what_funasr_raises_is_a_model_error_that_names_the_folder(model_copy):
    (model_copy / "config.yaml").write_text("model: SenseVoiceSmall\ntokenizer: NoSuchTokenizer\n")
    with pytest.raises(ModelError, match="FunASR cannot load the model in") as caught:
        load(model_copy, "cpu", 1)
    assert str(model_copy) in caught.value.message


@pytest.mark.slow
def test_loading_uses_no_network(model_copy, monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load(model_copy, "cpu", 1).pieces


@pytest.mark.slow
def test_loading_prints_nothing_and_leaves_the_root_logger_and_the_environment_alone(model_copy, capfd, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    root = logging.getLogger()
    before = (list(root.handlers), list(root.filters), root.level)
    load(model_copy, "cpu", 1)
    assert capfd.readouterr().out == ""
    assert (list(root.handlers), list(root.filters), root.level) == before
    assert loading.os.environ["HF_HUB_OFFLINE"] == "0"
    assert "MODELSCOPE_OFFLINE" not in loading.os.environ


@pytest.mark.slow
def test_features_get_no_random_noise_whatever_the_folder_says(model_copy):
    config = model_copy / "config.yaml"
    config.write_text(config.read_text().replace("dither: 0.0", "dither: 1.0"))
    assert load(model_copy, "cpu", 1).frontend.dither == 0.0
