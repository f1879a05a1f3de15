"""`callqa rules`: what is installed, what a rule looks for, try one, test a pack, begin one; one module a command."""

from __future__ import annotations

import typer

from callqa.cli import backtest
from callqa.cli.rules import checking, explaining, listing, new, pages, testing

app = typer.Typer(help="The installed rules: list, explain, try, test, write.")


@app.callback()
def _group() -> None:
    """The installed rules: list, explain, try, test, write."""


app.command("list")(listing.list_rules)
app.command("explain")(explaining.explain)
app.command("check")(checking.check)
app.command("test")(testing.run_cases)
app.command("backtest")(backtest.backtest)
app.command("diff")(backtest.diff)
app.command("new")(new.new)
app.command("docs")(pages.docs)
