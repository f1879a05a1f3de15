"""The parameter `fuzzy` of operators that look for words."""

from __future__ import annotations

from qc_rules.matching import fuzzy_spelling

Fuzzy = str | tuple[str, ...]
"""`pinyin`: what sounds the same counts too (头诉 is 投诉); `[pinyin, n/l, zh/z]`: and these confusions. Empty: no."""


def spelled(fuzzy: Fuzzy) -> str:
    """As word lists have it.

    Raises:
        ValueError: there is no such way of matching, or no such confusion.
    """
    return fuzzy_spelling(fuzzy) if fuzzy else ""
