"""A rule of a text, tried on published days before it is saved anywhere: in a process of its own, within limits.

    python -m qa_console.trying        the question as JSON on its input, the answer as JSON on its output

What somebody writes into the editor may name patterns that take for ever or lists that fill the memory. The process
ends by itself when its time is over and says how far it came; where it does not, it is ended.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from callqa.errors import CallQAError
from callqa.rejudge import trial
from callqa.settings import Settings
from qa_console.data.errors import BusyError

Against = Literal["published", "installed"]

SECONDS = 20.0
"""That judging may take; loading the rules comes on top of it."""
LOADING_SECONDS = 30.0
MEMORY_MB = 3000
FILE_MB = 1
"""Of what the process may write to a file: the rule's text."""
TEXT_BYTES = 64 * 1024
MOST_DAYS = 31
HITS = 50
"""Hits that are shown, and as many changed calls."""
AT_ONCE = 1
PLACE = re.compile(r"\S*rule\.yaml(?:, line (\d+))?: ")

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
    """The text is no rule, or it cannot be tried; `line` is where, from 1, if that is known."""

    def __init__(self, message: str, *, remedy: str = "", line: int | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.line = line


def tried(
    settings: Settings,
    text: str,
    first: dt.date,
    last: dt.date,
    *,
    against: Against = "published",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """What the rule of a YAML text says of the calls of some days, and what changes against another version.

    The answer is `of_rule`'s.

    Raises:
        TrialError: the text is no rule, or trying it took more time or memory than it may.
        BusyError: another one is being tried.
    """
    question = {
        "settings": settings.model_dump(mode="json"), "text": text, "first": str(first), "last": str(last),
        "against": against, "seconds": seconds,
    }  # fmt: skip
    if not _turns.acquire(timeout=5):
        raise BusyError("another rule is being tried", remedy="try again in some seconds")
    try:
        return _asked(question, seconds)
    finally:
        _turns.release()


def _asked(question: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *(path for path in sys.path if path)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "qa_console.trying"], input=json.dumps(question), text=True, capture_output=True,
            timeout=seconds + LOADING_SECONDS, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TrialError(
            f"the rule was not done after {seconds + LOADING_SECONDS:g} s",
            remedy="try it on fewer days, or write its patterns more narrowly",
        ) from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise TrialError(
            f"the trial ended with code {done.returncode}", remedy="it may have needed too much memory: try fewer days"
        ) from error
    if "error" in answer:
        raise TrialError(answer["error"], remedy=answer["remedy"], line=answer["line"])
    return answer


class TimeOver(Exception):  # noqa: N818 - the trial's ordinary end
    """No time is left."""


@dataclasses.dataclass
class Trial(trial.Comparison):
    """A comparison that also keeps the first hits of the new version, and ends in time."""

    until: float = float("inf")
    hits: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    reasons: dict[str, int] = dataclasses.field(default_factory=dict)
    """Why it could not be told, or what crashed, by number of calls."""

    def add(self, key: trial.Key, old: trial.Answer, new: trial.Answer) -> None:
        """Count a call."""
        super().add(key, old, new)
        if new.result == "hit" and len(self.hits) < HITS:
            self.hits.append({"day": str(key[0]), "call_id": key[1], "before": old.result, **new.plain()})
        if new.reason and len(self.reasons) < HITS:
            self.reasons[new.reason] = self.reasons.get(new.reason, 0) + 1
        if time.monotonic() > self.until:
            raise TimeOver


def of_rule(question: Mapping[str, Any]) -> dict[str, Any]:
    """Try a rule here and now.

    Returns: `rule`, `version`, `name`; `calls` judged, `days`, `skipped`, `finished`; `outcomes` of both versions;
    `hits` and `changed` (the first of them, with evidence), `changed_calls`; `seconds` of the rule alone, and `old`.
    """
    settings = Settings.model_validate(question["settings"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rule.yaml"
        file.write_text(question["text"], encoding="utf-8")
        rule, there = _loaded(settings, file)
        return _compared(settings, rule, there, question)


def _loaded(settings: Settings, file: Path) -> tuple[Any, Any]:
    """The rule of the file with the settings' options, and the installed one of the same id, if there is one."""
    import qc_rules
    from callqa import judge
    from callqa.cli.rules.installed import Installed, pack_errors, rules_of_file
    from qc_rules.options import configure

    packs = judge.packs(settings.rules)
    active = {rule.id: qc_rules.ActiveRule(rule, pack.pack) for pack in packs for rule in pack.rules}
    kinds = rules_of_file(file, Installed(tuple(pack.pack for pack in packs), active, frozenset(active)))
    if len(kinds) != 1:
        raise TrialError(f"the text has {len(kinds)} rules", remedy="try one rule at a time")
    try:
        with pack_errors():
            rule = configure(kinds[0], settings.rules.options.get(kinds[0].id, {}))
    except (ValueError, TypeError) as error:
        raise TrialError(f"rule {kinds[0].id}: {error}", remedy="see [rules.options] in qa.toml") from error
    return rule, active.get(rule.id)


def _compared(settings: Settings, rule: Any, there: Any, question: Mapping[str, Any]) -> dict[str, Any]:
    first, last = dt.date.fromisoformat(question["first"]), dt.date.fromisoformat(question["last"])
    limit = settings.rules.time_limit_seconds
    new = trial.Candidate("text", rule, limit)
    old: trial.Side = trial.Published(rule.id, _packs(settings, rule.id, first, last, there))
    if question["against"] == "installed":
        if there is None:
            raise TrialError(f"no rule {rule.id} is installed", remedy="compare it with what was published")
        old = trial.Candidate("installed", there.rule, limit)
    found = Trial(rule.id, old, new, until=time.monotonic() + float(question["seconds"]))
    try:
        trial.compare(settings.lake, first, last, found)
        finished = True
    except TimeOver:
        finished = False
    return _plain(found, rule, finished)


def _packs(settings: Settings, rule: str, first: dt.date, last: dt.date, there: Any) -> frozenset[str]:
    """The packs that the rule comes from, now and where it was published."""
    from callqa import warehouse

    sql = "select distinct pack from findings where rule = ? and call_date between ? and ?"
    names = {str(pack) for (pack,) in warehouse.query(settings.lake, sql, [rule, first, last])[1]}
    return frozenset(names | ({there.pack.name} if there else set()))


def _plain(found: Trial, rule: Any, finished: bool) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "version": rule.version,
        "name": rule.name,
        "severity": rule.severity,
        "calls": found.calls,
        "days": [str(day) for day in found.days],
        "skipped": {str(day): reason for day, reason in sorted(found.skipped.items())},
        "finished": finished,
        "new": found.counts(1),
        "old": {"name": found.old.name, "outcomes": found.counts(0), "seconds": found.old.seconds},
        "hits": found.hits,
        "changed": found.changed[:HITS],
        "changed_calls": found.changed_calls(),
        "reasons": sorted(found.reasons.items(), key=lambda one: -one[1])[:5],
        "seconds": found.new.seconds or 0.0,
    }


def _bounded(seconds: float) -> None:
    """From now on this process may use so much, and no more."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_MB * 1024 * 1024),
        (resource.RLIMIT_CPU, int(seconds + LOADING_SECONDS) * (os.cpu_count() or 1)),
        (resource.RLIMIT_FSIZE, FILE_MB * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _told(error: CallQAError) -> dict[str, Any]:
    """The loader's message without the name of the file that nobody knows, and the line that it names."""
    named = PLACE.match(error.message)
    line = int(named[1]) if named and named[1] else None
    return {"error": PLACE.sub("", error.message, count=1), "remedy": error.remedy, "line": line}


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    _bounded(float(question["seconds"]))
    try:
        answer = of_rule(question)
    except CallQAError as error:
        answer = _told(error)
    except MemoryError:
        answer = {"error": "the rule needs more memory than it may take", "remedy": "try fewer days", "line": None}
    sys.stdout.write("\n" + json.dumps(answer, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    main()
