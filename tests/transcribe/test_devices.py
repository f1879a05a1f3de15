import os

import pytest

from callqa.errors import ModelError
from callqa.transcribe import devices


@pytest.mark.parametrize(
    ("requested", "gpus", "obtained"),
    [
        ("auto", 0, "cpu"),
        ("auto", 2, "cuda:0"),
        ("cpu", 2, "cpu"),
        ("cuda", 1, "cuda:0"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_what_is_asked_for_is_obtained_and_logged(monkeypatch, caplog, requested, gpus, obtained):
    monkeypatch.setattr(devices, "_gpu_count", lambda: gpus)
    with caplog.at_level("INFO"):
        assert devices.choose(requested) == obtained
    assert f"device {requested}: running on {obtained}" in caplog.text


@pytest.mark.parametrize(("requested", "gpus"), [("cuda", 0), ("cuda:0", 0), ("cuda:2", 2)])
def test_a_gpu_that_is_not_there_is_an_error_with_a_remedy(monkeypatch, requested, gpus):
    monkeypatch.setattr(devices, "_gpu_count", lambda: gpus)
    with pytest.raises(ModelError, match=f"'{requested}'") as caught:
        devices.choose(requested)
    assert "auto" in caught.value.remedy


def test_threads_are_those_asked_for_else_those_this_process_may_use():
    assert devices.thread_count(3) == 3
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert devices.thread_count(0) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("requested", "device", "capable", "obtained"),
    [
        ("auto", "cpu", False, "fp32"),
        ("fp32", "cpu", False, "fp32"),
        ("bf16", "cpu", False, "bf16"),
        ("auto", "cuda:0", True, "bf16"),
        ("auto", "cuda:0", False, "fp32"),
        ("fp32", "cuda:0", True, "fp32"),
        ("bf16", "cuda:0", True, "bf16"),
    ],
)
def test_the_precision_is_what_is_asked_for_or_what_the_device_does_best(
    monkeypatch, requested, device, capable, obtained
):
    monkeypatch.setattr(devices, "_has_bf16", lambda _: capable)
    assert devices.precision(requested, device) == obtained


@pytest.mark.parametrize(("capability", "able"), [((7, 5), False), ((8, 0), True), ((8, 6), True), ((9, 0), True)])
def test_bf16_is_there_from_ampere_on(monkeypatch, capability, able):
    import torch

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert devices._has_bf16("cuda:0") is able


def test_bf16_on_a_gpu_without_it_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.setattr(devices, "_has_bf16", lambda _: False)
    with pytest.raises(ModelError, match="cuda:1 does not compute in it") as caught:
        devices.precision("bf16", "cuda:1")
    assert "fp32" in caught.value.remedy


def test_int8_is_sent_to_the_onnx_engine():
    with pytest.raises(ModelError, match="int8") as caught:
        devices.precision("int8", "cpu")
    assert "engine.name to onnx" in caught.value.remedy
