"""The process that hears one recording that somebody tries; `tries` asks, and ends it.

    python -m qa_console.hearing                the question as JSON on its input

It ends by itself, with all that it started, when the API server ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa.errors import CallQAError
from callqa.settings import Settings

SECONDS = 600.0
"""That hearing one recording may take."""
FILE_BYTES = 1024**3
"""Of any file that the process writes: an hour of two channels is 230 MB."""
RESULTS = ("calls", "turns", "events", "findings")
PAUSE = 0.2


def write(folder: Path, answer: Mapping[str, Any]) -> None:
    """Keep how a job ended: whole, or not at all."""
    with contextlib.suppress(OSError):  # a full disk, or the job was removed: there is nobody to tell
        (folder / ".answer").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
        (folder / ".answer").replace(folder / "answer.json")


def _end_with(parent: int) -> None:
    """End this process and all that it started when the API server has ended."""
    while os.getppid() == parent:
        time.sleep(PAUSE)
    os.killpg(0, signal.SIGKILL)


def _bounded() -> None:
    os.nice(5)
    for what, most in (
        (resource.RLIMIT_CPU, int(SECONDS) * (os.cpu_count() or 1)),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _inspected(settings: Settings, folder: Path) -> dict[str, Any]:
    from callqa import pipeline

    begun = time.monotonic()
    try:
        judged = pipeline.inspect_file(settings, str(folder / "recording"))
        (folder / "result").mkdir()
        for name in RESULTS:
            shutil.copyfile(judged[name], folder / "result" / f"{name}.parquet")
    except CallQAError as error:
        return {"error": error.message.replace(str(folder), "…"), "remedy": error.remedy}
    except MemoryError:
        return {"error": "hearing it needs more memory than there is", "remedy": "try a shorter recording"}
    return {"seconds": time.monotonic() - begun}


def main() -> None:
    """Hear one recording."""
    question = json.load(sys.stdin)
    threading.Thread(target=_end_with, args=(question["parent"],), daemon=True).start()
    _bounded()
    folder = Path(question["folder"])
    write(folder, _inspected(Settings.model_validate(question["settings"]), folder))


if __name__ == "__main__":
    main()
