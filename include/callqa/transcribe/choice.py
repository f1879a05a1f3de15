"""Which engine the settings mean on this machine, told without importing torch."""

from __future__ import annotations

import ctypes
import functools
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callqa.errors import SettingsError
from callqa.settings import EngineSettings
from callqa.transcribe.onnx import onnx_export

ONNX, FUNASR = "onnx", "funasr"
DRIVER = "libcuda.so.1"
DEVICE_FILES = ("nvidia[0-9]*", "dxg")
"""Of the driver, and of its window into WSL: without one of them the driver need not be loaded and asked."""


@dataclass(frozen=True)
class Kind:
    """An engine and its precision: with a model, what decides what is heard."""

    engine: str
    precision: str

    def versions(self) -> tuple[Any, ...]:
        """What else decides: the code that computes features and network."""
        return _versions(self)


@functools.cache  # asked for each recording, and a package's version is parsed from its files, two milliseconds each
def _versions(kind: Kind) -> tuple[Any, ...]:
    if kind.engine == ONNX:
        return (*onnx_export.identity(kind.precision), version("asrfront"))
    return (version("funasr"),)


def engine_of(settings: EngineSettings) -> str:
    """`onnx` or `funasr`.

    Raises:
        SettingsError: the settings contradict one another.
    """
    refuse_contradictions(settings)
    if settings.name != "auto":
        return settings.name
    if settings.precision == "bf16" or settings.device.startswith("cuda"):
        return FUNASR
    if settings.precision == "int8" or settings.device == "cpu":
        return ONNX
    return FUNASR if gpu_is_there() else ONNX


def kinds(settings: EngineSettings) -> list[Kind]:
    """What results may have been heard by, best first, to be good for these settings.

    Where the settings leave the engine open, what any of them heard is as good: a machine that was given a GPU does
    not listen to everything again. Which precision a GPU has only torch can say, and asking takes seconds.
    """
    chosen = engine_of(settings)
    open_to_all = (settings.name, settings.precision, settings.device) == ("auto", "auto", "auto")
    engines = [chosen, FUNASR if chosen == ONNX else ONNX] if open_to_all else [chosen]
    return [Kind(engine, precision) for engine in engines for precision in _precisions(engine, settings)]


def onnx_precision(settings: EngineSettings) -> str:
    """Of the onnx engine: int8 unless the settings say otherwise."""
    return "int8" if settings.precision == "auto" else settings.precision


def _precisions(engine: str, settings: EngineSettings) -> tuple[str, ...]:
    if engine == ONNX:
        return (onnx_precision(settings),)
    if settings.precision != "auto":
        return (settings.precision,)
    return ("fp32",) if settings.device == "cpu" else ("fp32", "bf16")


def refuse_contradictions(settings: EngineSettings) -> None:
    """Nothing, where engine, precision and device go together.

    Raises:
        SettingsError: they do not.
    """
    name, precision, on_gpu = settings.name, settings.precision, settings.device.startswith("cuda")
    if on_gpu and ONNX in (name, "onnx" if precision == "int8" else ""):
        what = f"engine.name = {name!r}" if name == ONNX else "engine.precision = 'int8'"
        raise SettingsError(
            f"{what} is for a CPU, but engine.device = {settings.device!r}",
            remedy="set engine.device to cpu, or engine.name to funasr and engine.precision to auto",
        )
    if name == ONNX and precision == "bf16":
        raise SettingsError(
            "engine.name = 'onnx' has no engine.precision = 'bf16'",
            remedy=f"use one of {', '.join(onnx_export.PRECISIONS)}, or engine.name = funasr",
        )
    if name == FUNASR and precision == "int8":
        raise SettingsError(
            "engine.name = 'funasr' has no engine.precision = 'int8'",
            remedy="set engine.precision to auto, fp32 or bf16, or engine.name to onnx",
        )


@functools.cache
def gpu_is_there() -> bool:
    """Whether torch could compute on an NVIDIA GPU: one is there, not hidden, and torch is not its CPU build."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1") or version("torch").endswith("+cpu"):
        return False
    if not any(found for pattern in DEVICE_FILES for found in Path("/dev").glob(pattern)):
        return False
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        return False
    count = ctypes.c_int()
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
