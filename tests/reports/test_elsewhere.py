"""Reports of days whose files lie in an object store."""

from __future__ import annotations

import pytest

from callqa.reports import making
from callqa.reports.period import Period
from tests.reports import lakes
from tests.warehouse.conftest import BUCKET, object_store  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow


def test_a_report_reads_a_warehouse_in_an_object_store(object_store, tmp_path):  # noqa: F811
    chosen = lakes.settings(tmp_path, languages=["en"])
    lake = chosen.lake.model_copy(update={"warehouse": f"s3://{BUCKET}/reports", "properties": object_store})
    chosen = chosen.model_copy(update={"lake": lake})
    lakes.publish(chosen, lakes.made(folder=tmp_path / "source"), tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY))
    assert report.summary["made"] == 13
    assert not making.make(chosen, Period.of(lakes.DAY)).changed
    assert [path.name for path in report.folder.glob("clips/*")]
