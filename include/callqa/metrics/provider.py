"""Where the numbers go: OpenTelemetry's environment variables say so, and with none of them they go nowhere.

OTEL_EXPORTER_OTLP_ENDPOINT (or …_METRICS_ENDPOINT) switches it on, OTEL_SDK_DISABLED=true or
OTEL_METRICS_EXPORTER=none off. callqa's processes live for minutes, so that nothing is sent in intervals but when a
block of `sending` ends; counters are sent as what was added since (delta), because one process knows nothing of the
counts of those before it.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import math
import os
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callqa.metrics.catalogue import METRICS, PREFIX

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics import MeterProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
TIMEOUTS = ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
SECONDS = 5
"""That sending may take where the environment names no timeout: a collector that is down must not hold a task up."""
SERVICE = "callqa"

log = logging.getLogger(__name__)

_made: dict[int, tuple[MeterProvider, dict[str, Any]] | None] = {}
"""The provider of this process with its instruments, by process id: a fork has to make its own. None: it cannot be
made, which is said once."""
_making = threading.Lock()


def _renew() -> None:
    """A lock that another thread held at the fork would never be free again."""
    global _making
    _making = threading.Lock()


os.register_at_fork(after_in_child=_renew)


def configured() -> bool:
    """Whether the environment names somebody who takes the numbers."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if os.environ.get("OTEL_METRICS_EXPORTER", "otlp").strip().lower() == "none":
        return False
    return any(os.environ.get(name, "").strip() for name in ENDPOINTS)


def add(name: str, value: float, **attributes: str) -> None:
    """Count something; `name` is one of METRICS."""
    if instrument := _instrument(name, "counter"):
        instrument.add(value, attributes)


def record(name: str, value: float, **attributes: str) -> None:
    """One more value of a distribution."""
    if instrument := _instrument(name, "histogram"):
        instrument.record(value, attributes)


def put(name: str, value: float, **attributes: str) -> None:
    """What a number is now."""
    if instrument := _instrument(name, "gauge"):
        instrument.set(value, attributes)


@contextlib.contextmanager
def sending() -> Iterator[None]:
    """Send what was counted when the block ends, however it ends. Blocks may lie in one another.

    A collector that does not answer costs SECONDS and a line in the log, never the work.
    """
    try:
        yield
    finally:
        flush()


def flush() -> None:
    """Send what was counted and is not sent yet; never raises."""
    made = _made.get(os.getpid())
    if made is None:
        return
    try:
        made[0].force_flush(timeout_millis=2000 * SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever an exporter meets, the work goes on
        log.warning("metrics are not sent: %s", error)


def _instrument(name: str, kind: str) -> Any:
    """The instrument of a name; None where nobody takes the numbers."""
    metric = METRICS[name]
    if metric.kind != kind:
        raise ValueError(f"{name} is a {metric.kind}, not a {kind}")
    if not configured():
        return None
    with _making:
        if os.getpid() not in _made:
            _made.clear()
            _made[os.getpid()] = _make()
    made = _made[os.getpid()]
    return made[1][name] if made else None


def _make() -> tuple[MeterProvider, dict[str, Any]] | None:
    try:
        provider = _provider()
        return provider, _instruments(provider.get_meter(SERVICE))
    except ImportError as error:
        log.warning("metrics are not sent: %s; `pip install callqa[metrics]`", error)
    except Exception as error:  # noqa: BLE001 - a variable that OpenTelemetry cannot read must not cost the work
        log.warning("metrics are not sent: %s: %s; check the OTEL_ variables", type(error).__name__, error)
    return None


def _instruments(meter: Meter) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, metric in METRICS.items():
        said = {"name": f"{PREFIX}{name}", "unit": metric.unit, "description": metric.meaning}
        if metric.kind == "histogram":
            made[name] = meter.create_histogram(**said, explicit_bucket_boundaries_advisory=list(metric.bounds))
        else:
            made[name] = (meter.create_counter if metric.kind == "counter" else meter.create_gauge)(**said)
    return made


def _provider() -> MeterProvider:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    host = socket.gethostname()
    name = os.environ.get("OTEL_SERVICE_NAME") or SERVICE
    resource = Resource.create({"service.name": name, "service.instance.id": f"{host}:{os.getpid()}"})
    # No interval: whoever counted says when it is worth sending.
    reader = PeriodicExportingMetricReader(_exporter(), export_interval_millis=math.inf)
    return MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)


def _exporter() -> Any:
    protocol = next((os.environ[name] for name in PROTOCOLS if os.environ.get(name)), "http/protobuf")
    kind = "grpc" if protocol == "grpc" else "http"
    module = importlib.import_module(f"opentelemetry.exporter.otlp.proto.{kind}.metric_exporter")
    given: dict[str, Any] = {} if any(os.environ.get(name) for name in TIMEOUTS) else {"timeout": SECONDS}
    if not os.environ.get(TEMPORALITY):
        given["preferred_temporality"] = _delta()
    return module.OTLPMetricExporter(**given)


def _delta() -> Any:
    from opentelemetry.sdk.metrics import Counter, Histogram
    from opentelemetry.sdk.metrics.export import AggregationTemporality

    return {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}
