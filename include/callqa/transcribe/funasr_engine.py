"""SenseVoice through FunASR: features, encoder and CTC called directly.

`AutoModel.generate` drops the posteriors, and with them confidence and the probabilities of the tags. The text is
the one that it gives (tests compare the two).

On a CPU every clip is computed alone, in fp32: batches do not help there, and the result of a clip does not depend
on its neighbours. On a GPU clips of similar length are batched, in bf16 where the GPU computes in it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from callqa.contracts import LANGUAGE_HINTS, SAMPLE_RATE
from callqa.errors import ModelError, StageError
from callqa.settings import EngineSettings
from callqa.transcribe import batching, decoding, devices, loading, model_store
from callqa.transcribe.engine import ModelIdentity, Recognition, Samples

SHORTEST = 400
"""Samples of one analysis window (25 ms); what is shorter is filled up with silence."""
EMOTION_QUERY, EVENT_QUERY = 1, 2
"""Rows of SenseVoice's query embedding; those of language and itn are in `lid_dict` and `textnorm_dict`."""
BATCHES_AT_ONCE = 8
"""Batches' worth of audio that a GPU is given at once, so that clips of similar length can be found."""

_LOADED: dict[tuple[str, str], loading.Loaded] = {}
_LOCK = threading.Lock()


def open_funasr(settings: EngineSettings, model: ModelIdentity) -> FunasrTranscriber:
    """The engine of the settings; the network is loaded once a process, for each model and device.

    Raises:
        ModelError: the device is not there, or the weights do not fit.
    """
    device = devices.choose(settings.device)
    threads = devices.thread_count(settings.threads)
    with _LOCK:
        key = (model.digest, device)
        if key not in _LOADED:
            _LOADED[key] = _load(model, device, threads)
        return FunasrTranscriber(_LOADED[key], settings=settings, model=model, device=device)


def _load(model: ModelIdentity, device: str, threads: int) -> loading.Loaded:
    loaded = loading.load(model.folder, device, threads)
    if model_store.digest(model.folder) != model.digest:  # results would be cached under the name of other weights
        raise ModelError(f"the model in {model.folder} was changed while it was loaded", remedy="run again")
    return loaded


class FunasrTranscriber:
    """A `Transcriber` around a network that is loaded."""

    def __init__(self, loaded: loading.Loaded, *, settings: EngineSettings, model: ModelIdentity, device: str) -> None:
        self.name = model.name
        self.digest = model.digest
        self.device = device
        self.precision = devices.precision_of(device)
        self.appetite = 0.0 if device == "cpu" else BATCHES_AT_ONCE * settings.batch_seconds
        self._loaded = loaded
        self._settings = settings
        self._tags = decoding.tag_tokens(loaded.pieces)

    def transcribe(self, clips: Sequence[Samples], language_hints: Sequence[str]) -> list[Recognition]:
        """See `Transcriber`."""
        _check(clips, language_hints)
        results: list[Recognition | None] = [None] * len(clips)
        with _LOCK, self._runtime():
            for batch in self._batches([len(clip) for clip in clips]):
                items = [(clips[index], language_hints[index]) for index in batch]
                for index, result in zip(batch, self._recognise(items), strict=True):
                    results[index] = result
        return [result for result in results if result is not None]

    def facts(self) -> dict[str, Any]:
        """What the network is and knows: device, precision, sizes, and the names of its tags by class."""
        parameters = sum(tensor.numel() for tensor in self._loaded.network.parameters())
        tags = {f"{kind}s": sorted(set(names.values())) for kind, names in self._tags.items()}
        return {
            "device": self.device,
            "precision": self.precision,
            "parameters": parameters,
            "tokens": len(self._loaded.pieces),
            **tags,
        }

    def _batches(self, lengths: list[int]) -> list[list[int]]:
        if self.device == "cpu":
            return [[index] for index in range(len(lengths))]
        return batching.by_length(lengths, int(self._settings.batch_seconds * SAMPLE_RATE))

    @contextlib.contextmanager
    def _runtime(self) -> Iterator[None]:
        """Threads (other libraries reset them), no gradients, and bf16 where that is the precision."""
        import torch

        torch.set_num_threads(devices.thread_count(self._settings.threads))
        lower = torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16, enabled=self.precision == "bf16")
        with torch.inference_mode(), lower:
            yield

    def _recognise(self, items: Sequence[tuple[Samples, str]]) -> list[Recognition]:
        import torch

        return batching.halving(items, self._compute, torch.OutOfMemoryError)

    def _compute(self, items: Sequence[tuple[Samples, str]]) -> list[Recognition]:
        features = [self._features(clip) for clip, _ in items]
        posteriors = self._log_posteriors(features, [hint for _, hint in items])
        return [self._decode(posterior) for posterior in posteriors]

    def _features(self, clip: Samples) -> Any:
        """Normalised, stacked mel frames: (frames, 560); a frame is 60 ms."""
        import torch

        samples = torch.from_numpy(np.pad(clip, (0, max(0, SHORTEST - len(clip)))))
        features, _ = self._loaded.frontend(samples[None], [len(samples)])
        return features[0]

    def _log_posteriors(self, features: list[Any], hints: list[str]) -> list[Any]:
        """Log posteriors of each clip: (4 + frames, tokens), the four queries first."""
        import torch

        network = self._loaded.network
        speech = torch.nn.utils.rnn.pad_sequence(features, batch_first=True).to(self.device)
        lengths = torch.tensor([len(frames) for frames in features], device=self.device) + decoding.QUERIES
        queries = network.embed(torch.tensor([self._query(hint) for hint in hints], device=self.device))
        encoded, _ = network.encoder(torch.cat((queries, speech), dim=1), lengths)
        posteriors = network.ctc.log_softmax(encoded)
        return [posterior[:length] for posterior, length in zip(posteriors, lengths.tolist(), strict=True)]

    def _query(self, hint: str) -> list[int]:
        network = self._loaded.network
        style = network.textnorm_dict["withitn" if self._settings.use_itn else "woitn"]
        return [network.lid_dict[hint], EMOTION_QUERY, EVENT_QUERY, style]

    def _decode(self, posterior: Any) -> Recognition:
        ids = posterior.argmax(dim=-1)
        best = posterior.gather(1, ids[:, None])[:, 0].float().tolist()
        runs = decoding.collapse(ids.tolist(), self._loaded.network.blank_id)
        tags = posterior[: decoding.QUERIES].float().cpu()
        shares = decoding.tag_probabilities(lambda frame, tokens: tags[frame, tokens].tolist(), self._tags)
        return Recognition(
            text_raw=self._loaded.tokenizer.decode([token for token, _, _ in runs]),
            confidence=decoding.confidence(runs, best),
            language_probs=shares["language"],
            emotion_probs=shares["emotion"],
            event_probs=shares["event"],
        )


def _check(clips: Sequence[Samples], hints: Sequence[str]) -> None:
    if len(clips) != len(hints):
        raise StageError(f"{len(clips)} clips but {len(hints)} language hints", remedy="give one hint a clip")
    for hint in hints:
        if hint not in LANGUAGE_HINTS:
            raise StageError(
                f"language hint {hint!r} is not one the model knows", remedy=f"use one of {', '.join(LANGUAGE_HINTS)}"
            )
    for clip in clips:
        if clip.ndim != 1 or clip.dtype != np.float32:
            raise StageError(
                f"a clip is {clip.dtype} of {clip.ndim} dimensions",
                remedy="give float32 samples of one channel, -1..1 (int16 divided by 32768)",
            )
