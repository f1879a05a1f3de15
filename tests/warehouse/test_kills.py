"""Publishers that are killed, that race and that come too late, in processes of their own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callqa import warehouse
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import ALL, publish, seen

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
Jobs = Callable[..., list[dict]]


@pytest.fixture(scope="module")
def publishers() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.warehouse.publishers"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


@pytest.fixture
def run(publishers, lake, tmp_path) -> Jobs:
    """Runs jobs at once and returns how they ended."""

    def ask(*jobs: dict) -> list[dict]:
        known = {"lake": lake.root, "root": str(tmp_path / "files"), "based_on": None}
        publishers.stdin.write(json.dumps({"jobs": [{**known, **job} for job in jobs]}) + "\n")
        publishers.stdin.flush()
        return json.loads(publishers.stdout.readline())

    return ask


def test_a_kill_at_any_commit_leaves_one_publication_and_the_retry_completes_the_other(lake, run, tmp_path):
    """Commits 1 to 4 are the tables, 5 is the ledger's row."""
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    before, after, sequence = "A", "B", 1
    for moment in ("after 1", "before 3", "before 5", "after 5"):
        job = {"run": f"killed {moment}", "marker": after, "based_on": sequence}
        assert run({**job, "die_at": moment}) == [{"killed": True}], moment
        done = moment == "after 5"
        assert seen(lake) == {after if done else before: ALL}, moment
        assert run(job) == [{"killed": False, "sequence": sequence + 1, "changed": not done}], moment
        assert seen(lake) == {after: ALL}, moment
        before, after, sequence = after, before, sequence + 1
    assert [p.sequence for p in warehouse.publications(lake)] == list(range(1, 6))


def test_what_a_killed_publisher_left_is_put_right_by_publishing_the_old_content_again(lake, run, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r1")
    run({"run": "r2", "marker": "B", "die_at": "after 2"})
    publication, changed = publish(lake, rows.clean(marker="A"), tmp_path, run="r1", attempt=2)
    assert (publication.sequence, changed) == (2, True)
    assert publish(lake, rows.clean(marker="A"), tmp_path, run="r1", attempt=3) == (publication, False)
    assert seen(lake) == {"A": ALL}


def test_kills_at_any_moment_of_a_first_publication_leave_nothing_or_all_of_it(lake, run):
    random.seed(20260105)
    for number in range(4):
        run({"run": f"r{number}", "marker": "A", "kill_after": random.uniform(0.02, 1.0)})
        assert seen(lake) in ({}, {"A": ALL})
    assert run({"run": "last", "marker": "B"})[0]["killed"] is False
    assert seen(lake) == {"B": ALL}


def test_of_two_publishers_who_began_alike_one_wins_and_one_is_refused(lake, run):
    jobs = [{"run": f"r{n}", "marker": m, "based_on": 0} for n, m in enumerate("AB")]
    ended = run(*jobs)
    won = [index for index, end in enumerate(ended) if end.get("sequence") == 1]
    assert len(won) == 1
    assert [end.get("error") for end in ended if "error" in end] == ["StalePublicationError"]
    assert seen(lake) == {"AB"[won[0]]: ALL}


def test_publishers_at_once_come_one_after_another_in_a_warehouse_that_they_make_themselves(lake, run):
    ended = run(*({"run": f"r{n}", "marker": m} for n, m in enumerate("ABC")))
    assert sorted(end["sequence"] for end in ended) == [1, 2, 3]
    last = max(range(3), key=lambda index: ended[index]["sequence"])
    assert seen(lake) == {"ABC"[last]: ALL}


def test_readers_see_one_publication_while_publishers_work(lake, publishers, tmp_path):
    publish(lake, rows.clean(marker="A"), tmp_path, run="r0")
    known = {"lake": lake.root, "root": str(tmp_path / "files"), "based_on": None}
    jobs = [{**known, "run": f"r{m}", "marker": m} for m in "BC"]
    publishers.stdin.write(json.dumps({"jobs": jobs}) + "\n")
    publishers.stdin.flush()
    for _ in range(6):
        markers = seen(lake)
        assert list(markers.values()) == [ALL], markers
    ended = json.loads(publishers.stdout.readline())
    assert [end["killed"] for end in ended] == [False, False]
