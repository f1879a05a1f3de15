"""The model's folder in the hub's layout: tokens, configuration, normalisation.

``python -m callqa.demo.make.layout --features WORK/train/features.npy --model MODEL``
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from pathlib import Path

import numpy as np
import sentencepiece as spm
import yaml

from callqa.demo.make.features import BANDS, STACK, STEP
from callqa.demo.make.sentences import LANGUAGES, by_text, phrases, recombined, spoken_digits

BPE = "chn_jpn_yue_eng_ko_spectok.bpe.model"
SPOKEN = ("zh", "en", "yue", "ja", "ko", "nospeech")
EMOTIONS = ("HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN")
EVENTS = ["BGM", "Speech", "Applause", "Laughter", "Cry", "Sneeze", "Breath", "Cough", "Event_UNK"]
TAGS = tuple(f"<|{t}|>" for t in (*SPOKEN, *EMOTIONS, *EVENTS, "withitn", "woitn"))
LATIN_PIECES = 150
"""Pieces of English beyond single characters."""

CONFIG = {
    "encoder": "SenseVoiceEncoderSmall",
    "encoder_conf": {
        "output_size": 192,
        "attention_heads": 4,
        "linear_units": 768,
        "num_blocks": 6,
        "tp_blocks": 2,
        "dropout_rate": 0.0,
        "positional_dropout_rate": 0.0,
        "attention_dropout_rate": 0.0,
        "input_layer": "pe",
        "pos_enc_class": "SinusoidalPositionEncoder",
        "normalize_before": True,
        "kernel_size": 11,
        "sanm_shfit": 0,
        "selfattention_layer_type": "sanm",
    },
    "model": "SenseVoiceSmall",
    "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
    "tokenizer": "SentencepiecesTokenizer",
    "tokenizer_conf": {"bpemodel": None, "unk_symbol": "<unk>", "split_with_space": True},
    "frontend": "WavFrontend",
    "frontend_conf": {
        "fs": 16000,
        "window": "hamming",
        "n_mels": BANDS,
        "frame_length": 25,
        "frame_shift": 10,
        "lfr_m": STACK,
        "lfr_n": STEP,
        "dither": 0.0,
        "cmvn_file": None,
    },
}
"""The architecture of SenseVoiceSmall, made small: 192 wide, six and two blocks."""

CONFIGURATION = {
    "framework": "pytorch",
    "task": "auto-speech-recognition",
    "model": {"type": "funasr"},
    "file_path_metas": {
        "init_param": "model.pt",
        "config": "config.yaml",
        "tokenizer_conf": {"bpemodel": BPE},
        "frontend_conf": {"cmvn_file": "am.mvn"},
    },
}


def token_lines() -> list[str]:
    """Texts to learn pieces from: every character outside ASCII alone, so that none is merged."""
    rng = random.Random(0)
    taught = [*by_text().values(), *phrases()["held_out"]]
    made = [recombined(rng, language) for language in LANGUAGES for _ in range(200)]
    lines: list[str] = []
    for sentence in taught * 20 + made:
        for text in (sentence.written, sentence.plain):
            whole = (" " if sentence.language == "en" else "") + text
            lines += [x for x in re.sub(r"([^\x00-\x7f])", "\t\\1\t", whole).split("\t") if x]
    return [*lines, *spoken_digits("0123456789"), *"0123456789" * 9]


def write_tokens(model: Path) -> None:
    """Train SentencePiece with the tags as whole symbols; the blank of CTC is id 0, ``<unk>``."""
    lines = token_lines()
    size = len(set("".join(lines))) + 3 + len(TAGS) + LATIN_PIECES
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder, "texts")
        texts.write_text("\n".join(lines), encoding="utf-8")
        spm.SentencePieceTrainer.train(
            input=str(texts),
            model_prefix=str(Path(folder, "tokens")),
            model_type="bpe",
            vocab_size=size,
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            split_digits=True,
            user_defined_symbols=list(TAGS),
            unk_id=0,
            bos_id=1,
            eos_id=2,
            pad_id=-1,
            minloglevel=2,
            hard_vocab_limit=False,
        )
        (model / BPE).write_bytes(Path(folder, "tokens.model").read_bytes())


def kaldi_vector(values: np.ndarray) -> str:
    """Numbers between spaces, as Kaldi's nnet text has them."""
    return " ".join(f"{v:.6f}" for v in values)


def write_normalisation(features: Path, model: Path) -> None:
    """Mean and scale a band, the same for all seven stacked frames, from a sample of the set."""
    rows = np.load(features, mmap_mode="r")
    sample = np.sort(np.random.default_rng(0).choice(len(rows), min(60_000, len(rows)), replace=False))
    bands = rows[sample].astype(np.float32).reshape(-1, BANDS)
    shift = kaldi_vector(np.tile(-bands.mean(0), STACK))
    scale = kaldi_vector(np.tile(1 / bands.std(0), STACK))
    n = BANDS * STACK
    lines = [
        "<Nnet>",
        f"<Splice> {n} {n}",
        "[ 0 ]",
        f"<AddShift> {n} {n}",
        f"<LearnRateCoef> 0 [ {shift} ]",
        f"<Rescale> {n} {n}",
        f"<LearnRateCoef> 0 [ {scale} ]",
        "</Nnet>",
    ]
    (model / "am.mvn").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    options.model.mkdir(parents=True, exist_ok=True)
    write_tokens(options.model)
    write_normalisation(options.features, options.model)
    config = yaml.safe_dump(CONFIG, sort_keys=False)
    (options.model / "config.yaml").write_text(config, encoding="utf-8")
    text = json.dumps(CONFIGURATION, indent=2) + "\n"
    (options.model / "configuration.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
