"""Reports made: the days looked up at one state of the warehouse, the pages written, the folder given its name."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callqa import storage
from callqa.errors import RemovedError, UsageError
from callqa.reports import affinity, folder, overview, rendering, risk, shifts, taken, wellbeing
from callqa.reports.data import opened
from callqa.reports.language import Language
from callqa.reports.period import Period
from callqa.reports.subject import Context, Subject
from callqa.settings import Settings
from callqa.warehouse import watch

VERSION = 2
"""Of what is on the pages: goes up when the same publications come out otherwise."""
ATTEMPTS = 5
"""Each needs another publication or erasure while a report is being made."""
PAGES = ("overview", "training", "supervisors", "planners", "shifts")
GROUPS = ("training", "supervisors", "planners")
"""Pages that are for one group of readers."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report on the disk."""

    period: Period
    folder: Path
    changed: bool
    """False: it was there, made from the same publications."""
    pages: Mapping[str, Mapping[str, str]]
    """Path by page and language."""
    files: Sequence[str]
    """Every file, the pages too."""
    summary: Mapping[str, Any]
    """A few numbers for messages."""


def make(
    settings: Settings,
    period: Period,
    *,
    pages: Sequence[str] = PAGES,
    languages: Sequence[str] = (),
    out: str | Path | None = None,
) -> Report:
    """Write the report of a period into the lake, or some pages of it to the folder `out`.

    What lies there already is left as it is where it was made from the same publications and settings.

    Raises:
        UsageError: no day of the period is published, or `out` holds something else.
        StageError: the disk is full, or the period needs more memory than a report may take.
    """
    chosen = [page for page in PAGES if page in pages and (page != "shifts" or period.kind == "day")]
    spoken = list(languages or dict.fromkeys(settings.reports.languages))
    target = Path(out).absolute() if out else folder.place(settings.lake.root, period.first, period.last)
    making = _Making(settings, period, chosen, spoken, target)
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(RemovedError):
            return making.done()
    return making.done()


