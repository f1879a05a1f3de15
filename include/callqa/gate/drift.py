"""Whether a day is like the days published before it.

Days are few, and some of them odd, so the middle is a median and the spread a median absolute deviation (MAD, times
1.4826: the standard deviation where days vary normally). A value may lie `drift_limit` of these from the median, and
anywhere within the least change that counts as one:

* amounts (call volume, medians) on the logarithm, so that half and double are equally far;
* shares (languages, emotions, hit rates) with the sampling error of the day itself added to the spread: of twenty calls
  a share says little, however regular the days before were;
* call volume from the same weekday's median, with the spread of all days around their own weekday's, and the chance
  of a count.

Where the days are too few, nothing is said: no history is neither pass nor fail.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from callqa.contracts import Measure
from callqa.gate.check import LikeHistory
from callqa.settings import GateSettings

NORMAL = 1.4826
"""Standard deviations of a normal distribution in its MAD: 1 / its 0.75 quantile."""
SMALL_SAMPLE = 0.8
"""A MAD of n days is too small by n / (n - 0.8), Croux & Rousseeuw 1992 (for n > 9; a little more below)."""
SAME_WEEKDAYS = 3
"""Days of one weekday that are a history."""

Past = Sequence[tuple[date, float]]


@dataclass(frozen=True)
class Part:
    """One number of the day beside what is usual."""

    part: str
    value: float
    usual: float
    low: float
    high: float
    past: Past = field(default=())
    """The days that it was compared with, by date."""

    @property
    def drifted(self) -> bool:
        """Whether it lies outside of what is usual."""
        return not self.low <= self.value <= self.high


@dataclass(frozen=True)
class Compared:
    """What a comparison with history says."""

    parts: tuple[Part, ...]
    note: str = ""
    """What could not be compared, and why."""


def compare(expects: LikeHistory, day: date, rows: Sequence[Measure], settings: GateSettings) -> Compared | None:
    """The parts of a measure beside their history; None where the day has nothing to compare.

    `rows` are the day's own and those of the days before it.
    """
    days = _by_day(rows)
    today = days.pop(day, [])
    series = dict(_series(expects, today, days))
    if not series:
        return None
    wanted = SAME_WEEKDAYS if expects.same_weekday else settings.drift_min_days
    parts, short = [], []
    for name, (value, calls, past) in sorted(series.items()):
        like = [one for one in past if not expects.same_weekday or one[0].weekday() == day.weekday()]
        if len(like) < wanted:
            short.append((name, len(like)))
        elif expects.kind == "amount":
            usual, low, high = _amount_range(expects, past, day, settings.drift_limit)
            parts.append(Part(name, value, usual, low, high, tuple(like)))
        else:
            usual, low, high = _share_range(like, calls, settings.drift_limit, expects.least_change)
            parts.append(Part(name, value, usual, low, high, tuple(like)))
    return Compared(tuple(parts), _note(short, wanted, "the same weekday" if expects.same_weekday else "published"))


def _note(short: Sequence[tuple[str, int]], wanted: int, kind: str) -> str:
    if not short:
        return ""
    of = f" for {', '.join(name for name, _ in short)}" if short[0][0] else ""
    found = max(days for _, days in short)
    return f"no history{of}: {found} comparable days ({kind}) where {wanted} are needed"


def _by_day(rows: Sequence[Measure]) -> dict[date, list[Measure]]:
    days: dict[date, list[Measure]] = {}
    for row in sorted(rows, key=lambda row: row.call_date):
        days.setdefault(row.call_date, []).append(row)
    return days


def _series(
    expects: LikeHistory, today: Sequence[Measure], days: Mapping[date, list[Measure]]
) -> Iterator[tuple[str, tuple[float, int, Past]]]:
    """By part: the day's value, the calls that it is measured on, and the values of the days before."""
    if expects.measure == "hit_rate":
        yield from _hit_rates(today, days)
        return
    now = {row.part: row for row in today if row.measure == expects.measure}
    if not now:
        return
    before = {
        day: {row.part: row.value for row in rows if row.measure == expects.measure} for day, rows in days.items()
    }
    calls = max(row.count for row in now.values())
    for part in now.keys() | {part for values in before.values() for part in values}:
        # A language that nobody spoke has no row; a day without any has nothing to compare with.
        past = [(day, values.get(part, 0.0)) for day, values in before.items() if values]
        yield part, (now[part].value if part in now else 0.0, calls, past)


