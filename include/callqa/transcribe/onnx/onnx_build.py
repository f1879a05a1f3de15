"""A SenseVoiceSmall as an ONNX network: exported from FunASR's, quantised, and compared with what it came from.

Runs in a process of its own (`python -m callqa.transcribe.onnx.onnx_build`), because torch and FunASR keep gigabytes
and change settings of the process that imports them.

The network takes one clip, `speech` (frames, 560) and `queries` (4 token ids of its query embedding), and gives
`logits` (1, 4 + frames, tokens). Without a batch there is no padding and so no mask.
"""

from __future__ import annotations

import json
import sys
import types
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callqa.errors import CallQAError, ModelError
from callqa.transcribe.engine import Samples
from callqa.transcribe.onnx import features, onnx_quantise
from callqa.transcribe.pytorch import loading

OPSET = 17
"""The first with LayerNormalization as one operator."""
EMOTION_QUERY, EVENT_QUERY = 1, 2
"""Rows of SenseVoice's query embedding; those of language and itn are in `lid_dict` and `textnorm_dict`."""
TOLERANCE = 1e-3
"""Largest difference of a logit between torch and ONNX in fp32, of the logits' standard deviation."""
LIKENESS = 0.9
"""Least correlation of the quantised network's logits with those in fp32."""
METADATA = "callqa"
"""Name under which the network's file holds what the engine must know (see `facts`)."""


def build(folder: str, precision: str, bits: int, out: Path) -> None:
    """Write the network of a model folder to `out`, compared with FunASR's.

    Args:
        folder: of the model.
        precision: `fp32` or `int8`.
        bits: of a weight, where the precision is int8 (see `onnx_quantise.weight_bits`).
        out: the file.

    Raises:
        ModelError: the model cannot be loaded, or what was built does not compute what it computes.
    """
    loaded = loading.load(folder, "cpu", threads=1)
    signal = features.extractor(folder)(fixed_signal())
    expected = _export(loaded.network, signal, out)
    _annotate(out, facts(loaded.network, precision))
    _compare(expected, signal, out, folder)
    if precision == "int8":
        onnx_quantise.quantise(out, bits)
        _compare_quantised(expected, signal, out, folder)


def facts(network: Any, precision: str) -> dict[str, Any]:
    """What the engine must know of a network besides its tensors."""
    return {
        "languages": dict(network.lid_dict),
        "styles": dict(network.textnorm_dict),
        "queries": [EMOTION_QUERY, EVENT_QUERY],
        "blank": network.blank_id,
        "precision": precision,
    }


def fixed_signal(seconds: float = 4.0) -> Samples:
    """Something like speech to compare networks on: a gliding, pulsing harmonic sound over noise; always the same."""
    n = np.arange(int(seconds * 16_000))
    time = n / 16_000
    phase = 2 * np.pi * np.cumsum(140 + 40 * np.sin(2 * np.pi * 0.7 * time)) / 16_000
    voice = sum(np.sin(k * phase) / k for k in range(1, 20))
    pulse = np.clip(np.sin(2 * np.pi * 3.1 * time), 0, 1)
    noise = np.random.default_rng(0).standard_normal(len(n))
    samples: Samples = (0.08 * voice * pulse + 0.003 * noise).astype(np.float32)
    return samples


def _export(network: Any, signal: features.Features, out: Path) -> NDArray[np.float32]:
    """Write the fp32 network; gives the logits that FunASR's own code computes of the signal."""
    import torch

    queries = torch.tensor([network.lid_dict["auto"], EMOTION_QUERY, EVENT_QUERY, network.textnorm_dict["withitn"]])
    speech = torch.from_numpy(signal)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: shapes of one clip are constants on purpose
        expected = _logits(network, speech, queries)
        torch.onnx.export(
            _single_clip(network),
            (speech, queries),
            str(out),
            dynamo=False,  # the newer exporter does not come to an end on this network
            opset_version=OPSET,
            input_names=["speech", "queries"],
            output_names=["logits"],
            dynamic_axes={"speech": {0: "frames"}, "logits": {1: "outputs"}},
        )
    return expected


def _logits(network: Any, speech: Any, queries: Any) -> NDArray[np.float32]:
    import torch

    stacked = torch.cat((network.embed(queries), speech))[None]
    encoded, _ = network.encoder(stacked, torch.tensor([stacked.shape[1]]))
    logits: NDArray[np.float32] = network.ctc.ctc_lo(encoded)[0].numpy()
    return logits


