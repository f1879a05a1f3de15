"""How often the gate's comparison with history cries wolf, and what it notices.

Simulates contact centres of several sizes: calls by weekday (few on Sundays, half on Saturdays), growth, day-to-day noise
beyond chance, durations, languages, emotions and forty rules with rates from 0.1 % to 30 %. After four weeks every day
is compared as the gate does. Printed: false alarms a check and day, and the share of days noticed on which something is
wrong (a third of the recordings missing, half the text lost, ...).

    python -m benchmarks.drift [--centres 20] [--days 90]
"""

from __future__ import annotations

import argparse
import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tabulate import tabulate

from callqa.contracts import Measure
from callqa.gate import drift
from callqa.gate.check import LikeHistory
from callqa.gate.expectations import checks
from callqa.settings import GateSettings

FIRST = date(2026, 1, 5)
WEEKDAY = (1.15, 1.05, 1.0, 1.0, 0.95, 0.5, 0.2)
SIZES = (50, 500, 5_000, 50_000)
LANGUAGES = {"zh": 0.8, "yue": 0.12, "en": 0.06, "ja": 0.01, "ko": 0.01}
EMOTIONS = {"neutral": 0.72, "happy": 0.14, "angry": 0.05, "sad": 0.04, "unknown": 0.05}
RULES = {f"R{number:02d}": rate for number, rate in enumerate([0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3] * 5)}
OVER = 0.15
"""Standard deviation, on a logarithm, by which a share's odds vary from day to day beyond chance."""


def day_of(rng: random.Random, day: date, size: int) -> list[Measure]:
    """The numbers of a day on which nothing is wrong."""
    growth = 1.003 ** ((day - FIRST).days / 7)
    expected = rng.lognormvariate(0, 0.08) * size * WEEKDAY[day.weekday()] * growth
    volume = max(1, round(expected + rng.gauss(0, 1) * expected**0.5))
    heard = max(1, round(volume * 0.97))
    rows = [
        ("volume", "", float(volume)),
        ("duration", "", 180 * rng.lognormvariate(0, 0.04 + 0.8 / heard**0.5)),
        ("characters_a_minute", "", 240 * rng.lognormvariate(0, 0.02 + 0.2 / heard**0.5)),
        *(("language", name, share) for name, share in mixed(rng, LANGUAGES, heard).items()),
        *(("emotion", name, share) for name, share in mixed(rng, EMOTIONS, heard).items()),
        *(("hit_rate", rule, drawn(rng, rate, heard)) for rule, rate in RULES.items()),
        ("pack", "standard 1.0.0", 1.0),
    ]
    known = {"rule_version": 1, "pack": "standard 1.0.0"}
    return [Measure(call_date=day, measure=m, part=p, value=v, count=heard, **known) for m, p, v in rows]


def drawn(rng: random.Random, share: float, calls: int) -> float:
    """A day's share: its own rate of the day, and chance (normal for large days)."""
    odds = share / (1 - share) * rng.lognormvariate(0, OVER)
    rate = odds / (1 + odds)
    if calls * rate < 50 and calls <= 5_000:
        return sum(rng.random() < rate for _ in range(calls)) / calls
    return min(1.0, max(0.0, rng.gauss(rate, (rate * (1 - rate) / calls) ** 0.5)))


def mixed(rng: random.Random, shares: dict[str, float], calls: int) -> dict[str, float]:
    """A day's shares of a mix; what nobody spoke has no row."""
    found = {name: drawn(rng, share, calls) for name, share in shares.items()}
    return {name: share / sum(found.values()) for name, share in found.items() if share}


def scaled(measure: str, factor: float, part: str = "") -> Callable[[Measure], Measure]:
    """A measure times a factor."""
    return lambda m: dataclasses.replace(m, value=m.value * factor) if (m.measure, m.part) == (measure, part) else m


def swapped(measure: str, one: str, other: str, share: float) -> Callable[[Measure], Measure]:
    """So much of a mix moved from one part to another."""
    moved = {one: -share, other: share}
    return lambda m: (
        dataclasses.replace(m, value=max(0.0, m.value + moved[m.part]))
        if m.measure == measure and m.part in moved
        else m
    )


WRONG: dict[str, tuple[str, Callable[[Measure], Measure]]] = {
    "a third of the recordings missing": ("history.call_volume", scaled("volume", 0.67)),
    "half of the recordings missing": ("history.call_volume", scaled("volume", 0.5)),
    "all recordings twice": ("history.call_volume", scaled("volume", 2.0)),
    "recordings cut to half": ("history.duration", scaled("duration", 0.5)),
    "a third of the text lost": ("history.characters_a_minute", scaled("characters_a_minute", 0.67)),
    "10 points of zh heard as yue": ("history.languages", swapped("language", "zh", "yue", 0.1)),
    "20 points of zh heard as yue": ("history.languages", swapped("language", "zh", "yue", 0.2)),
    "20 points of neutral heard as angry": ("history.emotions", swapped("emotion", "neutral", "angry", 0.2)),
    "a rule of 10 % hits nothing": ("history.hit_rates", scaled("hit_rate", 0.0, "R05")),
    "a rule of 20 % hits nothing": ("history.hit_rates", scaled("hit_rate", 0.0, "R06")),
    "a rule of 10 % hits three times as often": ("history.hit_rates", scaled("hit_rate", 3.0, "R05")),
}


def alarms(rows: Sequence[Measure], day: date, settings: GateSettings) -> set[str]:
    """The comparisons that fail."""
    listed = {c.id: c.expects for c in checks(settings, day.isoformat()) if isinstance(c.expects, LikeHistory)}
    found = {name: drift.compare(expects, day, rows, settings) for name, expects in listed.items()}
    return {name for name, one in found.items() if one and any(part.drifted for part in one.parts)}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--centres", type=int, default=20)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    settings = GateSettings()
    table: dict[str, list[str]] = {}
    for size in SIZES:
        false, noticed, looked = Counter[str](), Counter[str](), 0
        for centre in range(options.centres):
            rng = random.Random(f"{size}-{centre}")
            days = [day_of(rng, FIRST + timedelta(days=number), size) for number in range(options.days)]
            for number in range(settings.drift_days, options.days):
                day, before = (
                    days[number][0].call_date,
                    [m for d in days[number - settings.drift_days : number] for m in d],
                )
                looked += 1
                false.update(alarms([*before, *days[number]], day, settings))
                kind, (check, change) = list(WRONG.items())[number % len(WRONG)]
                seen = check in alarms([*before, *map(change, days[number])], day, settings)
                noticed.update({kind: int(seen), f"of {kind}": 1})
        for check in (c.id for c in checks(settings, FIRST.isoformat()) if c.table == "history"):
            table.setdefault(f"false alarms, {check}", []).append(f"{false[check]} of {looked}")
        for kind in WRONG:
            table.setdefault(f"noticed: {kind}", []).append(f"{noticed[kind] / max(1, noticed[f'of {kind}']):.0%}")
    print(tabulate([[name, *cells] for name, cells in table.items()], headers=["calls a day", *map(str, SIZES)]))


if __name__ == "__main__":
    main()
