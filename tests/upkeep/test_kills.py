"""Erasures that are cut off, and two at once, in processes of their own."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from callqa import upkeep, warehouse
from callqa.settings import Settings
from tests.traces import find
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY, NOW

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
WHO = {"by": "li", "reason": "letter 12", "now": NOW}
STEPS = (
    "callqa.upkeep.lake.remove",
    "callqa.warehouse.purge_added",
    "callqa.warehouse.rewrite_day",
    "callqa.warehouse.purge_day",
    "callqa.upkeep.search.lake_of",
    "callqa.upkeep.certificate.write",
)
"""What an erasure does, in its order; it is cut off before each, or in the middle of the first."""
CHILD = """
import datetime as dt, json, sys
from callqa import upkeep
from callqa.settings import Settings
given = json.loads(sys.argv[1])
chosen = Settings().with_folders(source=given["source"], lake=given["lake"])
print("begun", flush=True)
calls = [(dt.date.fromisoformat(day), call) for day, call in given["calls"]]
made = upkeep.erase(chosen, calls, by="li", reason="letter 12", now=dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))
print(json.dumps({"complete": made.complete}), flush=True)
"""


class CutOffError(BaseException):
    """The power went."""


def child(chosen: Settings, *calls: str) -> subprocess.Popen:
    given = {"source": chosen.source.root, "lake": chosen.lake.root, "calls": [[str(DAY), call] for call in calls]}
    command = [sys.executable, "-c", CHILD, json.dumps(given)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def require_erased(chosen: Settings, before: dict) -> None:
    assert find(chosen.lake.root, lakes.needles(chosen)) == []
    assert lakes.others(chosen) == before


@pytest.mark.parametrize("step", STEPS)
def test_an_erasure_that_is_cut_off_before_any_step_is_finished_by_the_next(tmp_path, monkeypatch, step):
    chosen = lakes.filled(tmp_path)
    before = lakes.others(chosen)
    module, _, name = step.rpartition(".")
    real, calls = getattr(sys.modules[module], name), []

    def cut(*arguments, **more):
        calls.append(1)
        if len(calls) == (4 if step == STEPS[0] else 1):
            raise CutOffError
        return real(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(step, cut)
        with pytest.raises(CutOffError):
            upkeep.erase(chosen, [(DAY, CALL)], **WHO)
    (warning,) = upkeep.run(chosen, NOW)["warnings"]
    assert "never finished" in warning
    made = upkeep.erase(chosen, [(DAY, CALL)], **WHO)
    assert made.complete
    assert len(made.request["continues"]) == 1
    require_erased(chosen, before)
    assert upkeep.run(chosen, NOW)["warnings"] == []


def test_an_erasure_that_is_killed_at_random_moments_ends_in_the_same_state(tmp_path):
    chosen = lakes.filled(tmp_path)
    before = lakes.others(chosen)
    dice = random.Random(7)
    for _ in range(6):
        with child(chosen, CALL) as process:
            assert process.stdout.readline() == "begun\n"
            time.sleep(dice.uniform(0.2, 9.0))
            process.send_signal(signal.SIGKILL)
        assert lakes.others(chosen) == before
    assert upkeep.erase(chosen, [(DAY, CALL)], **WHO).complete
    require_erased(chosen, before)


def test_two_erasures_at_once_are_both_done(tmp_path):
    chosen = lakes.filled(tmp_path)
    with child(chosen, CALL) as one, child(chosen, "c-001") as other:
        answers = [process.communicate(timeout=300)[0].splitlines()[-1] for process in (one, other)]
    assert [json.loads(answer) for answer in answers] == [{"complete": True}] * 2
    left = warehouse.query(chosen.lake, "select call_id from calls where call_date = ? order by all", [DAY])[1]
    assert left == [("c-000",), ("c-002",), ("c-broken",)]
    assert find(chosen.lake.root, [CALL, lakes.SAID]) == []
