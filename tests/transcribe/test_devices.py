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


def test_a_cpu_computes_in_fp32():
    assert devices.precision_of("cpu") == "fp32"
