"""Tensors read from a checkpoint without torch; torch writes what is read here."""

import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from callqa.errors import StageError
from callqa.prepare.speakers.torch_weights import read_tensors


def saved(path: Path, checkpoint: object) -> Path:
    torch.save(checkpoint, path, _use_new_zipfile_serialization=False)
    return path


def test_tensors_come_out_as_torch_wrote_them(tmp_path):
    torch.manual_seed(0)
    whole = torch.randn(4, 6)
    state = OrderedDict(a=torch.randn(3, 5), row=whole[2], b=torch.randn(2))  # `row` lies within another's storage
    file = saved(tmp_path / "w.pt", {"step": 3, "model_state": state, "optimizer_state": {"m": torch.randn(7)}})
    found = read_tensors(file)
    assert list(found) == ["a", "row", "b"]
    for name, tensor in state.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


class Harm:
    """What a malicious file would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1/0",)


def test_nothing_that_a_file_asks_for_is_run(tmp_path):
    with pytest.raises(StageError, match=r"it asks for \w+\.eval"):
        read_tensors(saved(tmp_path / "w.pt", {"model_state": Harm()}))


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF....WAVE", pickle.dumps(5), pickle.dumps({"model_state": {}}), b"PK\x03\x04" + b"\0" * 100],
    ids=["empty", "audio", "number", "plain pickle", "zip"],
)
def test_another_file_is_refused_with_its_name(tmp_path, content):
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(StageError, match=r"w\.pt"):
        read_tensors(tmp_path / "w.pt")


def test_a_cut_file_is_refused(tmp_path):
    file = saved(tmp_path / "w.pt", {"model_state": {"a": torch.ones(100)}})
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(StageError, match="not a checkpoint"):
        read_tensors(file)


def test_numbers_of_another_precision_are_refused(tmp_path):
    with pytest.raises(StageError, match="DoubleStorage"):
        read_tensors(saved(tmp_path / "w.pt", {"model_state": {"a": torch.ones(2, dtype=torch.float64)}}))
