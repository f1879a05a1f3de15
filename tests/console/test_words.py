"""Every word is in both languages, is used, and no page names one that is not there."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import qa_console
from callqa import contracts
from qa_console.access import Role
from qa_console.language import LANGUAGES, Language, choose, words

HOUSE = Path(qa_console.__file__).parent
PREFIX = re.compile(r'"([a-z_]+\.[a-z_]+)" ~')
KEY = re.compile(r'"([a-z_]+\.(?!(?:html|js|css|svg|json|csv|wav|flac)")[a-z0-9_]+)"')
CJK = re.compile(r"[\u3400-\u9fff]")
TERMS = {
    "emotion": contracts.EMOTIONS,
    "event": contracts.EVENT_CLASSES,
    "call_state": contracts.CALL_STATES,
    "language": (*contracts.LANGUAGES, "auto"),
    "role": contracts.ROLES,
    "direction": contracts.DIRECTIONS,
    "status": contracts.STATUSES,
    "reject_reason": contracts.REJECT_REASONS,
    "result": contracts.RESULTS,
    "severity": contracts.SEVERITIES,
    "verdict": contracts.VERDICTS,
    "gate_result": contracts.GATE_RESULTS,
    "gate_severity": ("blocking", "warning"),
    "redaction": contracts.REDACTIONS,
    "person": tuple(role.name.lower() for role in Role),
}


def sources():
    for folder, pattern in (("pages", "*.py"), (".", "*.py"), ("templates", "*.html")):
        yield from sorted((HOUSE / folder).glob(pattern))


def spelt():
    """Keys by the files that name them, and beginnings of keys (`"today.moods_" ~ side`)."""
    keys, beginnings = {}, set()
    files = {file.stem for file in (HOUSE / "words").glob("*.toml")}
    for file in sources():
        text = file.read_text(encoding="utf-8")
        beginnings |= set(PREFIX.findall(text)) | set(re.findall(r'f"([a-z_]+\.[a-z_]+_?)\{', text))
        for key in KEY.findall(text):
            if key.split(".")[0] in files:
                keys.setdefault(key, file.name)
    return keys, beginnings


def is_term(key):
    """Named by `term(kind, value)`: of terms.toml, or of a kind's own file."""
    file, _, rest = key.partition(".")
    return file == "terms" or f"{rest.partition('.')[0]}s" == file


def test_every_key_that_a_page_names_is_there():
    keys, beginnings = spelt()
    missing = {key: file for key, file in keys.items() if key not in words() and key not in beginnings}
    assert not missing, missing


def test_every_word_is_used():
    keys, beginnings = spelt()
    unused = [
        key for key in words()
        if not is_term(key) and key not in keys and not key.startswith(tuple(beginnings))
    ]  # fmt: skip
    assert not unused, unused


def test_terms_name_every_value_of_the_enumerations_and_nothing_else():
    named = {}
    for key in words():
        if key.startswith("terms."):
            _, kind, value = key.split(".", 2)
            named.setdefault(kind, set()).add(value)
    assert named == {kind: set(values) for kind, values in TERMS.items()}


def test_both_languages_fill_in_the_same_values():
    fields = {key: [set(re.findall(r"\{(\w+)\}", text[code])) for code in LANGUAGES] for key, text in words().items()}
    missing = {key: each for key, each in fields.items() if each[0] != each[1] and not key.startswith("notes.")}
    assert missing == {}
    unread = {key: each for key, each in fields.items() if key.startswith("notes.") and not each[0] <= each[1]}
    assert unread == {}  # a note's Chinese may leave out what a decoder said, and cannot know more than the English


def test_chinese_is_chinese_and_english_is_not():
    assert [key for key, text in words().items() if CJK.search(text["en"])] == []
    same = [
        key
        for key, text in words().items()
        if not CJK.search(text["zh"])
        and text["zh"] not in NAMES
        and re.search(r"[a-z]{4}", re.sub(r"\{\w+\}", "", text["zh"]))
    ]
    assert not same, same


def test_templates_have_no_words_of_their_own():
    wrong = {}
    for file in sorted((HOUSE / "templates").glob("*.html")):
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<pre.*?</pre>", " ", file.read_text(encoding="utf-8"), flags=re.S
        )
        text = re.sub(r"<[^>]*>", " ", text)
        if found := [word for word in re.findall(r"[A-Za-z\u3400-\u9fff]{2,}", text) if word not in ALLOWED]:
            wrong[file.name] = found
    assert not wrong, wrong


NAMES = {"Contact Lens JSON", "vCon", "Cohen's κ"}
"""The same in every language."""
ALLOWED = {"callqa", "Enter", "Shift", "Ctrl", "Esc", "Space", "WAV", "ms", "nbsp"}
"""Names, units and what stands on keys."""


