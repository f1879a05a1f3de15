"""Check the demo's calls against the model turn by turn, with the true times and with moved edges.

``python -m callqa.demo.make.check_calls --calls CALLS --model MODEL``
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from callqa.demo.make.features import Features, features
from callqa.demo.make.recognise import Recognised, Recogniser, compared, distance
from callqa.demo.make.speech import RATE, Audio
from callqa.demo.make.stored import read

KEYWORDS = ["投诉", "投訴", "举报", "退款", "不发货", "12378", "complaint", "refund", "苦情", "返金", "불만", "환불"]
"""Words that make an angry call a complaint."""
ALARMED, CHEERED = {"angry", "fearful"}, {"laughter", "applause"}
CHECKED = {"HR01", "SA01", "ES01", "AW01"}
"""The rules that `hits` knows."""
EDGE = 0.3
"""Seconds by which a slice's edge may lie off the turn's."""

Turn = dict[str, Any]


def cut(audio: Audio, turn: Turn, rng: random.Random | None) -> Features:
    """Features of a turn, its edges moved by up to ``EDGE`` where ``rng`` is given."""
    moved = (rng.uniform(-EDGE, EDGE), rng.uniform(-EDGE, EDGE)) if rng else (-0.1, 0.1)
    start, end = max(0, int((turn["start"] + moved[0]) * RATE)), int((turn["end"] + moved[1]) * RATE)
    return features(np.ascontiguousarray(audio[turn["channel"], start:end]))


def heard(turn: Turn, result: Recognised) -> Turn:
    """The turn as the model hears it."""
    tags = {k: getattr(result, k).lower() for k in ("language", "emotion", "event")}
    return {**turn, **tags, "text": result.text}


def hits(turns: list[Turn]) -> set[str]:
    """The conversation rules that hold of a two-channel call, from its turns."""
    customer = [t for t in turns if t["role"] == "customer"]
    agent = [t for t in turns if t["role"] == "agent"]
    moods = [t["emotion"] for t in customer]
    found = set()
    if ALARMED & set(moods) and any(k in t["text"] for t in customer for k in KEYWORDS):
        found.add("HR01")
    for i in range(len(agent) - 2):
        window = agent[i : i + 3]
        happy = any(t["emotion"] == "happy" for t in window)
        if not happy and not any(t["event"] in CHEERED for t in window):
            found.add("SA01")
    if "happy" in moods and "angry" in moods[moods.index("happy") :]:
        found.add("ES01")
    if sum(t["event"] == "cough" for t in agent) >= 3:
        found.add("AW01")
    return found


def report(name: str, call: dict[str, Any], turns: list[Turn], quiet: bool) -> Counter[str]:
    """Compare one call's turns with the truth, print what differs, count."""
    count: Counter[str] = Counter()
    for true, got in zip(call["turns"], turns, strict=True):
        a, b = compared(got["text"]), compared(true["text"])
        count.update(turns=1, errors=distance(a, b), characters=len(b), exact=a == b)
        wrong = [k for k in ("language", "emotion", "event") if true[k] != got[k]]
        count.update(wrong)
        lost = [k for k in KEYWORDS if k in true["text"] and k not in got["text"]]
        count.update(keyword=len(lost))
        if not quiet and (wrong or a != b):
            marks = " ".join(f"{k}:{true[k]}>{got[k]}" for k in wrong)
            print(f"{name} {true['start']:6.2f} {marks} {true['text']} => {got['text']}")
    expected, found = set(call["rules"]) & CHECKED, hits(turns)
    if expected != found and call["status"] == "analysed":
        count.update(rules=1)
        print(f"{name}: rules {sorted(found)}, should be {sorted(expected)}")
    return count


def check(calls: Path, recogniser: Recogniser, rng: random.Random | None, quiet: bool) -> None:
    """Recognise every turn of every call once and print the sums."""
    total: Counter[str] = Counter()
    for call in json.loads((calls / "ground_truth.json").read_text(encoding="utf-8")):
        if call["turns"]:
            audio = read(calls / call["day"] / call["file"])
            results = recogniser.all([cut(audio, t, rng) for t in call["turns"]])
            turns = [heard(t, r) for t, r in zip(call["turns"], results, strict=True)]
            total += report(f"{call['day'][-2:]}/{call['file']}", call, turns, quiet)
    print(dict(total), f"CER {total['errors'] / total['characters']:.2%}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--moved", type=int, default=3, help="how often with moved edges")
    options = parser.parse_args()
    recogniser = Recogniser(options.model)
    check(options.calls, recogniser, None, quiet=False)
    for seed in range(options.moved):
        check(options.calls, recogniser, random.Random(seed), quiet=True)


if __name__ == "__main__":
    main()
