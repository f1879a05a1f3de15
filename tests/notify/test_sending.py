"""A published day told of, by real messages to real servers on loopback."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
import threading
from pathlib import Path

import pytest

from callqa import notify, warehouse
from callqa.errors import UsageError
from callqa.notify import journal
from tests import rows
from tests.notify.conftest import ADDRESS, DAY, route
from tests.notify.receivers import listening
from tests.rows import call, finding

NOW = dt.datetime(2026, 1, 6, 1, tzinfo=dt.UTC)
"""Of a world's clock."""
CALLS = ("c-000", "c-001", "c-002", "c-003")


def test_a_digest_names_each_call_once_with_a_link_to_the_moment(published, receiver):
    sent = published.send()
    assert sent.count("sent") == 1
    assert sent.warnings == ()
    (text,) = receiver.texts()
    assert text.startswith("[call quality] 2026-01-05: 4 call(s)")
    assert [text.count(f"/calls/2026-01-05/{call_id}\n") for call_id in CALLS] == [1, 1, 1, 1]
    assert "■ 11:04 · c-000" in text  # the centre's own time
    assert "HR01 (critical)" in text
    assert "refund" not in text
    assert "All: https://qa.example/callqa/calls?from=2026-01-05&to=2026-01-05" in text


def test_the_same_day_again_tells_nobody(published, receiver):
    published.send()
    again = published.send()
    assert again.messages == ()
    published.publish(rows.clean(marker=" again"))
    published.send()
    assert len(receiver.requests) == 1


def test_only_what_is_new_in_a_publication_is_told(published, receiver):
    published.send()
    day = rows.clean(calls=5)
    day.findings[0] = dataclasses.replace(day.findings[0], rule_version=2)
    published.publish(day)
    published.send()
    text = receiver.texts()[1]
    assert "2 call(s)" in text
    assert "c-000" in text
    assert "c-004" in text


def test_each_call_alone_where_a_route_wants_that(published, receiver):
    published.with_routes(route(send="single", language="zh"))
    published.send()
    assert len(receiver.requests) == 4
    assert all("1 通通话" in text for text in receiver.texts())


def test_more_calls_than_messages_are_counted_in_the_last_one(world, receiver):
    world.publish(rows.clean(calls=30))
    world.with_routes(route(send="single", max_messages=3))
    world.send()
    first, second, last = receiver.texts()
    assert first.count("■") == second.count("■") == 1
    assert "28 call(s)" in last
    world.send()
    assert len(receiver.requests) == 3


def test_what_was_said_is_quoted_only_where_asked_for_and_without_numbers(world, receiver):
    day = rows.clean(calls=1)
    evidence = [
        dataclasses.replace(day.findings[0].evidence[0], text="我要投诉，电话 138 1234 5678，a@b.cn", start=12.5)
    ]
    world.publish(dataclasses.replace(day, findings=[finding("c-000", evidence=evidence)]))
    world.with_routes(route(quotes=True))
    world.send()
    assert "“我要投诉，电话 *** **** ****，*@*.**”" in str(receiver)
    assert "/calls/2026-01-05/c-000?t=12.5" in str(receiver)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"rules": ["HR01"]}, {"c-1"}),
        ({"rules": [], "packs": ["acme"]}, {"c-2"}),
        ({"rules": [], "severities": ["critical"]}, {"c-1", "c-3"}),
        ({"rules": [], "flags": ["risk"]}, {"c-1"}),
        ({"rules": [], "actions": ["supervisor"]}, {"c-1"}),
        ({"rules": [], "name": "supervisor"}, {"c-1"}),
        ({"rules": [], "name": "nobodys"}, set()),
        ({"rules": [], "flags": ["no-such"], "severities": ["critical"]}, set()),
        ({"rules": ["HR01", "AC01"], "severities": ["minor"]}, {"c-2"}),
        ({"rules": ["HR01", "AC01"], "teams": ["north"]}, {"c-2"}),
        ({"rules": ["HR01", "AC01"], "queues": ["claims"]}, {"c-1"}),
    ],
)
def test_a_route_takes_what_it_names(world, receiver, chosen, expected):
    calls = [call("c-1", queue="claims"), call("c-2", team="north"), call("c-3")]
    findings = [
        finding("c-1"),
        finding("c-2", rule="AC01", pack="acme", severity="minor"),
        finding("c-3", rule="AC02", pack="other"),
        finding("c-3", rule="HR01", outcome="unknown"),
    ]
    recordings = [rows.recording(one.call_id) for one in calls]
    world.publish(dataclasses.replace(rows.clean(calls=0), calls=calls, findings=findings, recordings=recordings))
    world.with_routes(route(**chosen))
    world.send()
    assert {call_id for call_id in ("c-1", "c-2", "c-3") if call_id in str(receiver)} == expected


