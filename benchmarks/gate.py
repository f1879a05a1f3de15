"""How long the data-quality gate takes on a large day, and how much memory.

Writes a made-up day (calls of twenty turns, sixteen characters a turn with their times, an event in two turns, a finding
in ten) as the export stage would, hands it to the gate in a process of its own, and prints by step wall seconds and
seconds of cores (where others use the machine too, only these mean anything), the peak of its resident memory, and the
sizes of the files. `--history` gives it a month of days to compare with.

    python -m benchmarks.gate --turns 10000000 --folder /tmp/day
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from callqa import arrow, contracts, storage
from callqa.contracts import Call, Event, Evidence, Finding, Measure, Recording, Turn, Word

DAY = date(2026, 1, 5)
TURNS_A_CALL = 20
SAID = 16
"""Characters in a turn."""
GROUP = 250_000
RULES = [f"R{number:02d}" for number in range(40)]
CHARACTERS = "我想问一下这个账单为什么多扣了钱麻烦您帮查好的请稍等谢谢不客气再见退款多久到"


def made_turns(rng: random.Random, count: int = 4000) -> pa.Table:
    """Turns of calls, to be drawn from."""
    rows = []
    for number in range(count):
        text = "".join(rng.choices(CHARACTERS, k=SAID))
        turn = number % TURNS_A_CALL
        start = turn * 6.0 + round(rng.random(), 2)
        rows.append(
            Turn(
                call_date=DAY, call_id="", turn=turn, channel=turn % 2, role=("agent", "customer")[turn % 2], speaker=f"ch{turn % 2}",
                start=start, end=start + 5.0, text=text, text_match=text, text_raw=f"<|zh|><|NEUTRAL|><|Speech|><|withitn|>{text}",
                language=rng.choices(("zh", "yue", "en"), (90, 7, 3))[0], emotion=rng.choices(("neutral", "angry", "happy", "unknown"), (80, 5, 10, 5))[0],
                emotion_score=rng.random(), language_probs={"zh": rng.random()}, emotion_probs={"neutral": rng.random(), "angry": rng.random()},
                event_probs={"speech": rng.random()}, confidence=rng.random() / 4 + 0.75, loudness=-20.0 - 10 * rng.random(),
            )
        )  # fmt: skip
    return arrow.to_table(Turn, rows)


def made_call() -> pa.Table:
    """One call, to be copied."""
    known = {
        "uri": "", "file_name": "", "size_bytes": 960_000, "etag": "1", "started_at": datetime(2026, 1, 5, 3, tzinfo=UTC), "channel_roles": {0: "agent", 1: "customer"},
        "sha256": "", "duration": 125.0, "channels": 2, "sample_rate": 8000, "codec": "pcm_s16le", "speech_seconds": 100.0, "sound_seconds": 110.0, "audio_version": "3.1",
        "status": "analysed", "language": "zh", "emotion_start": "neutral", "emotion_end": "neutral", "talk_seconds": {"agent": 50.0, "customer": 50.0},
        "turn_count": TURNS_A_CALL, "text_chars": SAID * TURNS_A_CALL, "mean_confidence": 0.9, "score": 80.0, "rules_hit": ["R00", "R01"], "rules_clear": 38,
        "asr_model": "SenseVoiceSmall", "asr_digest": "d1", "rule_packs": ["standard 1.0.0"],
    }  # fmt: skip
    return arrow.to_table(Call, [Call(call_date=DAY, call_id="", **known)])


def made_finding(rule: str) -> Finding:
    """One finding, to be copied."""
    return Finding(
        call_date=DAY, call_id="", rule=rule, rule_version=1, pack="standard", pack_version="1.0.0", outcome="hit", severity="major", score=-10.0,
        evidence=[Evidence(turn=3, start=18.0, end=23.0, text="我想退款", condition="asks")], message="asks for a refund", asr_model="SenseVoiceSmall",
    )  # fmt: skip


def made_event() -> Event:
    """One event, to be copied."""
    return Event(
        call_date=DAY,
        call_id="",
        channel=0,
        start=3.0,
        end=4.0,
        class_="bgm",
        score=0.7,
        detector="sensevoice",
        version="1",
    )


def names(first: int, count: int, repeat: int = 1) -> pa.Array:
    """Call ids in rising order, each so many times."""
    return pa.array(np.repeat([f"20260105-{number:09d}" for number in range(first, first + count)], repeat))


def spoken(numbers: np.random.Generator, starts: Any) -> dict[str, Any]:
    """Columns that differ from row to row: texts of random characters, the characters' times, and what is measured."""
    count = len(starts)
    bytes_of = np.frombuffer(CHARACTERS.encode(), np.uint8).reshape(-1, 3)
    spelt = pa.py_buffer(bytes_of[numbers.integers(0, len(CHARACTERS), count * SAID)].tobytes())

    def texts(size: int, each: int) -> pa.Array:
        return pa.StringArray.from_buffers(
            size, pa.py_buffer(np.arange(0, (size + 1) * each, each, dtype=np.int32).tobytes()), spelt
        )

    text = texts(count, 3 * SAID)
    when = (starts[:, None] + 0.3 * np.arange(SAID) + numbers.integers(0, 5, (count, SAID)) * 0.06).ravel()
    one = pa.StructArray.from_arrays(
        [
            texts(count * SAID, 3),
            pa.array(when),
            pa.array(when + 0.24),
            pa.array(numbers.random(count * SAID).round(4)),
        ],
        fields=list(arrow.schema_of(Word)),
    )
    kind = arrow.schema_of(Turn).field("words").type
    offsets = pa.array(np.arange(0, (count + 1) * SAID, SAID, dtype=np.int32))
    return {
        "text": text,
        "text_match": text,
        "text_raw": pc.binary_join_element_wise("<|zh|><|NEUTRAL|><|Speech|><|withitn|>", text, ""),
        "words": pa.ListArray.from_arrays(offsets, one, type=kind),
        "confidence": pa.array(0.75 + numbers.random(count) / 4),
        "emotion_score": pa.array(numbers.random(count)),
        "loudness": pa.array(-30 + 10 * numbers.random(count)),
    }


