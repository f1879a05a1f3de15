"""How well agent and customer are told apart on the demo's calls: mixed to mono, and with their channels swapped.

    python benchmarks/roles.py [--folder FOLDER]

Every analysed stereo call of the demo (synthetic voices, hand-written dialogues) goes through fetch, prepare, transcribe
and parse three times: mixed to one channel without roles; as it is; and with the map of its channels turned round.
Shares are of seconds of turns whose truth is known.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from callqa import fetch, parse, prepare, storage, transcribe
from callqa.contracts import Prepared, Turn
from callqa.pipeline import parse_day
from callqa.prepare.intake.decode import decode
from callqa.settings import DEMO_FOLDER, Settings, load

DAY = "2026-01-05"
CALLS = DEMO_FOLDER / "calls"
KINDS = ("mono", "stereo", "swapped")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="kept between runs, so that nothing is transcribed twice")
    folder = Path(parser.parse_args().folder or tempfile.mkdtemp())
    truths = {t["call_id"]: t for t in truth_rows()}
    settings = load("qa.toml").with_folders(source=str(folder / "source"), lake=str(folder / "lake"))
    write_source(folder / "source" / DAY, list(truths.values()))
    recordings, turns = heard(settings)
    for kind in KINDS:
        own = [row for row in recordings if row.call_id.endswith(kind)]
        print(f"\n{kind}: {len(own)} calls; roles from {dict(Counter(str(row.roles_from) for row in own))}")
        print(f"  channels swapped: {dict(Counter(str(row.channels_swapped) for row in own))}")
        print_turns(own, turns, truths)
    print_reliability([row for row in recordings if row.call_id.endswith("mono")], turns, truths)


def truth_rows() -> list[dict[str, Any]]:
    """The demo's stereo calls in which both speak."""
    rows = json.loads((CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    return [
        r
        for r in rows
        if r["status"] == "analysed" and r["channels"] == 2 and len({t["role"] for t in r["turns"]}) == 2
    ]


def write_source(folder: Path, truths: list[dict[str, Any]]) -> None:
    """A day of these calls, each in three ways."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for truth in truths for row in write_call(folder, truth)]
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "call_id", "direction", "channel_roles", "language_hint"])
        writer.writeheader()
        writer.writerows(rows)


def write_call(folder: Path, truth: dict[str, Any]) -> list[dict[str, str]]:
    """The three recordings of a call and their rows."""
    with (CALLS / truth["day"] / truth["file"]).open("rb", buffering=0) as file:
        audio = decode(file, max_seconds=3600.0)
    stereo = np.stack([np.asarray(channel) for channel in audio.channels], axis=1)
    mono = np.rint(stereo.astype(np.float32).mean(axis=1)).astype(np.int16)
    agent = next(t["channel"] for t in truth["turns"] if t["role"] == "agent")
    maps = {
        "mono": "",
        "stereo": f"{agent}:agent,{1 - agent}:customer",
        "swapped": f"{agent}:customer,{1 - agent}:agent",
    }
    for kind, samples in (("mono", mono), ("stereo", stereo), ("swapped", stereo)):
        soundfile.write(folder / f"{truth['call_id']}-{kind}.wav", samples, audio.rate, subtype="PCM_16")
    return [
        {
            "file": f"{truth['call_id']}-{kind}.wav",
            "call_id": f"{truth['call_id']}-{kind}",
            "direction": direction_of(truth),
            "channel_roles": maps[kind],
            "language_hint": "auto",
        }
        for kind in KINDS
    ]


def direction_of(truth: dict[str, Any]) -> str:
    """Of a call, by the demo's side-car."""
    with (CALLS / truth["day"] / "calls.csv").open(encoding="utf-8") as file:
        return next(row["direction"] for row in csv.DictReader(file) if row["file"] == truth["file"])


def heard(settings: Settings) -> tuple[list[Prepared], dict[str, list[Turn]]]:
    """Fetch to parse: recordings, and turns by call."""
    run_dir = str(storage.run_folder(settings.lake.root, "roles"))
    fetched = fetch.run(day=parse_day(DAY), run_dir=run_dir, source=settings.source, shards=settings.shards)
    recordings: list[Prepared] = []
    turns: dict[str, list[Turn]] = {}
    for shard in fetched["shards"]:
        prepared = prepare.run(
            shard, run_dir=run_dir, lake=settings.lake.root, source=settings.source, settings=settings.prepare
        )
        written = transcribe.run(prepared, run_dir=run_dir, lake=settings.lake.root, settings=settings.engine)
        parsed = parse.run(written, run_dir=run_dir, roles=settings.roles, text=settings.text)
        recordings += storage.read_rows(parsed["recordings"], Prepared)
        for turn in storage.read_rows(parsed["turns"], Turn):
            turns.setdefault(turn.call_id, []).append(turn)
    return recordings, turns


def print_turns(recordings: list[Prepared], turns: dict[str, list[Turn]], truths: dict[str, dict[str, Any]]) -> None:
    """How much of the talk has a role, and how much of that the right one."""
    seconds: Counter[str] = Counter()
    for row in recordings:
        for turn in turns.get(row.call_id, []):
            true = true_role(turn, truths[row.call_id.rsplit("-", 1)[0]])
            if true:
                seconds["unknown" if turn.role == "unknown" else "right" if turn.role == true else "wrong"] += (
                    turn.end - turn.start
                )
    total, known = sum(seconds.values()), seconds["right"] + seconds["wrong"]
    print(
        f"  of {total:.0f} s of turns: role known {known / total:.3f}, of these right {seconds['right'] / max(known, 1e-9):.3f}"
    )


def true_role(turn: Turn, truth: dict[str, Any]) -> str | None:
    """Of the true turn that covers most of this one; None where they hardly meet."""
    covers = {i: min(turn.end, t["end"]) - max(turn.start, t["start"]) for i, t in enumerate(truth["turns"])}
    best = max(covers, key=covers.__getitem__)
    return truth["turns"][best]["role"] if covers[best] > 0.1 else None


def print_reliability(
    recordings: list[Prepared], turns: dict[str, list[Turn]], truths: dict[str, dict[str, Any]]
) -> None:
    """Call by call."""
    print("\nmono, call by call: probability, share of seconds right, speakers found")
    for row in recordings:
        own = turns.get(row.call_id, [])
        truth = truths[row.call_id.rsplit("-", 1)[0]]
        judged = [(t.end - t.start, t.role == true) for t in own if (true := true_role(t, truth))]
        right = sum(s for s, ok in judged if ok) / max(sum(s for s, _ in judged), 1e-9)
        print(f"  {row.call_id:28} {row.roles_probability!s:7} {right:5.2f} {len({t.speaker for t in own})}")


if __name__ == "__main__":
    main()
