"""`callqa quarantine`: what waits, and what a person says of it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from callqa import publish, warehouse
from callqa.settings import LakeSettings
from tests import rows
from tests.publish.test_publish import gated

DAY = "2026-01-05"


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A refused run of a day lies in its quarantine."""
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="blocking")
    root = str(tmp_path / "lake")
    publish.quarantine(exported, verdict, run_id="r1", lake=root, based_on=0)
    return LakeSettings(root=root)


def test_what_waits_is_listed_with_reasons(callqa, lake):
    code, out, _ = callqa("quarantine", "list", "--lake", lake.root)
    assert code == 0
    assert "2026-01-05" in out
    assert "r1" in out
    assert "waits" in out
    (entry,) = json.loads(callqa("quarantine", "list", "--lake", lake.root, "--json")[1])
    assert (entry["day"], entry["blocking"], entry["decision"]) == (DAY, ["turns.language"], None)


def test_an_empty_quarantine_says_so(callqa, tmp_path):
    assert callqa("quarantine", "list", "--lake", tmp_path)[1] == "nothing waits for a decision\n"
    assert json.loads(callqa("quarantine", "list", "--lake", tmp_path, "--json")[1]) == []


def test_an_approved_day_is_published_and_waits_no_longer(callqa, lake):
    words = ["quarantine", "approve", DAY, "--reason", "the line was down", "--by", "mei", "--lake", lake.root]
    code, out, _ = callqa(*words)
    assert (code, out) == (0, "2026-01-05: published, publication 1, approved by mei\n")
    (row,) = warehouse.publications(lake)
    assert (row.approved_by, row.approval_reason) == ("mei", "the line was down")
    assert json.loads(callqa("quarantine", "list", "--lake", lake.root, "--json")[1]) == []
    assert "approved by mei: the line was down" in callqa("quarantine", "list", "--all", "--lake", lake.root)[1]
    code, _, err = callqa(*words)
    assert code == 2
    assert "run r1 was approved by mei already" in err


def test_a_rejected_day_stays_where_it_is(callqa, lake):
    words = ["quarantine", "reject", DAY, "--reason", "half is missing", "--by", "mei", "--lake", lake.root, "--json"]
    code, out, _ = callqa(*words)
    answer = json.loads(out)
    assert code == 0
    assert answer["published"] is False
    assert answer["decision"]["reason"] == "half is missing"
    assert dt.datetime.fromisoformat(answer["decision"]["at"]).tzinfo is not None
    assert warehouse.publications(lake) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["approve", DAY, "--reason", " "], 2, "an approval needs a reason"),
        (["approve", DAY], 2, "Missing option '--reason'"),
        (["approve", "2026-01-06", "--reason", "why not"], 2, "2026-01-06: no refused run lies in the quarantine"),
        (["approve", DAY, "--run", "r2", "--reason", "why not"], 2, "no refused run is called r2; there is r1"),
        (["approve", "yesterday", "--reason", "why not"], 2, "'yesterday' is not a date"),
    ],
)
def test_what_cannot_be_decided_is_named(callqa, lake, arguments, code, said):
    found, _, err = callqa("quarantine", *arguments, "--lake", lake.root)
    assert found == code
    assert said in " ".join(err.split())
    assert warehouse.publications(lake) == []
