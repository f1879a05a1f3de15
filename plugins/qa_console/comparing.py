"""The process that compares two versions of a rule on published days, and ends.

    python -m qa_console.comparing        the question as JSON on its input, the answer as JSON on its output

`trying` asks; what may be compared with what is decided there.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa import rules
from callqa.errors import CallQAError
from callqa.rejudge import backtest, reviewed, trial, versions
from callqa.rules import Installed
from callqa.settings import Settings
from qa_console import trying
from qa_console.trying import TrialError

HITS = 50
"""Hits that are shown, and as many changed calls."""
REASONS = 5
"""Of those why it could not be told, the most frequent."""
PLACE = re.compile(r"\S*rule\.yaml(?:, line (\d+))?: ")


class TimeOver(Exception):  # noqa: N818 - a comparison's ordinary end
    """No time is left."""


@dataclasses.dataclass
class Timed(trial.Comparison):
    """A comparison that also keeps the first hits of the new version, and ends in time."""

    until: float = float("inf")
    hits: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    reasons: dict[str, int] = dataclasses.field(default_factory=dict)
    """Why the new version could not tell, or what crashed, by number of calls."""

    def add(self, key: trial.Key, old: trial.Answer, new: trial.Answer) -> None:
        """Count a call."""
        super().add(key, old, new)
        if new.result == "hit" and len(self.hits) < HITS:
            self.hits.append({"day": str(key[0]), "call_id": key[1], "before": old.result, **new.plain()})
        if new.reason and (new.reason in self.reasons or len(self.reasons) < HITS):
            self.reasons[new.reason] = self.reasons.get(new.reason, 0) + 1
        if time.monotonic() > self.until:
            raise TimeOver


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Compare here and now.

    Returns: `rule`; of a text its `severity` and `messages` by language; `calls`, `days`, `skipped`, `finished`;
    `outcomes`: calls by old and new outcome; `old` and `new`: each `side`, `version`, `outcomes`, `seconds` of the rule
    alone and `reviews` (as `reviewed.figures`; None where nobody reviewed); `hits` of the new version, `changed` (the
    first of them, with evidence), `changed_calls`, `other_evidence`, `reasons`.
    """
    settings = Settings.model_validate(question["settings"])
    first, last = (dt.date.fromisoformat(question[name]) for name in ("first", "last"))
    sides = question["old"], question["new"]
    published = all(trying.published_version(side) for side in sides)
    with tempfile.TemporaryDirectory() as folder:
        there = Installed((), {}, frozenset()) if published else rules.installed(settings.rules)
        written = _written(settings, there, Path(folder), question["text"]) if "text" in sides else None
        rule = written.id if written else str(question["rule"])
        packs = backtest.packs_of(settings.lake, there, rule, first, last)
        old, new = (_side(name, settings, there, rule, packs, written) for name in sides)
        until = time.monotonic() + float(question["seconds"])
        found = Timed(rule, old, new, until=until)
        reviews = reviewed.newest(settings.lake, rule, first, last)
        finished = _filled(settings, found, first, last, frozenset(one.key for one in reviews))
    return _plain(found, sides, written, reviews, finished=finished)


def _side(
    name: str, settings: Settings, there: Installed, rule: str, packs: frozenset[str], written: Any
) -> trial.Side:
    version = trying.published_version(name)
    if version or name == "published":
        return trial.Published(rule, packs, version)
    if name == "installed" and rule not in there.rules:
        raise TrialError(
            f"no rule {rule} is installed", remedy="compare it with what was published", code="not_installed"
        )
    one = written if name == "text" else there.rules[rule].rule
    return trial.Candidate(name, one, settings.rules.time_limit_seconds)


def _filled(settings: Settings, found: Timed, first: dt.date, last: dt.date, wanted: frozenset[trial.Key]) -> bool:
    """Whether all calls were asked before the time was over."""
    both = isinstance(found.old, trial.Published) and isinstance(found.new, trial.Published)
    try:
        (versions if both else trial).compare(settings.lake, first, last, found, wanted=wanted)
    except TimeOver:
        return False
    return True


def _written(settings: Settings, there: Installed, folder: Path, text: str) -> Any:
    """The rule of a text, with the settings' options of its id."""
    file = folder / "rule.yaml"
    file.write_text(text, encoding="utf-8")
    kinds = rules.rules_of_files([file], there)
    if len(kinds) != 1:
        raise TrialError(f"the text has {len(kinds)} rules", remedy="try one rule at a time", code="count")
    return backtest.configured(kinds[0], settings.rules.options.get(kinds[0].id, {}))


def _plain(
    found: Timed, sides: tuple[str, str], written: Any, reviews: list[reviewed.Reviewed], *, finished: bool
) -> dict[str, Any]:
    figures = backtest.figures(found, reviews) if reviews else [None, None]
    old, new = (
        {
            "side": sides[at], "version": (found.old, found.new)[at].version, "outcomes": found.counts(at),
            "seconds": (found.old, found.new)[at].seconds, "reviews": figures[at],
        }
        for at in (0, 1)
    )  # fmt: skip
    plain = backtest.plain(found)
    return {
        **{name: plain[name] for name in ("rule", "calls", "days", "outcomes", "other_evidence")},
        "severity": written.severity if written else None,
        "messages": dict(written.document.messages()) if written else {},
        "skipped": [
            {"day": day, "code": one.code, "versions": one.versions} for day, one in sorted(found.skipped.items())
        ],
        "finished": finished,
        "old": old,
        "new": new,
        "hits": found.hits,
        "changed": found.changed[:HITS],
        "changed_calls": found.changed_calls(),
        "reasons": sorted(found.reasons.items(), key=lambda one: -one[1])[:REASONS],
    }


def _bounded(seconds: float) -> None:
    """From now on this process may use so much, and no more."""
    for what, most in (
        (resource.RLIMIT_AS, trying.MEMORY_MB * 1024 * 1024),
        (resource.RLIMIT_CPU, int(seconds + trying.LOADING_SECONDS) * (os.cpu_count() or 1)),
        (resource.RLIMIT_FSIZE, trying.FILE_MB * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _told(error: CallQAError) -> dict[str, Any]:
    """The loader's message without the name of the file that nobody knows, and the line that it names."""
    named = PLACE.match(error.message)
    line = int(named[1]) if named and named[1] else None
    code = error.code if isinstance(error, TrialError) else ""
    return {"error": PLACE.sub("", error.message, count=1), "remedy": error.remedy, "line": line, "code": code}


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    _bounded(float(question["seconds"]))
    try:
        said = answer(question)
    except CallQAError as error:
        said = _told(error)
    except MemoryError:
        said = {"error": "the rule needs more memory than it may take", "remedy": "", "line": None, "code": "memory"}
    sys.stdout.write("\n" + json.dumps(said, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    main()