def test_the_gravest_call_comes_first(world, receiver):
    findings = [finding("c-000", rule="AC01", severity="minor"), finding("c-003")]
    world.publish(dataclasses.replace(rows.clean(), findings=findings))
    world.with_routes(route(rules=["HR01", "AC01"]))
    world.send()
    assert str(receiver).index("c-003") < str(receiver).index("c-000")


def test_a_published_day_is_told_once_as_a_whole(world, receiver):
    world.publish()
    world.with_routes(route(rules=[], events=["published"]))
    world.send()
    world.publish(rows.clean(marker=" again"))
    world.send()
    (text,) = receiver.texts()
    assert "2026-01-05 is published" in text
    assert "5 recordings: 4 analysed, 0 invalid, 1 rejected" in text
    assert "HR01: 4 call(s)" in text


def test_of_a_day_that_still_goes_on_its_hits_are_told_and_not_that_it_is_published(world, receiver):
    world.publish(rows.clean(calls=1), origin="intraday, incomplete: recordings until 10:15")
    world.with_routes(route(events=["published"]))
    world.send()
    assert ["1 call(s)" in text for text in receiver.texts()] == [True]
    world.publish(rows.clean(calls=2))
    world.send()
    _, later, whole = receiver.texts()
    assert ("c-000" in later, "c-001" in later) == (False, True)
    assert "2026-01-05 is published" in whole


def test_a_day_that_is_not_published_is_refused_and_tells_nobody(world, receiver):
    with pytest.raises(UsageError, match="never published"):
        world.send()
    assert receiver.requests == []


