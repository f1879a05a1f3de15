"""What is printed: strict JSON for scripts, data as it is for people."""

from __future__ import annotations

import datetime as dt
import json
import signal

import pytest

from callqa import cli
from callqa.cli import query as query_module
from callqa.cli.output import Output
from callqa.errors import UsageError


def test_json_is_strict_whatever_the_value(capsys):
    Output(as_json=True).json({1: float("nan"), dt.date(2026, 1, 5): [float("-inf"), 0.5, True, None, b"x"]})
    read = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert read == {"1": None, "2026-01-05": [None, 0.5, True, None, "b'x'"]}


def test_half_a_character_is_written_as_json_escapes_it(capsysbinary):
    Output(as_json=True).json({"said": "好\ud83d"})
    out = capsysbinary.readouterr().out
    assert json.loads(out) == {"said": "好\ud83d"}


def test_an_error_shows_brackets_and_backslashes_as_they_are(capsys):
    Output(as_json=False).error(UsageError("[/red] and \\[bold]x", remedy="[link]"))
    said = capsys.readouterr().err
    assert "[/red] and \\[bold]x" in said
    assert "[link]" in said


def test_a_fault_is_one_json_object_for_a_script(capsys, monkeypatch, tmp_path):
    from callqa import warehouse

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(warehouse, "query", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main(["query", "select 1", "--lake", str(tmp_path), "--json"])
    assert caught.value.code == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == "ZeroDivisionError: a fault"
    assert "Traceback" in err


def test_columns_of_one_name_are_all_in_the_json(capsys, tmp_path):
    query_module.query("select 1 as a, 2 as a, 3 as a_1", lake=str(tmp_path), as_json=True)
    assert json.loads(capsys.readouterr().out) == [{"a": 1, "a_1": 2, "a_1_1": 3}]


def test_brackets_in_data_are_shown_and_never_taken_for_colours(capsys, tmp_path):
    query_module.query("select '[bold]x[/foo]' as \"[/red]\"", lake=str(tmp_path))
    shown = capsys.readouterr().out
    assert "[bold]x[/foo]" in shown
    assert "[/red]" in shown


def test_an_interruption_says_so(capsys, monkeypatch, tmp_path):
    from callqa import warehouse

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(warehouse, "query", interrupt)
    # A shell starts background jobs with SIGINT ignored, and Python then leaves it so: tests run there too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as caught:
            cli.main(["query", "select 1", "--lake", str(tmp_path), "--json"])
    finally:
        signal.signal(signal.SIGINT, before)
    assert caught.value.code == 130
    said = json.loads(capsys.readouterr().out)
    assert (said["error"], said["exit_code"]) == ("interrupted", 130)
