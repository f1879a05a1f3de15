"""Named word lists, kept in one place and used in any rule: `any: $complaints` stands for all words of `complaints`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qc_rules.text import fold
from qc_rules.vocabulary import SEVERITIES, did_you_mean

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What a lexicon may be called: small letters, digits, underscores."""
_KEYS = ("name", "words", "description")


class GradedWord(str):
    """A word that knows how bad it is; else text like any other."""

    severity: str
    """info, minor, major or critical."""

    def __new__(cls, word: str, severity: str) -> GradedWord:
        """A word, and its severity."""
        graded = super().__new__(cls, word)
        graded.severity = severity
        return graded

    def __reduce__(self) -> tuple[type[GradedWord], tuple[str, str]]:
        return GradedWord, (str(self), self.severity)


@dataclass(frozen=True)
class Lexicon:
    """A named list of words.

    Raises:
        ValueError: a name that is none, no words, an empty word, the same word twice, or a severity that is none.
    """

    name: str
    """Small letters, digits and underscores; `$name` in a rule."""
    words: tuple[str, ...]
    severities: Mapping[str, str] = field(default_factory=dict, hash=False)
    """How bad a word is: info, minor, major or critical, by word; words that are all alike need none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        object.__setattr__(self, "severities", dict(self.severities))
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"a lexicon is called {self.name!r}: small letters, digits and underscores, a letter first"
            )
        try:
            _check(self.words)
            _check_severities(self.severities, self.words)
        except ValueError as error:
            raise ValueError(f"lexicon {self.name}: {error}") from None

    def graded(self) -> tuple[str, ...]:
        """Its words, each knowing its severity."""
        return tuple(
            GradedWord(word, self.severities[word]) if word in self.severities else word for word in self.words
        )


def _check(words: tuple[str, ...]) -> None:
    if not words:
        raise ValueError("it has no words; write some, or leave the lexicon out")
    seen: dict[str, str] = {}
    for word in words:
        if not fold(word).strip():
            raise ValueError("it has an empty word, which would match everything; take it out")
        if fold(word) in seen:
            raise ValueError(f"it has the word {word!r} twice{_as(seen[fold(word)], word)}; take one out")
        seen[fold(word)] = word


def _as(first: str, second: str) -> str:
    return "" if first == second else f" (the other time as {first!r})"


def _check_severities(severities: Mapping[str, str], words: tuple[str, ...]) -> None:
    for word, severity in severities.items():
        if severity not in SEVERITIES:
            raise ValueError(f"{word!r} has the severity {severity!r}{did_you_mean(str(severity), SEVERITIES)}")
        if word not in words:
            raise ValueError(f"{word!r} has a severity but is not one of its words{did_you_mean(word, words)}")


def by_name(lexicons: Iterable[Lexicon]) -> dict[str, Lexicon]:
    """Lexicons by their names.

    Raises:
        ValueError: two have one name.
    """
    found: dict[str, Lexicon] = {}
    for lexicon in lexicons:
        if lexicon.name in found:
            raise ValueError(f"two lexicons are called {lexicon.name}; give one another name, or join them")
        found[lexicon.name] = lexicon
    return found


def expand(value: str | Iterable[str], lexicons: Mapping[str, Lexicon]) -> tuple[str, ...]:
    """A rule's words, with those of a lexicon in the place of its name; each word once.

    `$complaints` alone or among words: `[$complaints, 12378]`. `$$` begins a word that begins with a dollar.

    Raises:
        ValueError: no lexicon is called so.
    """
    values = (value,) if isinstance(value, str) else tuple(value)
    return tuple(dict.fromkeys(word for one in values for word in _words(one, lexicons)))


def _words(value: str, lexicons: Mapping[str, Lexicon]) -> tuple[str, ...]:
    if not value.startswith("$"):
        return (value,)
    if value.startswith("$$"):
        return (value[1:],)
    if value[1:] not in lexicons:
        near = did_you_mean(value[1:], lexicons) if lexicons else "; none is installed"
        raise ValueError(f"no lexicon is called {value}{near} (a word that begins with a dollar is written ${value})")
    return lexicons[value[1:]].graded()


def read_lexicons(text: str, origin: str) -> list[Lexicon]:
    """The lexicons of a YAML file: one mapping, or several under `lexicons`.

    `{name: complaints, words: [投诉, 举报]}`; words of different severities stand under them:
    `{name: forbidden, words: {critical: [...], minor: [...]}}`.

    Args:
        text: the file.
        origin: its name, for errors.

    Raises:
        ValueError: not YAML, or not lexicons; names the file, the line, the lexicon and what is wrong.
    """
    from qc_rules.language.reading import YamlFault, read

    try:
        found, lines = read(text)
    except YamlFault as fault:
        raise ValueError(f"{origin}, line {fault.line}: {fault.message}; {fault.remedy}") from None
    lexicons: list[Lexicon] = []
    for path, one in _listed(found, origin):
        try:
            lexicons.append(_lexicon(one))
            by_name(lexicons)
        except ValueError as error:
            raise ValueError(f"{origin}, line {lines.get(path, 1)}: {error}") from None
    return lexicons


def _listed(found: Any, origin: str) -> list[tuple[tuple[str | int, ...], Any]]:
    """The lexicons of a document, and where they stand in it."""
    path: tuple[str | int, ...] = ()
    beside = [key for key in found if key != "lexicons"] if isinstance(found, dict) and "lexicons" in found else []
    if beside:
        raise ValueError(f"{origin}: {beside[0]} stands beside lexicons; write rules and word lists in two files")
    if isinstance(found, dict) and "lexicons" in found:
        found, path = found["lexicons"], ("lexicons",)
    if not isinstance(found, list):
        return [(path, found)]
    if not found:
        raise ValueError(f"{origin}: it has no lexicons; write one, or take the file away")
    return [((*path, index), one) for index, one in enumerate(found)]


def _lexicon(found: Any) -> Lexicon:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise ValueError(f"{found!r} is no lexicon; write {{name: complaints, words: [投诉, 举报]}}")
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"lexicon {found['name']}: unknown key {key}{did_you_mean(key, _KEYS)}")
    try:
        words, severities = _graded(found.get("words"))
    except ValueError as error:
        raise ValueError(f"lexicon {found['name']}: {error}") from None
    return Lexicon(found["name"], words, severities)


def _graded(found: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    if isinstance(found, list):
        return tuple(_word(one) for one in found), {}
    if not isinstance(found, dict) or not all(isinstance(words, list) for words in found.values()):
        raise ValueError(f"words is {found!r}, not a list, nor lists by severity")
    pairs = [(_word(word), severity) for severity, words in found.items() for word in words]
    return tuple(word for word, _ in pairs), dict(pairs)


def _word(found: Any) -> str:
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)  # 12378: digits that are said
    if not isinstance(found, str):
        raise ValueError(f"{found!r} is not text; put it in quotes")
    return found
