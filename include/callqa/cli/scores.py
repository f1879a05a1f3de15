"""`callqa scores`: agents, teams or queues by their scores on the scorecards, over the published days."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption

if TYPE_CHECKING:
    from callqa.judge.agents import ScoredCall, Standing
    from callqa.settings import LakeSettings


def scores(
    date: Annotated[str | None, typer.Argument(help="One published day. Default: all of them.", metavar="DAY")] = None,
    by: Annotated[
        Literal["agent", "team", "queue"], typer.Option("--by", help="Whose calls are put together.")
    ] = "agent",
    card: Annotated[str | None, typer.Option("--card", help="Only this scorecard.", metavar="ID")] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scores of published calls by agent, team or queue, on each version of each scorecard, with 95 % intervals."""
    from callqa.judge.agents import agents

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    calls = _calls(chosen.lake, date)
    standings = [one for one in agents(calls, by) if card in (None, one.result.card)]
    if as_json:
        output.json([_plain(one, by) for one in standings])
        return
    for table in _tables(standings, by):
        output.people.print(table)
    without = sum(not call.scorecards for call in calls)
    output.side.print(f"{len(calls)} call(s); {without} on no scorecard (invalid, rejected, or no card is for them)")


def _calls(lake: LakeSettings, date: str | None) -> list[ScoredCall]:
    from callqa import arrow, warehouse
    from callqa.judge.agents import COLUMNS, ScoredCall

    day = None if date is None else pipeline.parse_day(date)
    where, values = ("", []) if day is None else ("where call_date = ?", [day])
    sql = f"select {', '.join(COLUMNS)} from calls {where} order by call_date, call_id"  # noqa: S608 - names of ours
    return arrow.from_table(ScoredCall, warehouse.table(lake, sql, values))


def _plain(one: Standing, by: str) -> dict[str, Any]:
    """One row, flat; `calls` are all of theirs, `left_out` those that the card is not for."""
    result = dataclasses.asdict(one.result)
    of_card = {key: result.pop(key) for key in ("card", "version")}
    result |= {"calls": one.calls, "critical_failures": dict(one.result.critical_failures)}
    return {**of_card, by: one.who or None, "name": one.name or None, "left_out": one.left_out, **result}


def _tables(standings: list[Standing], by: str) -> Iterator[Table]:
    """Of each version of each card two: the scores, and the means of its sections."""
    for (card, version), group in itertools.groupby(standings, key=lambda one: (one.result.card, one.result.version)):
        those = list(group)
        yield _table(f"{card} {version}", (by, *_COLUMNS), [_cells(one) for one in those])
        names = list(dict.fromkeys(section.name for one in those for section in one.result.sections))
        if len(names) > 1:
            yield _table(f"sections of {card} {version}", (by, *names), [_section_cells(one, names) for one in those])


_COLUMNS = ("calls", "scored", "mean (95 %)", "median", "passed (95 %)", "told", "critical")


def _table(title: str, columns: Iterable[str], lines: Iterable[Iterable[str]]) -> Table:
    table = Table(*map(escape, columns), title=escape(title), title_justify="left")
    for cells in lines:
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _who(one: Standing) -> str:
    return " ".join(filter(None, (one.who, one.name))) or "(not known)"


def _cells(one: Standing) -> tuple[str, ...]:
    result = one.result
    return (
        _who(one),
        str(one.calls),
        str(result.scored),
        _number(result.mean) + _interval(result.interval),
        _number(result.median),
        _percent(result.share_passed) + _interval(result.share_interval, 100),
        _percent(result.coverage),
        ", ".join(f"{rule} {count}" for rule, count in result.critical_failures),
    )


def _section_cells(one: Standing, names: list[str]) -> tuple[str, ...]:
    means = {section.name: section.mean for section in one.result.sections}
    return _who(one), *(_number(means.get(name)) for name in names)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _interval(interval: tuple[float, float] | None, times: float = 1) -> str:
    return "" if interval is None else f" ({interval[0] * times:.0f}-{interval[1] * times:.0f})"
