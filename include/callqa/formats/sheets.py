"""What people read in a spreadsheet: calls, findings with their evidence, and scorecards, one table each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from callqa.formats.day import Beside, Day
from callqa.formats.options import Headers, Options

Cell = Any
"""A text, number, boolean, date, time of day without a zone, or None."""

DECIMALS = 3
"""Of seconds, shares and scores as people read them."""


class Column(NamedTuple):
    """A column of a sheet."""

    en: str
    zh: str
    sql: str = ""
    """The expression that gives its values, over the sheet's table; of a scorecard, the field's name."""
    times: bool = False
    """Whether these are times of day, to be shown in the contact centre's zone."""


@dataclass(frozen=True)
class Sheet:
    """A table of people's columns."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    rows: Callable[[Day], Iterator[tuple[Cell, ...]]]

    def headers(self, options: Options) -> list[str]:
        """The first row."""
        return [header(column, options) for column in self.columns]

    def cells(self, day: Day, options: Options) -> Iterator[list[Cell]]:
        """The rows of a day, by call id."""
        zone = ZoneInfo(options.source.timezone)
        timed = [index for index, column in enumerate(self.columns) if column.times]
        for row in self.rows(day):
            cells: list[Cell] = [round(cell, DECIMALS) if isinstance(cell, float) else cell for cell in row]
            for index in timed:
                cells[index] = _local(cells[index], zone)
            yield cells


def header(column: Column, options: Options) -> str:
    """A column's name in the language asked for; times of day name their zone."""
    zone = f" ({options.source.timezone})" if column.times else ""
    return _in(options.headers, column.en, column.zh) + zone


def title(sheet: Sheet, options: Options) -> str:
    """A sheet's name in the language asked for."""
    return _in(options.headers, sheet.name, sheet.zh)


def _in(language: Headers, en: str, zh: str) -> str:
    return {"en": en, "zh": zh, "both": f"{en} {zh}"}[language]


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Spreadsheets have no zones: the centre's own time, to the second."""
    return None if moment is None else moment.replace(microsecond=0).astimezone(zone).replace(tzinfo=None)


def _listed(column: str) -> str:
    return f"array_to_string({column}, ', ')"


def _measured(expression: str) -> str:
    """Of a rejected recording nothing was measured: the row's zeros are defaults."""
    return f"case when status <> 'rejected' then {expression} end"


