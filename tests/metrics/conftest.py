"""Somebody who takes the metrics of this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callqa.metrics import provider
from tests.metrics.receiver import Receiver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Listens on loopback; the environment names it."""
    made = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    provider._made.clear()
    yield made
    provider._made.clear()
    made.close()
