"""Pieces of the gate's page: texts in two languages, figures, tables, and a day beside those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, EDGE = 180.0, 34.0, 5.0
"""Of a small chart, in its own units."""
LISTED = 40
"""Parts of one comparison that the page shows; those that drifted come first."""
NAMES: Mapping[str, tuple[str, str, str, str]] = {
    "history.call_volume": ("Calls", "通话量", "", ""),
    "history.duration": ("Median duration", "时长中位数", " s", " 秒"),
    "history.characters_a_minute": ("Characters a minute", "每分钟字数", "", ""),
    "history.languages": ("Language", "语言", "", ""),
    "history.emotions": ("Emotion", "情绪", "", ""),
    "history.hit_rates": ("Rule", "规则", "", ""),
}
"""What a comparison is called, and its unit."""
WORDS: Mapping[str, str] = {
    "zh": "普通话", "en": "英语", "yue": "粤语", "ja": "日语", "ko": "韩语", "nospeech": "无语音", "unknown": "未知",
    "happy": "高兴", "sad": "悲伤", "angry": "愤怒", "neutral": "平静", "fearful": "恐惧", "disgusted": "厌恶",
    "surprised": "惊讶",
}  # fmt: skip


def both(en: str, zh: str) -> str:
    """A text in both languages, of which the page shows one."""
    return f'<span lang="en">{escape(en)}</span><span lang="zh">{escape(zh)}</span>'


def figure(value: Any, *, share: bool = False) -> str:
    """A number for people: a share in per cent, whole numbers in groups of three, others to three figures or so."""
    if not isinstance(value, (int, float)):
        return escape(str(value))
    if share:
        return f"{value * 100:.3g} %" if 0 < value < 0.1 else f"{value * 100:.1f} %".replace(".0 %", " %")
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.3g}"


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    classes: Sequence[str] = (),
    kind: str = "",
) -> str:
    """A table of HTML cells; `classes` are of its columns, `kind` is its own."""
    names = [*classes, *[""] * (len(head) - len(classes))]
    top = "".join(f"<th{_class(n)}>{cell}</th>" for cell, n in zip(head, names, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{_class(n)}>{cell}</td>" for cell, n in zip(row, names, strict=True)) + "</tr>\n"
        for row in rows
    )
    title = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="scroll {kind}"><table>{title}<thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
    )


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def history(checks: Sequence[Mapping[str, Any]]) -> str:
    """The comparisons with the days before: first the amounts, in one table, then a table a mix."""
    without = [check for check in checks if not check.get("parts")]
    amounts = [(check, part) for check in checks for part in check.get("parts", ()) if not part["part"]]
    mixes = [check for check in checks if any(part["part"] for part in check.get("parts", ()))]
    said = _without(without) if without else ""
    whole = _compared(both("Measure", "指标"), [_row(check, part) for check, part in amounts]) if amounts else ""
    return said + whole + "".join(_mix(check) for check in mixes)


def _without(checks: Sequence[Mapping[str, Any]]) -> str:
    names = [NAMES[check["id"]] for check in checks]
    en, zh = ", ".join(name[0].lower() for name in names), "、".join(name[1] for name in names)
    text = both(f"Too few earlier days to compare with: {en}.", f"可比的往日太少，暂不比较：{zh}。")
    return f'<p class="soft">{text}</p>\n'


def _mix(check: Mapping[str, Any]) -> str:
    parts = sorted(check["parts"], key=lambda part: (not part["drifted"], -part["value"]))
    rows = [_row(check, part) for part in parts[:LISTED]]
    note = f'<p class="soft">{escape(check["note"])}</p>\n' if check.get("note") else ""
    return _compared(both(*NAMES[check["id"]][:2]), rows) + note


def _compared(name: str, rows: Sequence[Sequence[str]]) -> str:
    head = [
        name,
        both("This day", "当天"),
        both("Usually", "往常"),
        both("Within", "正常范围"),
        both("Earlier days", "往日走势"),
        "",
    ]
    return table(head, rows, classes=("", "num", "num", "num", "", "mark"), kind="compared")


def _row(check: Mapping[str, Any], part: Mapping[str, Any]) -> list[str]:
    share, (en, zh, *units) = bool(part["part"]), NAMES[check["id"]]
    name = both(part["part"], WORDS.get(part["part"], part["part"])) if share else both(en, zh)
    unit = both(*units) if units[0] else ""
    value, usual, low, high = (figure(part[key], share=share) for key in ("value", "usual", "low", "high"))
    tag = both("unusual", "异常") if part["drifted"] else both("usual", "正常")
    kind = "good" if not part["drifted"] else "bad" if check["severity"] == "blocking" else "warn"
    mark = f'<span class="tag {kind}">{tag}</span>'
    return [name, f"<b>{value}</b>{unit}", f"{usual}{unit}", f"{low} – {high}{unit}", chart(part), mark]


def line(part: Mapping[str, Any]) -> str:
    """A part that drifted, in words."""
    share = bool(part["part"])
    value, usual, low, high = (figure(part[key], share=share) for key in ("value", "usual", "low", "high"))
    en, zh = part["part"], WORDS.get(part["part"], part["part"])
    return both(
        f"{f'{en}: ' if share else ''}{value}, usually {usual} ({low} – {high})",
        f"{f'{zh}：' if share else ''}{value}，往常 {usual}（{low} – {high}）",
    )


def chart(part: Mapping[str, Any]) -> str:
    """The earlier days as a line, what is usual as a band, and the day itself as a dot."""
    past = [value for _, value in part["past"]]
    shown = [*past, part["value"], part["low"], part["high"]]
    bottom, top = min(shown), max(shown)

    def place(number: int, value: float) -> tuple[float, float]:
        across = EDGE + (WIDTH - 2 * EDGE) * number / max(1, len(past))
        return across, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - bottom) / ((top - bottom) or 1)

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(i, value) for i, value in enumerate(past)))
    (_, high), (_, low), (x, y) = place(0, part["high"]), place(0, part["low"]), place(len(past), part["value"])
    title = ", ".join(f"{day} {value:.4g}" for day, value in part["past"])
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img"><title>{escape(title)}</title>'
        f'<rect class="band" x="0" width="{WIDTH:.0f}" y="{high:.1f}" height="{max(1.0, low - high):.1f}" rx="3"/>'
        f'<polyline class="past" points="{line}"/>'
        f'<circle class="now{" out" if part["drifted"] else ""}" cx="{x:.1f}" cy="{y:.1f}" r="4"/></svg>'
    )
