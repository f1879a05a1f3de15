"""`callqa inspect FILE`: one recording, turn by turn."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from callqa import pipeline, settings, storage
from callqa.cli.output import CachesOption, ConfigOption, JsonOption, Output, VerboseOption, quiet_stdout
from callqa.contracts import Call, Event, Finding, Turn
from callqa.errors import UsageError
from callqa.parse.tags import emoji_of


def inspect(
    file: Annotated[str, typer.Argument(help="A recording of any format.", metavar="FILE")],
    roles: Annotated[
        str | None, typer.Option("--roles", help="Who is on which channel, for example 0:agent,1:customer.")
    ] = None,
    lake: CachesOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """What was said in one recording, how, and what the rules find; nothing is published."""
    output = Output(as_json, verbose)
    chosen = settings.load(config).with_folders(lake=lake)
    with quiet_stdout():
        judged = pipeline.inspect_file(chosen, file, _parse_roles(roles))
    call = storage.read_rows(judged["calls"], Call)[0]
    turns = storage.read_rows(judged["turns"], Turn)
    events = storage.read_rows(judged["events"], Event)
    findings = storage.read_rows(judged["findings"], Finding)
    if as_json:
        shown: dict[str, list[Any]] = {"turns": [*turns], "events": [*events], "findings": [*findings]}
        output.json({"call": _plain(call), **{name: [_plain(row) for row in rows] for name, rows in shown.items()}})
    else:
        _show(output, call, turns, events, findings)
    return 0 if call.status != "rejected" else 1


def _parse_roles(text: str | None) -> dict[int, str]:
    if not text:
        return {}
    try:
        pairs = [item.split(":") for item in text.split(",")]
        roles = {int(channel): role.strip() for channel, role in pairs}
    except ValueError as error:
        raise UsageError(f"--roles {text!r} is not understood", remedy="write 0:agent,1:customer") from error
    wrong = [role for role in roles.values() if role not in ("agent", "customer", "unknown")]
    if wrong:
        raise UsageError(f"--roles: no role is called {wrong[0]!r}", remedy="agent, customer or unknown")
    return roles


def _plain(row: Any) -> dict[str, Any]:
    return {name.removesuffix("_"): value for name, value in dataclasses.asdict(row).items()}


def _show(output: Output, call: Call, turns: list[Turn], events: list[Event], findings: list[Finding]) -> None:
    show = output.people.print
    if call.status == "rejected":
        why = escape(f"{call.reject_reason}: {call.reject_detail}")
        show(f"{escape(call.file_name)}: [bold red]rejected[/], {why}")
        return
    audio = f"{call.duration:.1f} s, {call.channels} channel(s), {call.sample_rate} Hz {call.codec}"
    show(f"[bold]{escape(call.file_name)}[/]  {audio}")
    show(f"status {call.status}, language {call.language}, tones {call.call_state or 'none'}, model {call.asr_model}")
    show(_turn_table(turns))
    shown = [e for e in events if e.class_ not in ("speech",)]
    if shown:
        show(_event_table(shown))
    show(_finding_table(findings) if findings else "no findings")


def _turn_table(turns: list[Turn]) -> Table:
    table = Table("start", "end", "role", "", "text", "language", "emotion", "events", "confidence", title="turns")
    for turn in turns:
        emoji = "".join(emoji_of(name) for name in (turn.emotion, *turn.event_tags))
        heard = (turn.language, turn.emotion, " ".join(turn.event_tags), f"{turn.confidence:.2f}")
        table.add_row(f"{turn.start:.1f}", f"{turn.end:.1f}", turn.role, emoji, escape(turn.text), *heard)
    return table


def _event_table(events: list[Event]) -> Table:
    table = Table("start", "end", "channel", "", "class", "score", "detector", title="events")
    for event in events:
        score = "" if event.score is None else f"{event.score:.2f}"
        where = (f"{event.start:.1f}", f"{event.end:.1f}", str(event.channel))
        table.add_row(*where, emoji_of(event.class_), event.class_, score, event.detector)
    return table


def _finding_table(findings: list[Finding]) -> Table:
    table = Table("rule", "outcome", "severity", "message", "where", title="findings")
    for finding in findings:
        where = ", ".join(f"{e.start:.1f}-{e.end:.1f} s" for e in finding.evidence)
        said = escape(finding.message or finding.reason or "")
        table.add_row(escape(finding.rule), finding.outcome, finding.severity, said, where)
    return table
