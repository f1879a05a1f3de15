"""What the warehouse knows of a call that somebody wants to hear: its recording, and where it must be silent."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callqa.errors import StageError, UsageError
from callqa.listen.silence import Span
from callqa.settings import LakeSettings

REMEDY = "run the day again with this version of callqa"


@dataclass(frozen=True)
class Published:
    """A published recording."""

    uri: str
    sha256: str
    spans: dict[int, list[Span]]
    """Seconds in which personal data is said, by channel."""


def published(lake: LakeSettings, day: dt.date, call_id: str) -> Published:
    """A call's recording and what must be silent in it, as the day's newest publication has them.

    Raises:
        UsageError: no such call is published.
        StageError: nothing is known of where personal data is said in it: it was rejected, or published by a version
            of callqa that did not look for it.
    """
    from callqa import warehouse

    key = "where call_date = ? and call_id = ?"
    calls = warehouse.table(lake, f"select uri, sha256, status from calls {key}", [day, call_id]).to_pylist()  # noqa: S608
    if not calls:
        raise UsageError(
            f"no call {call_id} is published for {day}",
            remedy="`callqa query` lists them: select call_id from calls",
        )
    if calls[0]["status"] == "rejected" or not calls[0]["sha256"]:
        raise StageError(
            f"call {call_id} of {day} was rejected: nobody knows what is said in it",
            remedy="listen to the recording itself, if you may",
        )
    turns = warehouse.table(lake, f"select turn, channel, text_match, redactions from turns {key}", [day, call_id])  # noqa: S608
    return Published(calls[0]["uri"], calls[0]["sha256"], spans(turns.to_pylist(), f"call {call_id} of {day}"))


def spans(turns: Iterable[Mapping[str, Any]], call: str) -> dict[int, list[Span]]:
    """Seconds in which personal data is said, by channel, of a call's published turns; `call` names it in errors.

    Raises:
        StageError: nothing is known of where personal data is said in it.
    """
    found: dict[int, list[Span]] = {}
    for turn in turns:
        if turn["text_match"] is None:
            raise StageError(f"{call} was published before personal data was looked for", remedy=REMEDY)
        for redaction in turn["redactions"] or ():
            found.setdefault(int(turn["channel"]), []).append(_span(redaction, turn, call))
    return found


def _span(redaction: Mapping[str, Any], turn: Mapping[str, Any], call: str) -> Span:
    start, end = redaction.get("audio_start"), redaction.get("audio_end")
    if start is None or end is None or not (math.isfinite(start) and math.isfinite(end) and start < end):
        raise StageError(
            f"{call}: turn {turn['turn']} has personal data at an unknown time ({start}..{end} s)", remedy=REMEDY
        )
    return float(start), float(end)
