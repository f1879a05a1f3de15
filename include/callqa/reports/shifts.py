"""Calls in which the customer's mood turns: which, where, what was said around it, and how it sounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callqa.reports import clips
from callqa.reports.data import LEAST_SECONDS, Row
from callqa.reports.figures import share
from callqa.reports.subject import Context, Subject

CALM = ("happy", "neutral", "surprised")
UPSET = ("angry", "sad", "fearful", "disgusted")

TURNS = f"""
    with felt as (
        select call_date, call_id, turn, start, emotion, emotion_score, lag(emotion) over said as was,
            lag(emotion_score) over said as was_score, lag(turn) over said as was_turn
        from turns
        where call_date in (select unnest(cast(? as date[]))) and role = 'customer' and emotion <> 'unknown'
            and not coalesce(announcement, false) and "end" - start >= {LEAST_SECONDS}
        window said as (partition by call_date, call_id order by start, turn)
    )
    select *, case when emotion = 'angry' then 'worse' else 'better' end as kind,
        least(coalesce(emotion_score, 0), coalesce(was_score, 0)) as sure
    from felt
    where (emotion = 'angry' and list_contains(cast(? as varchar[]), was))
        or (emotion = 'happy' and list_contains(cast(? as varchar[]), was))
    qualify row_number() over (partition by call_date, call_id
        order by emotion = 'angry' desc, least(coalesce(emotion_score, 0), coalesce(was_score, 0)) desc, start) = 1
"""  # noqa: S608 - a constant of this module
"""One turn of mood a call: to anger before one to joy, then the one whose two turns are surest."""

SHOWN = """
    c.call_date, c.call_id, c.started_at, c.agent_id, c.agent_name, c.team, c.queue, c.customer_id, c.customer_number,
    c.duration, c.score, c.status, c.emotion_start, c.emotion_end, c.flags, c.rules_hit, c.uri, c.sha256
"""


def build(subject: Subject, folder: Path) -> Context:
    """All that the page shows; sound is written below `folder`."""
    days = list(subject.days)
    counts = count(subject, days)
    chosen = subject.settings.reports
    worse = found(subject, days, "worse", chosen.clips)
    better = found(subject, days, "better", max(0, chosen.clips - len(worse), chosen.clips // 3))
    rows = [*worse[: chosen.clips - len(better)], *better]
    unreachable = False
    for number, row in enumerate(rows, 1):
        row["number"] = number
        row["turns"] = around(subject, row)
        # A storage that does not answer is asked once, and patiently.
        row["sound"] = clips.UNREACHABLE if unreachable else clips.make(subject, row, folder, number)
        unreachable = row["sound"] == clips.UNREACHABLE
    subject.show(rows)
    return {
        "counts": counts,
        "worse": [row for row in rows if row["kind"] == "worse"],
        "better": [row for row in rows if row["kind"] == "better"],
        "seconds": chosen.clip_seconds,
        "limit": chosen.clips,
        "unreachable": unreachable,
    }


def count(subject: Subject, days: Sequence[dt.date]) -> dict[str, Any]:
    """Calls that turned, by kind, of those whose customer's mood can be told; and from which mood to which."""
    sql = f"select kind, was, emotion, count(*) as n from ({TURNS}) group by all order by n desc, was, emotion"  # noqa: S608
    rows = subject.data.rows(sql, _parameters(days))
    felt = """
        select count(distinct (call_date, call_id)) filter (where role = 'customer' and emotion <> 'unknown') as told,
            count(distinct (call_date, call_id)) as calls
        from turns where call_date in (select unnest(cast(? as date[])))
    """
    of = subject.data.one(felt, [list(days)])
    sums = {kind: sum(row["n"] for row in rows if row["kind"] == kind) for kind in ("worse", "better")}
    return {
        **sums,
        **of,
        "pairs": rows,
        "worse_rate": share(sums["worse"], of["told"]),
        "better_rate": share(sums["better"], of["told"]),
    }


def found(subject: Subject, days: Sequence[dt.date], kind: str, most: int) -> list[Row]:
    """The surest turns of a kind; of those to anger first the ones from joy."""
    sql = f"""
        select {SHOWN}, t.* exclude (call_date, call_id) from ({TURNS}) t join calls c using (call_date, call_id)
        where kind = ? and c.status = 'analysed'
        order by (was = 'happy') desc, sure desc, c.call_date, c.call_id limit {int(most)}
    """  # noqa: S608 - constants
    return subject.data.rows(sql, [*_parameters(days), kind])


def _parameters(days: Sequence[dt.date]) -> list[Any]:
    return [list(days), list(CALM), list(UPSET)]


def around(subject: Subject, row: Row) -> dict[str, list[Row]]:
    """What was said in the seconds before and after the turn of mood, and by whom."""
    reach = subject.settings.reports.clip_seconds
    sql = """
        select turn, role, start, "end", emotion, language, text from turns
        where call_date = ? and call_id = ? and "end" >= ? and start <= ? order by start, turn
    """
    said = subject.data.rows(sql, [row["call_date"], row["call_id"], row["start"] - reach, row["start"] + reach])
    for one in said:
        one["mark"] = one["turn"] in (row["turn"], row["was_turn"])
    return {
        "before": [one for one in said if one["start"] < row["start"]],
        "after": [one for one in said if one["start"] >= row["start"]],
    }
