"""Somebody who takes metrics: OTLP over HTTP on loopback, decoded."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest


@dataclass(frozen=True)
class Point:
    """A data point: of a counter or gauge its value, of a histogram the sum of its values."""

    service: str
    unit: str
    value: float
    count: int
    """Of a histogram; 1 of others."""
    attributes: dict[str, str]
    delta: bool


class Receiver:
    """Listens until `close`."""

    def __init__(self) -> None:
        self.points: dict[str, list[Point]] = {}
        self.status = 200
        self.requests = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests += 1
                if receiver.status == 200:
                    assert self.path == "/v1/metrics"
                    if self.headers.get("Content-Encoding") == "gzip":
                        body = gzip.decompress(body)
                    receiver._take(ExportMetricsServiceRequest.FromString(body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _take(self, request: ExportMetricsServiceRequest) -> None:
        for resource in request.resource_metrics:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    self.points.setdefault(metric.name, []).extend(_points(about["service.name"], metric))

    def total(self, name: str, **attributes: str) -> float:
        """All that was told of a metric, for these attributes among its own."""
        return sum(point.value for point in self._chosen(name, attributes))

    def count(self, name: str, **attributes: str) -> int:
        """How many values a distribution has."""
        return sum(point.count for point in self._chosen(name, attributes))

    def _chosen(self, name: str, attributes: dict[str, str]) -> list[Point]:
        return [one for one in self.points.get(name, []) if attributes.items() <= one.attributes.items()]


def _points(service: str, metric) -> list[Point]:
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    delta = kind != "gauge" and data.aggregation_temporality == 1
    found = []
    for point in data.data_points:
        attributes = {one.key: one.value.string_value for one in point.attributes}
        value = point.sum if kind == "histogram" else point.as_double or float(point.as_int)
        count = point.count if kind == "histogram" else 1
        found.append(Point(service, metric.unit, value, count, attributes, delta))
    return found
