"""A process that sends on command, in children that can be killed: `python -m tests.notify.senders`.

One JSON object a line on its standard input: `lake`, `address`, and perhaps `die`: `["append", "torn", 3]` as the third
addition to a record is written, `["send", "after", 1]` when the first message has been taken. One a line on its
standard output: whether the child was killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import apprise
import duckdb  # noqa: F401 - so that no child has to import it
import pyiceberg.io.pyarrow
import pyiceberg.table  # noqa: F401
from pyiceberg.catalog.sql import SqlCatalog  # noqa: F401

from callqa import judge, notify
from callqa.notify.bucket import Clock
from callqa.notify.channel import AppriseChannel
from callqa.notify.journal import Journal
from callqa.settings import LakeSettings, NotifySettings, RuleSettings, Settings
from tests import rows
from tests.notify.conftest import ADDRESS, route


def settings(lake: str) -> Settings:
    routes = [route(send="single")]
    return Settings(lake=LakeSettings(root=lake), notify=NotifySettings(routes=routes, attempts=1, max_age_days=0))


def main() -> None:
    # What every child would do again.
    judge.packs(RuleSettings())
    apprise.Apprise.instantiate("json://127.0.0.1")
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            send(job)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        print(json.dumps({"killed": os.WIFSIGNALED(status)}), flush=True)


def send(job: dict[str, Any]) -> None:
    os.environ[ADDRESS] = job["address"]
    if "die" in job:
        die(*job["die"])
    notify.send(settings(job["lake"]), rows.DAY, clock=Clock(sleep=lambda _: None))


def die(what: str, when: str, number: int) -> None:
    of = {"append": Journal, "send": AppriseChannel}[what]
    do, left = getattr(of, what), [number]

    def counted(self: Any, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and when == "torn":
            tear(self, *arguments)
        if left[0] == 0 and when in ("before", "torn"):
            os.kill(os.getpid(), signal.SIGKILL)
        answer = do(self, *arguments)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(of, what, counted)


def tear(journal: Journal, lines: list[dict]) -> None:
    """The lines, as far as a disk had them: half."""
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    journal.path.parent.mkdir(parents=True, exist_ok=True)
    with journal.path.open("ab") as file:
        file.write(text[: len(text) // 2])


if __name__ == "__main__":
    main()
