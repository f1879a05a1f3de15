"""Two versions of a rule on published days: what was published, what is installed, a text that is saved nowhere.

Whatever is compared, a process of its own does it (`qa_console.comparing`), within limits: what somebody writes into
the editor may name patterns that take for ever or lists that fill the memory. The process ends by itself when its time
is over and says how far it came; where it does not, it is ended.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa.errors import CallQAError
from callqa.settings import Settings
from qa_console.data.errors import BusyError

SIDES = re.compile(r"published|installed|text|v([1-9][0-9]{0,8})")
"""What can be compared: the outcomes that were published last, the installed rule, the text of the editor, or the
outcomes that a version of the rule published."""
SECONDS = 20.0
"""That judging may take; loading the rules comes on top of it."""
LOADING_SECONDS = 30.0
MEMORY_MB = 3000
FILE_MB = 1
"""Of what the process may write to a file: the rule's text."""
TEXT_BYTES = 64 * 1024
MOST_DAYS = 31
MOST_DAYS_PUBLISHED = 366
"""Of two published versions, which nobody judges anew."""
AT_ONCE = 1

EXAMPLE = """rules:
  - id: XX01
    version: 1
    name: {zh: 要求退款, en: Asks for a refund}
    severity: minor
    score: -1
    category: intent
    conditions:
      asks: {role: customer, keyword: [退款, refund]}
    when: asks
    message: {zh: '客户说：{asks}', en: 'the customer says {asks}'}
"""
"""What the editor begins with; a test tries it."""

_turns = threading.BoundedSemaphore(AT_ONCE)


class TrialError(CallQAError):
    """The text is no rule, or the versions cannot be compared.

    `line` is where, from 1, if that is known; `code` names those faults that the console has words of its own for.
    """

    def __init__(self, message: str, *, remedy: str = "", line: int | None = None, code: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.line = line
        self.code = code


def published_version(side: str) -> int | None:
    """The number of a side that names a published version; None of any other."""
    found = SIDES.fullmatch(side)
    return int(found[1]) if found and found[1] else None


def compared(
    settings: Settings,
    rule: str | None,
    old: str,
    new: str,
    first: dt.date,
    last: dt.date,
    *,
    text: str = "",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """What two versions of a rule (`SIDES`) say of the calls of some days; None for the rule: that of the text.

    The answer is `comparing.answer`'s.

    Raises:
        TrialError: the sides cannot be compared, the text is no rule, or it took more time or memory than it may.
        BusyError: another comparison is at work.
    """
    _check_sides(old, new)
    if rule is None and new != "text":
        raise TrialError("no rule is named", remedy="choose one", code="sides")
    question = {
        "settings": settings.model_dump(mode="json"), "rule": rule, "old": old, "new": new, "text": text,
        "first": str(first), "last": str(last), "seconds": seconds,
    }  # fmt: skip
    if not _turns.acquire(timeout=5):
        raise BusyError("another rule is being tried", remedy="try again in some seconds")
    try:
        return _asked(question, seconds)
    finally:
        _turns.release()


def tried(
    settings: Settings,
    text: str,
    first: dt.date,
    last: dt.date,
    *,
    against: str = "published",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """What the rule of a text says, against what was published or what is installed; as `compared`."""
    return compared(settings, None, against, "text", first, last, text=text, seconds=seconds)


def _check_sides(old: str, new: str) -> None:
    """Refuse what says nothing: a version against itself, and new outcomes that nobody can name or judge."""
    known = all(SIDES.fullmatch(side) for side in (old, new))
    if not known or old == "text" or new == "published":
        raise TrialError(f"{old} and {new} are no versions", remedy="choose them from the lists", code="sides")
    if old == new:
        raise TrialError("both versions are the same", remedy="choose two", code="same")
    if published_version(new) and not published_version(old):
        raise TrialError(
            "a published version is compared with another published one", remedy="choose one for both", code="mixed"
        )


def _asked(question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *(path for path in sys.path if path)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "qa_console.comparing"], input=json.dumps(question), text=True, capture_output=True,
            timeout=seconds + LOADING_SECONDS, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TrialError(
            f"the rule was not done after {seconds + LOADING_SECONDS:g} s",
            remedy="try it on fewer days, or write its patterns more narrowly",
            code="slow",
        ) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise TrialError(
            f"the trial ended with code {done.returncode}",
            remedy="it may have needed too much memory: try fewer days",
            code="ended",
        ) from error
    if "error" in answer:
        raise TrialError(answer["error"], remedy=answer["remedy"], line=answer["line"], code=answer["code"])
    return answer
