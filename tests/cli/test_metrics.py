"""`callqa metrics`: how a lake stands."""

from __future__ import annotations

import json

from tests.metrics.conftest import receiver  # noqa: F401 - a fixture


def test_people_see_numbers_and_that_nobody_takes_them(callqa, tmp_path, monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    code, out, err = callqa("metrics", "--lake", tmp_path)
    assert code == 0
    assert "callqa.days.waiting" in out
    assert "nobody takes them" in err


def test_scripts_and_collectors_get_the_same(callqa, tmp_path, receiver):  # noqa: F811
    code, out, _ = callqa("metrics", "--lake", tmp_path, "--json")
    told = json.loads(out)
    assert (code, told["sent"], told["metrics"]["days.waiting"]) == (0, True, 0.0)
    assert receiver.total("callqa.lake.free") == told["metrics"]["lake.free"] > 0
