"""SenseVoice through FunASR: its weights, vocabulary and parameters; features and network computed directly.

`AutoModel.generate` drops the posteriors, and with them confidence, words and the probabilities of the tags, and
keeps a GPU waiting most of the time. The text is the one that it gives (tests compare the two).

On a CPU every clip is computed alone: batches do not help there, and the result of a clip does not depend on its
neighbours. On a GPU clips of similar length are batched, and nothing waits for anything: samples are copied while the
batch before is computed, and what the batches before said is read in a thread meanwhile.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from callqa.errors import ModelError
from callqa.settings import EngineSettings
from callqa.transcribe import decoding, devices
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples, require_clips
from callqa.transcribe.models import model_store
from callqa.transcribe.pytorch import loading, memory
from callqa.transcribe.pytorch.batching import ClipTooLargeError, Overlapped, Room
from callqa.transcribe.pytorch.gpu_features import Features, put
from callqa.transcribe.pytorch.network import Answer, Arrival, Network

BATCHES_AT_ONCE = 4
"""Batches' worth of audio that a GPU is given at once, so that clips of similar length can be found."""
BATCHES_AHEAD = 2
"""Batches that may be under way on a GPU: one is computed, the samples of the next are copied."""
TRIAL_SECONDS = memory.TRIAL_FRAMES * decoding.FRAME

_RUNNING: dict[tuple[str, str, str], Running] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Running:
    """A model that is loaded and ready on a device."""

    loaded: loading.Loaded
    network: Network
    features: Features
    tags: decoding.TagTokens
    tag_ids: list[int]
    device: str
    precision: str
    rooms: dict[float, Room] = field(default_factory=dict)
    """How large a batch may be, by `engine.batch_seconds`."""


def open_funasr(settings: EngineSettings, model: ModelIdentity) -> FunasrTranscriber:
    """The engine of the settings; the network is loaded once a process, for each model, device and precision.

    Raises:
        ModelError: the device is not there or does not compute in the precision, or the weights do not fit.
    """
    device = devices.choose(settings.device)
    precision = devices.precision(settings.precision, device)
    with _LOCK:
        key = (model.digest, device, precision)
        if key not in _RUNNING:
            _RUNNING[key] = start(_load(model, devices.thread_count(settings.threads)), device, precision)
        return FunasrTranscriber(_RUNNING[key], settings=settings, model=model)


def _load(model: ModelIdentity, threads: int) -> loading.Loaded:
    # On the CPU first, whatever the device: in fp32 and twice, the weights would not fit into a small card.
    loaded = loading.load(model.folder, "cpu", threads)
    if model_store.digest(model.folder) != model.digest:  # results would be cached under the name of other weights
        raise ModelError(f"the model in {model.folder} was changed while it was loaded", remedy="run again")
    return loaded


def start(loaded: loading.Loaded, device: str, precision: str) -> Running:
    """Bring a model that was loaded to a device, and into a precision; its weights are converted in place."""
    tags = decoding.tag_tokens(loaded.pieces)
    tag_ids = sorted({token for names in tags.values() for token in names})
    network = Network(loaded.network, device=device, precision=precision, tag_ids=tag_ids)
    return Running(loaded, network, Features(loaded.frontend, device), tags, tag_ids, device, precision)


