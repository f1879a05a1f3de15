"""The gate's result as one HTML page that needs nothing else: for whoever has to decide about the day.

In English and Chinese (a switch; a browser that runs scripts begins in its own language), in light and dark.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.gate import page_parts
from callqa.gate.page_parts import both, figure, table

Result = Mapping[str, Any]

TABLES: Mapping[str, tuple[str, str]] = {
    "recordings": ("Recordings", "录音"), "calls": ("Calls", "通话"), "turns": ("Turns", "话轮"),
    "events": ("Sounds", "声音事件"), "findings": ("Findings", "发现"), "day": ("The day as a whole", "全天"),
    "history": ("Compared with earlier days", "与往日比较"),
}  # fmt: skip
TAGS: Mapping[str, tuple[str, str, str]] = {
    "passed": ("good", "passed", "通过"), "no history": ("none", "no history yet", "尚无历史"),
    "nothing to check": ("none", "nothing to check", "无可检查"), "blocking": ("bad", "blocks", "阻止发布"),
    "warning": ("warn", "warning", "警告"),
}  # fmt: skip
LANGUAGE = "document.getElementById(/^zh/i.test(navigator.language)?'zh':'en').checked=true"


def write(path: str | Path, result: Result) -> str:
    """Write the page of a gate's result; returns the path."""
    with storage.atomic(path) as temporary:
        temporary.write_text(html(result), encoding="utf-8")
    return str(path)


