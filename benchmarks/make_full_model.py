"""A SenseVoiceSmall of full size (234 M parameters, 25,055 tokens) with random weights, in the hubs' layout.

Speed and memory do not depend on what the weights are, so this stands in for the real model where that cannot be had.
What it writes is noise. The seed fixes the weights, and with them the digest.

    python -m benchmarks.make_full_model --out /tmp/full
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from callqa.settings import DEMO_FOLDER

DEMO = DEMO_FOLDER / "model"
BPE = "chn_jpn_yue_eng_ko_spectok.bpe.model"
FULL_SIZE = {"output_size": 512, "linear_units": 2048, "num_blocks": 50, "tp_blocks": 20, "attention_heads": 4}
"""Of the published model's config.yaml; the rest is as in the demo model's."""
TOKENS, FIRST_TAG, HAN = 25055, 24884, 20902
TAGS = {
    24884: "zh", 24885: "en", 24888: "yue", 24892: "ja", 24896: "ko", 24992: "nospeech", 24993: "Speech",
    24994: "Applause", 24995: "BGM", 24997: "Laughter", 25001: "HAPPY", 25002: "SAD", 25003: "ANGRY", 25004: "NEUTRAL",
    25009: "EMO_UNKNOWN", 25010: "Event_UNK", 25016: "withitn", 25017: "woitn",
}  # fmt: skip
"""Tags of the published vocabulary, by token id; FunASR's code names those of language, emotion and itn."""
BLANK_SHARE = 0.75
"""Of the frames: about as in real speech, so that decoding has as much to do."""


def main() -> None:
    """Write the folder, where it is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("/tmp/full"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(make(arguments.out, arguments.seed))


def make(out: Path, seed: int = 0) -> Path:
    """The folder with the model; what is there is kept."""
    if not (out / "model.pt").exists():
        partial = out.with_name(f"{out.name}.partial")
        partial.mkdir(parents=True, exist_ok=True)
        for name in ("am.mvn", "configuration.json"):
            shutil.copy(DEMO / name, partial)
        assert json.loads((partial / "configuration.json").read_text())["file_path_metas"]
        write_vocabulary(partial / BPE)
        write_weights(partial, write_config(partial), seed)
        partial.rename(out)
    return out


def write_vocabulary(path: Path) -> None:
    """SentencePiece's file of 25,055 tokens: Chinese characters, made-up words, tags where the real ones are."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString((DEMO / BPE).read_bytes())
    special = list(proto.pieces[:3])
    del proto.pieces[:]
    proto.pieces.extend(special)
    words = FIRST_TAG - len(special) - HAN
    plain = [chr(0x4E00 + index) for index in range(HAN)] + [f"▁w{index}" for index in range(words)]
    for index, piece in enumerate(plain):
        proto.pieces.add(piece=piece, score=-float(index), type=proto.SentencePiece.NORMAL)
    for index in range(FIRST_TAG, TOKENS):
        name = f"<|{TAGS.get(index, f'tag{index}')}|>"
        proto.pieces.add(piece=name, type=proto.SentencePiece.USER_DEFINED)
    proto.trainer_spec.vocab_size = TOKENS
    path.write_bytes(proto.SerializeToString())


def write_config(folder: Path) -> dict[str, Any]:
    """The demo model's configuration with the sizes of the published model."""
    import yaml

    config: dict[str, Any] = yaml.safe_load((DEMO / "config.yaml").read_text())
    config["encoder_conf"] |= FULL_SIZE
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return config


def write_weights(folder: Path, config: dict[str, Any], seed: int) -> None:
    """FunASR's own class as it comes, the blank's bias raised so that most frames are blank."""
    import torch
    from funasr.models.sense_voice.model import SenseVoiceSmall

    torch.manual_seed(seed)
    options = {**config["model_conf"], "encoder_conf": config["encoder_conf"]}
    network = SenseVoiceSmall(encoder=config["encoder"], input_size=560, vocab_size=TOKENS, **options).eval()
    with torch.no_grad():
        frames = torch.nn.functional.layer_norm(torch.randn(400, 512), (512,))
        logits = network.ctc.ctc_lo(frames)
        ahead = logits[:, 1:].amax(dim=1) - logits[:, 0]
        network.ctc.ctc_lo.bias[0] += ahead.quantile(BLANK_SHARE)
    torch.save({"state_dict": network.state_dict()}, folder / "model.pt")


if __name__ == "__main__":
    main()
