"""What `callqa eval` shows people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from callqa.cli.output import Output

SHOWN = 5
"""Of the worst texts and of the problems; all are in the JSON."""
_NUMBER: Any = {"justify": "right"}


def show(output: Output, report: dict[str, Any]) -> None:
    """Evaluations one after another, then how each differs from the first."""
    for one in report["evaluations"]:
        _show_evaluation(output, one)
    for comparison in report["comparisons"]:
        _show_comparison(output, comparison)


def _show_evaluation(output: Output, one: dict[str, Any]) -> None:
    show, model = output.people.print, one["model"]
    size = f"{one['references']} references in {one['recordings']} recordings, {one['seconds']:.0f} s"
    show(f"[bold]{escape(one['manifest'])}[/]  {size}")
    how = f"{model['engine']} {model['precision']} on {model['device']}, denoise {model['denoise']}"
    show(f"model [bold]{escape(model['name'])}[/] ({model['digest'][:12]}), {how}; settings: {escape(one['settings'])}")
    if model["caution"]:
        show(f"[yellow]{escape(model['caution'])}[/]")
    _show_problems(output, one)
    show(_rates(one["rates"]))
    if one["languages"]:
        show(_confusion(one["languages"]))
    if one["emotions"]:
        show(_classes("emotion", one["emotions"]["classes"], one["emotions"]["confusion"]))
    if one["events"]:
        show(_classes("event", one["events"], {}))
    if one["worst"]:
        show(_worst(one["worst"]))
    show(f"intervals: {one['intervals']}")
    show(f"compared after: {escape('; '.join(one['normalisation']))}\n")


def _show_problems(output: Output, one: dict[str, Any]) -> None:
    show = output.people.print
    if one["problems"]:
        show(f"[bold red]{len(one['problems'])} lines cannot be used[/]: the figures are without them")
    for problem in one["problems"][:SHOWN]:
        show(escape(f"  {one['manifest']}:{problem['line']}: {problem['message']}; {problem['remedy']}"))
    if one["not_heard"]:
        show(f"[bold red]{len(one['not_heard'])} references cannot be heard[/]: all their words count as lost")
    for missing in one["not_heard"][:SHOWN]:
        show(escape(f"  {one['manifest']}:{missing['line']}: {missing['audio']}: {missing['reason']}"))
    for key, lines in one["ignored_keys"].items():
        show(f"key {escape(repr(key))} is not known and was ignored ({lines} lines)")
    if one["outside_references"]:
        show(f"{one['outside_references']} characters were heard where no reference is; they count for nothing")


def _rates(rates: list[dict[str, Any]]) -> Table:
    table = Table("", "", "", title="errors", title_justify="left")
    for name in ("rate", "95 %", "references", "exact", "units", "substituted", "deleted", "inserted"):
        table.add_column(name, **_NUMBER)
    for row in rates:
        counts = (row["tokens"], row["substitutions"], row["deletions"], row["insertions"])
        figures = (percent(row["rate"]), _interval(row["interval"]), str(row["references"]), percent(row["exact"]))
        group = "" if row["group"] == "all" else row["group"]
        table.add_row(group, escape(row["value"]), row["measure"], *figures, *map(str, counts))
    return table


def _confusion(languages: dict[str, Any]) -> Table:
    title = f"language: {percent(languages['accuracy'])} right ({_interval(languages['interval'])})"
    heard = sorted({name for row in languages["confusion"].values() for name in row})
    table = Table("said", title=title, title_justify="left")
    for name in (*heard, "precision", "recall"):
        table.add_column(name if name in ("precision", "recall") else f"heard {name}", **_NUMBER)
    for row in languages["classes"]:
        counts = [str(languages["confusion"][row["name"]].get(name, "")) for name in heard]
        table.add_row(row["name"], *counts, percent(row["precision"]), percent(row["recall"]))
    return table


def _classes(title: str, classes: list[dict[str, Any]], confusion: dict[str, dict[str, int]]) -> Table:
    table = Table(title, title=f"{title}s", title_justify="left")
    for name in ("references", "heard", "precision", "95 %", "recall", "95 %"):
        table.add_column(name, **_NUMBER)
    if confusion:
        table.add_column("taken for")
    for row in classes:
        wrong = {name: n for name, n in confusion.get(row["name"], {}).items() if name != row["name"]}
        taken = ", ".join(f"{name} {n}" for name, n in sorted(wrong.items(), key=lambda item: -item[1]))
        figures = [percent(row["precision"]), _interval(row["precision_interval"])]
        figures += [percent(row["recall"]), _interval(row["recall_interval"])]
        cells = (row["name"], str(row["references"]), str(row["heard"]), *figures)
        table.add_row(*cells, *([taken] if confusion else []))
    return table


def _worst(worst: list[dict[str, Any]]) -> Table:
    table = Table("line", "recording", "said", "heard", "errors", title="worst", title_justify="left")
    for row in worst[:SHOWN]:
        texts = (escape(row["said"]), escape(row["heard"]))
        table.add_row(str(row["line"]), escape(Path(row["audio"]).name), *texts, f"{row['errors']} of {row['tokens']}")
    return table


def _show_comparison(output: Output, comparison: dict[str, Any]) -> None:
    first, second = escape(comparison["first"]), escape(comparison["second"])
    table = Table("", "", "", title=f"{second} against {first}", title_justify="left")
    for name in (first, second, "difference", "95 %", "references"):
        table.add_column(name, **_NUMBER)
    table.add_column("")
    for row in comparison["rates"]:
        figures = (percent(row["first"]), percent(row["second"]), percent(row["difference"], sign=True))
        group = "" if row["group"] == "all" else row["group"]
        where = (group, escape(row["value"]), row["measure"])
        table.add_row(*where, *figures, _interval(row["interval"]), str(row["references"]), row["verdict"])
    output.people.print(table)
    drift = comparison["drift"]
    output.people.print(
        f"drift (the second's texts against the first's): {percent(drift['rate'])} ({_interval(drift['interval'])}); "
        f"{drift['texts_changed']} of {drift['references']} texts, {comparison['languages_changed']} languages and "
        f"{comparison['emotions_changed']} emotions differ\n"
    )


def percent(share: float | None, sign: bool = False) -> str:
    """A share for people; `-` where there is none."""
    if share is None:
        return "-"
    return f"{100 * share:+.2f} %" if sign else f"{100 * share:.2f} %"


def _interval(interval: list[float] | None) -> str:
    return "-" if interval is None else f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f}"
