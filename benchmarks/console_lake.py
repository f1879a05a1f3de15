"""A lake of made-up published days for `benchmarks.console`: many calls a day, turns of some days, findings of all.

Day files are written directly, as the export stage would order them, and published by `warehouse.publish_day`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import gate as made
from callqa import arrow, contracts, storage, warehouse
from callqa.contracts import Call, CardScore, Event, Finding, GateResult, Review, Turn
from callqa.settings import LakeSettings

FIRST = date(2026, 1, 5)
AGENTS, TEAMS, QUEUES = 300, 20, 12
RULES = [f"R{number:02d}" for number in range(40)]
FLAGS = ("risk", "invalid", "coaching", "compliance")
LANGUAGES, EMOTIONS = ("zh", "yue", "en", "unknown"), ("neutral", "angry", "happy", "sad", "unknown")
CARDS = 60
"""Different results."""
TURNS_A_CALL = made.TURNS_A_CALL


def days(count: int) -> list[date]:
    """So many consecutive days."""
    return [FIRST + timedelta(days=number) for number in range(count)]


def build(lake: LakeSettings, folder: Path, *, count: int, calls: int, with_turns: int) -> None:
    """Publish `count` days of `calls` calls, the last `with_turns` of them with turns; days that are there are left."""
    there = {publication.call_date for publication in warehouse.publications(lake)}
    for number, day in enumerate(days(count)):
        if day not in there:
            publish(lake, folder / day.isoformat(), day, calls, turns=number >= count - with_turns)
    if not there:
        warehouse.add_reviews(lake, list(_reviews(days(count), calls)))


def publish(lake: LakeSettings, folder: Path, day: date, calls: int, *, turns: bool, seed: int = 0) -> None:
    """Write and publish one day; another `seed` is another content."""
    files = write(folder, day, calls, turns=turns, seed=seed)
    gate = _gate_results(day, folder, seed)
    wanted = warehouse.DayFiles(
        day=day,
        run_id=f"bench-{seed}",
        attempt=1,
        files=files,
        digests={table: storage.file_digest(path) for table, path in files.items()},
        gate_result_id=f"gate-{day}-{seed}",
        gate_results=gate,
    )
    warehouse.publish_day(lake, wanted)
    for path in [*files.values(), gate]:
        Path(path).unlink()


def write(folder: Path, day: date, calls: int, *, turns: bool, seed: int) -> dict[str, str]:
    """The day's four files."""
    rng = np.random.default_rng([day.toordinal(), seed])
    ids = pa.array([f"{day:%Y%m%d}-{number:06d}" for number in range(calls)])
    table = _calls(day, ids, rng, turns=turns)
    tables = {
        "calls": (Call, [table]),
        "turns": (Turn, _turns(day, ids, rng) if turns else []),
        "events": (Event, [_dated(_events(ids), day)]),
        "findings": (Finding, [_dated(_findings(table), day)]),
    }
    return {name: made.write(folder / f"{name}.parquet", record, rows) for name, (record, rows) in tables.items()}


def _picked(rng: np.random.Generator, values: Sequence[str], count: int, weights: Sequence[float] = ()) -> pa.Array:
    share = np.array(weights) / sum(weights) if weights else None
    return pa.array(np.array(values, dtype=object)[rng.choice(len(values), count, p=share)], pa.string())


def _lists(rng: np.random.Generator, values: Sequence[str], count: int, most: int) -> pa.Array:
    """A sorted list of up to `most` of the values each; the first are the more frequent."""
    sizes = rng.integers(0, most + 1, count)
    drawn = (len(values) * rng.random((count, most)) ** 2).astype(int)
    rows = [sorted({values[i] for i in row[:size]}) for row, size in zip(drawn, sizes, strict=True)]
    return pa.array(rows, pa.list_(pa.field("element", pa.string(), nullable=False)))


