"""How many frames of audio fit into a GPU's memory at once: measured on the card, not guessed.

One trial batch is computed, and what it took at its peak, divided by its padded frames, is what a frame takes:

    frames = min(ENOUGH, free * SHARE / (peak of the trial / frames of the trial))

Some of the peak grows with the frames (features; the activations of one block, as the blocks come one after another)
and some does not (the pieces in which mel energies and posteriors are computed): so a larger batch takes no more a
frame than the trial, and the formula errs on the safe side. Where less is free than the trial took, it may err on the
other; then a batch fails, and half of it is tried.

Worked out for SenseVoiceSmall in bf16, with the sizes of its tensors: the weights take 0.5 GB; the trial 0.53 GB, 43 KB
a frame. On a card of 4 GB, of which the driver and the libraries leave 3.2 GB, 2.7 GB are free beside the weights:
50,000 frames, so that ENOUGH is the limit, and a batch takes at most 1.4 GB.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

SHARE = 0.8
"""Of the free memory; the rest is for fragments of the allocator, and for other processes that grow."""
ENOUGH = 32_768
"""Padded frames (33 minutes) after which a larger batch is no faster on any card of today, by its number of tiles:
a product of 32,768 x 512 x 1536 is 3,072 tiles of 128 x 128, more than twenty rounds of an H200's 132 processors."""
TRIAL_FRAMES = 512
"""Of each clip of the trial, 30 s: as long as a clip can be."""
TRIAL_CLIPS = 24


def limit(trial: Callable[[int], int], free: Callable[[], int]) -> int:
    """Padded frames of a batch; at least one.

    Args:
        trial: computes a batch of so many clips of TRIAL_FRAMES; bytes that it took at its peak.
        free: bytes that a batch may take.
    """
    per_frame = max(1.0, trial(TRIAL_CLIPS) / (TRIAL_CLIPS * TRIAL_FRAMES))
    room = free()
    frames = int(min(ENOUGH, max(1.0, room * SHARE / per_frame)))
    megabytes, kilobytes = room / 1e6, per_frame / 1e3
    logger.info("%.0f MB free, %.1f KB a frame: batches of up to %d frames", megabytes, kilobytes, frames)
    return frames


def peak_on(device: str, compute: Callable[[], Any]) -> int:
    """Bytes that a computation takes on a GPU at its peak, above what was taken before."""
    import torch

    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    compute()
    torch.cuda.synchronize(device)
    return int(torch.cuda.max_memory_allocated(device) - before)


def free_on(device: str) -> int:
    """Bytes that this process can still take on a GPU: the driver's free ones, and its own unused ones."""
    import torch

    own = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0] + own)
