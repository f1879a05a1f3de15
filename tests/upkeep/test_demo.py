"""The demo's three days through the real pipeline, with all that people do with them, and one call erased."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from callqa import formats, listen, pipeline, rejudge, upkeep, warehouse
from callqa.contracts import Review
from callqa.settings import Settings
from tests.conftest import DEMO_CALLS, DEMO_DAYS
from tests.traces import TRUNCATED, find
from tests.upkeep.lakes import others_of

pytestmark = pytest.mark.slow
DAY = dt.date(2026, 1, 6)
CALL = "20260106-090001-b1"
FILE = "090001-b1.m4a"
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
"""When nobody waits any more for a decision on the day that was refused."""


@pytest.fixture(scope="module")
def lived_in(demo_settings, demo_runs, tmp_path_factory) -> Settings:
    """A lake in which people worked: days run, one run again and refused, rules run again, reviews, exports, a copy."""
    root = tmp_path_factory.mktemp("lived-in")
    shutil.copytree(DEMO_CALLS, root / "source")
    (root / "lake").mkdir()
    shutil.copytree(Path(demo_settings.lake.root) / "cache", root / "lake" / "cache")
    chosen = demo_settings.with_folders(source=str(root / "source"), lake=str(root / "lake"))
    for day in DEMO_DAYS:
        assert pipeline.run_day(chosen, pipeline.parse_day(day))["published"]
    strict = chosen.with_value("gate.max_rejected_share=0").with_value("rules.disable=['LT01']")
    assert not pipeline.run_day(strict, DAY)["published"]
    other = chosen.with_value("rules.disable=['SC06']")
    judged = rejudge.rejudge(other, DAY, DAY, rejudge.Choice(rules=("SC06",)))
    assert judged["days"][0]["outcome"] == "published"
    known = {"call_date": DAY, "rule": "SC06", "rule_version": 1, "reviewer": "li", "at": LATER}
    ids = (CALL, "20260106-114000-b12")
    warehouse.add_reviews(
        chosen.lake, [Review(call_id=one, verdict="confirmed", note=f"heard {one}", **known) for one in ids]
    )
    newest = formats.newest(chosen.lake, DAY)
    for format_ in ("xlsx", "vcon", "contact-lens", "csv"):
        formats.export_day(chosen.lake, newest, format_, root / "lake" / "exports")
    heard = listen.published(chosen.lake, DAY, CALL)
    (root / "lake" / "listen").mkdir()
    listen.copy(heard.uri, heard.spans, root / "lake" / "listen" / f"{CALL}.flac", source=chosen.source)
    pipeline.inspect_file(chosen, heard.uri)
    return chosen


@pytest.fixture(scope="module")
def needles(lived_in) -> list[str]:
    """Id, file, address, digest, masked number and customer, and what only this call says."""
    sql = "select file_name, sha256, customer_id, customer_number from calls where call_id = ?"
    (row,) = warehouse.query(lived_in.lake, sql, [CALL])[1]
    assert row[0] == FILE
    assert "*" in row[3]
    assert warehouse.query(lived_in.lake, "select count(*) from calls where customer_number = ?", [row[3]])[1] == [(1,)]
    said = "select call_id, text from turns union all select call_id, unnest(evidence).text from findings"
    texts = warehouse.query(lived_in.lake, said)[1]
    others = "\n".join(text for call_id, text in texts if call_id != CALL)
    own = {text for call_id, text in texts if call_id == CALL and text[: TRUNCATED - 1] not in others}
    assert len(own) > 2
    return [CALL, f"{DAY}/{FILE}", *row, *sorted(own)]


def test_a_call_leaves_no_trace_in_a_lake_that_people_worked_in(lived_in, needles):
    root = Path(lived_in.lake.root)
    places = {path.split("/")[0] for path, _ in find(root, needles)}
    assert places == {"cache", "exports", "listen", "quarantine", "runs", "warehouse"}
    before = others_of(lived_in, CALL)
    made = upkeep.erase(lived_in, [(DAY, CALL)], by="li", reason="letter 12", now=LATER)
    assert made.left == []
    assert find(root, needles) == []
    assert others_of(lived_in, CALL) == before
    assert "2026-01-06" in made.days

    again = pipeline.run_day(lived_in, DAY)
    assert again["published"]
    assert again["recordings"] == 13
    assert find(root, needles) == [], "the day run again does not bring it back"
    assert warehouse.query(lived_in.lake, "select count(*) from reviews")[1] == [(1,)]
