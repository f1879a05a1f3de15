"""What rules say, in the language of whoever reads it.

A finding keeps one text for each thing it says: its sentence in the first language that the rule has, English where it
has that. The sentence is of a closed set, which the rule (`Rule.texts`, a YAML rule's `message`) and the kit (KIT: why
something cannot be told) write in several languages with places for values: `the agent coughs {n} times`. So the text
is read back by the template that made it, and the same values are put into the template of another language. Nothing is
stored twice, findings of years ago are shown in every language that the rule has today, and a pack that has one
language only is shown in that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qc_rules.phrases import KIT, PIECES, WORDS, Sentence

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_NAMED = re.compile(r"([^\W\d]\w*): (.+)", re.DOTALL)
_NUMBER = r"[-+]?[0-9][0-9.,]*"
_JOINT, _MORE = "; ", "…"
_MOST_PIECES = 24
"""Sentences in one text; a text of more is quoted speech, and not taken apart."""


@dataclass(frozen=True)
class Said:
    """A text and the language that it is in."""

    text: str
    language: str


def told(text: str, language: str, own: Sequence[Sentence] = ()) -> Said:
    """A finding's message or reason in a language; as it is, where that cannot be done.

    `own` are the sentences of the rule (`Rule.sentences`). Several sentences may be joined by `; `, and each may begin
    with the name of a condition.
    """
    pieces = _told(text.strip(), language, own)
    if pieces is None:
        return Said(text, _language_of(text, own))
    return Said(("；" if language == "zh" else _JOINT).join(pieces), language)


def value_told(text: str, language: str) -> str:
    """What an operator says beside what was said (`18.0 s of silence`), in a language; other text as it is."""
    return _value(text, language)


def _language_of(text: str, own: Sequence[Sentence]) -> str:
    """Of the template that made it, else English."""
    for sentence in own:
        for language, template in sentence.items():
            if _read(template, text) is not None:
                return language
    return "en"


def _told(text: str, language: str, own: Sequence[Sentence]) -> list[str] | None:
    """Its sentences; where they are none, it may be one of the rule's that quotes something with a `; ` in it."""
    parts = text.split(_JOINT)
    pieces = _pieces(parts, language, (*own, *KIT)) if len(parts) <= _MOST_PIECES else None
    if pieces is None and (whole := _sentence(text, language, own, quoting=True)) is not None:
        return [whole]
    return pieces


def _pieces(parts: Sequence[str], language: str, known: Sequence[Sentence]) -> list[str] | None:
    """The parts as sentences, some of which hold the joint themselves: the longest first."""

    @functools.cache
    def after(start: int) -> list[str] | None:
        if start == len(parts):
            return []
        for end in range(len(parts), start, -1):
            first = _one(_JOINT.join(parts[start:end]), language, known)
            rest = after(end) if first is not None else None
            if first is not None and rest is not None:
                return [first, *rest]
        # An outcome's reason is cut where it is long.
        return [_MORE] if start == len(parts) - 1 and parts[start].endswith(_MORE) else None

    return after(0)


def _one(text: str, language: str, known: Sequence[Sentence]) -> str | None:
    if text == _MORE:
        return text
    found = _sentence(text, language, known)
    if found is None and (named := _NAMED.fullmatch(text)):
        rest = _sentence(named[2], language, KIT)
        return None if rest is None else f"{named[1]}{'：' if language == 'zh' else ': '}{rest}"
    return found


def _sentence(text: str, language: str, known: Sequence[Sentence], *, quoting: bool = False) -> str | None:
    """The text by the first template that made it; unless it is `quoting`, no value holds a `; `."""
    for sentence in known:
        for template in sentence.values() if language in sentence else ():
            values = _read(template, text) if quoting or text.count(_JOINT) == template.count(_JOINT) else None
            if values is not None and places(sentence[language]) <= values.keys():
                return text if template == sentence[language] else _filled(sentence[language], values, language)
    return None


def _read(template: str, text: str) -> dict[str, str] | None:
    """The values in a text that a template made; None: it did not."""
    pattern, names = _pattern(template)
    found = pattern.fullmatch(text)
    return None if found is None else dict(zip(names, found.groups(), strict=True))


@functools.lru_cache(maxsize=4096)
def _pattern(template: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Spaces may be missing: where a value is empty they were taken out."""
    written, at, names = "", 0, []
    for place in _PLACE.finditer(template):
        written += _literal(template[at : place.start()])
        at = place.end()
        if place[1] is None:
            written += re.escape(place.group()[0])
            continue
        written += f"({_NUMBER})" if place[1].endswith(".count") else "(.*?)"
        names.append(_name(place[1]))
    return re.compile(written + _literal(template[at:]), re.DOTALL), tuple(names)


def _literal(text: str) -> str:
    return " *".join(re.escape(part) for part in text.split(" "))


def _name(place: str) -> str:
    return place.removesuffix(".count").partition(":")[0].strip()


def places(template: str) -> set[str]:
    """Names of a template's places."""
    return {_name(place[1]) for place in _PLACE.finditer(template) if place[1] is not None}


def _filled(template: str, values: Mapping[str, str], language: str) -> str:
    def put(place: re.Match[str]) -> str:
        if place[1] is None:
            return place.group()[0]
        name = _name(place[1])
        value = values.get(name, "")
        return _words(value, language) if name.endswith("_word") else _value(value, language)

    return re.sub(" {2,}", " ", _PLACE.sub(put, template)).strip()


def _value(text: str, language: str) -> str:
    """What stands in a place: quoted speech as it is, what operators say beside it in the language."""
    pieces = text.split(", ")
    shown = [_piece(piece, language) for piece in pieces]
    return text if shown == pieces else ("、" if language == "zh" else ", ").join(shown)


def _piece(text: str, language: str) -> str:
    for sentence in PIECES:
        values = _read(sentence["en"], text)
        if values is not None and language in sentence and all(re.fullmatch(_NUMBER, one) for one in values.values()):
            return _filled(sentence[language], values, language)
    return text


def _words(text: str, language: str) -> str:
    """Each word of WORDS in the language; `and` and commas between them as the language has them."""
    words = re.split(r", | and ", text)
    return ("、" if language == "zh" else ", ").join(WORDS.get(one, {}).get(language, one) for one in words)


def check(sentences: object) -> None:
    """Refuse sentences that could not be shown.

    Raises:
        ValueError: says which, and what is wrong.
    """
    if not isinstance(sentences, (list, tuple)):
        raise ValueError(f"texts is {sentences!r}: a list of sentences by language")
    for one in sentences:
        if not isinstance(one, Mapping) or not one or not all(_is_text(key) and _is_text(one[key]) for key in one):
            raise ValueError(f'texts has {one!r}: a sentence by language, for example {{"en": "…", "zh": "…"}}')
        _check_places(one)


def _check_places(sentence: Sentence) -> None:
    first, *others = sentence.values()
    for other in others:
        if missing := places(other) - places(first):
            raise ValueError(f"texts: {{{min(missing)}}} stands in {other!r} and not in {first!r}, which is stored")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
