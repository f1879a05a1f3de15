"""SenseVoice's encoder and output layer, computed directly on the weights that FunASR loaded.

What FunASR's own forward pass does, with three differences: attention is one fused operation instead of a matrix of
scores that is written out, positions are added in float32 whatever the precision of the rest, and of the posteriors
over 25,055 tokens only what is used leaves the device: the best token of each frame, its posterior, and the
posteriors of the tags. In fp32 the text is FunASR's (tests compare the two).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callqa.transcribe.decoding import QUERIES, TAG_FRAMES

EMOTION_QUERY, EVENT_QUERY = 1, 2
"""Rows of SenseVoice's query embedding; those of language and itn are in `lid_dict` and `textnorm_dict`."""
ROWS_AT_ONCE = 2048
"""Frames whose posteriors exist at the same time: 25,055 tokens of float32 are 100 KB a frame."""


@dataclass(frozen=True)
class Answer:
    """Of a batch: tensors on the device, or arrays on the host."""

    ids: Any
    """Best token, (clips, queries + frames)."""
    best: Any
    """Its log posterior, float32, of the same shape."""
    tags: Any
    """Log posteriors of the tag tokens at the first three queries, float32, (clips, 3, tag tokens)."""


class Arrival:
    """An answer on its way from the device: one copy, for which nothing waits until `wait` is called."""

    def __init__(self, answer: Answer) -> None:
        import torch

        parts = (answer.ids.float(), answer.best, answer.tags)  # float32 holds every id: all are below 2 ** 24
        self._shapes = [tuple(part.shape) for part in parts]
        self._host = flat = torch.cat([part.flatten() for part in parts])
        self._event: Any = None
        if flat.is_cuda:
            self._host = torch.empty(flat.shape, dtype=flat.dtype, pin_memory=True)
            self._host.copy_(flat, non_blocking=True)
            cuda: Any = torch.cuda  # its classes have no types
            self._event = cuda.Event()
            self._event.record(cuda.current_stream(flat.device))

    def wait(self) -> Answer:
        """The answer as numpy arrays, once it is there; ids are int64."""
        import numpy as np

        if self._event is not None:
            self._event.synchronize()
        ends = np.cumsum([math.prod(shape) for shape in self._shapes])[:-1]
        parts = np.split(self._host.numpy(), ends)
        ids, best, tags = (part.reshape(shape) for part, shape in zip(parts, self._shapes, strict=True))
        return Answer(ids=ids.astype(np.int64), best=best, tags=tags)


class Network:
    """The network of a loaded model on a device, in `fp32` or `bf16`; takes the weights over and converts them."""

    def __init__(self, model: Any, *, device: str, precision: str, tag_ids: Sequence[int]) -> None:
        import torch

        self.device = device
        self.dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self._queries = model.embed.to(device)
        self._encoder = model.encoder.to(device, self.dtype)
        # The CPU has no product of bf16 matrices with a result in fp32, and bf16 logits tie too often.
        self._output = model.ctc.ctc_lo.to(device, self.dtype if device.startswith("cuda") else torch.float32)
        self._languages, self._styles = model.lid_dict, model.textnorm_dict
        self._tag_ids = torch.tensor(list(tag_ids), dtype=torch.long, device=device)
        self._positions = torch.empty(0)

    def query(self, hint: str, use_itn: bool) -> list[int]:
        """Rows of the query embedding that ask for a language (or `auto`), emotion, event, and a style of text."""
        return [self._languages[hint], EMOTION_QUERY, EVENT_QUERY, self._styles["withitn" if use_itn else "woitn"]]

    def __call__(self, features: Any, frames: Sequence[int], queries: Sequence[Sequence[int]]) -> Answer:
        """The answer of a batch, on the device.

        Args:
            features: float32, (clips, padded frames, 560), on the device.
            frames: of each clip.
            queries: of `query`, of each clip.
        """
        import torch

        lengths, asked = _to_device([frames, *zip(*queries, strict=True)], self.device).split([1, QUERIES])
        x = torch.cat((self._queries(asked.T), features), dim=1)
        inside = None
        if min(frames) < features.shape[1]:
            inside = torch.arange(x.shape[1], device=x.device) < lengths[0][:, None] + QUERIES
        return self._answer(encode(self._encoder, self._scaled(x), inside))

    def _scaled(self, x: Any) -> Any:
        """Input of the first block: scaled, and the position added; in float32, as bf16 cannot count beyond 256."""
        import torch

        _, length, size = x.shape
        if len(self._positions) < length:  # FunASR's own makes the host wait for the device, batch by batch
            numbers = torch.arange(1, 2 * length + 1)[None]
            self._positions = self._encoder.embed.encode(numbers, size, torch.float32)[0].to(self.device)
        return (x * self._encoder.output_size() ** 0.5 + self._positions[:length]).to(self.dtype)

    def _answer(self, encoded: Any) -> Answer:
        import torch

        clips, length, size = encoded.shape
        parts = [self._best(rows) for rows in encoded.reshape(-1, size).split(ROWS_AT_ONCE)]
        ids, best = (torch.cat(found).view(clips, length) for found in zip(*parts, strict=True))
        tags = [
            self._logits(rows).log_softmax(dim=-1)[:, self._tag_ids]
            for rows in encoded[:, : len(TAG_FRAMES)].reshape(-1, size).split(ROWS_AT_ONCE)
        ]
        return Answer(ids=ids, best=best, tags=torch.cat(tags).view(clips, len(TAG_FRAMES), -1))

    def _best(self, rows: Any) -> tuple[Any, Any]:
        logits = self._logits(rows)
        highest, ids = logits.max(dim=-1)
        return ids, highest - logits.logsumexp(dim=-1)

    def _logits(self, rows: Any) -> Any:
        """float32, also of bf16 rows: the two best tokens of a frame are often nearer than bf16 can tell."""
        import torch

        layer = self._output
        if layer.weight.dtype == torch.float32:
            return torch.nn.functional.linear(rows.float(), layer.weight, layer.bias)
        return torch.mm(rows, layer.weight.T, out_dtype=torch.float32).add_(layer.bias)


