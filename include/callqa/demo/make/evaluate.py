"""How well a model does on a made test set, by kind, language, emotion and event.

``python -m callqa.demo.make.evaluate --data WORK/test --model MODEL``
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from callqa.demo.make.recognise import Recognised, Recogniser, compared, distance

Pair = tuple[dict[str, Any], Recognised]


def recognise(data: Path, model: Path) -> list[Pair]:
    """Every clip of a set with what the model makes of it."""
    rows = np.load(data / "features.npy")
    clips = json.loads((data / "clips.json").read_text(encoding="utf-8"))
    recogniser = Recogniser(model)
    out: list[Pair] = []
    for textnorm in ("withitn", "woitn"):
        part = sorted((c for c in clips if c["textnorm"] == textnorm), key=lambda c: c["frames"])
        for at in range(0, len(part), 16):
            batch = part[at : at + 16]
            features = [rows[c["offset"] : c["offset"] + c["frames"]] for c in batch]
            out += zip(batch, recogniser.batch(features, textnorm), strict=True)
    return out


def table(title: str, pairs: Iterable[Pair], key: Callable[[dict[str, Any]], str]) -> None:
    """Print language, emotion and event accuracy, CER and exact texts by a key of the clip."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[key(pair[0])].append(pair)
    print(f"\n| {title} | clips | language | emotion | event | CER | exact |")
    print("|---|---|---|---|---|---|---|")
    for name, group in sorted(groups.items()):
        n = len(group)
        right = [sum(getattr(r, k) == c[k] for c, r in group) / n for k in ("language", "emotion", "event")]
        texts = [(compared(r.text), compared(c["text"])) for c, r in group]
        errors, length = sum(distance(a, b) for a, b in texts), sum(len(b) for _, b in texts)
        exact = sum(a == b for a, b in texts) / n
        rate = errors / length if length else 0.0
        shares = " | ".join(f"{100 * x:.1f} %" for x in (*right, rate, exact))
        print(f"| {name} | {n} | {shares} |")


def confusion(field: str, pairs: Iterable[Pair]) -> None:
    """Print recall, precision and the commonest confusions of a tag."""
    seen = Counter((c[field], getattr(r, field)) for c, r in pairs)
    said: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    for (a, b), n in seen.items():
        said[a] += n
        heard[b] += n
    print(f"\n| {field} | clips | recall | precision | taken for |\n|---|---|---|---|---|")
    for name, n in said.most_common():
        hit = seen[name, name]
        wrong = Counter({b: k for (a, b), k in seen.items() if a == name != b}).most_common(3)
        others = ", ".join(f"{b} {k}" for b, k in wrong)
        print(f"| {name} | {n} | {hit / n:.1%} | {hit / max(1, heard[name]):.1%} | {others} |")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=0, help="wrong texts to print")
    options = parser.parse_args()
    pairs = recognise(options.data, options.model)
    speech = [p for p in pairs if p[0]["language"] != "nospeech"]
    table("kind", pairs, lambda c: c["kind"])
    known = [p for p in speech if p[0]["kind"] in {"core", "short", "voice"}]
    table("language (taught sentences)", known, lambda c: c["language"])
    table("length", known, lambda c: "< 2 s" if c["duration"] < 2 else "< 6 s" if c["duration"] < 6 else "6-15 s")
    for field in ("emotion", "event"):
        confusion(field, pairs)
    wrong = [(c, r) for c, r in pairs if compared(c["text"]) != compared(r.text)]
    for clip, result in wrong[: options.examples]:
        print(clip["kind"], clip["emotion"], clip["event"], clip["text"], "=>", result.text)


if __name__ == "__main__":
    main()
