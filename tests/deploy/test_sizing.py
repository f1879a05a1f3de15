"""Sizing: the simulation against what can be told by hand, and the page against the program."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest
from benchmarks import sizing
from benchmarks.sizing import Demand, Measured

from tests.conftest import REPOSITORY

FIGURES = Measured(
    hear=0.04, around=0.004, judge=0.005, day=0.0001, task=2.0, wait=1.0, sound=20_000.0, text=5_000.0, day_memory=0.01
)


def work(seconds: float):
    return lambda name: 0.0 if name == "day" else seconds


def run(shards: int, *, default: int = 1, gpu: int = 1, own: float = 0.0, wait: float = 0.0, seconds: float = 10.0):
    return sizing.simulate(shards, work(seconds), default=default, gpu=gpu, own=own, wait=wait)


def test_one_shard_takes_its_four_tasks_one_after_another():
    assert run(1).seconds == pytest.approx(40)
    assert run(1).tasks == sizing.TASKS_A_DAY + 4


def test_one_slot_a_queue_is_as_slow_as_its_busier_queue():
    """Nine prepare, parse or judge after one another; the last transcribe hides behind them."""
    assert run(3).seconds == pytest.approx(90, abs=10)


def test_with_slots_for_all_shards_the_day_takes_as_long_as_one_shard():
    assert run(50, default=50, gpu=50).seconds == pytest.approx(40)


def test_the_gpu_queue_is_the_bottle_neck_where_it_has_one_slot():
    assert run(50, default=50, gpu=1).seconds == pytest.approx(50 * 10 + 30)


def test_airflows_share_is_its_seconds_beside_the_work():
    only = run(10, own=10.0, default=10, gpu=10)
    tasks = only.tasks
    assert only.airflow_share == pytest.approx(10 * tasks / (10 * tasks + 10 * 40))
    assert run(10).airflow_share == 0


def test_every_task_waits_for_its_start():
    slow, quick = run(1, wait=2.0), run(1)
    assert slow.seconds - quick.seconds == pytest.approx(2.0 * slow.tasks)


def test_more_calls_never_take_fewer_machines():
    plans = [sizing.plan(Demand(calls, 180, 8), FIGURES) for calls in (1_000, 100_000, 1_000_000, 10_000_000)]
    for smaller, larger in itertools.pairwise(plans):
        assert (smaller.cores, smaller.lakes) <= (larger.cores, larger.lakes)
        assert smaller.sound_gb < larger.sound_gb


def test_cores_are_the_work_over_the_window_at_the_planned_load():
    demand = Demand(100_000, 180, 8)
    work_s = 100_000 * (180 * 0.04 + 0.005 + 0.0001)
    assert sizing.plan(demand, FIGURES).cores == pytest.approx(work_s / (8 * 3600 * 0.7), abs=1)


@pytest.mark.parametrize("calls", [1, 1_000, 10_000_000])
@pytest.mark.parametrize("speed", [0.0, 500.0, 5_000.0])
def test_no_run_has_more_shards_than_airflow_maps_and_a_day_fits_its_hours(calls, speed):
    made = sizing.plan(Demand(calls, 180, 8, speed), FIGURES)
    assert made.shards <= sizing.MOST_SHARDS
    assert made.simulated.seconds < 8 * 3600
    assert bool(made.gpus) == bool(speed)


def test_without_a_measured_speed_no_gpu_is_counted():
    assert sizing.plan(Demand(100_000, 180, 8), FIGURES).gpus == 0
    assert "| GPUs | none |" in sizing.table([sizing.plan(Demand(100_000, 180, 8), FIGURES)])


def test_a_figure_that_is_not_there_is_missed_by_name():
    with pytest.raises(LookupError, match="no section 'Gate'"):
        sizing.section("# Results\n", "Gate")
    with pytest.raises(LookupError, match="no row 'gate'"):
        sizing.row("| fetch | 1 |", "gate")


def test_every_figure_is_read_from_the_results():
    figures = sizing.measured(sizing.RESULTS.read_text(encoding="utf-8"))
    assert figures.hear == pytest.approx(34.2 / 910, rel=0.5), "of the race: CPU seconds over seconds of recordings"
    for name, value in dataclasses.asdict(figures).items():
        assert value > 0, name


def test_the_page_shows_what_the_program_computes():
    page = (REPOSITORY / "docs" / "sizing.md").read_text(encoding="utf-8")
    figures = sizing.measured(sizing.RESULTS.read_text(encoding="utf-8"))
    plans = [sizing.plan(Demand(calls, 180, 8), figures) for calls in (1_000, 100_000, 10_000_000)]
    shown = re.search(r"<!-- sizing -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
    assert shown
    assert shown[1] == sizing.table(plans)