def _hit_rates(
    today: Sequence[Measure], days: Mapping[date, list[Measure]]
) -> Iterator[tuple[str, tuple[float, int, Past]]]:
    """Each rule beside the days on which it ran in the same version.

    A rule without a finding on a day was there if a pack that had this version of it judged that day: then it hit
    nothing. Otherwise the day says nothing of it.
    """
    calls = max((row.count for row in today if row.measure in ("hit_rate", "pack")), default=0)
    if not calls:
        return
    seen: dict[str, list[Measure]] = {}
    for rows in (*days.values(), today):
        for row in rows:
            if row.measure == "hit_rate":
                seen.setdefault(row.part, []).append(row)
    for rule, rows in seen.items():
        version = rows[-1].rule_version
        packs = {row.pack for row in rows if row.rule_version == version}
        now = _rate(rule, version, packs, today)
        past = [(day, rate) for day, of in days.items() if (rate := _rate(rule, version, packs, of)) is not None]
        if now is not None:
            yield rule, (now, calls, past)


def _rate(rule: str, version: int | None, packs: set[str | None], rows: Sequence[Measure]) -> float | None:
    found = [row for row in rows if row.measure == "hit_rate" and row.part == rule]
    if found:
        return found[0].value if found[0].rule_version == version else None
    return 0.0 if any(row.measure == "pack" and row.pack in packs for row in rows) else None


def _amount_range(expects: LikeHistory, past: Past, day: date, limit: float) -> tuple[float, float, float]:
    if expects.same_weekday:
        middle, spread = _by_weekday(past, day)
    else:
        logs = [math.log1p(value) for _, value in past]
        middle = statistics.median(logs)
        spread = _spread([one - middle for one in logs])
    if expects.counted:
        spread = math.hypot(spread, math.exp(-middle / 2))  # of the logarithm of a count n: 1 / sqrt(n)
    return _bounds(middle, limit * spread, expects.least_change)


def _by_weekday(past: Past, day: date) -> tuple[float, float]:
    """The middle of the same weekday's logarithms, and the spread of all days around their own weekday's."""
    by_weekday: dict[int, list[float]] = {}
    for when, value in past:
        by_weekday.setdefault(when.weekday(), []).append(math.log1p(value))
    around = [
        # Around a median of n of the same values they lie closer than around the true one.
        (one - statistics.median(logs)) * math.sqrt(len(logs) / (len(logs) - 1))
        for logs in by_weekday.values()
        if len(logs) >= SAME_WEEKDAYS
        for one in logs
    ]
    return statistics.median(by_weekday[day.weekday()]), _spread(around)


def _bounds(middle: float, reach: float, change: float) -> tuple[float, float, float]:
    usual = math.expm1(middle)
    low, high = math.expm1(middle - reach), math.expm1(middle + reach)
    return usual, max(0.0, min(low, usual * (1 - change))), max(high, usual * (1 + change))


def _share_range(past: Past, calls: int, limit: float, change: float) -> tuple[float, float, float]:
    shares = [value for _, value in past]
    usual = statistics.median(shares)
    # Laplace's rule of succession: a share of 0 or 1 is not certain either.
    likely = (usual * calls + 1) / (calls + 2)
    spread = math.hypot(_spread([one - usual for one in shares]), math.sqrt(likely * (1 - likely) / calls))
    reach = max(limit * spread, change)
    return usual, max(0.0, usual - reach), min(1.0, usual + reach)


def _spread(around: Sequence[float]) -> float:
    """The standard deviation of values around their middle, by MAD."""
    count = len(around)
    return NORMAL * statistics.median(abs(one) for one in around) * count / (count - SMALL_SAMPLE)
