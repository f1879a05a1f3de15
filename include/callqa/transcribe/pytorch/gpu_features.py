"""SenseVoice's features in torch, on the device: mel energies as Kaldi computes them, stacked and normalised.

FunASR computes them on the CPU, a clip at a time, which at thousands of times real time would take longer than the
network. Here all clips of a batch go through a few large operations. The numbers are those of kaldi-native-fbank
without dither, to 1e-3 (tests compare the two): float32 throughout, on every device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callqa.errors import ModelError
from callqa.transcribe.decoding import QUERIES
from callqa.transcribe.engine import Samples

PREEMPHASIS = 0.97
LOW_HZ = 20.0
FULL_SCALE = 32768.0
"""Kaldi's samples are integers of 16 bits."""
FLOOR = 1.1920928955078125e-07
"""Of an energy before its logarithm: float32's epsilon, as in Kaldi."""
ROWS_AT_ONCE = 16384
"""Analysis windows transformed together: 160 s of audio, about 170 MB in float32; more is not faster."""
ALIGNMENT = 16
"""Padded frames of a batch, queries included, are a multiple of it: attention would otherwise copy its mask in every
block."""


@dataclass(frozen=True)
class Layout:
    """Where the clips of a batch lie in one row of samples; counted in analysis shifts (10 ms)."""

    starts: list[int]
    windows: list[int]
    """Analysis windows of each clip."""
    frames: list[int]
    """Stacked frames (60 ms) of each clip."""
    shifts: int
    """Length of the row."""
    shift: int
    """Samples of one."""

    @property
    def samples(self) -> int:
        """Length of the row in samples."""
        return self.shifts * self.shift

    @property
    def padded(self) -> int:
        """Frames to which each clip of the batch is filled up; a clip alone is left as it is."""
        longest = max(self.frames)
        return longest if len(self.frames) == 1 else math.ceil((longest + QUERIES) / ALIGNMENT) * ALIGNMENT - QUERIES