@pytest.mark.parametrize(
    ("wanted", "accepted", "code"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de,zh;q=0.5,en;q=0.7", "en"),
        (None, "de-DE,de", "en"),
        (None, "", "en"),
        (None, "zh;q=0,en;q=0.1", "en"),
        (None, "zh;q=x", "en"),
        ("zh", "en", "zh"),
        ("tlh", "zh-TW", "zh"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(wanted, accepted, code):
    assert choose(wanted, accepted) == code


EN, ZH = (Language(code, ZoneInfo("Asia/Shanghai")) for code in ("en", "zh"))


def test_dates_and_times_are_the_contact_centres():
    at = dt.datetime(2026, 1, 4, 16, 5, 9, tzinfo=dt.UTC)
    assert (EN.moment(at), ZH.moment(at)) == ("5 Jan, 00:05", "1月5日 00:05")
    assert (EN.date(dt.date(2026, 3, 5)), ZH.date(dt.date(2026, 3, 5))) == ("Thu, 5 Mar 2026", "2026年3月5日 周四")
    assert EN.time(at, seconds=True) == "00:05:09"


def test_numbers():
    assert EN.number(1234567.891, 1) == "1,234,567.9"
    assert (EN.signed(3), EN.signed(-1.25, 1), EN.signed(0.001, 1)) == ("+3", "−1.2", "±0.0")
    assert EN.points(0.0312) == "+3.1"
    assert (EN.number(None), EN.percent(None), EN.clock(None), EN.time(None)) == ("–",) * 4


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (1, "100%"), (0.9999, "99%"), (0.0001, "1%"), (0.456, "46%")])
def test_not_quite_all_is_not_all(share, text):
    assert EN.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "clock", "en", "zh"),
    [
        (0, "0:00", "0 s", "0秒"),
        (42.7, "0:42", "43 s", "43秒"),
        (185, "3:05", "3 min 5 s", "3分5秒"),
        (3600, "1:00:00", "1 h", "1小时"),
        (45000, "12:30:00", "12 h 30 min", "12小时30分"),
    ],
)
def test_durations(seconds, clock, en, zh):
    assert (EN.clock(seconds), EN.duration(seconds), ZH.duration(seconds)) == (clock, en, zh)


def test_one_and_many():
    assert EN.t("today.gate_warned", n=1) == "Passed, 1 warning"
    assert EN.t("today.gate_warned", n=1200) == "Passed, 1,200 warnings"
    assert ZH.t("today.gate_warned", n=1) == "通过，1 项警告"


def test_a_value_that_nobody_named_is_shown_as_it_is():
    assert EN.term("emotion", "bored") == "bored"
    assert EN.term("emotion", "angry") == "Angry"


# What the library wrote in English


def test_every_detail_of_a_rejection_and_every_note_of_the_gate_is_said_in_chinese():
    from callqa.gate import audit, drift
    from callqa.prepare.intake import containers, decode, ffmpeg
    from callqa.prepare.stage import _LOST

    texts = [
        containers._short("the WAV header", 414932, 228192).detail,
        decode._too_long("longer than 7200 s").detail,
        f"no decoder knows it (Invalid data found when processing input); {ffmpeg.NOT_AUDIO}",
        f"the file has 0 bytes; {containers.AGAIN}",
        *(f"reading it takes longer than 60 s; {remedy}" for _, remedy in _LOST.values()),
        "call_id a~1 belongs to /in/a.wav and to /in/b; c.wav; give each call an id of its own",
        drift._note([("", 1)], 3, "the same weekday"),
        drift._note([("happy", 0), ("angry", 2)], 5, "published"),
        audit.told(drift.Part("angry", 0.5, 0.1, 0.0, 0.2)),
        audit.told(drift.Part("", 3.0, 12.0, 9.5, 15.25)),
        audit.NOTHING,
        "rejudge of sequence 3: HR01, SA01", "rejudge of sequence 3: all rules", "rollback to sequence 2", "erasure",
    ]  # fmt: skip
    for text in texts:
        assert ZH.note(text).language == "zh", text
        assert EN.note(text).text == text
    assert ZH.note(drift._note([("happy", 0), ("angry", 2)], 5, "published")).text == (
        "愉快、愤怒 的历史不足：可比的已发布日期有 2 天，需要 5 天"
    )
    assert ZH.note("something else").language == "en"


def test_every_check_of_the_gate_is_said_in_both_languages():
    from callqa.gate import expectations
    from callqa.settings import GateSettings, Settings
    from qa_console.saying import Saying

    class Stored:
        def __init__(self, check: str, sentence: str) -> None:
            self.check, self.sentence = check, sentence

    says = {code.code: Saying(code, Settings()) for code in (EN, ZH)}
    for check in expectations.checks(GateSettings(), "2026-01-05"):
        stored = Stored(check.id, check.sentence)
        assert says["zh"].check(stored).text == check.zh
        assert CJK.search(check.zh)
        assert says["en"].check(stored).text == check.sentence
        assert not CJK.search(check.sentence)
    gone = Stored("calls.of_another_version", "What an older gate protected.")
    assert (says["zh"].check(gone).text, says["zh"].check(gone).language) == (gone.sentence, "en")
