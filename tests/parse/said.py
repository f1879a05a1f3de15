"""Calls for the tests of what is personal: numbers that are right, said in every way that people say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import assume
from hypothesis import strategies as st

from callqa.contracts import Turn
from callqa.parse.personal import numbers

DIGITS = "0123456789"
SPOKEN = {
    "zh": dict(zip(DIGITS, "零幺二三四五六七八九", strict=True)) | {"X": "叉"},
    "zh-formal": dict(zip(DIGITS, "〇一两三四五六七八九", strict=True)) | {"X": "艾克斯"},
    "en": dict(
        zip(DIGITS, ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
    )
    | {"X": "x"},
    "ja": dict(zip(DIGITS, ["ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"], strict=True))
    | {"X": "x"},
    "ko": dict(zip(DIGITS, "공일이삼사오육칠팔구", strict=True)) | {"X": "x"},
}


def turn(number: int, text: str, *, language: str = "zh", channel: int = 1, **changes) -> Turn:
    known = {
        "call_date": date(2026, 1, 5),
        "call_id": "c1",
        "turn": number,
        "channel": channel,
        "role": ("agent", "customer")[channel],
        "speaker": f"ch{channel}",
        "start": number * 3.0,
        "end": number * 3.0 + 2.5,
        "text": text,
        "text_match": text,
        "text_raw": f"<|{language}|><|NEUTRAL|><|Speech|><|withitn|>{text}",
        "language": language,
        "emotion": "neutral",
        "confidence": 0.9,
        "loudness": -20.0,
    }
    return Turn(**{**known, **changes})


def dialogue(*texts: str | tuple[int, str], language: str = "zh") -> list[Turn]:
    """Turns of the customer, or of the channel that is given with them."""
    pairs = [(1, text) if isinstance(text, str) else text for text in texts]
    return [turn(n, text, language=language, channel=channel) for n, (channel, text) in enumerate(pairs)]


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=count, max_size=count)


@st.composite
def id_cards(draw) -> str:
    region = draw(st.sampled_from(["110101", "310115", "440305", "510107", "650102"]))
    day = draw(st.dates(date(1930, 1, 1), date(2020, 12, 31)))
    body = f"{region}{day:%Y%m%d}{draw(digits(3))}"
    return body + numbers.id_check(body)


@st.composite
def bank_cards(draw) -> str:
    prefix = draw(st.sampled_from(["6222", "6217", "4", "51", "37", "3528", "9558"]))
    length = 15 if prefix == "37" else draw(st.sampled_from([16, 16, 17, 18, 19]))
    body = prefix + draw(digits(length - 1 - len(prefix)))
    return next(body + check for check in DIGITS if numbers.luhn(body + check))


@st.composite
def mobiles(draw) -> str:
    return "1" + draw(st.sampled_from("3456789")) + draw(digits(9))


def personal() -> st.SearchStrategy[str]:
    return st.one_of(id_cards(), bank_cards(), mobiles())


@st.composite
def groups(draw, value: str) -> list[str]:
    """The number cut as people do: in one, by fours, 3-4-4, 6-8-4, or anyhow."""
    cuts = draw(st.sampled_from([[], [4, 8, 12, 16], [3, 7, 11, 15], [6, 14], "any"]))
    if cuts == "any":
        cuts = sorted(draw(st.sets(st.integers(2, len(value) - 2), max_size=5)))
    ends = [cut for cut in cuts if cut < len(value)] + [len(value)]
    return [value[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@st.composite
def rendered(draw, group: str, language: str = "zh") -> str:
    """A group of digits as a recogniser may write it."""
    ways = {"zh": ["zh", "zh-formal", "figures", "mixed", "wide"], "en": ["en", "figures"]}
    way = draw(st.sampled_from(ways.get(language, [language, "figures"])))
    if way == "figures":
        return group
    if way == "wide":
        return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in group)
    if way == "mixed":
        return "".join(draw(st.sampled_from([c, SPOKEN["zh"][c]])) for c in group)
    return (" " if way in ("en",) else "").join(SPOKEN[way][c] for c in group)


GAPS = {
    "zh": ["", " ", "-", "，", "、", "，嗯，", " 呃 ", "……"],
    "en": [" ", "-", ", ", " uh ", "... "],
    "ja": [" ", "-", "、", "の"],
    "ko": [" ", "-", ", ", " 다시 "],
}
TIGHT_GAPS = ("", " ", "-", "の", " 다시 ")
"""Behind all others one draws breath."""
BEFORE = {
    "zh": ["", "我的号码是", "好的，", "您听好：", "嗯，是"],
    "en": ["", "it is ", "okay, that's ", "please write down: "],
    "ja": ["", "番号は", "はい、"],
    "ko": ["", "번호는 ", "네, "],
}
AFTER = {
    "zh": ["", "。", "，谢谢", "对吧？"],
    "en": ["", ".", ", thanks"],
    "ja": ["", "です。"],
    "ko": ["", "입니다."],
}


@st.composite
def sentences(draw, value: str, language: str = "zh") -> str:
    said, breath = "", ""
    for place, group in enumerate(draw(groups(value))):
        gap = draw(st.sampled_from(GAPS[language])) if place else ""
        breath = breath + group if gap in TIGHT_GAPS else group
        assume(not (numbers.stands_alone(group) or numbers.stands_alone(breath)))
        said += gap + draw(rendered(group, language))
    return draw(st.sampled_from(BEFORE[language])) + said + draw(st.sampled_from(AFTER[language]))


ANSWERS = ["", "嗯。", "好的。", "好的，您继续。", "echo"]


@st.composite
def readings(draw, value: str) -> list[Turn]:
    """A number read out in groups, a turn each; the agent says something, or says it back."""
    turns: list[tuple[int, str]] = [(0, draw(st.sampled_from(["请说。", "请您报号码。", "您好。"])))]
    for part in draw(groups(value)):
        assume(not numbers.stands_alone(part))
        said = draw(rendered(part))
        turns.append(
            (1, draw(st.sampled_from(["", "嗯，", "对，", "然后是"])) + said + draw(st.sampled_from(["", "。", "，"])))
        )
        answer = draw(st.sampled_from(ANSWERS))
        turns.append((0, f"{said}，好。" if answer == "echo" else answer))
    return dialogue(*[(channel, text) for channel, text in turns if text])


def left_over(turns: Sequence[Turn]) -> str:
    """What of the digits can still be read, in any of the forms above."""
    from callqa.parse.personal.digits import tokens

    return "".join(
        token.value for turn in turns for token in tokens(turn.text, turn.language) if token.kind == "digits"
    )