def html(result: Result) -> str:
    """The page of a gate's result (the JSON that `gate.run` describes)."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(result['day'])} · quality gate · 质量关卡</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(_sections(result))}</main>\n<script>{LANGUAGE}</script>\n</body>\n</html>\n"
    )


def _sections(result: Result) -> list[str]:
    failed = [check for check in result["checks"] if not check["success"]]
    failed.sort(key=lambda check: check["severity"] != "blocking")
    history = [check for check in result["checks"] if check["table"] == "history"]
    return [
        _head(result),
        _verdict(result, failed),
        _tiles(result),
        *([_title("What was found", "发现的问题")] if failed else []),
        *(_card(check) for check in failed),
        *([_title("Compared with earlier days", "与往日比较"), page_parts.history(history)] if history else []),
        _title("All checks", "全部检查"),
        *_all(result["checks"]),
        _foot(result),
    ]


def _title(en: str, zh: str) -> str:
    return f"<h2>{both(en, zh)}</h2>\n"


def _head(result: Result) -> str:
    return (
        f"<header><div><h1>{escape(result['day'])}</h1>"
        f'<div class="soft">{both("Data-quality gate", "数据质量关卡")}</div></div>'
        '<div class="switch" role="radiogroup" aria-label="Language 语言">'
        '<label><input type="radio" name="language" id="en" checked>English</label>'
        '<label><input type="radio" name="language" id="zh">中文</label></div></header>\n'
    )


def _verdict(result: Result, failed: Sequence[Result]) -> str:
    blocking = sum(check["severity"] == "blocking" for check in failed)
    warnings = len(failed) - blocking
    if not result["passed"]:
        kind, title = "refused", both("The day is refused.", "当天数据未通过。")
        text = both(
            f"{_many(blocking, 'check')} block it. Readers see nothing of it; its files are kept aside.",
            f"{blocking} 项检查阻止发布。读者看不到这份数据，文件另行保管。",
        )
    elif warnings:
        kind, title = "warned", both("The day passes, with warnings.", "当天数据通过，但有警告。")
        text = both(f"{_many(warnings, 'warning')}; it may be published.", f"{warnings} 项警告；可以发布。")
    else:
        kind, title = "passed", both("The day passes.", "当天数据通过。")
        text = both("Nothing was found that speaks against publishing it.", "没有发现不宜发布的问题。")
    return f'<div class="verdict {kind}"><b>{title}</b>{text}</div>\n'


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _tiles(result: Result) -> str:
    counts = [(TABLES[name], f"{count:,}") for name, count in result["counts"].items()]
    kinds = [check["result"] for check in result["checks"]]
    told = [(("checks passed", "项检查通过"), str(kinds.count("passed")))]
    silent = kinds.count("no history")
    if silent:
        told.append((("without history", "项尚无历史"), str(silent)))
    tiles = "".join(f'<div class="tile"><b>{n}</b><span>{both(*name)}</span></div>' for name, n in [*counts, *told])
    return f'<div class="tiles">{tiles}</div>\n'


def _tag(check: Result) -> str:
    kind, en, zh = TAGS[check["severity"] if not check["success"] else check["result"]]
    return f'<span class="tag {kind}">{both(en, zh)}</span>'


def _sentence(check: Result) -> str:
    return both(check["sentence"], check["sentence_zh"])


def _card(check: Result) -> str:
    note = f'<p class="soft">{escape(check["note"])}</p>' if check.get("note") else ""
    return (
        f'<div class="card"><h3>{_tag(check)} {_sentence(check)}</h3>'
        f"<p>{both('Found', '结果')} <b>{_found(check)}</b>{_wanted(check)} <code>{escape(check['id'])}</code></p>"
        f"{note}{_samples(check)}</div>\n"
    )


def _found(check: Result) -> str:
    observed = check["observed"]
    if observed is None:
        return "—"
    if isinstance(observed, dict):
        wrong, rows = f"{observed['wrong']:,}", f"{observed['rows']:,}"
        if check["table"] == "history":
            return both(f"{wrong} of {rows} unusual", f"{rows} 项中 {wrong} 项异常")
        return both(f"{wrong} of {rows} rows at fault", f"{rows} 行中 {wrong} 行有误")
    return figure(observed, share=check["id"].endswith("_share"))


def _wanted(check: Result) -> str:
    """What is asked for, where that is not simply that no row is at fault."""
    threshold = check["threshold"]
    if threshold.get("value_set", [True]) != [True]:
        values = ", ".join(str(value) for value in threshold["value_set"])
        return f"; {both('allowed', '允许')} <code>{escape(values)}</code>"
    low, high = threshold.get("min_value"), threshold.get("max_value")
    if (low is None and high is None) or isinstance(check["observed"], dict):
        return ""
    share = check["id"].endswith("_share")
    ends = [figure(end, share=share) for end in (low, high) if end is not None]
    if low is None or high is None:
        return f"; {both('at least', '至少') if high is None else both('at most', '至多')} {ends[0]}"
    return f"; {both('allowed', '允许')} {ends[0]} – {ends[1]}"


def _samples(check: Result) -> str:
    samples = check["samples"]
    if not samples:
        return ""
    if check["table"] == "history":
        return f"<ul>{''.join(f'<li>{page_parts.line(part)}</li>' for part in check['parts'] if part['drifted'])}</ul>"
    columns = [("call_id", "Call", "通话"), ("turn", "Turn", "话轮"), ("value", "Value", "取值")]
    shown = [c for c in columns if any(sample.get(c[0]) is not None for sample in samples)]
    rows = [[f"{escape(str(s[c[0]]))}" if s.get(c[0]) is not None else "" for c in shown] for s in samples]
    return table([both(en, zh) for _, en, zh in shown], rows)


def _all(checks: Sequence[Result]) -> list[str]:
    head = [both("Result", "结论"), both("What it protects", "保护什么"), both("Found", "结果")]
    pages = []
    for name, group in itertools.groupby(sorted(checks, key=_place), key=lambda check: check["table"]):
        rows = [
            [_tag(c), f"{_sentence(c)}<code>{escape(c['id'])}</code>", f"{_found(c)}{_threshold(c)}"] for c in group
        ]
        pages.append(table(head, rows, caption=both(*TABLES[name]), classes=("mark", "", "num")))
    return pages


def _threshold(check: Result) -> str:
    return f'<div class="soft">{_wanted(check)[2:]}</div>' if check["table"] == "day" and _wanted(check) else ""


def _place(check: Result) -> int:
    return list(TABLES).index(check["table"])


def _foot(result: Result) -> str:
    said = both("Result", "结果编号"), both("What was said is on this page nowhere.", "本页不含任何通话内容。")
    return f"<footer>{said[0]} <code>{escape(result['id'])}</code><br>{said[1]}</footer>\n"
