"""Upkeep that is killed, beside publishers, reviewers and readers, on one machine and on several."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import ALL, publish, seen
from tests.warehouse.upkeep import lakes

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[3]
NEXT = date(2026, 1, 6)
Jobs = Callable[..., list[dict]]


@pytest.fixture(scope="module")
def workers() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.warehouse.upkeep.workers"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """Two days, one of them published twice, and five reviews."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, rows.clean(marker="A"), tmp_path, run="r1")
    publish(settings, rows.clean(NEXT, marker="other", calls=2), tmp_path, run="r2")
    publish(settings, rows.clean(marker="B"), tmp_path, run="r3")
    for number in range(5):
        warehouse.add_reviews(settings, [lakes.review(number)])
    return settings


@pytest.fixture
def run(workers, lake, tmp_path) -> Jobs:
    """Runs jobs at once and returns how they ended."""

    def ask(*jobs: dict) -> list[dict]:
        known = {"lake": lake.root, "root": str(tmp_path / "files"), "based_on": None}
        workers.stdin.write(json.dumps({"jobs": [{**known, **job} for job in jobs]}) + "\n")
        workers.stdin.flush()
        return json.loads(workers.stdout.readline())

    return ask


def whole(lake: LakeSettings, known: dict) -> None:
    """Every row is there once, and every file that a table needs."""
    assert lakes.all_rows(lake) == known
    assert [(day.differing, day.lost) for day in warehouse.status(lake).days] == [([], []), ([], [])]


def test_a_kill_at_any_commit_or_removal_loses_nothing_and_the_next_time_completes_it(lake, run):
    known = lakes.all_rows(lake)
    moments = {
        "compact": [{"die_at": "before 1"}, {"die_at": "before 2"}],
        "expire": [{"die_at": "before 1"}, {"die_at": "after 1"}, {"die_at": "before 2"}],
        "sweep": [{"die_after": 1}, {"die_after": 7}],
    }
    for do in moments:
        for moment in moments[do]:
            assert run({"do": do, **moment}) == [{"killed": True}], (do, moment)
            whole(lake, known)
        (end,) = run({"do": do})
        assert end["did"] > 0, end
        whole(lake, known)
        assert run({"do": do}) == [{"killed": False, "did": 0}]
    assert lakes.data_files(lake)["reviews"] == lakes.data_files(lake)["publications"] == 1


def test_kills_at_random_moments_beside_publishers_and_reviewers(lake, run, tmp_path):
    random.seed(20260105)
    done, number, marker = set(range(5)), 5, "B"
    for turn in range(4):
        others = [{"do": "review", "number": number + n, "machine": str(tmp_path / f"m{n}")} for n in range(2)]
        others.append({"do": "publish", "run": f"p{turn}", "marker": f"p{turn}"})
        # The sweep of the machine on which the publisher works takes all that is there for old.
        killed = [{"do": "compact", "machine": str(tmp_path / "m9")}, {"do": "sweep", "grace": 0}, {"do": "expire"}]
        ends = run(*others, {**killed[turn % 3], "kill_after": random.uniform(0.1, 1.0)})
        assert [end for end in ends[:3] if end["killed"] or "error" in end] == []
        done |= {number, number + 1}
        number, marker = number + 2, f"p{turn}"
        assert run({"do": killed[turn % 3]["do"]})[0].get("error") is None
        assert seen(lake) == {marker: ALL, "other": ALL}
        reviewed = [int(call[2:]) for (call,) in warehouse.query(lake, "select call_id from reviews")[1]]
        assert sorted(reviewed) == sorted(done)
    sequences = [p.sequence for p in warehouse.publications(lake, rows.DAY)]
    assert sequences == [1, 2, 3, 4, 5, 6]


def test_all_at_once_on_several_machines(lake, run, tmp_path):
    machines = [str(tmp_path / f"machine{number}") for number in range(3)]
    upkeep = [
        {"do": do, "machine": machine} for do, machine in zip(("compact", "expire", "compact"), machines, strict=True)
    ]
    writers = [{"do": "review", "number": 10 + n, "machine": machines[n]} for n in range(3)]
    ends = run(*upkeep, *writers, {"do": "publish", "run": "p", "marker": "p"}, {"do": "sweep", "days": 0})
    assert [end for end in ends if end["killed"] or "error" in end] == []
    assert seen(lake) == {"p": ALL, "other": ALL}
    reviewed = sorted(call for (call,) in warehouse.query(lake, "select call_id from reviews")[1])
    assert reviewed == [f"c-{number:03}" for number in (*range(5), 10, 11, 12)]
    assert [(p.call_date, p.sequence) for p in warehouse.publications(lake)] == [
        (rows.DAY, 1),
        (rows.DAY, 2),
        (rows.DAY, 3),
        (NEXT, 1),
    ]
