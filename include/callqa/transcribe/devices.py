"""Which device the settings mean on this machine, and how many CPU threads."""

from __future__ import annotations

import logging
import os

from callqa.errors import ModelError

logger = logging.getLogger(__name__)


def choose(requested: str) -> str:
    """`cpu` or `cuda:<n>` for `auto`, `cpu`, `cuda` or `cuda:<n>`; what was obtained is logged.

    Raises:
        ModelError: a GPU was asked for that is not there. There is no silent fall-back to the CPU.
    """
    obtained = _obtain(requested, _gpu_count())
    logger.info("device %s: running on %s", requested, obtained)
    return obtained


def precision(requested: str, device: str) -> str:
    """`fp32` or `bf16`, for `auto`, `fp32` or `bf16`.

    `auto` is bf16 on a GPU that computes in it (compute capability 8.0: Ampere and later), else fp32. Older GPUs
    have fp16 only, whose largest number is 65,504: nobody has shown that SenseVoice's activations stay below it.
    A CPU computes in bf16 only where it is asked to: without AMX or AVX512-BF16 that is slower than fp32.

    Raises:
        ModelError: bf16 is asked of a GPU that has none, or int8 of an engine that is not onnx.
    """
    if requested == "int8":
        raise ModelError(
            "engine.precision = 'int8', but the engine is funasr, which has fp32 and bf16",
            remedy="set engine.name to onnx, or engine.precision to auto, fp32 or bf16",
        )
    if requested == "fp32":
        return requested
    able = device != "cpu" and _has_bf16(device)
    if requested == "bf16" and device != "cpu" and not able:
        raise ModelError(
            f"engine.precision = 'bf16', but {device} does not compute in it (compute capability below 8.0)",
            remedy="set engine.precision to auto or fp32",
        )
    return "bf16" if requested == "bf16" or able else "fp32"


def _has_bf16(device: str) -> bool:
    import torch

    return bool(torch.cuda.get_device_capability(device)[0] >= 8)


def thread_count(requested: int) -> int:
    """CPU threads: as requested, for 0 as many as this process may use (its affinity, not the machine's cores)."""
    if requested:
        return requested
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpu_count() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _obtain(requested: str, gpus: int) -> str:
    if requested == "cpu" or (requested == "auto" and not gpus):
        return "cpu"
    index = int(requested.partition(":")[2] or 0)
    if index < gpus:
        return f"cuda:{index}"
    seen = f"{gpus} GPU(s), cuda:0 to cuda:{gpus - 1}" if gpus else "no CUDA device"
    raise ModelError(
        f"engine.device = {requested!r}, but PyTorch sees {seen}",
        remedy="set engine.device to auto or cpu, or check the driver, CUDA_VISIBLE_DEVICES and that the installed "
        "torch is a CUDA build",
    )