def _single_clip(network: Any) -> Any:
    """The network as a torch module of one clip."""
    import torch

    encoder = network.encoder

    class SingleClip(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, speech: Any, queries: Any) -> Any:
            frames = torch.cat((network.embed(queries), speech))[None]
            frames = encoder.embed(frames * encoder.output_size() ** 0.5)
            for layer in (*encoder.encoders0, *encoder.encoders):
                frames = layer(frames, None)[0]
            frames = encoder.after_norm(frames)
            for layer in encoder.tp_encoders:
                frames = layer(frames, None)[0]
            return network.ctc.ctc_lo(encoder.tp_norm(frames))

    for layer in (*encoder.encoders0, *encoder.encoders, *encoder.tp_encoders):
        layer.self_attn.forward = types.MethodType(_attend, layer.self_attn)
    return SingleClip().eval()


def _attend(attention: Any, frames: Any, _mask: None, **_chunks: None) -> Any:
    """FunASR's `MultiHeadedAttentionSANM.forward` of one clip, with sizes that are known when it is exported.

    As FunASR writes it, a network has three times as many operators, and a session takes three times as long to start.
    """
    import torch

    heads, size = attention.h, attention.d_k
    queries, keys, values = torch.split(attention.linear_q_k_v(frames), heads * size, dim=-1)

    def by_head(tensor: Any) -> Any:
        return tensor.reshape(1, -1, heads, size).transpose(1, 2)

    scores = torch.softmax((by_head(queries) * size**-0.5) @ by_head(keys).transpose(-2, -1), dim=-1)
    context = (scores @ by_head(values)).transpose(1, 2).reshape(1, -1, heads * size)
    return attention.linear_out(context) + _memory(attention, values)


def _memory(attention: Any, values: Any) -> Any:
    """FunASR's `forward_fsmn` of one clip, as a convolution in two dimensions: ONNX Runtime has a kernel for those in
    blocks of channels that takes a ninth of the time of the one-dimensional."""
    import torch

    weight = attention.fsmn_block.weight.unsqueeze(2)
    left, right = attention.pad_fn.padding
    channels = len(weight)
    image = values.reshape(1, 1, -1, channels).permute(0, 3, 1, 2)
    if left != right:
        image, left = torch.nn.functional.pad(image, (left, right)), 0
    mixed = torch.nn.functional.conv2d(image, weight, padding=(0, left), groups=channels)
    return mixed.permute(0, 2, 3, 1).reshape(1, -1, channels) + values


def _annotate(out: Path, known: dict[str, Any]) -> None:
    import onnx

    model = onnx.load(str(out))
    onnx.helper.set_model_props(model, {METADATA: json.dumps(known)})
    onnx.save(model, str(out))


def run_network(file: Path, speech: features.Features, queries: Sequence[int]) -> NDArray[np.float32]:
    """The logits of a network's file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    [[logits]] = session.run(None, {"speech": speech, "queries": np.array(queries, np.int64)})
    found: NDArray[np.float32] = logits
    return found


def _compare(expected: NDArray[np.float32], signal: features.Features, out: Path, folder: str) -> None:
    found = _found(out, signal)
    difference = float(np.abs(found - expected).max() / expected.std())
    if not difference < TOLERANCE:
        raise ModelError(
            f"the model in {folder} as an ONNX network differs from FunASR's by {difference:.2g} of a logit's spread",
            remedy="set engine.name = funasr, and report the versions that `callqa doctor` shows",
        )


def _compare_quantised(expected: NDArray[np.float32], signal: features.Features, out: Path, folder: str) -> None:
    likeness = float(np.corrcoef(_found(out, signal).ravel(), expected.ravel())[0, 1])
    if not likeness > LIKENESS:
        raise ModelError(
            f"the model in {folder} does not bear quantisation: its logits correlate by {likeness:.3f} only",
            remedy="set engine.precision = fp32",
        )


def _found(out: Path, signal: features.Features) -> NDArray[np.float32]:
    known = _read_facts(out)
    queries = [known["languages"]["auto"], *known["queries"], known["styles"]["withitn"]]
    return run_network(out, signal, queries)


def _read_facts(out: Path) -> dict[str, Any]:
    import onnx

    model = onnx.load(str(out))
    known: dict[str, Any] = json.loads({p.key: p.value for p in model.metadata_props}[METADATA])
    return known


def main(arguments: Sequence[str]) -> int:
    """Build as told (folder, precision, bits, file); an error of ours goes to standard output as JSON."""
    folder, precision, bits, out = arguments
    try:
        build(folder, precision, int(bits), Path(out))
    except CallQAError as error:
        print(json.dumps({"message": error.message, "remedy": error.remedy}))  # noqa: T201 - read by the parent
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
