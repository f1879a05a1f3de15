"""The log of a command: for people, or for a machine that collects it."""

from __future__ import annotations

import json
import logging

import pytest

from callqa import logs
from callqa.cli.output import Output


@pytest.fixture(autouse=True)
def _own_handlers():
    """The commands configure the root logger; pytest's own handlers come back."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)


def log_a_line() -> None:
    with logs.about(day="2026-01-05", shard="shard-003", call="C-1"):
        logging.getLogger("callqa.transcribe").warning("given up")
    logging.getLogger("elsewhere").warning("chatter")


def test_people_read_a_line_with_what_it_is_about(capsys, monkeypatch):
    monkeypatch.delenv("CALLQA_LOG_FORMAT", raising=False)
    Output(as_json=False, verbose=True)
    log_a_line()
    out, err = capsys.readouterr()
    assert out == ""
    assert "given up [day=2026-01-05 shard=shard-003 call=C-1]" in " ".join(err.split())
    assert "chatter" not in err


def test_a_machine_reads_lines_of_json(capsys, monkeypatch):
    monkeypatch.setenv("CALLQA_LOG_FORMAT", "json")
    Output(as_json=True, verbose=True)
    log_a_line()
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = [json.loads(text) for text in err.splitlines()]
    assert (line["message"], line["shard"], line["call"]) == ("given up", "shard-003", "C-1")