def with_columns(table: pa.Table, **columns: Any) -> pa.Table:
    """The table with these columns in place of its own."""
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), values)
    return table


def write(path: Path, record: Any, tables: Iterator[pa.Table]) -> str:
    """Write the groups as one file of the record's schema."""
    schema = arrow.schema_of(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.cast(schema), row_group_size=GROUP)
    return str(path)


def groups(calls: int) -> Iterator[tuple[int, int]]:
    """The first call and the number of calls of each row group."""
    size = GROUP // TURNS_A_CALL
    for first in range(0, calls, size):
        yield first, min(size, calls - first)


def make(folder: Path, turns: int) -> dict[str, Any]:
    """Write the day; what `gate.run` is given."""
    rng = random.Random(0)
    calls = turns // TURNS_A_CALL
    said, call = made_turns(rng), made_call()
    events, findings = (
        arrow.to_table(Event, [made_event()]),
        arrow.to_table(Finding, [made_finding(r) for r in RULES[:2]]),
    )
    numbers = np.random.default_rng(0)

    def of_turns() -> Iterator[pa.Table]:
        for first, count in groups(calls):
            starts = numbers.integers(0, said.num_rows // TURNS_A_CALL, count) * TURNS_A_CALL
            rows = said.take((starts[:, None] + np.arange(TURNS_A_CALL)).ravel())
            ids = names(first, count, TURNS_A_CALL)
            yield with_columns(rows, call_id=ids, **spoken(numbers, rows["start"].to_numpy()))

    def of_calls() -> Iterator[pa.Table]:
        for first, count in groups(calls):
            ids = names(first, count)
            yield with_columns(call.take(np.zeros(count, int)), call_id=ids, uri=ids, file_name=ids, sha256=ids)

    def repeated(table: pa.Table, times: int) -> Iterator[pa.Table]:
        for first, count in groups(calls):
            rows = table.take(np.tile(np.arange(table.num_rows), count * times))
            yield with_columns(rows, call_id=names(first, count, table.num_rows * times))

    def of_recordings() -> Iterator[pa.Table]:
        for table in of_calls():
            yield table.select(arrow.schema_of(Recording).names)

    files = {
        "calls": write(folder / "export/calls.parquet", Call, of_calls()),
        "turns": write(folder / "export/turns.parquet", Turn, of_turns()),
        "events": write(folder / "export/events.parquet", Event, repeated(events, TURNS_A_CALL // 2)),
        "findings": write(folder / "export/findings.parquet", Finding, repeated(findings, 1)),
    }
    manifest = write(folder / "manifest.parquet", Recording, of_recordings())
    outcomes = {"hit": 2 * calls, "clear": 38 * calls, "unknown": 0, "crash": 0}
    return {"exported": {"day": DAY.isoformat(), **files, "outcomes": outcomes}, "manifest": manifest}


def past(folder: Path, calls: int) -> str:
    """A month of days like this one."""
    rng, rows = random.Random(1), []
    for back in range(1, 29):
        day = DAY - timedelta(days=back)
        numbers = [("volume", "", calls * rng.uniform(0.9, 1.1)), ("duration", "", 125 * rng.uniform(0.97, 1.03)), ("characters_a_minute", "", 192 * rng.uniform(0.98, 1.02)),
                   ("language", "zh", 1.0), *(("emotion", e, s) for e, s in (("neutral", 0.8), ("angry", 0.05), ("happy", 0.1), ("unknown", 0.05)))]  # fmt: skip
        rows += [Measure(call_date=day, measure=m, part=p, value=v, count=calls) for m, p, v in numbers]
        rows += [
            Measure(
                call_date=day, measure="hit_rate", part=r, value=1.0, count=calls, rule_version=1, pack="standard 1.0.0"
            )
            for r in RULES[:2]
        ]
        rows.append(
            Measure(call_date=day, measure="pack", part="standard 1.0.0", value=1.0, count=calls, pack="standard 1.0.0")
        )
    return storage.write_rows(folder / "history.parquet", Measure, rows)


def measured(folder: Path) -> dict[str, Any]:
    """The gate on the day in `folder`, in this process."""
    from callqa import gate
    from callqa.gate import audit, measuring, order, personal
    from callqa.settings import GateSettings

    steps: dict[str, list[float]] = {}

    def add(label: str, wall: float, cpu: float) -> None:
        before = steps.get(label, [0.0, 0.0])
        steps[label] = [before[0] + time.perf_counter() - wall, before[1] + time.process_time() - cpu]

    def timed(module: Any, name: str, label: str) -> None:
        inner = getattr(module, name)

        def outer(*args: Any, **more: Any) -> Any:
            began = time.perf_counter(), time.process_time()
            try:
                return inner(*args, **more)
            finally:
                add(label, *began)

        setattr(module, name, outer)

    timed(storage, "file_digest", "SHA-256 of the files")
    timed(order, "strictly_rising", "keys in order")
    timed(personal, "unmasked", "personal data")
    timed(measuring, "measure", "rows and facts")
    timed(audit.profile, "measure", "the day in numbers")
    timed(audit, "judge", "Great Expectations (import included)")
    given = json.loads((folder / "day.json").read_text())
    began = time.perf_counter(), time.process_time()
    answer = gate.run(**given, run_dir=str(folder / "run"), settings=GateSettings())
    add("all", *began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "steps": steps,
        "peak_mb": peak,
        "passed": answer["passed"],
        "warnings": answer["warnings"],
        "blocking": answer["blocking"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="of the day's files; made once, then used again")
    parser.add_argument("--history", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(measured(options.folder)))
        return
    if not (options.folder / "made.json").exists():
        storage.write_json(options.folder / "made.json", make(options.folder, options.turns))
    given = storage.read_json(options.folder / "made.json")
    calls = pq.read_metadata(given["exported"]["calls"]).num_rows
    given["history"] = past(options.folder, calls) if options.history else None
    storage.write_json(options.folder / "day.json", given)
    (options.folder / "run/gate/result.json").unlink(missing_ok=True)
    load = os.getloadavg()[0]
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.gate", "--folder", str(options.folder), "--child"],
        check=True,
        capture_output=True,
        text=True,
    )
    show(json.loads(child.stdout.splitlines()[-1]), given, load)


def show(found: dict[str, Any], given: dict[str, Any], load: float) -> None:
    """Print what was measured."""
    exported = given["exported"]
    for table in contracts.TABLES:
        print(
            f"{table:10} {pq.read_metadata(exported[table]).num_rows:>12,} rows {Path(exported[table]).stat().st_size / 1e6:>9,.0f} MB"
        )
    print(f"{'':40} {'wall':>8}   {'cores':>8}")
    for step, (wall, cpu) in found["steps"].items():
        print(f"{step:40} {wall:8.1f} s {cpu:8.1f} s")
    print(f"{'peak resident memory':40} {found['peak_mb']:8.0f} MB")
    print(f"passed: {found['passed']}, blocking: {found['blocking']}, warnings: {found['warnings']}")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load before it began {load:.1f}")


if __name__ == "__main__":
    main()
