"""SenseVoice's features: 80 log-mel bands every 10 ms, seven frames stacked, every sixth kept."""

from __future__ import annotations

from typing import Any

import kaldi_native_fbank as knf
import numpy as np
import numpy.typing as npt

from callqa.demo.make.speech import RATE, Audio

Features = npt.NDArray[np.float32]
STACK, STEP, BANDS = 7, 6, 80


def fbank(audio: Audio) -> Features:
    """Kaldi's log-mel energies without dither, shape (frames, 80)."""
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = BANDS
    options.energy_floor = 0.0
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(RATE, (audio * 32768).astype(np.float32))
    bank.input_finished()
    return np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)])


def stacked(frames: npt.NDArray[Any]) -> Features:
    """Low frame rate: shape (ceil(frames / 6), 560), edges repeated."""
    rows = -(-len(frames) // STEP)
    padded = np.vstack([np.repeat(frames[:1], STACK // 2, 0), frames])
    missing = max(0, (rows - 1) * STEP + STACK - len(padded))
    padded = np.vstack([padded, np.repeat(padded[-1:], missing, 0)])
    return np.stack([padded[i * STEP : i * STEP + STACK].reshape(-1) for i in range(rows)])


def features(audio: Audio) -> Features:
    """Features of a clip before normalisation, shape (rows, 560), 60 ms a row."""
    return stacked(fbank(audio))
