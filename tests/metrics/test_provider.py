"""Where metrics go, and that nothing happens where they go nowhere."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import subprocess
import sys

import pytest

from callqa import metrics
from callqa.metrics import provider


def test_what_is_counted_arrives_with_name_unit_and_attributes(receiver):
    with metrics.sending():
        metrics.add("audio.seconds", 12.5, source="model")
        metrics.record("stage.duration", 3.0, stage="judge", result="done")
        metrics.put("days.waiting", 2)
    (heard,) = receiver.points["callqa.audio.seconds"]
    assert (heard.value, heard.unit, heard.attributes, heard.delta) == (12.5, "s", {"source": "model"}, True)
    assert heard.service == "callqa"
    assert receiver.count("callqa.stage.duration", stage="judge") == 1
    assert receiver.total("callqa.days.waiting") == 2


def test_each_block_sends_only_what_was_added_since(receiver):
    for _ in range(3):
        with metrics.sending():
            metrics.add("messages", 2, route="mail", result="sent")
    assert [point.value for point in receiver.points["callqa.messages"]] == [2, 2, 2]
    with metrics.sending():
        pass
    assert receiver.total("callqa.messages") == 6


def test_what_failed_is_sent_all_the_same(receiver):
    with contextlib.suppress(RuntimeError), metrics.sending():
        metrics.add("deadlines.missed", 1)
        raise RuntimeError
    assert receiver.total("callqa.deadlines.missed") == 1


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_METRICS_EXPORTER": "none"},
    ],
)
def test_without_configuration_nothing_is_made_or_sent(monkeypatch, environment):
    for name in (*provider.ENDPOINTS, "OTEL_SDK_DISABLED", "OTEL_METRICS_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    provider._made.clear()
    with metrics.sending():
        metrics.add("messages", 1, route="mail", result="sent")
    assert not metrics.configured()
    assert provider._made == {}


def test_without_configuration_the_sdk_is_not_even_imported():
    code = (
        "import sys; from callqa import metrics\n"
        "with metrics.sending():\n    metrics.add('deadlines.missed', 1)\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert done.stdout == "[]\n"


def test_a_collector_that_refuses_costs_a_line_in_the_log_and_not_the_work(receiver, caplog):
    receiver.status = 400
    with caplog.at_level(logging.WARNING), metrics.sending():
        metrics.add("deadlines.missed", 1)
    assert receiver.requests == 1
    assert any("400" in record.getMessage() for record in caplog.records)


def test_a_collector_that_is_not_there_costs_seconds_at_most(receiver, monkeypatch, caplog):
    receiver.close()
    monkeypatch.setattr(provider, "SECONDS", 1)
    with caplog.at_level(logging.WARNING), metrics.sending():
        metrics.add("deadlines.missed", 1)
    assert caplog.records


def tries(caplog) -> list[str]:
    """What this package's log says of two blocks that count something."""
    with caplog.at_level(logging.WARNING, provider.log.name):
        for _ in range(2):
            with metrics.sending():
                metrics.add("deadlines.missed", 1)
    return [record.getMessage() for record in caplog.records if record.name == provider.log.name]


def test_a_variable_that_opentelemetry_refuses_costs_one_line_and_not_the_work(receiver, monkeypatch, caplog):
    monkeypatch.setenv("OTEL_METRICS_EXEMPLAR_FILTER", "mostly")
    (line,) = tries(caplog)
    assert "mostly" in line
    assert "check the OTEL_ variables" in line
    assert receiver.requests == 0


def test_an_exporter_that_is_not_installed_costs_one_line_and_not_the_work(receiver, monkeypatch, caplog):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.metric_exporter", None)
    (line,) = tries(caplog)
    assert "pip install callqa[metrics]" in line


def _in_a_fork() -> None:
    with metrics.sending():
        metrics.add("messages", 5, route="fork", result="sent")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_sends_its_own(receiver):
    with metrics.sending():
        metrics.add("messages", 1, route="parent", result="sent")
    child = multiprocessing.get_context("fork").Process(target=_in_a_fork)
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert receiver.total("callqa.messages", route="fork") == 5
    assert receiver.total("callqa.messages", route="parent") == 1


def test_a_name_that_is_none_and_a_kind_that_is_another_are_faults(receiver):
    with pytest.raises(KeyError):
        metrics.add("audio.second", 1)
    with pytest.raises(ValueError, match=r"days\.waiting is a gauge, not a counter"):
        metrics.add("days.waiting", 1)
