"""What is told of a day as a whole: refused, failed, late, a backfill at its end."""

from __future__ import annotations

import datetime as dt

import pytest

from callqa import notify
from callqa.errors import UsageError
from tests.notify.conftest import DAY, route


def tell(world, event="refused", key="run-1", **more):
    given = {"lines": ["day.rejected_share: too many"], "link": "https://airflow.example/x", **more}
    return notify.tell(world.settings, event, DAY, key=key, clock=world.clock, **given)


def test_a_refused_day_is_told_to_those_who_want_to_know_and_once(world, receiver):
    world.with_routes(route("deciders", rules=[], events=["refused"]), route("others"))
    tell(world)
    tell(world)
    (text,) = receiver.texts()
    assert "2026-01-05 was refused by the gate and waits for a decision" in text
    assert "day.rejected_share: too many" in text
    assert "https://airflow.example/x" in text
    assert world.states() == [("deciders", "sent")]


def test_another_run_of_the_day_is_another_event(world, receiver):
    world.with_routes(route(events=["refused", "failed"]))
    tell(world)
    tell(world, key="run-2")
    tell(world, event="failed")
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("event", [event for event in notify.EVENTS if event != "published"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_event_reads_in_both_languages(world, receiver, event, language):
    world.with_routes(route(events=[event], language=language))
    tell(world, event=event)
    assert str(receiver).startswith({"zh": "【通话质检】", "en": "[call quality] "}[language])
    assert "{" not in str(receiver)


def test_an_event_of_no_day_is_of_today(world, receiver):
    world.with_routes(route(events=["backfill"]))
    notify.tell(world.settings, "backfill", key="b1", lines=["30 days"], clock=world.clock)
    assert [row["day"] for row in notify.rows(world.settings)] == ["2026-01-06"]
    assert "30 days" in str(receiver)


def test_an_event_of_no_day_that_is_told_again_after_midnight_is_told_once(world, receiver):
    world.with_routes(route(events=["backfill"]))
    for _ in range(2):
        notify.tell(world.settings, "backfill", key="b1", clock=world.clock)
        world.at += 15 * 3600  # 09:00, and midnight of the contact centre
    assert len(receiver.requests) == 1


def test_what_could_not_be_told_goes_with_the_next_messages(world, receiver):
    world.with_routes(route(events=["failed"]))
    receiver.always = 503
    tell(world, event="failed", key="r1", lines=["transcribe (ModelError)"])
    receiver.always = 200
    world.publish()
    world.send()
    assert ["failed" in text for text in receiver.texts()[-2:]] == [False, True]
    assert {state for _, state in world.states()} == {"sent"}


def test_a_callback_is_not_held_up_for_longer_than_it_may_wait(world, receiver):
    world.with_routes(route(events=["failed"]), backoff_seconds=20)
    receiver.always = 503
    tell(world, event="failed", limit_seconds=30)
    assert sum(world.slept) <= 30
    assert world.states() == [("people", "pending")]


def test_many_lines_are_cut_to_what_the_service_takes(world, receiver, monkeypatch):
    import apprise

    monkeypatch.setattr(
        apprise.Apprise.instantiate("wecombot://k").__class__, "notify_url", f"http://127.0.0.1:{receiver.port}/{{key}}"
    )
    monkeypatch.setenv("CALLQA_TESTS_ADDRESS", "wecombot://a-key")
    world.with_routes(route(events=["refused"]))
    tell(world, lines=[f"check {number}: 不好" for number in range(500)], link="")
    (text,) = receiver.texts()
    assert len(text.encode()) <= 2048
    assert "check 9:" in text
    assert "…" in text


def test_an_event_that_is_none_is_refused(world):
    with pytest.raises(UsageError, match="'exploded' is no event"):
        tell(world, event="exploded")


def test_without_a_route_nothing_happens(world):
    world.with_routes(route())
    assert tell(world).messages == ()
    assert notify.rows(world.settings, dt.date(2026, 1, 5)) == []
