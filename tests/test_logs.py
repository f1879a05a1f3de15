"""What a log line is about."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import threading

import pytest

from callqa import logs


@pytest.fixture
def lines():
    """A logger of our own whose lines are JSON: what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines())
    handler.addFilter(logs.Tagging())
    logger = logging.getLogger("callqa.tests.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


log = logging.getLogger("callqa.tests.logs")


def test_a_line_carries_what_it_is_about(lines):
    with logs.about(day="2026-01-05", run="cli__1"), logs.about(stage="transcribe", shard="shard-003"):
        with logs.about(call="C-1"):
            log.warning("given up: %s", "no sound")
        log.info("done")
    log.info("later")
    first, second, third = lines()
    assert list(first) == ["time", "level", "logger", "message", "day", "run", "stage", "shard", "call"]
    assert (first["message"], first["call"], first["level"]) == ("given up: no sound", "C-1", "warning")
    assert "call" not in second
    assert second["shard"] == "shard-003"
    assert set(third) == {"time", "level", "logger", "message"}


def test_an_error_is_one_line_with_its_traceback(lines):
    try:
        raise RuntimeError("broken\nin two")
    except RuntimeError:
        log.exception("failed")
    (line,) = lines()
    assert line["error"].endswith("RuntimeError: broken\nin two")


def test_threads_do_not_mix(lines):
    def other() -> None:
        with logs.about(shard="shard-001"):
            log.info("other")

    with logs.about(shard="shard-000"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        log.info("own")
    assert [(line["message"], line["shard"]) for line in lines()] == [("other", "shard-001"), ("own", "shard-000")]


def test_fields_end_with_their_block_also_when_it_fails():
    with contextlib.suppress(RuntimeError), logs.about(day="2026-01-05"):
        raise RuntimeError
    assert logs.current() == {}


def test_what_is_not_known_is_left_out_and_what_nobody_knows_is_a_fault():
    with logs.about(day="2026-01-05", call=None, shard=""):
        assert logs.current() == {"day": "2026-01-05"}
    with (
        pytest.raises(ValueError, match="said: a log line is about day, run, stage, shard, call"),
        logs.about(said="no"),
    ):
        pass


def test_people_read_the_message_first():
    record = logging.LogRecord("callqa", logging.INFO, "", 0, "given up", (), None)
    assert logs.Text("%(message)s").format(record) == "given up"
    with logs.about(day="2026-01-05", shard="shard-003"):
        logs.Tagging().filter(record)
    assert logs.Text("%(message)s").format(record) == "given up [day=2026-01-05 shard=shard-003]"


def test_half_a_character_does_not_break_the_line(lines):
    log.info("a\ud83d")
    assert lines()[0]["message"] == "a\ud83d"