class _Making:
    """A report that is being made."""

    def __init__(
        self, settings: Settings, period: Period, pages: Sequence[str], languages: Sequence[str], target: Path
    ) -> None:
        self.settings, self.period, self.target = settings, period, target
        self.pages, self.languages = pages, languages

    def done(self) -> Report:
        """Make it, unless it is there.

        Raises:
            RemovedError: something was published or erased meanwhile.
        """
        state = watch.published(self.settings.lake)
        days = [day for day in self.period.days() if day in state.newest]
        if not days:
            raise UsageError(
                f"nothing is published for {self._shown()}", remedy="run the day first, or look at `callqa query`"
            )
        earlier = self._earlier(state)
        inputs = self._inputs(state, [*earlier, *days])
        left = folder.note_of(self.target)
        if left and left.get("inputs") == inputs and self._is_whole(left, state, days):
            return self._report(left, changed=False)
        with folder.making(self.target) as temporary:
            note = {"inputs": inputs, **self._written(temporary, state, days, earlier)}
            folder.write(temporary / folder.NOTE, json.dumps(note, ensure_ascii=False, indent=2) + "\n")
            self._give_its_name(temporary, state, inputs, [*earlier, *days])
        return self._report(note, changed=True)

    def _is_whole(self, left: Mapping[str, Any], state: watch.Published, days: Sequence[dt.date]) -> bool:
        """Whether an earlier report is all there: pages, sound, and what the runs took that have told it by now."""
        if left["unreachable"] or not all((self.target / name).is_file() for name in left["pages"]):
            return False
        if "overview" not in self.pages:
            return True
        with opened(self.settings.lake, state, []) as data:
            return bool(_runs(taken.of(Subject(self.settings, self.period, days, [], data))) == left["runs"])

    def _shown(self) -> str:
        first, last = self.period.first, self.period.last
        return f"{first}" if first == last else f"{first} to {last}"

    def _earlier(self, state: watch.Published) -> list[dt.date]:
        """Published days before the period: as many as the gate compares with, and all of the period before."""
        before = [day for day in sorted(state.newest) if day < self.period.first]
        usual = before[-self.settings.gate.drift_days :]
        return sorted({*usual, *(day for day in before if self.period.before.has(day))})

    def _inputs(self, state: watch.Published, days: Sequence[dt.date]) -> str:
        """The digest of everything that the pages depend on."""
        made_of = [(day.isoformat(), state.newest[day].sequence, state.newest[day].content_digest) for day in days]
        settings = {
            "reports": self.settings.reports.model_dump(exclude={"keep_days", "periods", "languages"}),
            "gate": self.settings.gate.model_dump(),
            "zone": self.settings.source.timezone,
            "rules": self.settings.rules.model_dump(),
        }
        return storage.digest_of([VERSION, self.period.kind, made_of, settings, self.pages, self.languages])

    def _written(
        self, place: Path, state: watch.Published, days: Sequence[dt.date], earlier: Sequence[dt.date]
    ) -> dict[str, Any]:
        """Write pages and sounds; returns what the report's note says of them."""
        with opened(self.settings.lake, state, [*earlier, *days]) as data:
            subject = Subject(self.settings, self.period, days, earlier, data)
            data.count_turns(days)
            data.set_clock(days, ZoneInfo(self.settings.source.timezone))
            contexts = dict(self._contexts(subject, place))
            summary = overview.summary(contexts.get("overview") or overview.build(subject))
            publications = data.publications(days)
        about = {"period": self.period, "publications": publications, "pages": self.pages, "languages": self.languages}
        for page in self.pages:
            for language in self.languages:
                shown = {**about, **contexts[page], "span": self._span(language)}
                folder.write(place / _file(page, language), rendering.page(page, language, self.settings, shown))
        return {
            "kind": self.period.kind,
            "first": self.period.first.isoformat(),
            "last": self.period.last.isoformat(),
            "pages": {
                _file(page, code): {"page": page, "language": code} for page in self.pages for code in self.languages
            },
            "sounds": sorted(path.relative_to(place).as_posix() for path in place.glob(f"{folder.CLIPS}/*.flac")),
            "publications": [
                {"call_date": one.call_date.isoformat(), "sequence": one.sequence, "content_digest": one.content_digest}
                for one in publications
            ],
            "calls": [
                {"call_date": day.isoformat(), "call_id": call_id}
                for day, ids in sorted(subject.shown.items())
                for call_id in sorted(ids)
            ],
            "unreachable": bool(contexts.get("shifts", {}).get("unreachable")),
            "runs": _runs(contexts.get("overview", {}).get("taken")),
            "summary": self._summary(summary, contexts),
        }

    def _contexts(self, subject: Subject, place: Path) -> Iterator[tuple[str, Context]]:
        builders: dict[str, Callable[[Subject], Context]] = {
            "overview": overview.build,
            "training": affinity.build,
            "supervisors": risk.build,
            "planners": wellbeing.build,
            "shifts": lambda one: shifts.build(one, place),
        }
        for page in self.pages:
            yield page, builders[page](subject)

    def _summary(self, numbers: Mapping[str, Any], contexts: Mapping[str, Context]) -> dict[str, Any]:
        """The numbers of the overview, and of each other page what it is about."""
        found = dict(numbers)
        if "supervisors" in contexts:
            found["call_back"] = contexts["supervisors"]["call_back_count"]
            found["conduct"] = contexts["supervisors"]["conduct_count"]
        if "training" in contexts:
            found["open_warmly"] = contexts["training"]["everybody"]["open"].value
        if "planners" in contexts:
            found["strained_agents"] = contexts["planners"]["signalled_count"]
        if "shifts" in contexts:
            found["turned_worse"] = contexts["shifts"]["counts"]["worse"]
            found["turned_better"] = contexts["shifts"]["counts"]["better"]
        return found

    def _span(self, language: str) -> str:
        lang = Language(language, ZoneInfo(self.settings.source.timezone))
        if self.period.kind == "day":
            return lang.date(self.period.first)
        return f"{lang.date(self.period.first)} – {lang.date(self.period.last)}"

    def _give_its_name(self, temporary: Path, state: watch.Published, inputs: str, days: Sequence[dt.date]) -> None:
        """In the lake: while no erasure and no retention is at work, and nothing was published since it was begun."""
        from callqa.upkeep import lake

        locked = lake.locked(self.settings.lake.root) if self._in_lake() else contextlib.nullcontext()
        with locked:
            if watch.token(self.settings.lake) != state.token:
                now = watch.published(self.settings.lake)
                if any(day not in now.newest for day in days) or self._inputs(now, days) != inputs:
                    raise RemovedError("a day was published again while its report was made", remedy="make it again")
            folder.take_place(temporary, self.target)

    def _in_lake(self) -> bool:
        return self.target.is_relative_to(Path(self.settings.lake.root).absolute())

    def _report(self, note: Mapping[str, Any], *, changed: bool) -> Report:
        pages: dict[str, dict[str, str]] = {}
        for name, about in note["pages"].items():
            pages.setdefault(about["page"], {})[about["language"]] = str(self.target / name)
        names = [*note["pages"], *note["sounds"], folder.NOTE]
        files = [str(self.target / name) for name in names if (self.target / name).is_file()]
        return Report(
            period=self.period, folder=self.target, changed=changed, pages=pages, files=files, summary=note["summary"]
        )


def _runs(took: Mapping[str, Any] | None) -> int:
    return took["runs"] if took else 0


def _file(page: str, language: str) -> str:
    return f"{page}.{language}.html"
