"""A published day, read back in pieces: its calls with their turns, events and findings, no audio.

A day is read at one publication and in shards of so many turns, so that memory is bounded by a shard however large the
day is, and all of it is of one publication whatever is published meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pyarrow as pa

from callqa import arrow, warehouse
from callqa.contracts import Call, Event, Finding, Publication, Turn
from callqa.errors import StageError, UsageError
from callqa.judge.building import by_call
from callqa.settings import LakeSettings

SHARD_TURNS = 5_000
"""Turns of a shard at most (a longer call is a shard of its own): some 50 MB of records with their words' times."""
SHARD_CALLS = 2_000
"""Calls of a shard at most: on a day of calls without a word, turns alone would bound nothing."""
LONGEST_RANGE = 3_700
"""Days between two dates; more is a mistyped year."""

NEVER = "nothing was ever published for this day"
"""Why a day is skipped."""

Record = TypeVar("Record", Call, Turn, Event, Finding)


@dataclass(frozen=True, kw_only=True)
class Archived:
    """A call as it was published."""

    row: Call
    turns: list[Turn]
    events: list[Event]
    findings: list[Finding]
    """By rule."""


@dataclass(frozen=True)
class Outcome:
    """What one rule said of a call when it was published."""

    status: str
    packs: frozenset[str]
    """Names of those that judged it."""
    finding: Finding | None
    """None: clear, or the rule did not judge it."""


