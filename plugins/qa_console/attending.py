"""A job of `tries`, from waiting for its turn until only the result is left: starts and ends `hearing`'s process."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa.settings import CallListSettings, LakeSettings, Settings
from callqa.upkeep.tried import Held
from qa_console.hearing import PAUSE, SECONDS, write
from qa_console.tries import Job

AT_ONCE = 2
"""Recordings that are heard at the same time, of all people; further ones wait."""
AUDIO_SECONDS = 3600.0
"""The longest recording that may be tried."""


def start(job: Job, own: Held, settings: Settings) -> None:
    """Hear the recording as soon as it is its turn; `of_job` made the settings."""
    threading.Thread(target=_attend, args=(job, own, settings), name=f"hearing {job.name[:6]}", daemon=True).start()


def of_job(job: Job, settings: Settings, prepare: Mapping[str, Any], engine: Mapping[str, Any]) -> Settings:
    """Settings with these values, within the job's own lake and its limits, without anybody's keys."""
    limits = {
        "max_call_seconds": min(settings.source.max_call_seconds, AUDIO_SECONDS),
        **{"number_key": "", "connection": "", "storage": {}, "calls": CallListSettings()},
    }
    bounded = min(settings.prepare.max_recording_seconds, SECONDS / 2)
    return settings.model_copy(
        update={
            "source": settings.source.model_copy(update=limits),
            "prepare": settings.prepare.model_copy(update={**prepare, "max_recording_seconds": bounded}),
            "engine": settings.engine.model_copy(update=dict(engine)),
            "lake": LakeSettings(root=str(job.folder / "lake")),
        }
    )


def _attend(job: Job, own: Held, settings: Settings) -> None:
    """From waiting for a turn until only the result is left."""
    place: Held | None = None
    try:
        place = _turn(job)
        if place is not None:
            _heard(job, settings)
    except OSError as error:
        write(job.folder, {"error": f"it could not be heard: {error.strerror}", "remedy": "try again"})
    finally:
        if place is not None:
            place.release()
        if not (job.folder / "answer.json").exists():  # else its page would ask for ever
            write(job.folder, {"error": "it could not be heard", "remedy": "see the API server's log, or try again"})
        job.recording.unlink(missing_ok=True)
        shutil.rmtree(job.folder / "lake", ignore_errors=True)
        if (job.folder / "stop").exists():
            shutil.rmtree(job.folder, ignore_errors=True)
        own.release()


def _turn(job: Job) -> Held | None:
    """One of the places, as soon as one is free; None: it is not wanted any more."""
    places = [Held(job.folder.parents[1] / "locks" / f"place-{number}") for number in range(AT_ONCE)]
    free: Held | None = None
    while free is None and not (job.folder / "stop").exists():
        free = next((place for place in places if place.taken()), None)
        if free is None:
            time.sleep(PAUSE)
    for place in places:
        if place is not free:
            place.release()
    return free


def _heard(job: Job, settings: Settings) -> None:
    """Run the process until it ends, its time is over, or nobody wants it any more."""
    question = {"settings": settings.model_dump(mode="json"), "folder": str(job.folder), "parent": os.getpid()}
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *(path for path in sys.path if path)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    (job.folder / "started").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_console.hearing"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env=environment, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + SECONDS
    try:
        with contextlib.suppress(BrokenPipeError):
            process.communicate(json.dumps(question), timeout=PAUSE)
    except subprocess.TimeoutExpired:
        while process.poll() is None and time.monotonic() < until and not (job.folder / "stop").exists():
            time.sleep(PAUSE)
    over = process.poll() is None
    if over:
        os.killpg(process.pid, signal.SIGKILL)  # with all that it started
    code = process.wait()
    if not (job.folder / "answer.json").exists():
        said = f"it was not done after {SECONDS / 60:.0f} minutes" if over else f"hearing it ended with code {code}"
        write(job.folder, {"error": said, "remedy": "try a shorter recording"})
