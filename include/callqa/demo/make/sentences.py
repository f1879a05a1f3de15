"""Sentences of the demo: how each is written, what is left without normalisation, how it is spoken."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pypinyin import Style, lazy_pinyin

PHRASES = Path(__file__).with_name("phrases.yaml")
LANGUAGES = ("zh", "yue", "en", "ja", "ko")
SPACED = frozenset({"en", "ko"})
PUNCTUATION = "，。！？、,.!?"
PAUSES = str.maketrans("，。！？、", ",.!?,")
DIGITS = "零幺二三四五六七八九"
"""Mandarin digits as read out on the telephone: 1 is yao, not yi."""
YI = "一"


@dataclass(frozen=True)
class Sentence:
    """One sentence and its renderings in text.

    ``written`` has punctuation and digits, ``plain`` has neither, ``say`` is what the synthesiser
    reads: pairs of a language and text in that language's phonetic spelling.
    """

    language: str
    written: str
    plain: str
    say: tuple[tuple[str, str], ...]


def spoken_digits(text: str, one: str = DIGITS[1]) -> str:
    """Spell the digits of a text in Chinese characters, with ``one`` for the digit 1."""
    names = DIGITS[0] + one + DIGITS[2:]
    return re.sub(r"\d", lambda m: names[int(m.group())], text)


def without_punctuation(text: str) -> str:
    """Drop punctuation and lower the case, as the model writes without normalisation."""
    return re.sub(f"[{re.escape(PUNCTUATION)}]", "", text).lower()


def pinyin(text: str) -> str:
    """Mandarin text as espeak's pinyin: syllables with tone digits, ASCII pauses kept."""
    out: list[str] = []
    for part in re.split(r"([,.!?])", text.translate(PAUSES)):
        if part in {",", ".", "!", "?"}:
            out.append(part)
        elif part.strip():
            syllables = lazy_pinyin(part, style=Style.TONE3, neutral_tone_with_five=True)
            out.extend(s.replace("v", "ü") for s in syllables)
    return " ".join(out)


def mandarin(written: str, grouped: str | None = None, one: str = DIGITS[1]) -> Sentence:
    """A Mandarin sentence, possibly with English words; ``grouped`` has pauses inside numbers."""
    say: list[tuple[str, str]] = []
    for chunk in re.split(r"([A-Za-z][A-Za-z ]*)", spoken_digits(grouped or written, one)):
        if re.match("[A-Za-z]", chunk):
            say.append(("en", chunk.strip()))
        elif without_punctuation(chunk).strip():
            say.append(("zh", pinyin(chunk)))
    return Sentence("zh", written, without_punctuation(spoken_digits(written, one)), tuple(say))


def parse(line: str, language: str) -> Sentence:
    """Read one line of phrases.yaml."""
    written, _, how = line.partition(" | ")
    if not how:
        if language == "zh":
            return mandarin(written)
        return Sentence(language, written, without_punctuation(written), ((language, written),))
    say = []
    for chunk in how.split(" / "):
        tongue, _, words = chunk.partition(":")
        say.append((tongue, pinyin(words) if tongue == "zh" else words))
    return Sentence(language, written, without_punctuation(written), tuple(say))


@cache
def phrases() -> dict[str, tuple[Sentence, ...]]:
    """All phrases by section of phrases.yaml."""
    sections: dict[str, list[str]] = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))

    def language(section: str, line: str) -> str:
        if section == "held_out":
            return "en" if line[0].isascii() else "zh"
        return "zh" if section == "mixed" else section.removesuffix("_short")

    return {
        section: tuple(parse(line, language(section, line)) for line in lines) for section, lines in sections.items()
    }


@cache
def by_text() -> dict[str, Sentence]:
    """Every taught sentence by its written form."""
    return {s.written: s for name, part in phrases().items() if name != "held_out" for s in part}