def _calls(day: date, ids: pa.Array, rng: np.random.Generator, *, turns: bool) -> pa.Table:
    count = len(ids)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    seconds = np.sort(rng.integers(0, 14 * 3600, count))
    starts = pa.array(np.datetime64(midnight.replace(tzinfo=None), "us") + seconds.astype("timedelta64[s]"))
    agents = rng.integers(0, AGENTS, count)
    status = _picked(rng, contracts.STATUSES, count, (94, 4, 2))
    rejected = pc.equal(status, "rejected")
    base = made.made_call().take(np.zeros(count, int))
    columns: dict[str, Any] = {
        "call_date": pa.array([day] * count),
        "call_id": ids,
        "uri": ids,
        "file_name": ids,
        "sha256": ids,
        "started_at": starts.cast(pa.timestamp("us", tz="UTC")),
        "agent_id": pa.array([f"a{number:04d}" for number in agents]),
        "agent_name": pa.array([f"坐席{number:04d}" for number in agents]),
        "team": pa.array([f"team {number % TEAMS:02d}" for number in agents]),
        "queue": _picked(rng, [f"queue {number:02d}" for number in range(QUEUES)], count),
        "direction": _picked(rng, contracts.DIRECTIONS, count, (70, 28, 2)),
        "customer_number": pa.array([f"138****{number:04d}" for number in rng.integers(0, 10_000, count)]),
        "status": status,
        "reject_reason": pc.if_else(rejected, _picked(rng, contracts.REJECT_REASONS, count), pa.scalar(None, pa.string())),
        "call_state": pc.if_else(
            pc.equal(status, "invalid"), _picked(rng, contracts.CALL_STATES, count), pa.scalar(None, pa.string())
        ),
        "duration": pc.if_else(rejected, pa.scalar(None, pa.float64()), pa.array(rng.gamma(2, 90, count).round(2))),
        "language": _picked(rng, LANGUAGES, count, (85, 8, 5, 2)),
        "emotion_start": _picked(rng, EMOTIONS, count, (80, 6, 6, 4, 4)),
        "emotion_end": _picked(rng, EMOTIONS, count, (76, 4, 14, 3, 3)),
        "score": pc.if_else(rejected, pa.scalar(None, pa.float64()), pa.array(100 - 5.0 * rng.binomial(20, 0.2, count))),
        "rules_hit": _lists(rng, RULES, count, 3),
        "rules_unknown": _lists(rng, RULES, count, 4),
        "scorecards": _cards().take(rng.integers(0, CARDS, count)),
        "flags": _lists(rng, FLAGS, count, 1),
        "turn_count": pa.array([TURNS_A_CALL if turns else 0] * count),
    }  # fmt: skip
    return made.with_columns(base, **columns)


def _cards() -> pa.Array:
    """Results on two scorecards, to be drawn from."""
    rows = [
        [
            CardScore(card="service", version=2, score=float(40 + number), passed=number > 30, coverage=0.9, rules_passed=RULES[:5], rules_failed=RULES[5:7]),
            CardScore(card="compliance", version=1, score=float(99 - number), passed=number < 50, coverage=1.0, rules_passed=RULES[7:10]),
        ]
        for number in range(CARDS)
    ]  # fmt: skip
    known = {
        "call_date": FIRST,
        "call_id": "",
        "uri": "",
        "file_name": "",
        "size_bytes": 0,
        "etag": "",
        "status": "analysed",
    }
    return arrow.to_table(Call, [Call(**known, scorecards=cards) for cards in rows])["scorecards"].combine_chunks()


def _turns(day: date, ids: pa.Array, rng: np.random.Generator) -> Iterator[pa.Table]:
    """The turns of the day, some tens of thousands at a time."""
    import random

    said = made.made_turns(random.Random(1), 2000)
    size = 2_000
    for first in range(0, len(ids), size):
        part = ids.slice(first, size)
        starts = rng.integers(0, said.num_rows // TURNS_A_CALL, len(part)) * TURNS_A_CALL
        rows = said.take((starts[:, None] + np.arange(TURNS_A_CALL)).ravel())
        names = pa.array(np.repeat(part.to_numpy(zero_copy_only=False), TURNS_A_CALL))
        rows = made.with_columns(rows, call_id=names, **made.spoken(rng, rows["start"].to_numpy()))
        yield _dated(rows, day)


def _events(ids: pa.Array) -> pa.Table:
    one = arrow.to_table(Event, [made.made_event()]).take(np.zeros(len(ids), int))
    return made.with_columns(one, call_id=ids)


def _findings(calls: pa.Table) -> pa.Table:
    """A row a hit of each call."""
    parents = pc.list_parent_indices(calls["rules_hit"].combine_chunks())
    rules = pc.list_flatten(calls["rules_hit"].combine_chunks())
    one = arrow.to_table(Finding, [made.made_finding("")]).take(np.zeros(len(rules), int))
    ids = calls["call_id"].combine_chunks().take(parents)
    return made.with_columns(one, call_id=ids, rule=rules)


def _dated(rows: pa.Table, day: date) -> pa.Table:
    return made.with_columns(rows, call_date=pa.array([day] * rows.num_rows))


def _gate_results(day: date, folder: Path, seed: int) -> str:
    rows = [
        GateResult(
            call_date=day, gate_result_id=f"gate-{day}-{seed}", position=number, check=f"check.{number:02d}", table="day",
            severity="warning" if number % 3 else "blocking", result="passed", observed=0.0, rows=None, low=0.0, high=0.0, sentence="It is so.",
        )
        for number in range(60)
    ]  # fmt: skip
    return storage.write_rows(folder / "results.parquet", GateResult, rows)


def _reviews(published: Sequence[date], calls: int) -> Iterator[Review]:
    """Twenty reviews a day by three people."""
    for day in published:
        for number in range(0, calls, max(1, calls // 20)):
            for reviewer in ("r1", "r2", "r3")[: 1 + number % 3]:
                yield Review(
                    call_date=day, call_id=f"{day:%Y%m%d}-{number:06d}", rule=RULES[number % 5], rule_version=1,
                    verdict="confirmed" if number % 7 else "rejected", reviewer=reviewer,
                    at=datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
                )  # fmt: skip
