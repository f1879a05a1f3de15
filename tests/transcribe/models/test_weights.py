import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

from callqa.settings import DEMO_FOLDER
from callqa.transcribe.models import weights
from callqa.transcribe.models.weights import UnreadableWeightsError


def test_names_and_shapes_are_those_that_torch_reads():
    import torch

    file = DEMO_FOLDER / "model" / "model.pt"
    state = torch.load(file, map_location="cpu", weights_only=True)
    for wrapper in weights.WRAPPERS:
        state = state.get(wrapper, state)
    assert weights.shapes(file) == {name: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", None])
def test_wrappers_and_prefixes_of_training_scripts_are_looked_through(tmp_path, wrapper):
    import torch

    state = OrderedDict({"module.a.weight": torch.zeros(2, 3), "b": torch.nn.Parameter(torch.zeros(()))})
    saved = {wrapper: state, "epoch": 3} if wrapper else state
    torch.save(saved, tmp_path / "model.pt")
    assert weights.shapes(tmp_path / "model.pt") == {"a.weight": (2, 3), "b": ()}


def test_a_state_dict_as_a_module_gives_it_is_read(tmp_path):
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    torch.save({"state_dict": module.state_dict()}, tmp_path / "model.pt")
    assert weights.shapes(tmp_path / "model.pt") == {k: tuple(t.shape) for k, t in module.state_dict().items()}


def test_tensors_of_every_kind_of_number_are_read(tmp_path):
    import torch

    kinds = (torch.float16, torch.bfloat16, torch.float32, torch.int64, torch.bool)
    torch.save({str(kind): torch.zeros(2, dtype=kind) for kind in kinds}, tmp_path / "model.pt")
    assert weights.shapes(tmp_path / "model.pt") == {str(kind): (2,) for kind in kinds}


def test_what_else_a_training_checkpoint_holds_is_passed_over(tmp_path):
    import torch

    module = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.zeros(1, 3)).sum().backward()
    optimizer.step()
    saved = {"optimizer": optimizer.state_dict(), "state_dict": module.state_dict(), "path": tmp_path, "epoch": 3}
    torch.save(saved, tmp_path / "model.pt")
    assert weights.shapes(tmp_path / "model.pt") == {"weight": (2, 3), "bias": (2,)}


def test_the_format_before_torch_1_6_is_left_to_torch(tmp_path):
    import torch

    torch.save({"a": torch.zeros(2)}, tmp_path / "model.pt", _use_new_zipfile_serialization=False)
    assert weights.shapes(tmp_path / "model.pt") is None


class Bomb:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def test_nothing_in_the_file_is_run(tmp_path):
    file, exploded = tmp_path / "model.pt", tmp_path / "exploded"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"a": Bomb(exploded)}))
    with pytest.raises(UnreadableWeightsError, match="without weights"):
        weights.shapes(file)
    assert not exploded.exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "Git LFS pointer"),
        (b"PK\x03\x04 and no more", "truncated"),
        (b"<!DOCTYPE html>", "not a PyTorch checkpoint"),
        (b"", "not a PyTorch checkpoint"),
    ],
)
def test_what_is_no_checkpoint_is_called_what_it_is(tmp_path, content, what):
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(UnreadableWeightsError, match=what):
        weights.shapes(tmp_path / "model.pt")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_noticed_wherever_it_ends(tmp_path, share):
    whole = (DEMO_FOLDER / "model" / "model.pt").read_bytes()
    (tmp_path / "model.pt").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableWeightsError, match="truncated"):
        weights.shapes(tmp_path / "model.pt")


def test_another_archive_is_no_checkpoint(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("other.txt", b"hello")
    with pytest.raises(UnreadableWeightsError, match="not a PyTorch"):
        weights.shapes(tmp_path / "model.pt")


def test_an_unusual_description_is_left_to_torch(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02nonsense")
    assert weights.shapes(tmp_path / "model.pt") is None
