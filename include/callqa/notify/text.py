"""Messages as text: one for some calls, within what a service takes, and those about a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from callqa.notify.hits import Day, Hit
from callqa.notify.masking import plain, quoted
from callqa.notify.routes import Route
from callqa.notify.words import say
from callqa.settings import Settings

RULES_SHOWN = 10
"""Of a published day."""
SHORTEST_ENTRY = 8
"""Characters of what a message says of a call, at least."""
Size = Callable[[str], int]
"""How large a service takes a text to be."""


@dataclass(frozen=True)
class Text:
    """A message to be sent."""

    title: str
    body: str

    def joined(self) -> str:
        """As services without titles show it."""
        return f"{self.title}\r\n{self.body}"


@dataclass(frozen=True)
class Limit:
    """How long a message may be."""

    most: int
    size: Size = len

    def takes(self, text: Text) -> bool:
        """Whether it is not too long."""
        return self.size(text.joined()) <= self.most


class Writer:
    """Writes the messages of a route."""

    def __init__(self, settings: Settings, route: Route, titles: Mapping[str, Mapping[str, str]]) -> None:
        self.route, self.titles = route, titles
        self.language = route.settings.language
        self.zone = ZoneInfo(settings.source.timezone)
        self.base = settings.reports.console_url.rstrip("/")

    def calls(self, day: dt.date, hits: Sequence[Hit], number: str, limit: Limit) -> Text:
        """As many of the calls as the limit takes, the first ones; the rest is counted. `number` is the message's."""
        found = [of_call for _, of_call in by_call(hits)]
        entries = self._entries(found, limit)

        def of(shown: list[str]) -> Text:
            return self._message(day, shown, len(found) - len(shown), number)

        count = _most(len(entries), lambda count: limit.takes(of(entries[:count])))
        return of(entries[:count] or self._part(found[0], lambda entry: limit.takes(of([entry]))))

    def fitting(self, day: dt.date, calls: Sequence[Sequence[Hit]], limit: Limit) -> int:
        """How many of these calls, the first ones, a message takes if it is of no others; 0 where not even one."""
        entries = self._entries(calls, limit)
        return _most(len(entries), lambda count: limit.takes(self._message(day, entries[:count], 0, "0" * 8)))

    def _entries(self, calls: Sequence[Sequence[Hit]], limit: Limit) -> list[str]:
        """The entries of so many calls as could ever fit."""
        return [self._entry(of_call) for of_call in calls[: 1 + limit.most // SHORTEST_ENTRY]]

    def _message(self, day: dt.date, entries: list[str], more: int, number: str) -> Text:
        audience, count = self.route.settings.audience, len(entries) + more
        key = "calls_for" if audience else "calls"
        lines = [*entries, *([self._say("more", count=more)] if more else [])]
        if self.base:
            lines.append(self._say("all", link=self.link(day)))
        return Text(self._say(key, day=day, audience=audience, count=count), "\n".join([*lines, f"#{number}"]))

    def _part(self, of_call: Sequence[Hit], fits: Callable[[str], bool]) -> list[str]:
        """A call of which no message takes all: with as many of its hits as one does; nothing where it takes none."""
        count = _most(len(of_call), lambda count: fits(self._entry(of_call, count)))
        return [self._entry(of_call, count)] if count else []

    def _entry(self, of_call: Sequence[Hit], most: int | None = None) -> str:
        first, hits = of_call[0], of_call[:most]
        lines = [self._call(first), *(self._hit(hit) for hit in hits), *(["  …"] if len(hits) < len(of_call) else [])]
        if self.base:
            lines.append(self.link(first.day, first))
        return "\n".join(lines)

    def _call(self, hit: Hit) -> str:
        started = hit.started_at and f"{hit.started_at.astimezone(self.zone):%H:%M}"
        agent = hit.agent_id and self._say("agent", agent=hit.agent_id)
        queue = hit.queue and self._say("queue", queue=hit.queue)
        score = None if hit.score is None else self._say("score", score=hit.score)
        parts = [started, hit.call_id, agent, hit.team, queue, score]
        return "■ " + " · ".join(plain(part) for part in parts if part)

    def _hit(self, hit: Hit) -> str:
        line = f"  {self.rule(hit.rule)} ({self._say(hit.severity)})"
        said = self.route.settings.quotes and (hit.text or hit.message)
        return f"{line}: “{quoted(said)}”" if said else line

    def rule(self, rule: str) -> str:
        """A rule's name and id."""
        names = self.titles.get(rule, {})
        name = names.get(self.language) or next(iter(names.values()), "")
        return f"{name} {rule}".strip()

    def link(self, day: dt.date, hit: Hit | None = None) -> str:
        """To a call in the console, where its evidence begins; or to the day's calls."""
        if hit is None:
            return f"{self.base}/calls?{urlencode({'from': day.isoformat(), 'to': day.isoformat()})}"
        place = f"?t={hit.start:g}" if hit.start else ""
        return f"{self.base}/calls/{hit.day.isoformat()}/{quote(hit.call_id, safe='')}{place}"

    def published(self, day: Day) -> list[str]:
        """The lines of a published day."""
        numbers, score = day.numbers, day.numbers["score"]
        counts = {name: int(value or 0) for name, value in numbers.items() if name != "score"}
        lines = [self._say("numbers", **counts)]
        lines += [self._say("mean_score", score=score)] if score is not None else []
        lines += [self._say("hit", rule=self.rule(rule), count=count) for rule, count in day.by_rule[:RULES_SHOWN]]
        approved = day.publication.approved_by
        return [*lines, *([self._say("approved", by=approved)] if approved else [])]

    def event(self, event: str, day: dt.date | None, lines: Sequence[str], link: str, number: str) -> Text:
        """What is told of a day as a whole."""
        after = [self._say(f"{event}_do")] if event in ("refused", "failed") else []
        body = [*map(plain, lines), *after, *([link] if link else []), f"#{number}"]
        return Text(self._say(event, day=day), "\n".join(body))

    def unsure(self, number: str, day: dt.date, sent: dt.datetime, calls: int) -> Text:
        """That an earlier message may not have arrived."""
        at = f"{sent.astimezone(self.zone):%Y-%m-%d %H:%M}"
        lines = [self._say("unsure_calls", count=calls)] if calls else []
        lines += [self.link(day)] if self.base else []
        return Text(self._say("unsure", id=number, day=day, sent=at), "\n".join([*lines, f"#{number}?"]))

    def test(self) -> Text:
        """A message about nothing."""
        return Text(self._say("test"), self._say("test_body", route=self.route.name))

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to a limit that fits, by halving; 0 where none does."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def by_call(hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    """Hits by call, the call of the first hit first."""
    place = {call_id: -index for index, call_id in reversed(list(enumerate(hit.call_id for hit in hits)))}
    ordered = sorted(hits, key=lambda hit: -place[hit.call_id])
    return [(call_id, list(of_call)) for call_id, of_call in groupby(ordered, key=lambda hit: hit.call_id)]


def cut(text: Text, limit: Limit) -> Text:
    """A text of which as many lines are left as the limit takes, the last one (its number) always."""
    if limit.takes(text):
        return text
    *lines, last = text.body.split("\n")
    while lines and not limit.takes(shorter := Text(text.title, "\n".join([*lines, "…", last]))):
        lines.pop()
    return shorter if lines else Text(text.title[: limit.most // 8], last)
