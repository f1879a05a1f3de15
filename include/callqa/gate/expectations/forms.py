"""The two forms that most checks have: of a table's rows, and of a fact about the day."""

from __future__ import annotations

from callqa.gate.check import Check, NoRow, Severity, Within


def rows(name: str, expects: NoRow, sentence: str, zh: str, severity: Severity = "blocking") -> Check:
    """A check of rows; its name begins with their table."""
    return Check(id=name, table=name.partition(".")[0], severity=severity, sentence=sentence, zh=zh, expects=expects)


def fact(name: str, expects: Within, sentence: str, zh: str, severity: Severity = "blocking") -> Check:
    """A check of the day as a whole."""
    return Check(id=f"day.{name}", table="day", severity=severity, sentence=sentence, zh=zh, expects=expects)