class FunasrTranscriber:
    """A `Transcriber` around a model that is running.

    Args:
        running: of `start`.
        settings: language, style and size of a batch.
        model: what results are labelled with.
        batched: whether clips are put into batches; None where a GPU computes. (Tests batch on the CPU.)
    """

    def __init__(
        self, running: Running, *, settings: EngineSettings, model: ModelIdentity, batched: bool | None = None
    ) -> None:
        self.name, self.digest = model.name, model.digest
        self.device, self.precision = running.device, running.precision
        self._running = running
        self._settings = settings
        self._batched = self.device != "cpu" if batched is None else batched
        self._places = {token: place for place, token in enumerate(running.tag_ids)}
        self._copies: Any = None
        self._room = self._find_room()
        self.appetite = BATCHES_AT_ONCE * self._room.limit * decoding.FRAME if self._batched else 0.0

    def transcribe(self, clips: Sequence[Samples], language_hints: Sequence[str]) -> list[Recognition]:
        """See `Transcriber`.

        Raises:
            StageError: a hint is no language, or a clip is not one.
            ClipTooLargeError: a clip does not fit into the device's memory, alone.
        """
        import torch

        require_clips(clips, language_hints)
        results: dict[int, Recognition] = {}
        lengths = [self._running.features.frames_of(len(clip)) + decoding.QUERIES for clip in clips]

        def launch(batch: list[int]) -> Future[dict[int, Recognition]]:
            arrival = self._compute([clips[index] for index in batch], [language_hints[index] for index in batch])
            return reader.submit(self._read, arrival, {index: lengths[index] for index in batch})

        with _LOCK, self._runtime(), ThreadPoolExecutor(1, "callqa-read") as reader:
            overlapped = Overlapped(
                launch,
                lambda future: results.update(future.result()),
                too_large=torch.OutOfMemoryError,
                ahead=BATCHES_AHEAD if self._batched else 0,
            )
            try:
                overlapped.run(lengths, self._room, self._make_room)
            except ClipTooLargeError as error:
                raise self._explained(error, clips) from None
        return [results[index] for index in range(len(clips))]

    def close(self) -> None:
        """Nothing: it has no processes, and the network stays loaded for the next shard."""

    def facts(self) -> dict[str, Any]:
        """What the network is and knows: device, precision, sizes, and the names of its tags by class."""
        loaded = self._running.loaded
        parameters = sum(tensor.numel() for tensor in loaded.network.parameters())
        tags = {f"{kind}s": sorted(set(names.values())) for kind, names in self._running.tags.items()}
        return {
            "device": self.device,
            "precision": self.precision,
            "parameters": parameters,
            "tokens": len(loaded.pieces),
            **tags,
        }

    def _find_room(self) -> Room:
        if not self._batched:
            return Room(1)
        seconds = self._settings.batch_seconds
        if seconds not in self._running.rooms:
            self._running.rooms[seconds] = Room(int(seconds / decoding.FRAME) or self._measured())
        return self._running.rooms[seconds]

    def _measured(self) -> int:
        import torch

        if self.device == "cpu":
            return memory.ENOUGH
        silence = np.zeros(int(TRIAL_SECONDS * self._running.loaded.frontend.fs), np.float32)

        def trial(clips: int) -> int:
            return memory.peak_on(self.device, lambda: self._compute([silence] * clips, ["auto"] * clips).wait())

        try:
            with self._runtime():
                return memory.limit(trial, lambda: memory.free_on(self.device))
        except torch.OutOfMemoryError:
            return memory.TRIAL_FRAMES  # a card that is nearly full: begin with a clip or two, and halve

    @contextlib.contextmanager
    def _runtime(self) -> Iterator[None]:
        """Threads (other libraries reset them), no gradients, and float32 that is float32 (no TF32)."""
        import torch

        torch.set_num_threads(devices.thread_count(self._settings.threads))
        kept = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = False
        current = contextlib.nullcontext() if self.device == "cpu" else torch.cuda.device(self.device)
        try:
            with current, torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
                yield
        finally:
            torch.backends.cuda.matmul.allow_tf32 = kept

    def _make_room(self) -> None:
        import torch

        if self.device != "cpu":
            torch.cuda.empty_cache()

    def _explained(self, error: ClipTooLargeError, clips: Sequence[Samples]) -> ClipTooLargeError:
        index, seconds = error.clip, len(clips[error.clip]) / self._running.loaded.frontend.fs
        free = f"{memory.free_on(self.device) / 1e6:.0f} MB are free" if self.device != "cpu" else "no memory is left"
        return ClipTooLargeError(
            index, f"clip {index} of {len(clips)} ({seconds:.1f} s) does not fit into {self.device} even alone: {free}"
        )

    def _compute(self, clips: Sequence[Samples], hints: Sequence[str]) -> Arrival:
        """Start the computation of a batch."""
        layout = self._running.features.layout([len(clip) for clip in clips])
        network = self._running.network
        features = self._running.features(self._samples(clips, layout), layout)
        queries = [network.query(hint, self._settings.use_itn) for hint in hints]
        return Arrival(network(features, layout.frames, queries))

    def _samples(self, clips: Sequence[Samples], layout: Any) -> Any:
        """The clips of a batch on the device; to a GPU they are copied while it computes the batch before."""
        import torch

        host = torch.empty(layout.samples, pin_memory=self.device != "cpu")
        put(clips, layout, host.numpy())
        if self.device == "cpu":
            return host
        cuda: Any = torch.cuda  # its classes have no types
        self._copies = self._copies or cuda.Stream(self.device)
        with cuda.stream(self._copies):
            row = host.to(self.device, non_blocking=True)
        computing = cuda.current_stream(self.device)
        computing.wait_stream(self._copies)
        row.record_stream(computing)
        return row

    def _read(self, arrival: Arrival, lengths: dict[int, int]) -> dict[int, Recognition]:
        """What a batch said, by the clips' indices; runs in a thread of its own."""
        answer = arrival.wait()
        return {index: self._decode(answer, row, length) for row, (index, length) in enumerate(lengths.items())}

    def _decode(self, answer: Answer, row: int, length: int) -> Recognition:
        loaded = self._running.loaded
        best = answer.best[row, :length].tolist()
        runs = decoding.collapse(answer.ids[row, :length].tolist(), loaded.network.blank_id)
        tags = answer.tags[row]
        shares = decoding.tag_probabilities(
            lambda frame, tokens: tags[frame, [self._places[token] for token in tokens]].tolist(), self._running.tags
        )
        return Recognition(
            text_raw=loaded.tokenizer.decode([token for token, _, _ in runs]),
            confidence=decoding.confidence(runs, best),
            language_probs=shares["language"],
            emotion_probs=shares["emotion"],
            event_probs=shares["event"],
            words=decoding.words(runs, best, loaded.pieces),
        )
