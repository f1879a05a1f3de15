"""Rule files of the operator's own, that are in no package: together the pack `local`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from qc_rules.packs import LOCAL, Pack
from qc_rules.registered import Lexicons, Operators, lexicons_in, text_of

_DIGITS = 12
"""Of the digest that is the pack's version."""


def words_of(files: Sequence[Path]) -> Pack:
    """The pack with the word lists of its files: those whose only key is `lexicons`.

    Raises:
        PackError: a file cannot be read, or is wrong.
    """
    lexicons = [lexicon for file in files if _is_lexicons(file) for lexicon in lexicons_in(*_read(file))]
    return Pack(LOCAL, LOCAL, _digest(files), lexicons=tuple(sorted(lexicons, key=lambda lexicon: lexicon.name)))


def with_rules(pack: Pack, files: Sequence[Path], operators: Operators, lexicons: Lexicons) -> Pack:
    """The pack with the rules of its other files.

    Raises:
        PackError: names file, line and remedy.
    """
    from qc_rules.language import parse_rules

    texts = [_read(file) for file in files if not _is_lexicons(file)]
    rules = [rule for text, origin in texts for rule in parse_rules(text, origin, operators, lexicons)]
    return replace(pack, rules=tuple(sorted(rules, key=lambda rule: rule.id)))


def _read(file: Path) -> tuple[str, str]:
    return text_of(file, str(file)), str(file)


def _is_lexicons(file: Path) -> bool:
    return any(line.startswith("lexicons:") for line in _read(file)[0].splitlines())


def _digest(files: Iterable[Path]) -> str:
    """Of names and contents, wherever the files lie."""
    whole = hashlib.sha256()
    for name, text in sorted((file.name, _read(file)[0]) for file in files):
        whole.update(f"{name}\0{len(text)}\0{text}".encode())
    return whole.hexdigest()[:_DIGITS]
