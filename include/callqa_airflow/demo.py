"""`python -m callqa_airflow.demo [--keep | --stop]`: the demo's days through the real DAG under a real scheduler.

It has an Airflow home and a lake of its own, `.callqa/demo`, so that it never touches what an operator runs here. Run
it again: the days are published anew, from the caches. `--keep` leaves Airflow running to look around in, `--stop`
ends it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callqa import dag_ids, storage
from callqa.cli.day import show
from callqa.cli.output import Output
from callqa.errors import CallQAError, GateRefused, StageError
from callqa.settings import DEMO_FOLDER
from callqa_airflow import stack
from callqa_airflow.home import ROOT, USER, Home
from callqa_airflow.rest import Client, RestError, segment
from callqa_airflow.stack import say
from callqa_airflow.stages import SUMMARY

FOLDER = ROOT / ".callqa" / "demo"
LAKE = FOLDER / "lake"
LIMIT_SECONDS = 1800.0
"""For all days together; two cores need about five minutes the first time."""
PARSE_SECONDS = 90.0
"""How long the DAG processor may take to see a DAG file; it looks every 30 s."""
ENDED = ("success", "failed", "upstream_failed", "removed")


class DemoError(StageError):
    """The demo did not come to its end."""


def home() -> Home:
    """The demo's Airflow home: its own state and lake, the demo's recordings and model, no schedule of its own."""
    folder = Home(FOLDER)
    return Home(
        FOLDER,
        {
            "AIRFLOW__API__PORT": os.environ.get("AIRFLOW__API__PORT") or _port(folder),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder.state}/airflow.db?timeout=60",
            # The DAG has to be switched on for runs by hand; yesterday's calls are none of the demo's.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "CALLQA_RETRY_SECONDS": "5",
            "CALLQA_SOURCE__ROOT": str(DEMO_FOLDER / "calls"),
            "CALLQA_SOURCE__TIMEZONE": "Asia/Shanghai",
            "CALLQA_ENGINE__MODEL": "demo",
            "CALLQA_LAKE__ROOT": str(LAKE),
            "CALLQA_LAKE__CATALOG_URI": "",
        },
    )


def _port(folder: Home) -> str:
    """Of a demo that still runs, else one that is free."""
    file = folder.run / "port"
    if file.exists() and stack.components(folder)[0].process():
        return file.read_text(encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def days() -> list[str]:
    """The demo's days, oldest first."""
    found = sorted(folder.name for folder in (DEMO_FOLDER / "calls").iterdir() if folder.is_dir())
    if not found:
        raise DemoError(f"no days in {DEMO_FOLDER / 'calls'}", remedy="restore the folder from the repository")
    return found


def run(demo: Home) -> bool:
    """Start Airflow, run all days, tell their results; True where every day was published."""
    stack.up(demo)
    (demo.run / "port").write_text(str(demo.port()), encoding="utf-8")
    client = Client(demo)
    _switch_on(client)
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    runs = {day: f"demo__{day}__{stamp}" for day in days()}
    for day, run_id in runs.items():
        client.post(
            f"/dags/{dag_ids.DAILY}/dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": {"day": day}}
        )
    watch = Watch(client)
    states = {day: watch.until_ended(day, run_id) for day, run_id in runs.items()}
    for day, run_id in runs.items():
        _tell(client, day, run_id, states[day])
    return all(state == "success" for state in states.values())


def _switch_on(client: Client) -> None:
    """Unpause the DAG once it was parsed as it is now: an older state of it, or of its errors, may be in the database.

    Raises:
        DemoError: it does not parse.
    """
    changed = dt.datetime.fromtimestamp((ROOT / "dags" / f"{dag_ids.DAILY}.py").stat().st_mtime, dt.UTC)
    deadline = time.monotonic() + PARSE_SECONDS
    while not _parsed_since(client, changed):
        for error in client.get("/importErrors")["import_errors"]:
            if _moment(error["timestamp"]) > changed:
                raise DemoError(f"{error['filename']}:\n{error['stack_trace']}", remedy="mend what the DAG file names")
        if time.monotonic() > deadline:
            raise DemoError(
                f"{dag_ids.DAILY} was not parsed in {PARSE_SECONDS:.0f} s", remedy=f"see the logs in {FOLDER}/.airflow"
            )
        time.sleep(1)
    client.patch(f"/dags/{dag_ids.DAILY}", {"is_paused": False})