WHO = (
    Column("day", "日期", "call_date"),
    Column("call", "通话编号", "call_id"),
    Column("started", "开始时间", "started_at", times=True),
    Column("queue", "队列", "queue"),
    Column("team", "班组", "team"),
    Column("agent", "坐席工号", "agent_id"),
    Column("agent name", "坐席姓名", "agent_name"),
)
CALL_COLUMNS = (
    *WHO,
    Column("direction", "呼叫方向", "direction"),
    Column("customer", "客户编号", "customer_id"),
    Column("customer number (masked)", "客户号码(脱敏)", "customer_number"),
    Column("status", "状态", "status"),
    Column("reject reason", "拒收原因", "reject_reason"),
    Column("score", "得分", "score"),
    Column("flags", "标记", _listed("flags")),
    Column("rules hit", "命中规则", _listed("rules_hit")),
    Column("rules unknown", "无法判定的规则", _listed("rules_unknown")),
    Column("seconds", "时长(秒)", "duration"),
    Column("line", "线路状态", "call_state"),
    Column("language", "语言", _measured("language")),
    Column("emotion at start", "开始情绪", _measured("emotion_start")),
    Column("emotion at end", "结束情绪", _measured("emotion_end")),
    Column("agent talks (s)", "坐席说话(秒)", _measured("talk_seconds['agent']")),
    Column("customer talks (s)", "客户说话(秒)", _measured("talk_seconds['customer']")),
    Column("silence (s)", "静音(秒)", _measured("silence_seconds")),
    Column("longest silence (s)", "最长静音(秒)", _measured("longest_silence_seconds")),
    Column("both talk (s)", "重叠说话(秒)", _measured("overlap_seconds")),
    Column("agent interrupts", "坐席打断次数", _measured("interruptions['agent']")),
    Column("customer interrupts", "客户打断次数", _measured("interruptions['customer']")),
    Column("turns", "话轮数", _measured("turn_count")),
    Column("confidence", "识别置信度", "mean_confidence"),
    Column("satisfaction", "满意度", "satisfaction"),
    Column("ended by", "挂断原因", "disconnect_reason"),
    Column("recording", "录音文件", "file_name"),
    Column("speech model", "语音模型", "nullif(asr_model, '')"),
)
FINDING_COLUMNS = (
    *WHO,
    Column("rule", "规则", "rule"),
    Column("rule version", "规则版本", "rule_version"),
    Column("pack", "规则包", "pack"),
    Column("pack version", "规则包版本", "pack_version"),
    Column("outcome", "结果", "outcome"),
    Column("severity", "严重程度", "severity"),
    Column("score", "扣分", "score"),
    Column("message", "说明", "message"),
    Column("reason", "原因", "reason"),
    Column("evidence from (s)", "证据开始(秒)", "list_min(list_transform(evidence, lambda e: e.start))"),
    Column("evidence to (s)", "证据结束(秒)", 'list_max(list_transform(evidence, lambda e: e."end"))'),
    Column("pieces of evidence", "证据条数", "len(evidence)"),
    Column("evidence", "证据", "evidence"),
)
CARD_COLUMNS = (
    *WHO,
    Column("scorecard", "评分卡", "card"),
    Column("version", "版本", "version"),
    Column("score", "得分", "score"),
    Column("passed", "是否合格", "passed"),
    Column("told (share)", "可判定比例", "coverage"),
    Column("critical failures", "致命项", "critical_failures"),
    Column("rules failed", "未通过规则", "rules_failed"),
    Column("rules passed", "通过规则", "rules_passed"),
    Column("rules unknown", "无法判定的规则", "rules_unknown"),
    Column("not applicable", "不适用规则", "rules_not_applicable"),
    Column("no score because", "无得分原因", "reason"),
    Column("sections", "分项得分", "sections"),
)


def _calls(day: Day) -> Iterator[tuple[Cell, ...]]:
    yield from day.rows("calls", [column.sql for column in CALL_COLUMNS])


class _Caller(NamedTuple):
    call_id: str
    cells: tuple[Cell, ...]


def _findings(day: Day) -> Iterator[tuple[Cell, ...]]:
    """One row a finding; who it is about comes from the call."""
    who = day.rows("calls", [column.sql for column in WHO])
    callers = Beside(_Caller(str(row[1]), row) for row in who)
    own = FINDING_COLUMNS[len(WHO) :]
    for call_id, *values in day.rows("findings", ["call_id", *(column.sql for column in own)]):
        *cells, evidence = values
        who_said = callers.of(call_id)
        nobody = (day.publication.call_date, call_id, *(None for _ in WHO[2:]))
        yield (*(who_said[0].cells if who_said else nobody), *cells, quoted(evidence))
    callers.finish()


def _cards(day: Day) -> Iterator[tuple[Cell, ...]]:
    own = CARD_COLUMNS[len(WHO) :]
    for *who, cards in day.rows("calls", [*(column.sql for column in WHO), "scorecards"]):
        for card in cards or ():
            yield (*who, *(_card_cell(card, column.sql) for column in own))


def _card_cell(card: Mapping[str, Any], name: str) -> Cell:
    value = card[name]
    if name == "sections":
        return "; ".join(f"{one['name']}: {_points(one['score'])}" for one in value)
    return ", ".join(value) if isinstance(value, list) else value


def _points(score: float | None) -> str:
    return "-" if score is None else f"{score:g}"


def quoted(evidence: Sequence[Mapping[str, Any]]) -> str:
    """Pieces of evidence as people read them: `1:05 我要投诉; 2:10 退款`, minutes and seconds from the start."""
    return "; ".join(f"{_clock(piece['start'])} {piece['text'] or piece['condition']}".strip() for piece in evidence)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


SHEETS = (
    Sheet("calls", "通话", CALL_COLUMNS, _calls),
    Sheet("findings", "质检发现", FINDING_COLUMNS, _findings),
    Sheet("scorecards", "评分卡", CARD_COLUMNS, _cards),
)
