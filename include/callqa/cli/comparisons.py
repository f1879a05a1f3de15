"""Two versions of a rule on the same calls, as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from callqa.cli.output import Output
from callqa.contracts import RESULTS

if TYPE_CHECKING:
    from callqa.rejudge.trial import Comparison, Side

OUTCOMES = (*RESULTS, "not judged")
SHORT = 60
"""Characters of a text of evidence that a table shows."""


def show(output: Output, comparison: Comparison, limit: int) -> None:
    """Outcomes of both versions, the calls that changed with their evidence, and the time that each took."""
    output.people.print(_what(comparison), markup=False, soft_wrap=True)
    output.people.print(_outcomes(comparison))
    left = [f"{day} is left out: {reason}" for day, reason in sorted(comparison.skipped.items())]
    for line in [*left, *_speed(comparison), *_changed(comparison, limit)]:
        output.people.print(line, markup=False, soft_wrap=True)


def _what(comparison: Comparison) -> str:
    calls, days = (_count(n, what) for n, what in ((comparison.calls, "call"), (len(comparison.days), "day")))
    sides = f"rows: {_title(comparison.old)}; columns: {_title(comparison.new)}"
    return f"{comparison.rule} on {calls} of {days} ({sides})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _title(side: Side) -> str:
    return f"{side.name}{f' version {side.version}' if side.version is not None else ''}"


def _outcomes(comparison: Comparison) -> Table:
    """Rows: the old version's outcome; columns: the new one's."""
    old, new = comparison.counts(0), comparison.counts(1)
    columns = [name for name in OUTCOMES if new.get(name)]
    table = Table("", *columns, "all")
    for name in OUTCOMES:
        if old.get(name):
            cells = [str(comparison.outcomes.get((name, column), "")) for column in columns]
            table.add_row(name, *cells, str(old[name]))
    table.add_row("all", *(str(new[column]) for column in columns), str(comparison.calls))
    return table


def _speed(comparison: Comparison) -> list[str]:
    timed = [side for side in (comparison.old, comparison.new) if side.seconds]
    lines = [
        f"{_title(side)}: {side.seconds:.3f} s, {comparison.calls / side.seconds:,.0f} calls a second"
        for side in timed
        if side.seconds
    ]
    old, new = comparison.old.seconds, comparison.new.seconds
    if old and new:
        lines.append(f"the new version takes {new / old:.2f} times as long as the old one")
    return lines


def _changed(comparison: Comparison, limit: int) -> list[str]:
    """The first changed calls, each with both answers."""
    total = comparison.changed_calls()
    lines = [f"{_count(total, 'call')} changed" if total else "no call changed"]
    for change in comparison.changed[:limit]:
        lines.append(f"{change['day']} {change['call_id']}: {change['change']}")
        for name, side in (("before", comparison.old), ("after", comparison.new)):
            lines += _answer(side.name, change[name])
    rest = total - min(limit, len(comparison.changed))
    return lines + ([f"{_count(rest, 'changed call')} not shown; see --limit and --json"] if rest else [])


def _answer(name: str, answer: dict[str, Any]) -> list[str]:
    """What a side says, with up to three places, or why it does not know."""
    said = answer["reason"] or (answer["message"] if answer["result"] == "hit" else "")
    lines = [f"  {name}: {answer['result']}{f': {_short(said)}' if said else ''}"]
    places = answer["evidence"][:3]
    return lines + [f"    {place['start']:.1f} s {place['condition']}: {_short(place['text'])}" for place in places]


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def show_reviews(output: Output, published: dict[str, Any], candidate: dict[str, Any]) -> None:
    """Precision and recall of both versions, each with what it is of."""
    if not candidate["reviewed"] and not published["reviewed"]:
        output.people.print("no call of these days was reviewed for this rule: its precision and recall are not known")
        return
    table = Table("", "published", "candidate", "of", title="against the reviewers", title_justify="left")
    for name in ("precision", "recall", "kept", "missed"):
        of = candidate[name]["of"]
        table.add_row(name, _figure(published[name]), _figure(candidate[name]), escape(of))
    output.people.print(table)
    output.people.print(
        f"{candidate['reviewed']} calls were reviewed, {candidate['open']} of them are open,"
        f" {candidate['unknown']} of the decided are unknown to the candidate. Intervals are Wilson's at 95 %;"
        " they hold for calls chosen as these were, which need not be at random.",
        soft_wrap=True,
    )


def _figure(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return "not known"
    low, high = share["interval"]
    return f"{share['value']:.2f} ({low:.2f} to {high:.2f}), {share['count']} of {share['n']}"