def test_two_at_once_tell_once(published, receiver):
    threads = [threading.Thread(target=published.send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.requests) == 1


# What goes wrong


def test_a_service_that_is_down_costs_no_message_and_no_other_route(published, receiver, monkeypatch):
    with listening() as broken:
        broken.always = 500
        monkeypatch.setenv("BROKEN", broken.url)
        published.with_routes(route("broken", address="env:BROKEN"), route("well"))
        sent = published.send()
        assert published.states() == [("broken", "pending"), ("well", "sent")]
        assert len(broken.requests) == 3
        assert published.slept == [1, 2]
        assert any("broken" in warning and "HTTP 500" in warning for warning in sent.warnings)
        broken.always = 200
        published.send()
        assert published.states() == [("broken", "sent"), ("well", "sent")]
        assert len(broken.requests) == 4
    assert len(receiver.requests) == 1


def test_a_store_of_addresses_that_is_down_costs_no_message_and_no_other_route(published, receiver):
    def connections(name):
        raise RuntimeError("no answer")

    published.with_routes(route("kept", address="connection:kept"), route("well"))
    sent = notify.send(published.settings, DAY, connections=connections, clock=published.clock)
    assert published.states() == [("kept", "pending"), ("well", "sent")]
    assert any("RuntimeError" in warning for warning in sent.warnings)
    notify.send(published.settings, DAY, connections=lambda name: receiver.url, clock=published.clock)
    assert published.states() == [("kept", "sent"), ("well", "sent")]


def test_a_service_that_asks_for_a_pause_gets_it(published, receiver):
    receiver.answers = [(429, {"Retry-After": "30"})]
    published.send()
    assert published.slept == [30]
    assert published.states() == [("people", "sent")]


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_wrong_address_is_tried_once_a_run(published, receiver, status):
    receiver.always = status
    published.send()
    assert len(receiver.requests) == 1
    assert published.states() == [("people", "pending")]


@pytest.mark.parametrize(
    "address", ["", "garbage", "json://a.example json://b.example", "mailto://h?from=a@x.cn&to=b@x.cn,c@x.cn"]
)
def test_an_address_that_is_none_is_a_warning_that_does_not_repeat_it(published, monkeypatch, address):
    monkeypatch.setenv(ADDRESS, address)
    sent = published.send()
    assert published.states() == [("people", "pending")]
    assert len(sent.warnings) == 2
    assert "garbage" not in "".join(sent.warnings)
    assert "example" not in "".join(sent.warnings)


def test_nobody_answers_at_the_address(published, monkeypatch):
    monkeypatch.setenv(ADDRESS, "json://127.0.0.1:1/secret-token")
    sent = published.send()
    assert published.states() == [("people", "pending")]
    assert "no connection" in sent.warnings[0]
    assert "secret-token" not in "".join(sent.warnings)


@pytest.mark.parametrize("answer", ["hang", "drop", 504])
def test_a_message_that_may_have_arrived_is_not_sent_again_but_told_of(published, receiver, answer):
    receiver.answers = [answer]
    published.with_routes(timeout_seconds=1 if answer == "hang" else 15)
    sent = published.send()
    assert published.states() == [("people", "unsure"), ("people", "pending")]
    assert any("may not have arrived" in warning for warning in sent.warnings)
    published.with_routes(timeout_seconds=15)
    published.send()
    assert published.states() == [("people", "unsure"), ("people", "sent")]
    first, note = receiver.texts()
    number = first.rpartition("#")[2]
    assert f"Message #{number} (2026-01-05" in note
    assert "It is about 4 call(s)" in note
    assert "c-000" not in note
    published.send()
    assert len(receiver.requests) == 2


def test_a_message_that_may_have_arrived_is_repeated_where_the_route_wants_that(published, receiver):
    published.with_routes(route(when_unsure="repeat"))
    receiver.answers = ["drop"]
    published.send()
    first, second = receiver.texts()
    assert first == second
    assert published.states() == [("people", "sent")]


def test_a_note_that_may_have_got_lost_too_ends_it(published, receiver):
    receiver.answers = [504, 504]
    for _ in range(3):
        published.send()
    assert published.states() == [("people", "unsure"), ("people", "unsure")]
    assert len(receiver.requests) == 2


def test_what_nobody_could_send_in_time_is_given_up_and_says_so(published, receiver):
    receiver.always = 500
    published.send()
    published.at += 49 * 3600
    receiver.always = 200
    sent = published.send()
    assert published.states() == [("people", "given up")]
    assert "given up: HTTP 500" in sent.warnings[0]
    assert len(receiver.requests) == 3


def test_a_run_has_so_much_time_for_messages_and_the_next_one_goes_on(published, receiver):
    published.with_routes(route(send="single", per_minute=2), time_limit_seconds=50)
    published.send()
    assert len(receiver.requests) == 2
    published.at += 60
    published.send()
    assert len(receiver.requests) == 4
    assert {state for _, state in published.states()} == {"sent"}


def test_what_is_no_longer_published_when_it_could_be_sent_is_not_told(published, receiver):
    receiver.always = 503
    published.send()
    receiver.always = 200
    published.publish(dataclasses.replace(rows.clean(), findings=[finding("c-002")]))
    published.send()
    assert "c-002" in receiver.texts()[-1]
    assert "c-000" not in receiver.texts()[-1]


def test_pending_messages_of_a_day_go_with_the_next_days(published, receiver):
    receiver.always = 503
    published.send()
    receiver.always = 200
    published.publish(rows.clean(DAY + dt.timedelta(days=1)))
    published.at += 86400
    published.send(DAY + dt.timedelta(days=1))
    assert [text[15:25] for text in receiver.texts()[-2:]] == ["2026-01-06", "2026-01-05"]


def test_a_message_that_a_service_never_takes_keeps_no_other_from_it(published, receiver):
    take = receiver.take

    def refuses_some(handler, body):
        receiver.answers = [400] if any(f"· c-00{n}" in body["message"] for n in range(4)) else [200]
        take(handler, body)

    receiver.take = refuses_some
    published.with_routes(route(send="single"))
    published.send()
    published.publish(rows.clean(calls=6))
    published.send()
    assert sorted(row["state"] for row in notify.rows(published.settings, now=NOW)) == [*["pending"] * 4, *["sent"] * 2]


def test_what_was_left_out_of_a_message_is_told_once_it_is_published_again(published, receiver):
    receiver.always = 503
    published.send()
    published.publish(dataclasses.replace(rows.clean(), findings=[finding("c-002")]))
    receiver.always = 200
    published.send()
    published.publish(rows.clean(marker=" again"))
    published.send()
    told = [re.findall(r"· (c-\d+)", text) for text in receiver.texts()[-2:]]
    assert told == [["c-002"], ["c-000", "c-001", "c-003"]]
    published.send()
    assert len(receiver.requests) == 5


def test_messages_of_a_route_that_is_gone_are_given_up_in_time(published, receiver):
    receiver.always = 503
    published.send()
    published.with_routes(route("another"))
    states = [
        [row["state"] for row in notify.rows(published.settings, now=NOW + dt.timedelta(hours=hours))]
        for hours in (1, 49)
    ]
    assert states == [["pending"], ["given up"]]


def test_a_message_that_was_begun_on_a_route_that_is_gone_may_have_arrived(published, receiver):
    with journal.Journal(published.settings.lake.root, DAY, "gone").locked() as page:
        (message,) = page.queue("calls", [[("c-000", "HR01", 1)]], NOW)
        page.note(message, journal.BEGUN, NOW)
    later = notify.rows(published.settings, now=NOW + dt.timedelta(hours=49))
    assert [row["state"] for row in later] == ["unsure"]


def test_a_lake_that_cannot_be_written_sends_nothing_and_loses_nothing(published, receiver):
    records = Path(published.settings.lake.root) / "notify"
    records.mkdir()
    (records / "addresses").write_bytes(b"")  # where the times of messages are kept
    sent = published.send()
    assert receiver.requests == []
    assert published.states() == [("people", "pending")]
    assert "cannot be used" in sent.warnings[-1]


def test_no_more_messages_a_minute_than_the_route_may_send(world, receiver):
    world.publish(rows.clean(calls=50))
    world.with_routes(route(send="single", per_minute=20, max_messages=100))
    moments, take = [], receiver.take
    receiver.take = lambda handler, body: (moments.append(world.at), take(handler, body))
    world.send()
    assert len(moments) == 50
    for moment in moments:
        assert sum(moment <= other < moment + 60 for other in moments) <= 20
    assert moments[-1] - moments[0] == 120


def test_the_rate_is_kept_over_runs(world, receiver):
    world.publish(rows.clean(calls=20))
    world.with_routes(route(send="single", per_minute=20, max_messages=100))
    world.send()
    world.publish(rows.clean(calls=21))
    world.send()
    assert world.slept == [60]


def test_routes_to_one_address_share_what_it_takes(world, receiver):
    world.publish(rows.clean(calls=20))
    given = {"send": "single", "max_messages": 100}
    world.with_routes(route("first", per_minute=20, **given), route("second", per_minute=600, **given))
    for name in ("first", "second"):
        notify.send(world.settings, DAY, only=name, clock=world.clock)
    assert len(receiver.requests) == 40
    assert world.slept == [60]


def test_nothing_secret_and_nothing_said_reaches_the_logs(published, receiver, monkeypatch, caplog):
    monkeypatch.setenv(ADDRESS, f"{receiver.url}/very-secret-token")
    receiver.answers = [500, "drop"]
    published.with_routes(route(quotes=True, when_unsure="repeat"))
    with caplog.at_level(logging.DEBUG):
        published.send()
    assert len(receiver.requests) == 3
    assert "“said so”" in str(receiver)
    assert "very-secret-token" not in caplog.text
    assert "said so" not in caplog.text


# Looking


def test_a_preview_shows_the_messages_and_sends_none(published, receiver):
    found = notify.preview(published.settings, DAY, "people")
    assert [message["title"] for message in found["messages"]] == ["[call quality] 2026-01-05: 4 call(s)"]
    assert receiver.requests == []
    published.send()
    after = notify.preview(published.settings, DAY, "people")
    assert (after["told_before"], after["messages"]) == (4, [])


def test_a_test_message_names_no_call_and_is_kept_nowhere(published, receiver):
    assert notify.try_out(published.settings, "people").result == "sent"
    assert "c-0" not in str(receiver)
    assert notify.rows(published.settings) == []


def test_names_that_nothing_has_are_warned_of_with_the_nearest(published, receiver):
    published.with_routes(route(rules=["HR01", "HR99"], flags=["rsk"], actions=["supervisors"], packs=["standart"]))
    warnings = " ".join(published.send().warnings)
    for name in ("'HR99'", "(did you mean risk?)", "(did you mean supervisor?)", "(did you mean standard?)"):
        assert name in warnings


def test_nobody_is_told_unasked_of_old_days_and_of_what_was_no_run(published):
    now = dt.datetime(2026, 1, 6, tzinfo=dt.UTC)
    silent = [
        notify.why_silent(published.settings, DAY, 1, now),
        notify.why_silent(published.settings, DAY, 1, now + dt.timedelta(days=8)),
        notify.why_silent(published.settings, DAY, 7, now),
    ]
    assert silent[0] == ""
    assert "max_age_days" in silent[1]
    assert "no such publication" in silent[2]
    published.publish(rows.clean(marker=" again"))
    warehouse.roll_back(published.settings.lake, DAY, 1, by="lin", reason="a test")
    assert "rollback" in notify.why_silent(published.settings, DAY, 3, now)
