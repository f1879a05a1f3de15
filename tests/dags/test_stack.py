"""Airflow's components for real: set up, started, broken, mended, stopped."""

from __future__ import annotations

import contextlib
import socket

import psutil
import pytest

from callqa_airflow import keeping, stack
from callqa_airflow.rest import Client, health
from tests.waiting import started, until


def test_nothing_runs_before_it_is_started(home, capsys):
    assert stack.main(["status"]) == 1
    assert capsys.readouterr().out.count("not running") == 5
    assert stack.main(["down"]) == 0


def test_an_unknown_command_names_the_known_ones(home, capsys):
    assert stack.main(["restart"]) == 2
    assert "setup|up|down|status|run" in capsys.readouterr().err


def test_a_number_of_gpus_that_is_none_is_refused(home, monkeypatch, capsys):
    monkeypatch.setenv("CALLQA_GPU_SLOTS", "two")
    assert stack.main(["setup"]) == 2
    assert "CALLQA_GPU_SLOTS = 'two'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_life_of_the_stack(home, capsys):
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(stack.down, home)
        _a_taken_port_is_named_with_the_remedy(home, capsys)
        assert stack.main(["up"]) == 0
        first = processes(home)
        assert len(first) == 4
        assert listens_on(first["api-server"]) == {("127.0.0.1", home.port())}

        assert stack.main(["up"]) == 0
        assert processes(home) == first

        assert run_ended(Client(home)) == ("failed", 1)

        scheduler = psutil.Process(first["scheduler"])
        left_behind = scheduler.children(recursive=True)
        scheduler.kill()
        scheduler.wait()
        assert stack.main(["up"]) == 0
        second = processes(home)
        assert {name for name in second if second[name] != first[name]} == {"scheduler"}
        assert not [process for process in left_behind if process.is_running()]

        psutil.Process(second["dag-processor"]).kill()
        third = until(lambda: (now := processes(home)).keys() == second.keys() and now != second and now, 60)
        assert {name for name in third if third[name] != second[name]} == {"dag-processor"}
        assert stack.main(["status"]) == 0

        keeper = keeping.component(home).process()
        everything = [keeper, *map(psutil.Process, third.values()), *children(third)]
        assert stack.main(["down"]) == 0
        assert not [process for process in everything if process.is_running() and process.status() != "zombie"]
        assert health(home) == {}


def _a_taken_port_is_named_with_the_remedy(home, capsys) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", home.port()))
        other.listen()
        assert stack.main(["up"]) == 2
    said = capsys.readouterr().err
    assert f"port {home.port()} is taken" in said
    assert f"AIRFLOW__API__PORT={home.port() + 1}" in said


def processes(home) -> dict[str, int]:
    found = {part.name: part.process() for part in stack.components(home)}
    return {name: process.pid for name, process in found.items() if process}


def children(pids) -> list[psutil.Process]:
    return [child for pid in pids.values() for child in psutil.Process(pid).children(recursive=True)]


def listens_on(pid) -> set[tuple[str, int]]:
    tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    connections = [connection for process in tree for connection in process.net_connections("tcp")]
    return {tuple(connection.laddr) for connection in connections if connection.status == psutil.CONN_LISTEN}


def run_ended(client) -> tuple[str, int]:
    """A run whose source is not there, under the real scheduler: its state and the attempts of its first task."""
    path = "/dags/daily_call_qa"
    until(lambda: client.patch(path, {"is_paused": False}), 180)
    started(client, "daily_call_qa", "test", {"day": "2026-01-05", "source": "/nowhere"})
    state = until(lambda: (s := client.get(f"{path}/dagRuns/test")["state"]) in ("success", "failed") and s, 180)
    return state, client.get(f"{path}/dagRuns/test/taskInstances/fetch")["try_number"]