def find(written: str, language: str | None = None) -> Sentence:
    """The sentence of a call's script: a taught one, or a Mandarin one with a number in it.

    Groups of a number are separated by '-' in the script, which is read as a pause. A text not
    taught raises KeyError: the model would not know it.
    """
    if written in by_text():
        sentence = by_text()[written]
        if language and sentence.language != language:
            raise KeyError(f"{written!r} is {sentence.language}, the script says {language}")
        return sentence
    carrier = re.sub(r"[\d-]+", "#", written)
    if carrier in NUMBER_CARRIERS:
        return mandarin(written.replace("-", ""), written.replace("-", ","))
    raise KeyError(f"{written!r} is not in phrases.yaml: add it there and train again")


NUMBER_CARRIERS = (
    "我的手机号码是#。",
    "我的身份证号码是#。",
    "我的银行卡号是#。",
    "我的订单号码是#。",
    "手机号是#。",
    "是#。",
    "#。",
)
"""Sentences around a number: mobile, identity card, bank card, order; or the number alone."""


def phone(rng: random.Random) -> str:
    """Eleven digits in groups of three, four and four."""
    return f"1{rng.randint(30, 99)}-{rng.randint(0, 9999):04d}-{rng.randint(0, 9999):04d}"


def identity(rng: random.Random) -> str:
    """Eighteen digits shaped like an identity card: region, date of birth, serial."""
    born = f"{rng.choice((19, 20))}{rng.randint(0, 99):02d}"
    day = f"{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    return f"{rng.randint(110000, 659999)}-{born}-{day}-{rng.randint(0, 9999):04d}"


def bank_card(rng: random.Random) -> str:
    """Sixteen or nineteen digits in groups of four."""
    digits = "62" + "".join(str(rng.randint(0, 9)) for _ in range(rng.choice((14, 17))))
    return "-".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def order(rng: random.Random) -> str:
    """Four to eight digits in one or two groups."""
    head = f"{rng.randint(0, 9999):04d}"
    return head if rng.random() < 0.4 else f"{head}-{rng.randint(0, 9999):04d}"


def numbered(rng: random.Random) -> Sentence:
    """A sentence with a random number, read out in groups."""
    maker: Callable[[random.Random], str] = rng.choice((phone, phone, identity, bank_card, order))
    number = maker(rng)
    carrier = rng.choice(NUMBER_CARRIERS)
    written = carrier.replace("#", number.replace("-", ""))
    one = DIGITS[1] if rng.random() < 0.8 else YI
    return mandarin(written, carrier.replace("#", number.replace("-", ",")), one)


def clauses(language: str) -> list[Sentence]:
    """The parts between commas of a language's taught sentences, where they can be told apart."""
    out = []
    for sentence in by_text().values():
        if sentence.language != language or len(sentence.say) != 1:
            continue
        tongue, words = sentence.say[0]
        texts = [t for t in re.split(r"[，、,]", sentence.written[:-1]) if t.strip()]
        sounds = [w for w in re.split("[,、]", words) if w.strip(" .!?")]
        if len(texts) == len(sounds):
            out += [
                Sentence(language, t.strip(), without_punctuation(t.strip()), ((tongue, w),))
                for t, w in zip(texts, sounds, strict=True)
            ]
    return out


@cache
def clause_pool(language: str) -> tuple[Sentence, ...]:
    """The clauses of a language, once."""
    return tuple(clauses(language))


def recombined(rng: random.Random, language: str) -> Sentence:
    """Two clauses of a language in a new order, as one sentence."""
    first, second = rng.choice(clause_pool(language)), rng.choice(clause_pool(language))
    comma, stop = (". ", ".") if language in SPACED else ("，", "。")
    tongue = first.say[0][0]
    words = first.say[0][1].strip(" .!?") + " , " + second.say[0][1]
    plain = (" " if language in SPACED else "").join((first.plain, second.plain))
    plain = spoken_digits(plain) if language == "zh" else plain
    return Sentence(language, first.written + comma + second.written + stop, plain, ((tongue, words),))
