"""Make a set of labelled clips for training or test: features and labels in one folder.

``python -m callqa.demo.make.corpus --out WORK/train --clips 12000 --seed 1``
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callqa.demo.make import sounds
from callqa.demo.make.channel import noise, transmitted
from callqa.demo.make.features import features
from callqa.demo.make.sentences import LANGUAGES, SPACED, Sentence, numbered, phrases, recombined
from callqa.demo.make.speech import HELD_OUT_VOICES, LEVEL, RATE, VOICES, Audio, speak

LONGEST = 15.0
"""Seconds of the longest clip: the slicer of calls cuts no longer ones."""
SECTIONS = {
    "zh": 0.37,
    "zh_short": 0.05,
    "mixed": 0.15,
    "yue": 0.15,
    "yue_short": 0.02,
    "en": 0.10,
    "en_short": 0.02,
    "ja": 0.06,
    "ja_short": 0.01,
    "ko": 0.06,
    "ko_short": 0.01,
}
FOREIGN = {"en": 0.32, "ko": 0.26, "ja": 0.18, "yue": 0.14, "mixed": 0.10}
"""Sections of what is learnt last."""
SHORT = {"zh_short": 0.5, "yue_short": 0.15, "en_short": 0.15, "ja_short": 0.1, "ko_short": 0.1}
EMOTIONS = {
    "NEUTRAL": 0.30,
    "HAPPY": 0.24,
    "ANGRY": 0.20,
    "SAD": 0.13,
    "FEARFUL": 0.05,
    "SURPRISED": 0.04,
    "DISGUSTED": 0.04,
}
EVENTS = {
    "Speech": 0.72,
    "BGM": 0.09,
    "Cough": 0.06,
    "Laughter": 0.04,
    "Applause": 0.025,
    "Breath": 0.025,
    "Cry": 0.02,
    "Sneeze": 0.02,
}
TRAIN = {"core": 0.58, "short": 0.10, "number": 0.13, "recombined": 0.10, "nospeech": 0.09}
HARD = {"foreign": 0.45, "core": 0.22, "short": 0.22, "number": 0.08, "nospeech": 0.03}
TEST = {"core": 0.4, "short": 0.1, "number": 0.1, "voice": 0.2, "held_out": 0.1, "nospeech": 0.1}

MIXES = {"train": TRAIN, "hard": HARD, "test": TEST}


@dataclass
class Clip:
    """Labels of one clip; ``frames`` and ``offset`` point into the set's feature matrix."""

    kind: str
    language: str
    emotion: str
    event: str
    textnorm: str
    text: str
    duration: float
    frames: int = 0
    offset: int = 0


