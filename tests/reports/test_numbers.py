"""What is counted for the pages, against the same counted plainly in Python over the rows."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callqa.reports import affinity, coaching, drifting, overview, risk, wellbeing
from callqa.reports.data import opened
from callqa.reports.figures import mean, mean_among, share, share_among
from callqa.reports.period import Period
from callqa.reports.subject import Subject
from callqa.settings import Settings
from callqa.warehouse import watch
from tests import rows
from tests.reports import lakes


@contextlib.contextmanager
def subject(chosen: Settings, period: Period) -> Iterator[Subject]:
    state = watch.published(chosen.lake)
    days = [day for day in period.days() if day in state.newest]
    earlier = sorted(day for day in state.newest if day < period.first)
    with opened(chosen.lake, state, [*earlier, *days]) as data:
        data.count_turns(days)
        data.set_clock(days, ZoneInfo("Asia/Shanghai"))
        yield Subject(chosen, period, days, earlier, data)


def busy(seed: int = 1, calls: int = 80) -> rows.Day:
    """A day of four agents with calls at random times, some angry, some long."""
    rng = random.Random(seed)
    day = lakes.made(calls=calls)
    for number, call in enumerate(day.calls[:calls]):
        agent = f"A{rng.randrange(4)}"
        changes = {
            "agent_id": agent, "agent_name": f"agent {agent}", "duration": float(rng.choice([30, 200, 400, 900])),
            "started_at": dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=rng.randrange(6 * 3600)),
            "emotion_shares_customer": {"angry": rng.choice([0.0, 0.05, 0.1, 0.6]), "neutral": 0.4},
            "flags": rng.choice([[], ["abuse"], ["risk"], ["wellbeing"], ["promise"]]), "score": float(rng.randrange(101)),
        }  # fmt: skip
        assert call.call_id
        day = day.replace("calls", number, **changes)
    return day


@pytest.fixture(scope="module")
def day() -> rows.Day:
    return busy()


@pytest.fixture(scope="module")
def chosen(day, tmp_path_factory) -> Settings:
    root = tmp_path_factory.mktemp("numbers")
    made = lakes.settings(root)
    lakes.publish(made, day, root)
    return made


def plain(calls: list[rows.Call]) -> dict[str, float]:
    """An agent's day, told one call after another."""
    calls = sorted(calls, key=lambda call: (call.started_at, call.call_id))
    ends = [call.started_at + dt.timedelta(seconds=call.duration) for call in calls]
    angry = [call.emotion_shares_customer["angry"] >= 0.1 for call in calls]
    best = run = 0
    for one in angry:
        run = run + 1 if one else 0
        best = max(best, run)
    first, longest, last = calls[0].started_at, 0.0, ends[0]
    for (_, end), (call, own) in pairwise(zip(calls, ends, strict=True)):
        if (call.started_at - end).total_seconds() >= 300:
            longest, first, last = max(longest, (last - first).total_seconds()), call.started_at, own
        last = max(last, own)
    return {
        "calls": len(calls), "angry": sum(angry), "angry_row": best,
        "stretch_seconds": max(longest, (last - first).total_seconds()),
        "long_calls": sum(call.duration >= 600 for call in calls), "abuse": sum("abuse" in call.flags for call in calls),
    }  # fmt: skip


def test_an_agents_load_is_what_the_calls_say_one_after_another(chosen, day):
    with subject(chosen, Period.of(lakes.DAY)) as one:
        found = {row["agent_id"]: row for row in wellbeing.agents(one, one.days)}
        hours = wellbeing.hours(one, one.days)
    assert set(found) == {"A0", "A1", "A2", "A3"}
    for agent, row in found.items():
        expected = plain([call for call in day.calls if call.agent_id == agent and call.status == "analysed"])
        assert {name: row[name] for name in expected} == pytest.approx(expected), agent
    assert any(row["angry_row"] >= 3 for row in found.values())
    assert sum(hour["calls"] for hour in hours) == 80
    assert [hour["hour"] for hour in hours] == [9, 10, 11, 12, 13, 14], "Shanghai's"


def test_groups_are_compared_by_their_share_and_small_ones_are_left_out(chosen, day):
    with subject(chosen.with_value("reports.min_calls=21"), Period.of(lakes.DAY)) as one:
        found = risk.groups(one, one.days, "agent_id")
        hours = risk.by_hour(one, one.days)
    by_agent = {f"A{n}": [call for call in day.calls if call.agent_id == f"A{n}"] for n in range(4)}
    large = {agent for agent, calls in by_agent.items() if len(calls) >= 21}
    assert 0 < len(large) < 4
    assert {row["name"] for row in found["rows"]} == large
    assert found["few"] == 4 - len(large)
    for row in found["rows"]:
        assert row["hits"] == sum("risk" in call.flags for call in by_agent[row["name"]])
    hits = sum("risk" in call.flags for call in day.calls)
    assert found["usual"] == pytest.approx(hits / 80)
    assert sum(hour["hits"] for hour in hours) == hits


