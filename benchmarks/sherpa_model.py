"""The network of callqa's onnx engine as sherpa-onnx wants it: its inputs, its metadata, its tokens.txt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from callqa.transcribe.onnx import onnx_build
from callqa.transcribe.onnx.vocabulary import Vocabulary

TAGS = {"zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12}


def write(network: str | Path, model: str | Path, out: Path) -> tuple[Path, Path]:
    """Model and tokens for `OfflineRecognizer.from_sense_voice`, of a prepared network and its model's folder.

    sherpa-onnx computes the features itself and normalises them by the statistics in the metadata.
    """
    import onnx
    from asrfront import sensevoice
    from onnx import TensorProto, helper

    proto = onnx.load(str(network))
    graph = proto.graph
    known = json.loads({p.key: p.value for p in proto.metadata_props}[onnx_build.METADATA])
    del graph.input[:]
    graph.input.extend(
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "T", 560]),
            helper.make_tensor_value_info("x_length", TensorProto.INT32, ["N"]),
            helper.make_tensor_value_info("language", TensorProto.INT32, ["N"]),
            helper.make_tensor_value_info("text_norm", TensorProto.INT32, ["N"]),
        ]
    )
    graph.initializer.append(helper.make_tensor("sherpa.rest", TensorProto.INT32, [2], known["queries"]))
    graph.initializer.append(helper.make_tensor("sherpa.first", TensorProto.INT64, [1], [0]))
    adapters = [
        helper.make_node("Squeeze", ["x", "sherpa.first"], ["speech"]),
        helper.make_node("Concat", ["language", "sherpa.rest", "text_norm"], ["sherpa.queries"], axis=0),
        helper.make_node("Cast", ["sherpa.queries"], ["queries"], to=TensorProto.INT64),
    ]
    nodes = [*adapters, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    pieces = Vocabulary(model).pieces
    helper.set_model_props(proto, _facts(len(pieces), *sensevoice.load_cmvn(Path(model) / "am.mvn")))
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(proto, str(out / "model.onnx"))
    return out / "model.onnx", _write_tokens(pieces, out)


def _facts(tokens: int, shift: Iterable[float], scale: Iterable[float]) -> dict[str, str]:
    """What sherpa-onnx reads from a SenseVoice model's metadata."""
    facts = {
        "lfr_window_size": 7, "lfr_window_shift": 6, "normalize_samples": 0, "model_type": "sense_voice_ctc",
        "neg_mean": ",".join(map(str, shift)), "inv_stddev": ",".join(map(str, scale)), "vocab_size": tokens,
        "version": "2", "model_author": "callqa", "maintainer": "callqa", "comment": "", "lang_auto": 0,
        **{f"lang_{name}": number for name, number in TAGS.items()}, "lang_nospeech": 13, "with_itn": 14, "without_itn": 15,
    }  # fmt: skip
    return {name: str(value) for name, value in facts.items()}


def _write_tokens(pieces: Sequence[str], out: Path) -> Path:
    lines = (f"{piece} {index}\n" for index, piece in enumerate(pieces))
    (out / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    return out / "tokens.txt"


def write_from_funasr(model: str | Path, out: Path) -> tuple[Path, Path]:
    """The same, exported by FunASR itself and quantised by ONNX Runtime: what sherpa-onnx's users have."""
    import functools

    import onnx
    import torch
    from asrfront import sensevoice
    from funasr import AutoModel
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export = functools.partial(torch.onnx.export, dynamo=False)
    loaded = AutoModel(model=str(model), device="cpu", disable_update=True, disable_pbar=True, log_level="ERROR")
    loaded.export(type="onnx", quantize=False, output_dir=str(out))
    plain, quantised = out / "model.onnx", out / "model.int8.onnx"
    quantize_dynamic(plain, quantised, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    plain.unlink()
    proto = onnx.load(str(quantised))
    pieces = Vocabulary(model).pieces
    onnx.helper.set_model_props(proto, _facts(len(pieces), *sensevoice.load_cmvn(Path(model) / "am.mvn")))
    onnx.save(proto, str(quantised))
    return quantised, _write_tokens(pieces, out)
