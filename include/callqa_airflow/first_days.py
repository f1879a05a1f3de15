"""`python -m callqa_airflow.first_days`: publish the demo's days, so that whoever starts callqa has something to see.

Only where nothing was ever published and qa.toml still names the demo's recordings, and not where CALLQA_DEMO_DAYS=no.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from callqa import pipeline, settings, warehouse
from callqa.errors import CallQAError
from callqa.settings import DEMO_FOLDER, Settings
from callqa_airflow.home import ROOT
from callqa_airflow.stack import say


def wanted(current: Settings) -> list[str]:
    """The demo's days, where they are to be published."""
    source = Path(current.source.root).resolve()
    if os.environ.get("CALLQA_DEMO_DAYS") == "no" or source != (DEMO_FOLDER / "calls").resolve():
        return []
    if warehouse.publications(current.lake):
        return []
    return sorted(day.name for day in source.iterdir() if day.is_dir())


def publish(current: Settings, days: list[str]) -> None:
    """Hear and publish these days, one after another.

    Raises:
        CallQAError: one of them cannot be heard.
    """
    say("Nothing is published yet: the demo's days come first, a minute each. CALLQA_DEMO_DAYS=no leaves them out.")
    for day in days:
        summary = pipeline.run_day(current, pipeline.parse_day(day))
        say(f"  {day}: {summary['recordings']} recordings, gate {summary['gate']}")


def main() -> int:
    """The command line; returns the exit code."""
    try:
        current = settings.load(os.environ.get("CALLQA_CONFIG") or ROOT / "qa.toml")
        if days := wanted(current):
            publish(current, days)
    except CallQAError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
