"""The chat services and e-mail, by Apprise's own plugins: what they are sent, and what their answers mean."""

from __future__ import annotations

import dataclasses

import pytest

from tests import rows
from tests.notify.conftest import ADDRESS, route
from tests.notify.receivers import listening, post_office
from tests.rows import finding


@pytest.fixture
def service(monkeypatch, receiver):
    """Apprise's own plugins, whose service is on loopback: `service("wecombot://key")`."""

    def give(address):
        import apprise

        plugin = type(apprise.Apprise.instantiate(address))
        monkeypatch.setattr(
            plugin,
            "notify_url",
            f"http://127.0.0.1:{receiver.port}/{{token}}{{key}}".replace(
                "{key}" if "wecom" not in address else "{token}", ""
            ),
        )
        monkeypatch.setenv(ADDRESS, address)

    return give


SERVICES = ["wecombot://a-key", "dingtalk://secret@tokentokentoken", "feishu://tok-en"]


@pytest.mark.parametrize("address", SERVICES)
def test_the_chat_services_get_text_in_chinese(published, receiver, service, address):
    service(address)
    published.with_routes(route(language="zh", audience="质检主管"))
    published.send()
    (text,) = receiver.texts()
    assert text.startswith("【通话质检】2026-01-05 质检主管：4 通通话")
    assert "高风险" in text
    assert published.states() == [("people", "sent")]


@pytest.mark.parametrize(
    ("address", "code"), list(zip(SERVICES, [{"errcode": 45009}, {"errcode": 130101}, {"code": 11232}], strict=True))
)
def test_a_refusal_with_status_200_is_one(published, receiver, service, address, code):
    """Too many messages: Apprise takes that for a success."""
    service(address)
    receiver.answers = [{**code, "errmsg": "too many"}]
    published.send()
    assert len(receiver.requests) == 2
    assert published.slept == [60]
    assert published.states() == [("people", "sent")]


def test_a_page_of_somebody_elses_is_no_answer_of_the_services(published, receiver, service):
    """Of a proxy that wants people to log in: whether the message arrived nobody knows."""
    service(SERVICES[0])
    receiver.answers = [{"login": "please"}]
    published.send()
    assert published.states() == [("people", "unsure"), ("people", "pending")]


def test_a_redirection_is_not_followed(published, receiver):
    with listening() as elsewhere:
        receiver.always = (302, {"Location": elsewhere.url.replace("json", "http")})
        sent = published.send()
        assert published.states() == [("people", "pending")]
        assert "HTTP 302" in sent.warnings[0]
        assert elsewhere.requests == []


def test_nobody_is_called_by_what_a_recorder_wrote_into_a_name(world, receiver, service):
    service(SERVICES[2])
    world.publish(rows.clean(marker='<at user_id="all">all</at>'))
    world.send()
    assert "‹at user_id=" in str(receiver)
    assert "<" not in str(receiver)


def test_a_call_that_no_message_takes_whole_is_named_with_what_fits(world, receiver, service):
    service(SERVICES[0])
    findings = [
        finding("c-000", rule=f"X{number:02d}", evidence=[], message="这里说了很多很多的话" * 20)
        for number in range(30)
    ]
    world.publish(dataclasses.replace(rows.clean(calls=1), findings=findings))
    world.with_routes(route(rules=[], packs=["standard"], quotes=True))
    world.send()
    (text,) = receiver.texts()
    assert len(text.encode()) <= 2048
    assert text.count("■ 11:04 · c-000") == 1
    assert "X00 (critical): “这里说了" in text
    assert "  …\nhttps://qa.example/callqa/calls/2026-01-05/c-000\n" in text


def test_a_robot_that_was_removed_keeps_its_messages_pending(published, receiver, service):
    service(SERVICES[0])
    receiver.always = {"errcode": 93000, "errmsg": "invalid webhook url"}
    sent = published.send()
    assert len(receiver.requests) == 1
    assert "code 93000" in sent.warnings[0]
    assert published.states() == [("people", "pending")]


def test_wecoms_messages_have_no_more_bytes_than_it_takes(world, receiver, service):
    service(SERVICES[0])
    world.publish(rows.clean(calls=60))
    world.with_routes(route(language="zh"))
    world.send()
    sizes = [len(text.encode()) for text in receiver.texts()]
    assert len(sizes) > 3
    assert max(sizes) <= 2048
    assert min(sizes[:-1]) > 1500
    told = [line for text in receiver.texts() for line in text.splitlines() if line.startswith("■")]
    assert len(told) == len(set(told)) == 60


def test_wecoms_last_message_counts_what_it_does_not_show(world, receiver, service):
    service(SERVICES[0])
    world.publish(rows.clean(calls=200))
    world.with_routes(route(max_messages=2))
    world.send()
    shown = [text.count("■") for text in receiver.texts()]
    assert f"… and {200 - sum(shown)} more" in receiver.texts()[1]
    assert max(len(text.encode()) for text in receiver.texts()) <= 2048


def test_an_e_mail_arrives(published, monkeypatch):
    with post_office() as office:
        port = office.server_address[1]
        monkeypatch.setenv(ADDRESS, f"mailto://127.0.0.1:{port}?from=qa@x.example&to=boss@x.example&mode=insecure")
        published.send()
        (letter,) = office.letters
    assert "Subject: [call quality] 2026-01-05: 4 call(s)" in letter
    assert published.states() == [("people", "sent")]


def test_an_e_mail_that_is_refused_stays_pending(published, monkeypatch):
    with post_office() as office:
        office.refuses = True
        port = office.server_address[1]
        monkeypatch.setenv(ADDRESS, f"mailto://127.0.0.1:{port}?from=qa@x.example&to=boss@x.example&mode=insecure")
        sent = published.send()
        assert published.states() == [("people", "pending")]
        assert "boss@x.example" not in "".join(sent.warnings)
        office.refuses = False
        published.send()
        assert len(office.letters) == 1
    assert published.states() == [("people", "sent")]
