"""`callqa warehouse`: what is published; one module a command."""

from __future__ import annotations

import typer

from callqa.cli import (
    warehouse_backup,
    warehouse_changes,
    warehouse_erasure,
    warehouse_export,
    warehouse_holds,
    warehouse_state,
    warehouse_upkeep,
)

app = typer.Typer(help="What is published: look at it, compare, roll back, export, keep it in order, erase.")


@app.callback()
def _group() -> None:
    """What is published: look at it, compare, roll back, export, keep it in order, erase."""


app.command("status")(warehouse_state.status)
app.command("history")(warehouse_state.history)
app.command("diff")(warehouse_changes.diff)
app.command("rollback")(warehouse_changes.rollback)
app.command("export")(warehouse_export.export)
app.command("upkeep")(warehouse_upkeep.upkeep)
app.command("backup")(warehouse_backup.backup)
app.command("restore")(warehouse_backup.restore)
app.command("erase")(warehouse_erasure.erase)
app.add_typer(warehouse_holds.app, name="hold")