class Features:
    """Mel features with the parameters of a FunASR `WavFrontend`.

    Raises:
        ModelError: the frontend wants something that is not computed here.
    """

    def __init__(self, frontend: Any, device: str) -> None:
        import torch

        _check(frontend)
        self.window: int = frontend.fs * frontend.frame_length // 1000
        self.shift: int = frontend.fs * frontend.frame_shift // 1000
        self.stacked: int = frontend.lfr_m
        self.step: int = frontend.lfr_n
        self.size: int = frontend.n_mels * frontend.lfr_m
        self._transform = 2 ** math.ceil(math.log2(self.window))
        self._taper = torch.tensor(_taper(frontend.window, self.window), device=device)
        self._mel = torch.tensor(mel_banks(frontend.n_mels, self._transform, frontend.fs), device=device)
        self._shift_by, self._scale_by = (row.to(device) for row in frontend.cmvn)

    def frames_of(self, samples: int) -> int:
        """Stacked frames of a clip of so many samples; what is shorter than a window counts as one."""
        return math.ceil(self._windows_of(samples) / self.step)

    def layout(self, lengths: Sequence[int]) -> Layout:
        """How clips of these lengths (samples) are put into one row: each at a shift, none touching the next."""
        starts, end = [], 0
        for length in lengths:
            starts.append(end)
            end += math.ceil(max(length, self.window) / self.shift)
        return Layout(
            starts=starts,
            windows=[self._windows_of(length) for length in lengths],
            frames=[self.frames_of(length) for length in lengths],
            shifts=end,
            shift=self.shift,
        )

    def _windows_of(self, samples: int) -> int:
        return 1 + (max(samples, self.window) - self.window) // self.shift

    def __call__(self, row: Any, layout: Layout) -> Any:
        """Features of the clips in a row.

        Args:
            row: float32 samples, -1..1, of shape (layout.samples,), on the device.
            layout: of `layout`.

        Returns:
            float32 of shape (clips, layout.padded, size); zero after a clip's last frame.
        """
        import torch

        windows = row.unfold(0, self.window, self.shift)
        energies = torch.cat([self._log_mel(part) for part in windows.split(ROWS_AT_ONCE)])
        index, inside = self._stacking(layout, row.device)
        stacked = energies[index].flatten(start_dim=2)
        return stacked.add_(self._shift_by).mul_(self._scale_by).mul_(inside[..., None])

    def _log_mel(self, windows: Any) -> Any:
        import torch

        centred = windows * FULL_SCALE
        centred -= centred.mean(dim=1, keepdim=True)
        before = torch.cat((centred[:, :1], centred[:, :-1]), dim=1)
        spectrum = torch.fft.rfft(centred.sub_(before, alpha=PREEMPHASIS).mul_(self._taper), n=self._transform)
        power = spectrum.real.square() + spectrum.imag.square()
        return (power[:, : self._transform // 2] @ self._mel).clamp_(min=FLOOR).log_()

    def _stacking(self, layout: Layout, device: Any) -> tuple[Any, Any]:
        """Window by (clip, frame, place in the stack), and which frames are inside their clip.

        A frame stacks the windows around every sixth; beyond a clip's ends its first and last window stand in.
        """
        import torch

        numbers = torch.tensor([layout.starts, layout.windows, layout.frames])
        if device.type == "cuda":
            numbers = numbers.pin_memory()
        starts, windows, frames = numbers.to(device, non_blocking=True)[:, :, None, None]
        frame = torch.arange(layout.padded, device=device)[:, None]
        place = torch.arange(self.stacked, device=device) - (self.stacked - 1) // 2
        within = torch.minimum((frame * self.step + place).clamp(min=0)[None], windows - 1)
        return starts + within, frame[None, :, 0] < frames[:, :, 0]


def _check(frontend: Any) -> None:
    wrong = [
        f"{name} = {value!r}"
        for name, value, known in (
            ("frontend_conf.window", frontend.window, frontend.window in _TAPERS),
            ("frontend_conf.snip_edges", frontend.snip_edges, frontend.snip_edges is True),
            ("frontend_conf.upsacle_samples", frontend.upsacle_samples, frontend.upsacle_samples is True),
        )
        if not known
    ]
    if wrong:
        raise ModelError(
            f"config.yaml asks for features that callqa does not compute: {', '.join(wrong)}",
            remedy="use a SenseVoice model with the features of the published one (hamming window, whole windows only)",
        )


def _hamming(share: float) -> float:
    return 0.54 - 0.46 * math.cos(2 * math.pi * share)


def _hanning(share: float) -> float:
    return 0.5 - 0.5 * math.cos(2 * math.pi * share)


def _povey(share: float) -> float:
    return math.pow(_hanning(share), 0.85)


_TAPERS = {"hamming": _hamming, "hanning": _hanning, "povey": _povey}


def _taper(name: str, length: int) -> list[float]:
    return [_TAPERS[name](index / (length - 1)) for index in range(length)]


def mel_banks(bands: int, transform: int, rate: int) -> list[list[float]]:
    """Weights of Kaldi's triangular filters, (transform / 2, bands): equally wide on the mel scale 1127 ln(1 + f/700).

    Kaldi leaves out the bin at half the sample rate.
    """
    low, high = _mel(LOW_HZ), _mel(rate / 2)
    width = (high - low) / (bands + 1)
    centres = [low + (band + 1) * width for band in range(bands)]
    heights = [_mel(index * rate / transform) for index in range(transform // 2)]
    return [[max(0.0, 1 - abs(height - centre) / width) for centre in centres] for height in heights]


def _mel(hertz: float) -> float:
    return 1127.0 * math.log1p(hertz / 700.0)


def put(clips: Sequence[Samples], layout: Layout, row: Any) -> None:
    """Write the clips into a row of samples (a float32 numpy array of `layout.samples`); silence between them."""
    for clip, start, following in zip(clips, layout.starts, [*layout.starts[1:], layout.shifts], strict=True):
        begin, end = start * layout.shift, following * layout.shift
        row[begin : begin + len(clip)] = clip
        row[begin + len(clip) : end] = 0.0
