"""`callqa warehouse`: what is published; one module a command."""

from __future__ import annotations

import typer

from callqa.cli import warehouse_changes, warehouse_export, warehouse_state

app = typer.Typer(help="What is published: look at it, compare, roll back, export.")


@app.callback()
def _group() -> None:
    """What is published: look at it, compare, roll back, export."""


app.command("status")(warehouse_state.status)
app.command("history")(warehouse_state.history)
app.command("diff")(warehouse_changes.diff)
app.command("rollback")(warehouse_changes.rollback)
app.command("export")(warehouse_export.export)
