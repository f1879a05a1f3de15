"""What of the published days is kept in memory: a few columns of every call, and small tables whole.

Lists, counts and trends ask a few columns of all calls; over the published files that takes some 300 ms for a million
calls, over these columns in memory some 50 ms. What is asked of one call (turns, words, evidence) is read from the
day's files, where it takes milliseconds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from callqa import arrow
from callqa.contracts import Publication
from callqa.warehouse import reader
from callqa.warehouse.watch import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CALL_COLUMNS = (
    "call_date", "call_id", "started_at", "agent_id", "agent_name", "team", "queue", "direction", "customer_id",
    "customer_number", "status", "reject_reason", "call_state", "language", "emotion_start", "emotion_end", "duration",
    "score", "flags", "rules_hit", "rules_unknown", "rules_crashed", "turn_count", "text_chars", "speech_seconds",
    "silence_seconds", "overlap_seconds", "mean_confidence", "satisfaction",
)  # fmt: skip
"""Of `contracts.Call`, in the order in which they are kept."""


EVERYBODY = "getvariable('everybody')"
OWN = f"{EVERYBODY} or agent_id = getvariable('agent_id')"
"""SQL: whether whoever asks may see a row; both variables are the session's."""


PIECE_CALLS = 200_000


@dataclass(frozen=True)
class Kept:
    """A kept table of days: what is selected of the rows of a published table."""

    source: str
    columns: str
    end: str = ""
    inner: str = "*"
    """What the columns are made of."""
    own: str = EVERYBODY

    def of(self, rows: str) -> str:
        """The SELECT over rows of the source."""
        return f"select {self.columns} from (select {self.inner} from ({rows})) {self.end}"


DAYS: Mapping[str, Kept] = {
    "calls": Kept(
        "calls",
        f"{', '.join(CALL_COLUMNS)}, talk_seconds['agent'] as talk_agent, talk_seconds['customer'] as talk_customer",
        own=OWN,
    ),
    "rule_days": Kept(
        "findings",
        "call_date, rule, rule_version, pack, pack_version, outcome, severity, count(distinct call_id) as calls",
        "group by all",
    ),
    "card_days": Kept(
        "calls",
        "call_date, agent_id, team, card.card as card, card.version as version, count(*) as calls,"
        " count(card.score) as scored, sum(card.score) as total, sum(card.score * card.score) as squares,"
        " count(card.passed) as judged, count(*) filter (where card.passed) as passed",
        "group by all",
        inner="call_date, agent_id, team, unnest(scorecards) as card",
        own=OWN,
    ),
    "pack_days": Kept(
        "calls",
        "call_date, pack, count(*) as calls",
        "where status <> 'rejected' group by all",
        inner="call_date, status, unnest(rule_packs) as pack",
    ),
}
OWN_CALLS = "select (call_date, call_id) from kept.calls where agent_id = getvariable('agent_id')"
ADDED: Mapping[str, str] = {
    "reviews": f"{EVERYBODY} or (call_date, call_id) in ({OWN_CALLS})",
    "gate_results": EVERYBODY,
}
"""Tables that are kept whole, and whether whoever asks may see a row."""


def set_up(connection: DuckDBPyConnection) -> None:
    """Make the kept tables, empty, and the views through which a session sees its part of them.

    A row's `nr` names it as long as a session lasts. The views are all that questions name: a session that does not say
    who asks (both variables null) sees no row.
    """
    reader.make_contract(connection)
    # Compressed, a million calls take 30 MB instead of 440, and are filtered three times as fast.
    connection.execute("attach ':memory:' as kept (compress)")
    _fill(connection, "create table kept.publications as", arrow.to_table(Publication, []))
    connection.execute("create view publications as from kept.publications")
    for name, kept in DAYS.items():
        connection.execute(f"create table kept.{name} as {kept.of(f'from contract.{kept.source}')}")
        connection.execute(f"create view {name} as select rowid as nr, * from kept.{name} where {kept.own}")
    for name, own in ADDED.items():
        connection.execute(f"create table kept.{name} as from contract.{name}")
        connection.execute(f"create view {name} as from kept.{name} where {own}")


def bring(connection: DuckDBPyConnection, old: Published, new: Published) -> None:
    """Make the kept tables those of `new`, where they are those of `old`; in the caller's transaction."""
    for name, kept in DAYS.items():
        _bring_days(connection, name, kept, old.files.get(kept.source, {}), new.files.get(kept.source, {}))
    for name in ADDED:
        _bring_added(connection, name, old.added.get(name, ()), new.added.get(name, ()))
    connection.execute("delete from kept.publications")
    _fill(connection, "insert into kept.publications by name", arrow.to_table(Publication, new.publications))


def pieces(new: Published) -> Iterator[Published]:
    """A state by growing parts of its days, some PIECE_CALLS calls more each time, and last as it is."""
    calls = 0
    for day, publication in new.newest.items():
        calls += publication.rows_calls
        if calls >= PIECE_CALLS:
            part = {table: {d: paths for d, paths in files.items() if d <= day} for table, files in new.files.items()}
            yield Published(files=part)
            calls = 0
    yield new


def compress(connection: DuckDBPyConnection) -> None:
    """Compress what was brought in; while sessions are open DuckDB may put it off, and the next time does it."""
    import duckdb

    with contextlib.suppress(duckdb.TransactionException):
        connection.execute("checkpoint kept")


def _bring_days(
    connection: DuckDBPyConnection,
    name: str,
    kept: Kept,
    before: Mapping[date, tuple[str, ...]],
    after: Mapping[date, tuple[str, ...]],
) -> None:
    """The days whose files are others."""
    changed = sorted(day for day in before.keys() | after.keys() if before.get(day) != after.get(day))
    gone = [day for day in changed if day in before]
    if gone:
        connection.execute(f"delete from kept.{name} where call_date in (select unnest(?))", [gone])
    _insert(connection, name, kept.source, [path for day in changed for path in after.get(day, ())], kept)


def _bring_added(connection: DuckDBPyConnection, name: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Rows of files that are new; all of them where an old file is gone (it was rewritten with others)."""
    rewritten = not set(before) <= set(after)
    if rewritten:
        connection.execute(f"delete from kept.{name}")
    paths = [path for path in after if rewritten or path not in set(before)]
    _insert(connection, name, name, paths, Kept(name, "*"))


def _insert(connection: DuckDBPyConnection, name: str, source: str, paths: Sequence[str], kept: Kept) -> None:
    if paths:
        connection.execute(f"insert into kept.{name} by name {kept.of(reader.rows_of(source, list(paths)))}")


def _fill(connection: DuckDBPyConnection, verb: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"{verb} from incoming")
    connection.unregister("incoming")
