"""Nothing is missing, doubled, or of another day or call."""

from __future__ import annotations

from collections.abc import Iterator

from callqa import contracts
from callqa.gate.check import Check, Within, in_set, never
from callqa.gate.expectations.forms import fact, rows


def checks(day: str) -> Iterator[Check]:
    """Each recording, turn and finding is there once, is of this day, and belongs to a call that is there."""
    yield from _complete(day)
    yield from _belongs()


def _complete(day: str) -> Iterator[Check]:
    yield rows(
        "recordings.one_call_each", never("call_rows <> 1", "format('{} call rows', call_rows)"),
        "Every recording of the manifest has exactly one call row.", "清单里的每条录音恰好对应一行通话。",
    )  # fmt: skip
    yield rows(
        "calls.in_manifest", never("not in_manifest"),
        "Every call row is of a recording of the manifest.", "每行通话都来自清单里的一条录音。",
    )  # fmt: skip
    yield rows("calls.unique_id", never("doubled"), "No call is counted twice.", "没有通话被重复计算。")
    yield fact(
        "call_count", Within(value="abs((select count(*) from calls) - (select count(*) from recordings))", high=0),
        "There are as many call rows as recordings.", "通话行数与录音数相等。",
    )  # fmt: skip
    yield rows(
        "turns.unique_number", never("doubled"),
        "A turn's number names one turn of its call, so that evidence points to the right one.",
        "一个话轮编号只指通话里的一个话轮，证据因此指得准。",
    )  # fmt: skip
    yield rows(
        "turns.number", never("turn < 0 or turn >= call_turns", "cast(turn as varchar)", of="call_there"),
        "Turns are numbered from 0 on without a gap, as evidence names them.", "话轮从 0 起连续编号，与证据所指一致。",
    )  # fmt: skip
    yield rows(
        "calls.turn_count", never("turns_there <> turn_count", "format('{} of {} turns', turns_there, turn_count)"),
        "Every turn of a call arrived, and none that it does not know.", "通话的每个话轮都在，也没有多余的话轮。",
    )  # fmt: skip
    yield rows(
        "findings.unique_rule", never("doubled", "rule"),
        "A rule has one outcome on a call, so that no hit is counted twice.",
        "一条规则对一通电话只有一个结果，不会重复计数。",
    )  # fmt: skip
    yield rows(
        "calls.finding_count",
        never("findings_there <> findings_named", "format('{} of {} findings', findings_there, findings_named)"),
        "Every rule that a call says was hit, unknown or crashed has its finding.",
        "通话上记录的每条命中、未知、出错的规则都有对应的发现。",
    )  # fmt: skip
    for table in contracts.TABLES:
        yield rows(
            f"{table}.call_date", in_set("cast(call_date as varchar)", (day,)),
            f"All rows of {table} are of the day that is published; another day's rows would be lost with it.",
            f"{table} 的所有行都属于所发布的这一天；别的日期的行会随之丢失。",
        )  # fmt: skip


def _belongs() -> Iterator[Check]:
    for table in ("turns", "events", "findings"):
        yield rows(
            f"{table}.call_exists", never("not call_there"),
            f"Every row of {table} belongs to a call of the day.", f"{table} 的每一行都属于当天的一通电话。",
        )  # fmt: skip
