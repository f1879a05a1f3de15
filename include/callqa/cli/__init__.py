"""`callqa …`: one day, one recording, the rules, the warehouse and the model from a shell.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 source, 4 empty day, 5 model, 6 rule pack, 7 refused by the
gate, 8 overtaken by another publication, 9 broken stage file, 10 legal hold, 11 a run is at work, 130 interrupted.
"""

from __future__ import annotations

import sys
import traceback

import typer

from callqa.cli import (
    archive,
    day,
    doctor,
    evaluate,
    inspect,
    late,
    listen,
    metrics,
    model,
    notify,
    quarantine,
    query,
    rejudge,
    report,
    rules,
    scores,
    warehouse,
)
from callqa.cli.output import Output
from callqa.errors import CallQAError, InterruptionError, UsageError

app = typer.Typer(
    name="callqa",
    help="Listens to every customer-service call of a day.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(day.run)
app.command("late")(late.late)
app.command("intraday")(late.intraday)
app.command("inspect")(inspect.inspect)
app.command("eval")(evaluate.evaluate)
app.command("listen")(listen.listen)
app.command("rejudge")(rejudge.rejudge)
app.command("report")(report.report)
app.command("query")(query.query)
app.command("scores")(scores.scores)
app.command("metrics")(metrics.metrics)
app.command("doctor")(doctor.doctor)
app.add_typer(archive.app, name="archive")
app.add_typer(rules.app, name="rules")
app.add_typer(model.app, name="model")
app.add_typer(notify.app, name="notify")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(quarantine.app, name="quarantine")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors that callqa knows end without a traceback and with their own exit code."""
    arguments = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    sys.exit(_run(arguments, Output(as_json="--json" in arguments)))


def _run(arguments: list[str], output: Output) -> int:
    try:
        code = app(args=arguments, prog_name="callqa", standalone_mode=False)
    except CallQAError as error:
        output.error(error)
        return error.exit_code
    except typer.TyperException as error:
        describe = getattr(error, "format_message", error.__str__)
        output.error(UsageError(describe(), remedy="`callqa --help` lists what there is"))
        return UsageError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = InterruptionError.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:
        if not output.as_json:
            raise
        # A script reads one JSON object whatever happens; the traceback is for the report.
        traceback.print_exc()
        output.error(CallQAError(f"{type(error).__name__}: {error}", remedy="a fault of callqa: report the traceback"))
        return CallQAError.exit_code
    if code == InterruptionError.exit_code:  # typer turns the signal into this code, without a word
        output.error(InterruptionError("interrupted", remedy="run it again: finished work is not done anew"))
    return int(code or 0)
