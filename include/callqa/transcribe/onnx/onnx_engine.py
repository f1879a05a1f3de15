"""SenseVoice through ONNX Runtime, on a CPU: one thread, one clip at a time, as many processes as there are cores.

Quantised numbers depend on everything in a batch, so clips are never computed together: a clip gives the same text
alone, in any order and in any process. torch and FunASR are not imported (see `onnx_export`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callqa.contracts import SAMPLE_RATE
from callqa.settings import EngineSettings
from callqa.transcribe import decoding, devices, engine
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples
from callqa.transcribe.onnx import features, onnx_build, onnx_export, workers
from callqa.transcribe.onnx.vocabulary import Vocabulary

APPETITE = 300.0
"""Seconds of audio a process that are handed over at once: so that the processes seldom wait for one another."""
WORTH_A_PROCESS = 90.0
"""Seconds of audio from which a process of its own is quicker: it needs a second or two to start."""


@dataclass(frozen=True)
class Network:
    """What a process needs to hear clips: paths and plain values, so that it can be sent to one."""

    file: str
    """Of `onnx_export.prepare`."""
    folder: str
    """Of the model: vocabulary and statistics are read from it."""
    use_itn: bool


def open_onnx(settings: EngineSettings, model: ModelIdentity, precision: str) -> OnnxTranscriber:
    """The engine of the settings; the model is exported first where that has not been done.

    Raises:
        ModelError: the model cannot be exported, or needs other features than this engine computes.
    """
    file = onnx_export.prepare(model, precision)
    features.extractor(model.folder)  # refused here rather than in a process
    return OnnxTranscriber(
        Network(str(file), model.folder, settings.use_itn),
        model=model,
        precision=precision,
        processes=settings.processes or devices.thread_count(0),
    )


class OnnxTranscriber:
    """A `Transcriber` of one or more processes."""

    device = "cpu"

    def __init__(self, network: Network, *, model: ModelIdentity, precision: str, processes: int) -> None:
        self.name, self.digest, self.precision = model.name, model.digest, precision
        self.appetite = APPETITE * processes if processes > 1 else 0.0
        self._network, self._processes = network, processes
        self._here: Listener | None = None
        self._pool: workers.Pool[tuple[Samples, str], Recognition] | None = None

    def transcribe(self, clips: Sequence[Samples], language_hints: Sequence[str]) -> list[Recognition]:
        """See `Transcriber`.

        Raises:
            WorkerError: a process ended at a clip, twice.
        """
        engine.require_clips(clips, language_hints)
        work = list(zip(clips, language_hints, strict=True))
        wanted = min(self._processes, int(sum(map(len, clips)) / SAMPLE_RATE / WORTH_A_PROCESS))
        if self._pool is None and wanted > 1:
            self.start(wanted)
        if self._pool is not None:
            return self._pool.map(work, [len(clip) for clip in clips])
        self._here = self._here or Listener(self._network)
        return [self._here(item) for item in work]

    def start(self, processes: int = 0) -> None:
        """Start so many processes (0: all), where none are; they take work as soon as each has loaded the network."""
        if self._pool is None:
            self._pool = workers.Pool(processes or self._processes, Listener, self._network)

    def wait_until_ready(self) -> None:
        """Return when the processes have loaded the network."""
        if self._pool is not None:
            self._pool.wait_until_ready()

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that it has."""
        return self._pool.process_ids if self._pool else []

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


class Listener:
    """A loaded network: hears one clip."""

    def __init__(self, network: Network) -> None:
        self._session = _session(Path(network.file))
        known = json.loads(self._session.get_modelmeta().custom_metadata_map[onnx_build.METADATA])
        self._languages: dict[str, int] = known["languages"]
        self._rest = [*known["queries"], known["styles"]["withitn" if network.use_itn else "woitn"]]
        self._blank: int = known["blank"]
        self._vocabulary = Vocabulary(network.folder)
        self._tags = decoding.tag_tokens(self._vocabulary.pieces)
        self._features = features.extractor(network.folder)

    def __call__(self, item: tuple[Samples, str]) -> Recognition:
        """What is heard in a clip, given with its language hint."""
        samples, hint = item
        queries = np.array([self._languages[hint], *self._rest], np.int64)
        [[logits]] = self._session.run(None, {"speech": self._features(samples), "queries": queries})
        return self._decode(logits)

    def _decode(self, logits: NDArray[np.float32]) -> Recognition:
        ids = logits.argmax(axis=1)
        runs = decoding.collapse(ids.tolist(), self._blank)
        best = _best_log_posteriors(logits, ids, self._blank)
        shares = decoding.tag_probabilities(lambda frame, tokens: logits[frame, tokens].tolist(), self._tags)
        return Recognition(
            text_raw=self._vocabulary.decode([token for token, _, _ in runs]),
            confidence=decoding.confidence(runs, best),
            language_probs=shares["language"],
            emotion_probs=shares["emotion"],
            event_probs=shares["event"],
            words=decoding.words(runs, best, self._vocabulary.pieces),
        )


def _best_log_posteriors(logits: NDArray[np.float32], ids: NDArray[np.int64], blank: int) -> list[float]:
    """Log posterior of each frame's best token; 0 where that is the blank, which nobody asks about.

    With a vocabulary of 25,000 this takes most of the decoding's time, and three frames in four are blank.
    """
    found = np.zeros(len(ids), np.float64)
    rows = np.flatnonzero(ids != blank)
    highest = logits[rows, ids[rows]]
    found[rows] = -np.log(np.exp(logits[rows] - highest[:, None]).sum(axis=1, dtype=np.float64))
    return found.tolist()


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