def _to_device(numbers: Sequence[Sequence[int]], device: str) -> Any:
    import torch

    tensor = torch.tensor([list(row) for row in numbers])
    return tensor.pin_memory().to(device, non_blocking=True) if device.startswith("cuda") else tensor


def encode(encoder: Any, x: Any, inside: Any | None) -> Any:
    """The encoder's output, (clips, frames, size).

    Args:
        encoder: FunASR's `SenseVoiceEncoderSmall`.
        x: scaled queries and features with their positions, in the encoder's precision, (clips, frames, features).
        inside: which frames are of the clip and not padding, bool, (clips, frames); None where none is padding.
    """
    bias = kept = None
    if inside is not None:
        bias = x.new_zeros(inside.shape).masked_fill_(~inside, float("-inf"))[:, None, None]
        kept = inside[..., None].to(x.dtype)
    for layer in (*encoder.encoders0, *encoder.encoders):
        x = _block(layer, x, bias, kept)
    x = _normed(encoder.after_norm, x)
    for layer in encoder.tp_encoders:
        x = _block(layer, x, bias, kept)
    return _normed(encoder.tp_norm, x)


def _block(layer: Any, x: Any, bias: Any | None, kept: Any | None) -> Any:
    """One `EncoderLayerSANM`: attention with memory, then a feed-forward network, each on normalised input."""
    heard = _attention(layer.self_attn, _normed(layer.norm1, x), bias, kept)
    x = heard.add_(x) if layer.in_size == layer.size else heard  # the first block widens: nothing to add to
    forward = layer.feed_forward
    return forward.w_2(forward.w_1(_normed(layer.norm2, x)).relu_()).add_(x)


def _attention(attention: Any, x: Any, bias: Any | None, kept: Any | None) -> Any:
    from torch.nn import functional

    clips, length, _ = x.shape
    q, k, v = attention.linear_q_k_v(x).chunk(3, dim=-1)
    heads = [part.view(clips, length, attention.h, attention.d_k).transpose(1, 2) for part in (q, k, v)]
    seen = functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], attn_mask=bias)
    return attention.linear_out(seen.transpose(1, 2).reshape(clips, length, -1)).add_(_memory(attention, v, kept))


def _memory(attention: Any, v: Any, kept: Any | None) -> Any:
    """The values and what a filter over their neighbours makes of them (FSMN); padding counts as silence."""
    v = v if kept is None else v * kept
    filtered = attention.fsmn_block(attention.pad_fn(v.transpose(1, 2)))
    return filtered.transpose(1, 2) + v


def _normed(norm: Any, x: Any) -> Any:
    """Without FunASR's detour over float32: the operation itself sums in float32 whatever it is given."""
    from torch.nn import functional

    return functional.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
