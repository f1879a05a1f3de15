"""What an answer means: it arrived, it did not, or nobody knows."""

from __future__ import annotations

import pytest
import requests
import urllib3

from callqa.notify.answers import Outcome, of_http
from callqa.notify.watching import Seen


def answer(status, body=b"{}", **headers):
    response = requests.Response()
    response.status_code, response._content = status, body
    response.headers.update(headers)
    return response


def outcome(last, service="json") -> Outcome:
    return of_http(Seen([last]), service)


@pytest.mark.parametrize(
    ("status", "result", "again"),
    [
        (200, "sent", True), (204, "sent", True), (302, "failed", False), (400, "failed", False), (403, "failed", False),
        (404, "failed", False), (408, "failed", True), (429, "failed", True), (500, "failed", True),
        (502, "unsure", True), (503, "failed", True), (504, "unsure", True),
    ],
)  # fmt: skip
def test_a_status_says_whether_it_arrived_and_whether_to_try_again(status, result, again):
    found = outcome(answer(status))
    assert (found.result, found.again) == (result, again)


@pytest.mark.parametrize(
    ("header", "wait"), [("30", 30), ("100000", 300), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-5", 0), ("", 0)]
)
def test_a_service_is_left_alone_for_as_long_as_it_asks(header, wait):
    assert outcome(answer(429, **{"Retry-After": header})).wait == wait


@pytest.mark.parametrize(
    ("service", "body", "result"),
    [
        ("wecombot", b'{"errcode": 0}', "sent"),
        ("wecombot", b'{"errcode": 40058}', "failed"),
        ("dingtalk", b'{"errcode": 310000}', "failed"),
        ("feishu", b'{"StatusCode": 0, "code": 0}', "sent"),
        ("feishu", b'{"code": 19001}', "failed"),
        ("feishu", b"not json", "unsure"),
        ("dingtalk", b'{"login": "please"}', "unsure"),
        ("dingtalk", b'{"errcode": null}', "unsure"),
        ("json", b'{"errcode": 40058}', "sent"),
        ("wecombot", b"[1]", "unsure"),
    ],
)
def test_the_chat_services_say_in_the_body_what_they_refuse(service, body, result):
    assert outcome(answer(200, body), service).result == result


@pytest.mark.parametrize(("service", "code"), [("wecombot", -1), ("dingtalk", 410100), ("feishu", 11232)])
def test_a_service_that_is_busy_is_asked_again_in_a_minute(service, code):
    body = b'{"errcode": %d, "code": %d}' % (code, code)
    found = outcome(answer(200, body), service)
    assert (found.result, found.again, found.wait) == ("failed", True, 60)


POOL = urllib3.HTTPConnectionPool("h")


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (requests.ConnectTimeout(), "failed"),
        (requests.exceptions.SSLError(), "failed"),
        (requests.exceptions.ProxyError(), "failed"),
        (requests.ConnectionError(urllib3.exceptions.MaxRetryError(POOL, "/", urllib3.exceptions.NameResolutionError("h", POOL, OSError()))), "failed"),
        (requests.ConnectionError(urllib3.exceptions.MaxRetryError(POOL, "/", urllib3.exceptions.NewConnectionError(POOL, "refused"))), "failed"),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("aborted")), "unsure"),
        (requests.ReadTimeout(), "unsure"),
        (requests.exceptions.ChunkedEncodingError(), "unsure"),
        (ValueError("odd"), "unsure"),
    ],
)  # fmt: skip
def test_only_what_never_got_there_may_be_sent_again(error, result):
    assert outcome(error).result == result


def test_the_last_request_counts():
    assert of_http(Seen([answer(500), answer(200)]), "json").result == "sent"
