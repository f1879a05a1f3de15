"""Erasures that are killed at any moment, several at once, and beside publishers, in processes of their own."""

from __future__ import annotations

import contextlib
import json
import random
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callqa import contracts, warehouse
from callqa.errors import CallQAError, StageError
from callqa.settings import LakeSettings
from tests import rows
from tests.traces import decoded, find
from tests.warehouse import erasing
from tests.warehouse.erasing import NEXT
from tests.warehouse.published import publish

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
CALLS = 24


@pytest.fixture(scope="module")
def erasers() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.warehouse.erasers"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """Two days of calls that are all reviewed; the first was published twice."""
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(NEXT, marker="N"), tmp_path, run="r1")
    for marker in "AB":
        publish(lake, rows.clean(marker=marker, calls=CALLS), tmp_path, run=f"r{marker}")
    warehouse.add_reviews(lake, [erasing.review(f"c-{n:03d}") for n in range(CALLS)])
    return lake


@pytest.fixture
def begin(erasers, lake, tmp_path) -> Callable[..., Callable[[], list[dict]]]:
    """Starts jobs at once; what it returns waits for them and tells how they ended."""

    def ask(*jobs: dict) -> Callable[[], list[dict]]:
        known = {"lake": lake.root, "root": str(tmp_path / "files"), "based_on": None}
        erasers.stdin.write(json.dumps({"jobs": [{**known, **job} for job in jobs]}) + "\n")
        erasers.stdin.flush()
        return lambda: json.loads(erasers.stdout.readline())

    return ask


def disagreeing(lake: LakeSettings) -> list[tuple]:
    """Calls that one table shows and another does not, all in one reading; every call of these days is in all four."""
    sides = " union all ".join(
        f"select distinct call_date, call_id, '{table}' as t from {table} where call_id <> 'c-broken'"
        for table in contracts.TABLES
    )
    counted = f"select call_date, call_id, count(*) n from ({sides}) group by all having n <> {len(contracts.TABLES)}"
    return warehouse.query(lake, counted)[1]


def left_of(lake: LakeSettings, call: str) -> list[str]:
    """Files with traces of a call of the first day; the next day has a call of the same name.

    Names as short as these are also in some of the random ids of Iceberg's files: `…8c-0004-…`.
    """
    folder = Path(lake.root) / "warehouse"
    whole = re.compile(rb"(?<![0-9a-f])" + call.encode())
    files = [file for file, _ in find(folder, [call]) if NEXT.isoformat() not in file]
    return [file for file in files if any(map(whole.search, forms(file, (folder / file).read_bytes())))]


def forms(name: str, content: bytes) -> list[bytes]:
    return [name.encode(), content, *decoded(content)]


def test_killed_at_any_commit_and_removal_readers_agree_and_the_next_attempt_completes_it(lake, begin):
    """Commits: 1 the register, 2 to 5 the tables, 6 the ledger, 7 to 10 their snapshots, 11 and 12 the reviews."""
    moments = [{"die_at": f"after {n}"} for n in (1, 3, 5, 6, 8, 11, 12)]
    moments += [{"die_at": "before 6"}, *({"die_at_removal": n} for n in (1, 9, 20))]
    for number, moment in enumerate(moments):
        call = f"c-{number:03d}"
        assert begin({"erase": call, **moment})() == [{"killed": True}], moment
        assert disagreeing(lake) == [], moment
        (ended,) = begin({"erase": call})()
        assert (ended.get("error"), ended["killed"]) == (None, False), moment
        assert left_of(lake, call) == [], moment
        assert disagreeing(lake) == [], moment
    found = warehouse.status(lake)
    assert (found.unpublished, [(day.differing, day.lost) for day in found.days]) == ([], [([], [])] * 2)
    # The row that was to be the ledger's, killed before its commit, names no call and waits for `sweep`.
    assert ["/tables/publications/" in path for path in found.unnamed_first] == [True]
    assert warehouse.query(lake, "select count(*) from reviews")[1] == [(CALLS - len(moments),)]


def test_killed_at_random_moments_while_somebody_reads(lake, begin):
    random.seed(20260105)
    for number in range(5):
        ended = begin({"erase": f"c-{number:03d}", "kill_after": random.uniform(0.02, 2.5)})
        for _ in range(3):
            assert disagreeing(lake) == []
        ended()
    for number in range(5):
        assert "error" not in begin({"erase": f"c-{number:03d}"})()[0]
        assert left_of(lake, f"c-{number:03d}") == []
    assert disagreeing(lake) == []


def test_several_erasures_at_once_beside_a_publisher_and_a_reviewer(lake, begin):
    jobs = [{"erase": f"c-{number:03d}"} for number in range(3)]
    jobs += [{"review": "c-020"}, {"review": "c-021"}, {"run": "other", "marker": "M", "day": NEXT.isoformat()}]
    ended = begin(*jobs)
    for _ in range(4):
        assert disagreeing(lake) == []
    assert [end.get("error") for end in ended()] == [None] * len(jobs)
    for number in range(3):
        assert left_of(lake, f"c-{number:03d}") == []
    assert warehouse.query(lake, "select count(*) from reviews")[1] == [(CALLS - 3 + 2,)]
    assert warehouse.latest_sequence(lake, NEXT) == 2


def test_a_run_of_the_day_that_goes_on_beside_the_erasure_does_not_bring_the_call_back(lake, begin):
    """Whichever comes first; the run's files have the call."""
    erased, other = begin({"erase": "c-001"}, {"run": "late", "marker": "B"})()
    assert erased.get("error") is None
    assert other.get("error") in (None, "ErasedError")
    again = begin({"erase": "c-001"})()
    assert again[0].get("error") is None
    assert left_of(lake, "c-001") == []
    assert disagreeing(lake) == []


def test_a_reader_that_is_at_a_file_when_it_goes_is_told_so(lake, tmp_path):
    with warehouse.reading(lake) as reading:
        assert reading.table("select count(*) n from turns").to_pylist() == [{"n": 2 * (CALLS + 4)}]
        erasing.erase(lake, tmp_path, "c-000")
        with pytest.raises(CallQAError) as caught:
            reading.table("select count(distinct text) n from turns")
    assert type(caught.value).__name__ == "RemovedError"
    assert "ask again" in caught.value.remedy


@contextlib.contextmanager
def no_file_longer_than(length: int) -> Iterator[None]:
    """As on a full disk: what is longer cannot be written to its end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("length", [2_000, 7_000, 12_000, 30_000])
def test_on_a_full_disk_nothing_is_lost_and_it_can_be_done_again(lake, tmp_path, length):
    """With less and less room it fails at the register, the tables' files, Iceberg's metadata."""
    with no_file_longer_than(length), pytest.raises(StageError) as caught:
        erasing.erase(lake, tmp_path, "c-000")
    assert caught.value.remedy
    assert disagreeing(lake) == []
    assert warehouse.query(lake, "select count(*) from calls")[1] in ([(CALLS + 6,)], [(CALLS + 5,)])
    assert not (Path(lake.root) / "warehouse" / "rewriting").exists()
    erasing.erase(lake, tmp_path, "c-000")
    assert left_of(lake, "c-000") == []
    assert disagreeing(lake) == []