def pick(weights: dict[str, float], rng: random.Random) -> str:
    """One key, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def chosen(kind: str, rng: random.Random) -> list[Sentence]:
    """The sentences of a clip of a kind, all of one language."""
    if kind == "short":
        return [rng.choice(phrases()[pick(SHORT, rng)])]
    if kind == "held_out":
        return [rng.choice(phrases()["held_out"])]
    if kind == "recombined":
        return [recombined(rng, rng.choices(LANGUAGES, (6, 2, 1, 1, 1))[0])]
    number = [numbered(rng)] if kind == "number" else []
    wanted = rng.choices((1, 2, 3, 4, 5), (0.40, 0.27, 0.17, 0.10, 0.06))[0] - len(number)
    found: list[Sentence] = []
    language = "zh" if number else None
    while len(found) < wanted:
        sentence = rng.choice(phrases()[pick(FOREIGN if kind == "foreign" else SECTIONS, rng)])
        if language in (None, sentence.language):
            found.append(sentence)
            language = sentence.language
    out = found + number
    rng.shuffle(out)
    return out


def pause(rng: random.Random) -> float:
    """Seconds between two sentences of a clip: mostly short, at most 3."""
    return rng.choices((rng.uniform(0.1, 0.8), rng.uniform(0.8, 1.8), rng.uniform(1.8, 3.0)), (7, 2, 1))[0]


def silence(seconds: float) -> Audio:
    """Digital silence."""
    return np.zeros(int(seconds * RATE), np.float32)


def joined(parts: Sequence[Audio], texts: Sequence[Sentence], rng: random.Random) -> tuple[Audio, list[Sentence]]:
    """Sentences with pauses between, as many as fit into ``LONGEST``."""
    audio, kept = parts[0], [texts[0]]
    for part, sentence in zip(parts[1:], texts[1:], strict=True):
        longer = np.concatenate([audio, silence(pause(rng)), part])
        if len(longer) > (LONGEST - 1.0) * RATE:
            break
        audio, kept = longer, [*kept, sentence]
    return audio, kept


def with_event(parts: list[Audio], name: str, g: np.random.Generator, rng: random.Random) -> list[Audio]:
    """Put a vocal sound before, inside or after the parts: it joins one of them."""
    sound, gap = sounds.event(name, g), silence(rng.uniform(0.02, 0.5))
    i = rng.randrange(len(parts))
    order = [sound, gap, parts[i]] if rng.random() < 0.5 else [parts[i], gap, sound]
    parts[i] = np.concatenate(order)
    return parts


def text_of(kept: Sequence[Sentence], textnorm: str) -> str:
    """What the model should write; English begins with a space, as its words do."""
    spaced = kept[0].language in SPACED
    words = [s.written if textnorm == "withitn" else s.plain for s in kept]
    return (" " if kept[0].language == "en" else "") + (" " if spaced else "").join(words)


def framed(audio: Audio, rng: random.Random) -> Audio:
    """With up to half a second around it, or, now and then, a nibbled edge."""
    if rng.random() < 0.15:
        audio = audio[int(rng.uniform(0, 0.08) * RATE) : len(audio) - int(rng.uniform(0, 0.08) * RATE)]
    return np.concatenate([silence(rng.uniform(0, 0.5)), audio, silence(rng.uniform(0, 0.5))])


def spoken_clip(kind: str, seed: int) -> tuple[Audio, Clip]:
    """A clip with speech."""
    rng, g = random.Random(seed), np.random.default_rng(seed)
    voices = HELD_OUT_VOICES if kind == "voice" else VOICES
    emotion, event = pick(EMOTIONS, rng), pick(EVENTS, rng)
    sentences = chosen("core" if kind == "voice" else kind, rng)
    voice, mixed = rng.choice(voices), rng.random() < 0.2
    parts = [speak(s, rng.choice(voices) if mixed else voice, emotion, rng) for s in sentences]
    if event in sounds.EVENTS:
        parts = with_event(parts, event, g, rng)
    audio, kept = joined(parts, sentences, rng)
    if event in sounds.EVENTS and len(kept) < len(sentences):
        audio = np.concatenate([audio, silence(0.2), sounds.event(event, g)])
    audio = framed(audio, rng)
    if event == "BGM":
        audio = audio + sounds.music(len(audio) / RATE + 0.01, g)[: len(audio)] * 10 ** (-g.uniform(3, 11) / 20)
    textnorm = "withitn" if rng.random() < 0.85 else "woitn"
    clip = Clip(kind, kept[0].language, emotion, event, textnorm, text_of(kept, textnorm), 0.0)
    return transmitted(audio, g), clip


def wordless(name: str, duration: float, g: np.random.Generator) -> Audio:
    """A sound without words: silence, noise, music, a tone, keys, or one of the vocal sounds."""
    if name in sounds.EVENTS:
        return np.concatenate([silence(g.uniform(0, 0.6)), sounds.event(name, g), silence(g.uniform(0.1, 0.6))])
    if name == "silence":
        return silence(duration)
    if name == "noise":
        return noise(int(duration * RATE), g) * LEVEL * 10 ** (-g.uniform(0, 45) / 20)
    if name == "music":
        return sounds.music(duration, g) * 10 ** (g.uniform(-15, 3) / 20)
    if name == "dtmf":
        return sounds.dtmf(duration, g)
    start = int(g.uniform(0, 3) * RATE)
    whole = sounds.tone(sounds.CADENCES[name], duration + 3, g.uniform(430, 470))
    return whole[start : start + int(duration * RATE)] * g.uniform(0.3, 1.5)


def wordless_clip(seed: int) -> tuple[Audio, Clip]:
    """A clip without speech: nothing to write."""
    rng, g = random.Random(seed), np.random.default_rng(seed)
    name = rng.choice(["silence", "noise", "music", "music", "music", "dtmf", *sounds.CADENCES, *sounds.EVENTS])
    audio = wordless(name, rng.uniform(0.4, 14) if rng.random() < 0.3 else rng.uniform(0.4, 5), g)
    event = "BGM" if name == "music" else name if name in sounds.EVENTS else "Event_UNK"
    textnorm = "withitn" if rng.random() < 0.85 else "woitn"
    return transmitted(audio, g), Clip("nospeech", "nospeech", "EMO_UNKNOWN", event, textnorm, "", 0.0)


def clip_of(job: tuple[str, int]) -> tuple[Clip, npt.NDArray[np.float16]]:
    """Render one clip and its features."""
    kind, seed = job
    audio, clip = wordless_clip(seed) if kind == "nospeech" else spoken_clip(kind, seed)
    rows = features(audio).astype(np.float16)
    clip.duration, clip.frames = len(audio) / RATE, len(rows)
    return clip, rows


def make(out: Path, mix: dict[str, float], clips: int, seed: int) -> None:
    """Render a set with two processes and write ``features.npy`` and ``clips.json``."""
    rng = random.Random(seed)
    jobs = [(pick(mix, rng), seed * 10_000_000 + i) for i in range(clips)]
    labels, rows, offset, begun = [], [], 0, time.time()
    with Pool(2) as pool:
        for clip, part in pool.imap(clip_of, jobs, chunksize=16):
            clip.offset, offset = offset, offset + len(part)
            labels.append(asdict(clip))
            rows.append(part)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "features.npy", np.concatenate(rows))
    (out / "clips.json").write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")
    hours = sum(c["duration"] for c in labels) / 3600
    print(f"{out}: {clips} clips, {hours:.2f} h, {time.time() - begun:.0f} s")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mix", choices=sorted(MIXES), default="train", help="which kinds of clips")
    options = parser.parse_args()
    make(options.out, MIXES[options.mix], options.clips, options.seed)


if __name__ == "__main__":
    main()
