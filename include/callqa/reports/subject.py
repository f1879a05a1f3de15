"""What every page of a report is made from: the settings, a period, and the published rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from callqa.reports.data import Data, Row
from callqa.reports.period import Period
from callqa.settings import Settings

SEVERITIES = ("critical", "major", "minor", "info")
"""Worst first."""
CALL_COLUMNS = (
    "call_date, call_id, started_at, agent_id, agent_name, team, queue, customer_id, customer_number, duration, score,"
    " status, emotion_start, emotion_end, flags, rules_hit"
)
"""What a page shows of a call."""

Context = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A report that is being made; `data.count_turns` and `data.set_clock` have been called for its days."""

    settings: Settings
    period: Period
    days: Sequence[dt.date]
    """Published days of the period."""
    earlier: Sequence[dt.date]
    """Published days before it, with which it is compared, oldest first."""
    data: Data
    shown: dict[dt.date, set[str]] = field(default_factory=dict)
    """Calls that are on a page, by day: by them an erasure finds the report."""

    @property
    def zone(self) -> ZoneInfo:
        """The contact centre's."""
        return ZoneInfo(self.settings.source.timezone)

    @property
    def before(self) -> list[dt.date]:
        """The published days of the period before; before a day the last published one."""
        found = [day for day in self.earlier if self.period.before.has(day)]
        return found or list(self.earlier[-1:] if self.period.kind == "day" else [])

    @property
    def angry(self) -> str:
        """SQL: whether a call's customer is an angry one."""
        part = "emotion_shares_customer['angry']"
        return f"coalesce({part} >= {float(self.settings.reports.angry_share)!r} and {part} > 0, false)"

    def show(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Note that these calls are on a page; returns them."""
        for row in rows:
            self.shown.setdefault(row["call_date"], set()).add(row["call_id"])
        return rows

    def findings(self, calls: Sequence[Row]) -> Mapping[tuple[dt.date, str], list[Row]]:
        """The hits of these calls, worst first, with their evidence."""
        found: dict[tuple[dt.date, str], list[Row]] = {}
        if not calls:
            return found
        sql = """
            select call_date, call_id, rule, severity, message, evidence from findings
            where outcome = 'hit' and call_date in (select unnest(cast(? as date[])))
                and call_id in (select unnest(cast(? as varchar[])))
            order by list_position(cast(? as varchar[]), severity), rule
        """
        days, ids = sorted({row["call_date"] for row in calls}), sorted({row["call_id"] for row in calls})
        for row in self.data.rows(sql, [days, ids, list(SEVERITIES)]):
            row["quotes"] = [one for one in row.pop("evidence") or () if one["text"]]
            found.setdefault((row["call_date"], row["call_id"]), []).append(row)
        return found

    def with_findings(self, calls: Sequence[Row]) -> Sequence[Row]:
        """The same calls, each with its `findings`; they are noted as shown."""
        found, moods = self.findings(calls), self._moods(calls)
        for row in calls:
            key = row["call_date"], row["call_id"]
            row["findings"], row["moods"] = found.get(key, []), moods.get(key)
        return self.show(calls)

    def _moods(self, calls: Sequence[Row]) -> Mapping[tuple[dt.date, str], tuple[str, str]]:
        """The customer's first and last mood in each of these calls, where it can be told."""
        sql = """
            select call_date, call_id, customer_first, customer_last from said
            where customer_first is not null and call_date in (select unnest(cast(? as date[])))
                and call_id in (select unnest(cast(? as varchar[])))
        """
        days, ids = sorted({row["call_date"] for row in calls}), sorted({row["call_id"] for row in calls})
        rows = self.data.rows(sql, [days, ids])
        return {(row["call_date"], row["call_id"]): (row["customer_first"], row["customer_last"]) for row in rows}
