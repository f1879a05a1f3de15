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


def precision_of(device: str) -> str:
    """`bf16` on a GPU that computes in it, else `fp32`."""
    import torch

    if device == "cpu" or not torch.cuda.is_bf16_supported(including_emulation=False):
        return "fp32"
    return "bf16"


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
