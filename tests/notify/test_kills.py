"""kill -9 in the middle of sending: nobody is told twice, and nothing is lost without a word."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from callqa import notify
from tests import rows
from tests.notify.receivers import listening
from tests.notify.senders import settings
from tests.warehouse.published import publish

pytestmark = pytest.mark.slow

CALLS = 4
POINTS = [
    *(["append", when, number] for number in (1, 2, 3, 6, 2 * CALLS + 1) for when in ("before", "torn", "after")),
    *(["send", when, number] for number in (1, 2, CALLS) for when in ("before", "after")),
]


@pytest.fixture(scope="module")
def sender():
    command = [sys.executable, "-m", "tests.notify.senders"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], **streams) as process:

        def send(**job) -> bool:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())["killed"]

        yield send
        process.stdin.close()


@pytest.mark.parametrize("point", POINTS, ids=lambda point: " ".join(map(str, point)))
def test_a_call_is_told_once_or_is_said_to_be_unsure(sender, tmp_path, point):
    lake = tmp_path / "lake"
    publish(settings(str(lake)).lake, rows.clean(calls=CALLS), tmp_path, run="r1")
    with listening() as receiver:
        job = {"lake": str(lake), "address": receiver.url}
        assert sender(**job, die=point)
        assert not sender(**job)
        assert not sender(**job)
        texts = receiver.texts()
        told = [(re.findall(r"c-\d{3}", text)[0], text[-8:]) for text in texts if "■" in text]
        notes = re.findall(r"Message #([0-9a-f]{8}) .* may not have arrived", str(receiver))
        requests = len(receiver.requests)
    calls = [call_id for call_id, _ in told]
    assert len(calls) == len(set(calls)), "somebody was told twice"
    found = notify.rows(settings(str(lake)))
    states = [row["state"] for row in found]
    assert sorted({*states} - {"sent", "unsure"}) == []
    assert sorted(notes) == sorted(row["message"] for row in found if row["state"] == "unsure")
    assert len(notes) <= 1
    arrived_and_unsure = len(set(notes) & {number for _, number in told})
    assert len(calls) + len(notes) - arrived_and_unsure == CALLS, "a call was lost without a word"
    assert requests == len(calls) + len(notes)
