"""The table of docs/metrics.md and the one in the code are the same."""

from __future__ import annotations

import re

from callqa.metrics import METRICS
from tests.conftest import REPOSITORY

ROW = re.compile(r"^\| `callqa\.([\w.]+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)


def test_every_metric_is_documented_with_kind_unit_attributes_meaning_and_alarm():
    text = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = {row[0]: [cell.strip() for cell in row[1:]] for row in ROW.findall(text)}
    assert list(rows) == list(METRICS)
    for name, (kind, unit, attributes, meaning, alarm) in rows.items():
        metric = METRICS[name]
        assert (kind, unit) == (metric.kind, metric.unit), name
        assert tuple(re.findall(r"`([\w.]+)`", attributes)) == metric.attributes, name
        assert meaning == metric.meaning, name
        assert len(alarm) >= 3, name
