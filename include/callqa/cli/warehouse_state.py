"""`callqa warehouse status` and `history`: what is published, and how it came to be."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption

if TYPE_CHECKING:
    from callqa.contracts import Publication
    from callqa.warehouse import DayState, Past, Status


def status(
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not look for files that no snapshot names (reads every manifest).")
    ] = False,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Catalog, tables, published days, and what killed publishers left behind."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    found = warehouse.status(chosen.lake, unnamed=not quick)
    if as_json:
        output.json(dataclasses.asdict(found))
    else:
        _show_status(output, found)


def history(
    date: Annotated[
        str | None, typer.Argument(help="A business day, YYYY-MM-DD; without it, all of them.", metavar="DAY")
    ] = None,
    lake: WarehouseOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every publication of a day: by which run, when, with how many rows, who approved it."""
    from callqa import warehouse

    output = Output(as_json)
    chosen = settings.load(config).with_folders(lake=lake)
    past = warehouse.history(chosen.lake, pipeline.parse_day(date) if date else None)
    if as_json:
        output.json(
            [
                {**_plain(one.publication), "newest": one.newest, "readable": one.readable, "gate": one.gate}
                for one in past
            ]
        )
    else:
        _show_history(output, past)


def _plain(publication: Publication) -> dict[str, Any]:
    return dataclasses.asdict(publication)


def _show_status(output: Output, found: Status) -> None:
    output.people.print(f"catalog   {escape(found.catalog)}\nwarehouse {escape(found.location)}")
    tables = Table("table", "rows", "files", "bytes", "snapshots", "changed at (UTC)")
    for table in found.tables:
        changed = f"{table.changed_at:%Y-%m-%d %H:%M:%S}" if table.changed_at else ""
        tables.add_row(
            table.name, *(f"{n:,}" for n in (table.rows, table.files, table.bytes, table.snapshots)), changed
        )
    days = Table("day", "no.", "calls", "turns", "findings", "published (UTC)", "state")
    for day in found.days:
        days.add_row(*_day_row(day))
    output.people.print(tables, days)
    _show_left(output, found)


def _day_row(day: DayState) -> list[str]:
    newest = day.newest
    counts = (f"{n:,}" for n in (newest.rows_calls, newest.rows_turns, newest.rows_findings))
    at = f"{newest.published_at:%Y-%m-%d %H:%M}"
    return [str(newest.call_date), str(newest.sequence), *counts, at, _condition(day)]


def _condition(day: DayState) -> str:
    parts = [f"snapshot gone: {', '.join(day.lost)}"] if day.lost else []
    parts += [f"tables differ: {', '.join(day.differing)}"] if day.differing else []
    return "; ".join(parts) or "as published"


def _show_left(output: Output, found: Status) -> None:
    if found.unpublished:
        days = ", ".join(str(day) for day in found.unpublished)
        output.people.print(f"rows without a publication (one is at work, or was killed): {days}")
    if found.unnamed:
        output.people.print(f"files that no snapshot names: {found.unnamed} ({found.unnamed_bytes:,} bytes), such as")
        for path in found.unnamed_first:
            output.people.print(f"  {escape(path)}", soft_wrap=True)


def _show_history(output: Output, past: list[Past]) -> None:
    for one in past:
        row = one.publication
        counts = f"{row.rows_calls:,} calls, {row.rows_turns:,} turns, {row.rows_findings:,} findings"
        seen = " (what readers see)" if one.newest else ""
        output.people.print(f"[bold]{row.call_date} publication {row.sequence}[/]{seen}")
        output.people.print(f"  {row.published_at:%Y-%m-%d %H:%M:%S} UTC, {counts}")
        output.people.print(f"  run {escape(row.run_id)}, attempt {row.attempt}", soft_wrap=True)
        checks = ", ".join(f"{count} {result}" for result, count in one.gate.items())
        gate = f"gate result {escape(row.gate_result_id[:12])}" + (f" ({checks})" if checks else "")
        output.people.print(f"  content {row.content_digest[:12]}, {gate}")
        for line in _said(one):
            output.people.print(f"  {escape(line)}", soft_wrap=True)
    output.side.print(f"{len(past)} publication(s)")


def _said(one: Past) -> list[str]:
    row = one.publication
    lines = [row.origin] if row.origin else []
    lines += [f"by {row.approved_by}: {row.approval_reason}"] if row.approved_by else []
    return lines if one.readable else [*lines, "can no longer be read: a snapshot that it names is gone"]