def _parsed_since(client: Client, moment: dt.datetime) -> bool:
    try:
        found = client.get(f"/dags/{dag_ids.DAILY}")
    except RestError as error:
        if error.status == 404:
            return False
        raise
    return not found["is_stale"] and _moment(found["last_parsed_time"]) > moment


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


class Watch:
    """Follows runs and tells each task as it ends."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._started = time.monotonic()
        self._told: set[tuple[str, str, int]] = set()

    def until_ended(self, day: str, run_id: str) -> str:
        """The run's final state, `success` or `failed`.

        Raises:
            DemoError: all days together take longer than LIMIT_SECONDS.
        """
        while True:
            state = str(self._client.get(_path(run_id))["state"])
            self._tell_news(day, run_id)
            if state in ("success", "failed"):
                return state
            if time.monotonic() - self._started > LIMIT_SECONDS:
                raise DemoError(
                    f"{day} is still {state} after {LIMIT_SECONDS:.0f} s",
                    remedy=f"see the logs in {FOLDER / '.airflow'}",
                )
            time.sleep(1)

    def _tell_news(self, day: str, run_id: str) -> None:
        tasks = self._client.every(f"{_path(run_id)}/taskInstances", "task_instances")
        for task in sorted(tasks, key=lambda task: str(task["end_date"])):
            key = (run_id, task["task_id"], task["map_index"])
            if task["state"] in ENDED and key not in self._told:
                self._told.add(key)
                minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
                ended = "" if task["state"] == "success" else f"  {task['state']}"
                say(f"  {minutes:2}:{seconds:02}  {day}  {_name(task):24} {task['duration'] or 0:6.1f} s{ended}")


def _tell(client: Client, day: str, run_id: str, state: str) -> None:
    summary = storage.run_folder(LAKE, f"{day}__{run_id}") / SUMMARY
    if summary.exists():
        show(Output(as_json=False), storage.read_json(summary))
    if state == "success":
        return
    say(f"{day}: the run failed")
    tasks = client.every(f"{_path(run_id)}/taskInstances", "task_instances")
    for task in [task for task in tasks if task["state"] == "failed"]:
        say(f"  {_name(task)}, attempt {task['try_number']}:\n{_log_tail(client, run_id, task)}")


def _log_tail(client: Client, run_id: str, task: dict[str, Any], lines: int = 20) -> str:
    path = f"{_path(run_id)}/taskInstances/{segment(task['task_id'])}/logs/{task['try_number']}"
    entries = client.get(path, map_index=task["map_index"])["content"]
    texts = [_line(entry) for entry in entries]
    return "\n".join(f"    {line}" for line in "\n".join(texts).splitlines()[-lines:])


def _line(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    errors = [f"{detail['exc_type']}: {detail['exc_value']}" for detail in entry.get("error_detail") or []]
    return "\n".join([str(entry["event"]), *errors])


def _path(run_id: str) -> str:
    return f"/dags/{dag_ids.DAILY}/dagRuns/{segment(run_id)}"


def _name(task: dict[str, Any]) -> str:
    return f"{task['task_id'].removeprefix('shard.')} {task.get('rendered_map_index') or ''}".strip()


def _where_to_look(demo: Home, kept: bool) -> None:
    lake = LAKE.relative_to(Path.cwd()) if LAKE.is_relative_to(Path.cwd()) else LAKE
    query = "SELECT rule, call_id, message FROM findings ORDER BY rule, call_id"
    say(f'\nask the warehouse   callqa query --lake {lake} "{query}"')
    say(f"files of the runs   {lake}/runs")
    if kept:
        say(f"Airflow             {demo.url()}  user {USER}, password in {demo.passwords}")
        say("stop it             python -m callqa_airflow.demo --stop")
    else:
        say("look at Airflow     python -m callqa_airflow.demo --keep")


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code: GateRefused's where a day was not published."""
    parser = argparse.ArgumentParser(prog="python -m callqa_airflow.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave Airflow running")
    parser.add_argument("--stop", action="store_true", help="stop an Airflow that --keep left running")
    chosen = parser.parse_args(arguments)
    try:
        return _main(home(), chosen.keep, chosen.stop)
    except CallQAError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _main(demo: Home, keep: bool, stop: bool) -> int:
    published = True
    signal.signal(signal.SIGTERM, _end)
    try:
        if not stop:
            published = run(demo)
            _where_to_look(demo, keep)
    finally:
        if not keep:
            stack.down(demo)
    return 0 if published else GateRefused.exit_code


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
