"""`callqa metrics`: how the lake stands, for people, for scripts, and for whoever takes metrics."""

from __future__ import annotations

from rich.table import Table

from callqa import settings
from callqa.cli.output import ConfigOption, JsonOption, Output, WarehouseOption


def metrics(lake: WarehouseOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Measure what waits, how old the newest published day is and what space is left; send it where that is set up."""
    from callqa import metrics as told
    from callqa.metrics import state

    output = Output(as_json)
    with told.sending():
        found = state.measure(settings.load(config).with_folders(lake=lake))
    if as_json:
        output.json({"sent": told.configured(), "metrics": found})
        return
    table = Table("metric", "value", "unit", "meaning")
    for name, value in found.items():
        metric = told.METRICS[name]
        table.add_row(f"callqa.{name}", f"{value:,.0f}", metric.unit.strip("{}"), metric.meaning)
    output.people.print(table)
    if not told.configured():
        output.side.print("nobody takes them: OTEL_EXPORTER_OTLP_ENDPOINT is not set (docs/metrics.md)")
