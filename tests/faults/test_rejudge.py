"""Re-judging that is killed, that races, and that comes too late: what readers then see, and what a retry makes of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from callqa import rejudge, storage, warehouse
from callqa.errors import StageError, StalePublicationError
from callqa.rejudge import Choice, steps
from tests.conftest import REPOSITORY
from tests.rejudge.conftest import acme, settings  # noqa: F401 - fixtures
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, calls, hits, publish

BEFORE = [("c1", "AC01", 1, "hit")]
AFTER = [("c2", "AC01", 2, "hit")]
ACME = Choice(packs=("acme",))


@pytest.fixture
def a_day(acme, settings, tmp_path):  # noqa: F811
    """A published day that a new version of the rule judges otherwise."""
    acme.install(word_rule("AC01", "投诉"))
    publish(settings, calls(c1="我要投诉", c2="谢谢"), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")


def up_to_the_gate(settings, run_id: str) -> tuple:  # noqa: F811
    run = steps.begin(settings, DAY, run_id, ACME)
    exported = steps.export(settings, run, steps.judge(settings, run))
    return run, exported, steps.gate(settings, run, exported)


KILLED = """
import json, sys
from callqa.rejudge import steps
from callqa.settings import Settings
from tests.warehouse.publishers import die_at
given = json.load(sys.stdin)
die_at("after", given["commit"])
steps.conclude(Settings.model_validate(given["settings"]), *given["prepared"])
"""


def killed_at_commit(number: int, settings, prepared) -> None:  # noqa: F811
    """Publish in a process that is killed as its so-many-th commit has reached the catalog."""
    given = {"commit": str(number), "settings": settings.model_dump(), "prepared": prepared}
    ended = subprocess.run([sys.executable, "-c", KILLED], input=json.dumps(given), text=True, cwd=REPOSITORY)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_kill_in_the_middle_of_publishing_leaves_the_old_findings_and_the_retry_brings_the_new(a_day, settings):  # noqa: F811
    """Commits 1 to 4 are the tables of the day, 5 the gate's results, 6 is the ledger's row."""
    prepared = up_to_the_gate(settings, "killed")
    killed_at_commit(3, settings, prepared)
    assert hits(settings) == BEFORE
    killed_at_commit(6, settings, prepared)
    assert hits(settings) == AFTER
    again = steps.conclude(settings, *prepared, attempt=3)
    assert (again["sequence"], again["unchanged"]) == (2, True)


def test_of_two_re_judgings_that_began_alike_the_second_is_refused(a_day, settings):  # noqa: F811
    one, other = up_to_the_gate(settings, "one"), steps.begin(settings, DAY, "other", Choice(rules=("AC01",)))
    assert steps.conclude(settings, *one)["sequence"] == 2
    # It reads what it began with, not what is published by now: its difference is the same.
    judged = steps.judge(settings, other)
    assert judged["changes"]["rules"]["AC01"]["new_hits"] == 1
    exported = steps.export(settings, other, judged)
    with pytest.raises(StalePublicationError, match="run one published sequence 2"):
        steps.conclude(settings, other, exported, steps.gate(settings, other, exported))
    assert hits(settings) == AFTER
    assert [p.run_id for p in warehouse.publications(settings.lake, DAY)] == ["run", "one"]
    [entry] = rejudge.rejudge(settings, DAY, DAY, ACME)["days"]
    assert entry["outcome"] == "unchanged"


def test_a_full_disk_in_the_middle_is_named_and_the_same_run_goes_on_with_the_shards_left(
    a_day,
    settings,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setattr("callqa.rejudge.archive.Day.shards.__defaults__", (1, 1))
    run = steps.begin(settings, DAY, "full", ACME)
    write = storage.write_rows

    def full(path, record, rows):
        if "shard-001" in str(path):
            raise storage._write_error(Path(path), OSError(28, "No space left on device"))
        return write(path, record, rows)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "write_rows", full)
        with pytest.raises(StageError, match="no space left"):
            steps.judge(settings, run)
    done = Path(run["run_dir"]) / "judge" / "shard-000.calls.parquet"
    written = done.stat().st_mtime_ns
    assert steps.judge(settings, run)["changes"]["calls"] == 2
    assert done.stat().st_mtime_ns == written


def test_a_publication_that_is_gone_from_the_ledger_is_named(a_day, settings):  # noqa: F811
    run = steps.begin(settings, DAY, "lost", ACME)
    with pytest.raises(StageError, match=f"{DAY} has no publication 7"):
        steps.judge(settings, {**run, "based_on": 7})
