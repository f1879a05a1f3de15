"""One day over which everything is killed in turn; many rounds, and the full disk, are in benchmarks.faults."""

from __future__ import annotations

import pytest

from callqa import pipeline, settings, warehouse
from tests.conftest import REPOSITORY
from tests.scale.cluster import ENDED, until
from tests.scale.conftest import KILLED_DAY as DAY
from tests.scale.conftest import TABLES
from tests.scale.faults import FAULTS, Site, answers, keep_up

pytestmark = pytest.mark.slow

IN_TURN = ("task", "redis", "scheduler", "postgres", "api-server")


@pytest.fixture(scope="module")
def a_day_of_kills(cluster, servers):
    """Each is killed while something of the run is at work, and brought back; gives what was hit, and how the day ended."""
    site = Site(cluster, servers, lake=None)
    run_id, hit = cluster.begin(DAY, "killed"), []
    until(lambda: cluster.running(run_id, "shard.prepare"), "a shard is prepared")
    for what in IN_TURN:
        if cluster.state(run_id) in ENDED:
            break
        hit.append(FAULTS[what].harm(site))
        FAULTS[what].mend(site)

    def ended() -> str:
        if cluster.dead() or not answers(cluster):
            keep_up(cluster)
            return ""
        return state if (state := cluster.state(run_id)) in ENDED else ""

    return hit, until(ended, "the end of the day", pause=1)


def test_a_day_over_which_everything_is_killed_ends_well(a_day_of_kills):
    hit, state = a_day_of_kills
    assert len(hit) == len(IN_TURN), f"the day ended too early: only {hit} were killed"
    assert state == "success"


@pytest.mark.parametrize("table", TABLES)
def test_its_rows_are_those_of_an_undisturbed_day(a_day_of_kills, rows, table):
    theirs, by_hand = rows(table, DAY)
    assert theirs == by_hand
    assert theirs[1] or table == "events", "nothing was published"


def test_it_was_published_once(a_day_of_kills, cluster):
    theirs = settings.load(REPOSITORY / "qa.toml", cluster.home.extra)
    assert [p.sequence for p in warehouse.publications(theirs.lake, pipeline.parse_day(DAY))] == [1]
