"""A side-car's row as the typed fields of a Recording.

A broken value never stops a day: it is left out, and `Problems` says which value of which column was no good.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from callqa.contracts import DIRECTIONS, LANGUAGE_HINTS, ROLES
from callqa.fetch.privacy import protect
from callqa.settings import SourceSettings

PROBLEMS = "_problems"
"""Key of `Recording.extra` that says which values of the row were left out and why."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "call_id": ("callid", "contact_id", "session_id", "通话编号", "会话编号"),
    "started_at": ("start_time", "started", "begin_time", "开始时间"),
    "answered_at": ("answer_time", "answered", "接通时间"),
    "ended_at": ("end_time", "ended", "hangup_time", "结束时间"),
    "direction": ("call_type", "呼叫方向"),
    "queue": ("skill", "skill_group", "技能组"),
    "agent_id": ("agent", "坐席工号", "工号"),
    "agent_name": ("坐席姓名",),
    "team": ("group", "班组"),
    "customer_id": ("客户编号",),
    "customer_number": ("phone", "phone_number", "mobile", "caller", "caller_number", "客户号码", "手机号", "主叫号码"),
    "channel_roles": ("channels", "声道"),
    "language_hint": ("language", "语言"),
    "disconnect_reason": ("hangup_cause", "挂断原因"),
    "satisfaction": ("csat", "满意度"),
    "ivr_seconds": (),
    "hold_seconds": (),
}
"""Other names under which a field's column is found; the field's own name wins."""

_DIRECTION_WORDS = {"in": "inbound", "out": "outbound", "呼入": "inbound", "呼出": "outbound"}
_ROLE_WORDS = {"坐席": "agent", "座席": "agent", "客服": "agent", "客户": "customer"}
_MILLISECONDS = 1e11
"""An epoch number from here on counts milliseconds (as seconds it would be the year 5138)."""


@dataclass
class Problems:
    """The values of one row that were left out."""

    notes: list[str] = field(default_factory=list)

    def add(self, column: str, value: object, why: str) -> None:
        """Note a value that was left out."""
        self.notes.append(f"{column}={str(value)[:40]!r}: {why}")


def typed(values: Mapping[str, Any], source: SourceSettings, problems: Problems) -> dict[str, Any]:
    """The Recording fields that a row's values give, `extra` included; what is broken is noted and left out."""
    taken = {name: _column(name, values) for name in ALIASES}
    parsers = _parsers(source)
    fields: dict[str, Any] = {}
    for name, column in taken.items():
        if column is not None:
            value = _attempt(parsers.get(name, _text), column, values[column], problems)
            fields |= {} if value is None else {name: value}
    # A second column of the customer's number is not "extra": it would be stored as dialled.
    known = {c for c in taken.values() if c} | {"customer_number", *ALIASES["customer_number"]}
    fields["extra"] = {k: _text(v) for k, v in values.items() if k not in known and k != PROBLEMS}
    return fields


def _column(name: str, values: Mapping[str, Any]) -> str | None:
    return next((column for column in (name, *ALIASES[name]) if column in values), None)


def _attempt(parse: Callable[[Any], Any], column: str, value: Any, problems: Problems) -> Any:
    try:
        return parse(value)
    except (ValueError, OverflowError) as error:
        problems.add(column, value, str(error))
        return None


def _parsers(source: SourceSettings) -> dict[str, Callable[[Any], Any]]:
    moment = partial(timestamp, zone=ZoneInfo(source.timezone))
    return {
        "started_at": moment,
        "answered_at": moment,
        "ended_at": moment,
        "direction": direction,
        "customer_number": lambda value: protect(_text(value), source),
        "channel_roles": channel_roles,
        "language_hint": language_hint,
        "satisfaction": number,
        "ivr_seconds": seconds,
        "hold_seconds": seconds,
    }


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # Half of a surrogate pair (JSON may hold one) cannot be stored as UTF-8.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def timestamp(value: Any, zone: ZoneInfo) -> datetime:
    """A moment in UTC, from ISO 8601, `2026/1/5 9:30`, or seconds or milliseconds of the epoch.

    Without a zone of its own it is read in `zone`.

    Raises:
        ValueError: it is none of these.
    """
    moment = value if isinstance(value, datetime) else _parsed_moment(_text(value).strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def _parsed_moment(text: str) -> datetime:
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        epoch = float(text)
        return datetime.fromtimestamp(epoch / 1000 if epoch >= _MILLISECONDS else epoch, UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
        if not match:
            raise ValueError("not a timestamp such as 2026-01-05T09:30:00+08:00") from None
        return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]


def direction(value: Any) -> str:
    """One of DIRECTIONS.

    Raises:
        ValueError: it is none.
    """
    word = _text(value).strip().lower()
    return _one_of(_DIRECTION_WORDS.get(word, word), DIRECTIONS)


def language_hint(value: Any) -> str:
    """One of LANGUAGE_HINTS; `zh-CN` is zh.

    Raises:
        ValueError: it is none.
    """
    return _one_of(re.split(r"[-_]", _text(value).strip().lower())[0], LANGUAGE_HINTS)


def channel_roles(value: Any) -> dict[int, str]:
    """Role by 0-based channel, from `0:agent,1:customer` or a JSON object.

    Raises:
        ValueError: a channel is no number or a role is none of ROLES.
    """
    roles: dict[int, str] = {}
    for channel, role in _role_pairs(value):
        if not re.fullmatch(r"\d{1,3}", channel):
            raise ValueError("write it as 0:agent,1:customer")
        word = role.strip().lower()
        roles[int(channel)] = _one_of(_ROLE_WORDS.get(word, word), ROLES)
    return roles


def _role_pairs(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = json.loads(value)
    if isinstance(value, dict):
        return [(str(channel).strip(), str(role)) for channel, role in value.items()]
    if isinstance(value, list):  # a Parquet map comes as pairs, a list of names by position
        pairs = [v if isinstance(v, tuple) else (i, v) for i, v in enumerate(value)]
        return [(str(channel), str(role)) for channel, role in pairs]
    parts = [p for p in re.split(r"[,;]", _text(value)) if p.strip()]
    return [(c.strip(), role) for c, _, role in (part.replace("=", ":").partition(":") for part in parts)]


def number(value: Any) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    try:
        parsed = float(value if not isinstance(value, (dict, list)) else "")
    except (TypeError, ValueError):
        raise ValueError("not a number") from None
    if not math.isfinite(parsed):
        raise ValueError("not a finite number")
    return parsed


def seconds(value: Any) -> float:
    """A number of seconds, not below 0.

    Raises:
        ValueError: it is none.
    """
    parsed = number(value)
    if parsed < 0:
        raise ValueError("seconds cannot be below 0")
    return parsed


def _one_of(word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise ValueError(f"not one of {', '.join(known)}")
    return word