def test_whoever_is_surely_below_everybody_is_to_be_coached_and_nobody_by_chance(tmp_path):
    rng = random.Random(3)
    day = lakes.made(calls=120)
    for number in range(120):
        agent = f"A{number % 6}"
        score = float(rng.randrange(40, 60) if agent == "A5" else rng.randrange(70, 100))
        day = day.replace("calls", number, agent_id=agent, score=score, rules_hit=["HR01"] if agent == "A5" else [])
    made = lakes.settings(tmp_path, min_calls=10)
    lakes.publish(made, day, tmp_path)
    with subject(made, Period.of(lakes.DAY)) as one:
        found = coaching.agents(one)
        assert [row["agent_id"] for row in found["agents"]] == ["A5"]
        assert found["agents"][0]["rule"]["rule"] == "HR01"
        assert found["agents"][0]["call"]["score"] == min(call.score for call in day.calls if call.agent_id == "A5")
        none = coaching.agents(Subject(made.with_value("reports.min_calls=21"), one.period, one.days, [], one.data))
    assert (none["agents"], none["compared"], none["few"]) == ([], 0, 6)


def test_a_rule_that_hits_more_than_on_the_days_before_has_drifted(tmp_path):
    made = lakes.settings(tmp_path)
    for back in range(7, -1, -1):
        day = lakes.made(lakes.DAY - dt.timedelta(days=back), calls=60)
        if back:  # HR01 hits a third of the calls on the last day, and a tenth of them before
            day.findings = day.findings[:6]
        lakes.publish(made, day, tmp_path)
    with subject(made, Period.of(lakes.DAY)) as one:
        (rule,) = drifting.rules(one)
        week = {
            row["rule"]: row
            for row in drifting.rules(Subject(made, Period.of(lakes.DAY, "week"), one.days, one.earlier, one.data))
        }
    assert (rule["hits"], rule["drifted"]) == (20, True)
    assert rule["usual"] == pytest.approx(0.1)
    assert rule["rate"].value == pytest.approx(20 / 60)
    assert week["HR01"]["usual"] == pytest.approx(0.1)
    assert week["HR01"]["drifted"]


def test_openings_and_closings_are_those_of_the_agents_first_and_last_turn(chosen, day):
    with subject(chosen, Period.of(lakes.DAY)) as one:
        everybody, agents = affinity.by_agent(one, one.days)
        scores = overview.scores(one, one.days)
    firsts = [turn.emotion for turn in day.turns if turn.turn == 0]
    assert everybody["open"].value == pytest.approx(firsts.count("happy") / len(firsts))
    assert sum(row["opened"] for row in agents) == everybody["opened"] == 80
    expected = [0] * 10
    for call in day.calls:
        if call.score is not None:
            expected[min(9, int(call.score // 10))] += 1
    assert scores == expected


def test_intervals_hold_what_they_say_and_are_wider_among_many():
    rng = random.Random(5)
    alike = [sum(rng.random() < 0.2 for _ in range(40)) for _ in range(2000)]
    outside = sum(share(hits, 40).above(0.2) or share(hits, 40).below(0.2) for hits in alike) / 2000
    assert 0.02 < outside < 0.08
    groups = [alike[start : start + 50] for start in range(0, 2000, 50)]
    called = [
        any(share_among(h, 40, 50).above(0.2) or share_among(h, 40, 50).below(0.2) for h in group) for group in groups
    ]
    assert sum(called) <= 8, "of forty groups of fifty who are all alike"
    assert share_among(8, 40, 1).low == pytest.approx(share(8, 40).low, abs=1e-4)
    assert mean_among(80.0, 10.0, 25, 1).low == pytest.approx(mean(80.0, 10.0, 25).low)
    assert mean_among(80.0, 10.0, 25, 300).low < mean(80.0, 10.0, 25).low
    assert share(3, 2) == share(2, 2)
    assert (share(0, 0).value, mean(None, None, 0).value, mean_among(80.0, None, 1, 9).low) == (None, None, None)


def test_a_lake_without_a_report_has_none(tmp_path):
    from callqa.reports import folder

    (Path(tmp_path) / "reports" / "notes").mkdir(parents=True)
    assert folder.kept(tmp_path) == []
