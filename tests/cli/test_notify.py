"""`callqa notify`: what would be sent, what was, and whether a route works."""

from __future__ import annotations

import json

import pytest

from callqa.settings import LakeSettings
from tests import rows
from tests.notify.receivers import listening
from tests.warehouse.published import publish

DAY = "2026-01-05"
CONFIG = """
[notify]
attempts = 1

[[notify.routes]]
name = "people"
address = "env:PEOPLE"
language = "zh"
audience = "质检主管"
rules = ["HR01"]
"""


@pytest.fixture
def lake(tmp_path) -> str:
    """A published day."""
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(), tmp_path, run="r1")
    return lake.root


@pytest.fixture
def config(tmp_path) -> str:
    path = tmp_path / "qa.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


@pytest.fixture
def receiver(monkeypatch):
    with listening() as one:
        monkeypatch.setenv("PEOPLE", one.url)
        yield one


def test_a_preview_shows_the_messages(callqa, lake, config, receiver):
    words = ["notify", "preview", "--day", DAY, "--route", "people", "--lake", lake, "--config", config]
    code, out, _ = callqa(*words)
    assert code == 0
    assert "【通话质检】2026-01-05 质检主管：4 通通话" in out
    assert "1 message(s); 0 hit(s) were told before" in out
    found = json.loads(callqa(*words, "--json")[1])
    assert len(found["messages"]) == 1
    assert found["route"]["address"] == "env:PEOPLE"
    assert receiver.requests == []


def test_a_day_is_sent_and_listed_and_not_sent_again(callqa, lake, config, receiver):
    words = ["notify", "send", "--day", DAY, "--lake", lake, "--config", config]
    code, out, _ = callqa(*words)
    assert (code, "people" in out, "sent" in out) == (0, True, True)
    code, out, _ = callqa(*words, "--json")
    assert (code, json.loads(out)["messages"]) == (0, [])
    (row,) = json.loads(callqa("notify", "list", "--lake", lake, "--config", config, "--json")[1])
    assert (row["route"], row["state"], row["calls"]) == ("people", "sent", 4)
    assert callqa("notify", "list", "--day", "2026-01-06", "--lake", lake, "--config", config)[1] == "no message\n"
    assert len(receiver.requests) == 1


def test_what_could_not_be_sent_is_told_by_the_exit_code(callqa, lake, config, receiver):
    receiver.always = 404
    code, out, err = callqa("notify", "send", "--day", DAY, "--lake", lake, "--config", config)
    assert code == 1
    assert "pending" in out
    assert "warning: route people: message #" in err
    assert "HTTP 404" in err


def test_a_route_is_tried_with_a_message_about_nothing(callqa, config, receiver, monkeypatch):
    words = ["notify", "test", "--route", "people", "--config", config]
    assert callqa(*words)[:2] == (0, "people: sent\n")
    assert "没有任何通话数据" in str(receiver)
    receiver.always = 401
    code, out, _ = callqa(*words, "--json")
    assert (code, json.loads(out)) == (1, {"route": "people", "result": "failed", "reason": "HTTP 401"})
    monkeypatch.delenv("PEOPLE")
    code, _, err = callqa(*words)
    assert code == 2
    assert "env:PEOPLE is empty" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["send", "--day", "2026-02-01"], "was never published"),
        (["send", "--day", "yesterday"], "'yesterday' is not a date"),
        (["send", "--day", DAY, "--route", "nobody"], "there is people"),
        (["preview", "--day", DAY, "--route", "nobody"], "there is no route 'nobody'"),
        (["test", "--route", "nobody"], "there is no route 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(callqa, lake, config, receiver, words, said):
    where = [] if words[0] == "test" else ["--lake", lake]
    code, _, err = callqa("notify", *words, *where, "--config", config)
    assert code == 2
    assert said in " ".join(err.split())
    assert receiver.requests == []
