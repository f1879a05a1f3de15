"""What a day is like in a few numbers: what the gate compares with the days published before.

The same SQL measures the day's files in the gate and the published days in the warehouse, so the two can be compared.
Rows are `contracts.Measure`:

* `volume`: recordings of the day, whatever became of them;
* `duration`: median seconds of the calls that were heard;
* `characters_a_minute`: median over the calls of characters a minute of speech;
* `language`: share of the analysed calls by language;
* `emotion`: share of the turns by emotion; its `count` is of calls, for turns of one call are no independent looks;
* `hit_rate`: by rule, hits over the calls that were judged; a rule without any finding on the day has no row;
* `pack`: by `name version`, share of the judged calls.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa

from callqa import arrow
from callqa.contracts import Measure

VERSION = "1"
"""Of the definitions; a change makes every day's numbers anew."""

SPOKEN_SECONDS = 1.0
"""Calls with less speech say nothing about characters a minute."""

SQL = f"""
    with heard as (select * from calls where status <> 'rejected'),
        analysed as (select * from calls where status = 'analysed'),
        judged as (select count(*) as calls from heard)
    select 'volume' as measure, '' as part, count(*)::double as value, count(*) as count,
        null::bigint as rule_version, null::varchar as pack from calls
    union all
    select 'duration', '', median(duration), count(duration), null, null from heard having count(duration) > 0
    union all
    select 'characters_a_minute', '', median(text_chars * 60 / speech_seconds), count(*), null, null
        from analysed where speech_seconds >= {SPOKEN_SECONDS} having count(*) > 0
    union all
    select 'language', language, count(*) / any_value(n), any_value(n), null, null
        from (select language, count(*) over () as n from analysed) group by language
    union all
    select 'emotion', emotion, n / sum(n) over (), (select count(*) from calls where turn_count > 0), null, null
        from (select emotion, count(*) as n from turns group by emotion)
    union all
    select 'hit_rate', rule, least(1, count(*) filter (where outcome = 'hit') / (select calls from judged)),
        (select calls from judged), max(rule_version), max(pack || ' ' || pack_version)
        from findings where (select calls from judged) > 0 group by rule
    union all
    select 'pack', pack, count(*) / (select calls from judged), (select calls from judged), null, pack
        from (select unnest(rule_packs) as pack from heard) group by pack
"""  # noqa: S608 - a constant of this module


def measure(day: date, ask: Callable[[str], pa.Table]) -> pa.Table:
    """The day's numbers as rows of `Measure`; `ask` answers SQL (DuckDB's) over its calls, turns and findings."""
    rows = ask(f"select cast('{day.isoformat()}' as date) as call_date, * from ({SQL}) order by measure, part")  # noqa: S608
    return rows.select(arrow.schema_of(Measure).names).cast(arrow.schema_of(Measure))


def rows(day: date, ask: Callable[[str], pa.Table]) -> list[Measure]:
    """The same as records."""
    return arrow.from_table(Measure, measure(day, ask))