@dataclass(frozen=True)
class Shard:
    """Consecutive calls of a day, by call id."""

    name: str
    first: str
    last: str
    calls: int


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from the first to the last, both included.

    Raises:
        UsageError: the last lies before the first, or ten years after it.
    """
    if last < first:
        raise UsageError(f"from {first} to {last} there is no day", remedy="give the earlier date first")
    count = (last - first).days + 1
    if count > LONGEST_RANGE:
        raise UsageError(f"from {first} to {last} are {count} days", remedy="re-run at most ten years at once")
    return [first + dt.timedelta(days=number) for number in range(count)]


def packs_named(packs: Iterable[str]) -> frozenset[str]:
    """Names of the packs that judged a published call, of its `rule_packs`."""
    return frozenset(pack.rpartition(" ")[0] for pack in packs)


def newest(lake: LakeSettings, days: Sequence[dt.date]) -> dict[dt.date, Publication]:
    """The newest publication of each of these days that has one, by day."""
    wanted = set(days)
    found = {p.call_date: p for p in warehouse.publications(lake) if p.call_date in wanted}
    return dict(sorted(found.items()))


def publication(lake: LakeSettings, day: dt.date, sequence: int) -> Publication:
    """A day's publication by its sequence.

    Raises:
        StageError: the ledger has none of this number.
    """
    for found in warehouse.publications(lake, day):
        if found.sequence == sequence:
            return found
    raise StageError(f"{day} has no publication {sequence}", remedy="begin again, from what is published now")


@contextlib.contextmanager
def opened(lake: LakeSettings, at: Publication) -> Iterator[Day]:
    """A published day, open for reading."""
    with warehouse.reading(lake, at) as reading:
        yield Day(at, reading)


class Day:
    """An open published day; made by `opened`."""

    def __init__(self, at: Publication, reading: warehouse.Reading) -> None:
        self.publication = at
        self._reading = reading

    def files(self, table: str) -> list[str]:
        """The published Parquet files of a table; none where the day has no rows in it."""
        return self._reading.files(table)

    def columns(self, table: str, schema: pa.Schema) -> pa.Table:
        """All rows of a table, in some of its columns."""
        names = ", ".join(f'"{name}"' for name in schema.names)
        return self._reading.table(f"select {names} from {table}").cast(schema)  # noqa: S608 - names of the contract

    def versions_of(self, rule: str) -> list[int]:
        """The versions of a rule that left findings on this day."""
        rows = self._reading.table("select distinct rule_version from findings where rule = ? order by 1", [rule])
        return [row["rule_version"] for row in rows.to_pylist()]

    def outcomes(self, rule: str, shard: Shard) -> dict[str, Outcome]:
        """What a rule said of the calls of a shard, by call id; nothing else of them is read."""
        sql = "select call_id, status, rule_packs from calls where call_id between ? and ?"
        rows = self._reading.table(sql, [shard.first, shard.last]).to_pylist()
        sql = "select * from findings where rule = ? and call_id between ? and ?"
        answer = self._reading.table(sql, [rule, shard.first, shard.last])
        found = {one.call_id: one for one in restored(Finding, answer, f"findings of {self.publication.call_date}")}
        return {
            row["call_id"]: Outcome(row["status"], packs_named(row["rule_packs"] or ()), found.get(row["call_id"]))
            for row in rows
        }

    def shards(self, turns: int = SHARD_TURNS, calls: int = SHARD_CALLS) -> list[Shard]:
        """The day's calls by id, cut into pieces of at most so many turns and calls."""
        rows = self._reading.table("select call_id, turn_count from calls order by call_id").to_pylist()
        pieces: list[list[str]] = []
        weight = 0
        for row in rows:
            count = int(row["turn_count"] or 0)
            if not pieces or weight + count > turns or len(pieces[-1]) >= calls:
                pieces.append([])
                weight = 0
            pieces[-1].append(str(row["call_id"]))
            weight += count
        return [Shard(f"shard-{i:03d}", ids[0], ids[-1], len(ids)) for i, ids in enumerate(pieces)]

    def calls(self, shard: Shard) -> list[Archived]:
        """The calls of a shard, by id.

        Raises:
            StageError: the day was published by a version of callqa that did not know something needed now, or what
                was said was removed from it.
        """
        rows = self._rows(Call, "calls", "call_id", shard)
        turns = by_call(self._rows(Turn, "turns", "call_id, turn", shard))
        _refuse_without_text(rows, turns)
        events = by_call(self._rows(Event, "events", 'call_id, start, "end", channel, "class"', shard))
        findings = by_call(self._rows(Finding, "findings", "call_id, rule", shard))
        return [
            Archived(
                row=row,
                turns=turns.get(row.call_id, []),
                events=events.get(row.call_id, []),
                findings=findings.get(row.call_id, []),
            )
            for row in rows
        ]

    def _rows(self, record: type[Record], table: str, order: str, shard: Shard) -> list[Record]:
        sql = f"select * from {table} where call_id between ? and ? order by {order}"  # noqa: S608 - names from above
        answer = self._reading.table(sql, [shard.first, shard.last])
        return restored(record, answer, f"{table} of {self.publication.call_date}")


def _refuse_without_text(rows: Sequence[Call], turns: Mapping[str, Sequence[Turn]]) -> None:
    """Where nothing is said any more, a rule that looks for words would find none, and call that clear."""
    for row in rows:
        if row.text_chars and not any(turn.text for turn in turns.get(row.call_id, ())):
            raise StageError(
                f"what was said in calls of {row.call_date} was removed when its time was over (retention.text_days):"
                " rules cannot judge it again",
                remedy="leave the day out; it keeps the outcomes that were published",
            )


def restored(record: type[Record], table: pa.Table, what: str) -> list[Record]:
    """The records of a table; a column that is younger than the day has its default.

    Raises:
        StageError: it has no default: nothing that could be known without the audio.
    """
    schema = arrow.schema_of(cast(Hashable, record))
    optional = {arrow.column_name(f.name) for f in dataclasses.fields(record) if _has_default(f)}
    for field in schema:
        if not field.nullable and field.name not in optional and table.column(field.name).null_count:
            raise StageError(
                f"{what} were published before callqa knew the column {field.name}",
                remedy="run the day again from its recordings",
            )
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    return arrow.from_table(record, table.cast(nullable))


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return (field.default, field.default_factory) != (dataclasses.MISSING, dataclasses.MISSING)
