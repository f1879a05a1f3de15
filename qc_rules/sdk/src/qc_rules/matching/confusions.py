"""Sounds that accents and recognisers confuse, and how `fuzzy` names them."""

from __future__ import annotations

from collections.abc import Iterable

from qc_rules.vocabulary import did_you_mean

_INITIALS = {"n/l": ("n", "l"), "zh/z": ("zh", "z"), "ch/c": ("ch", "c"), "sh/s": ("sh", "s")}
_FINALS = {"an/ang": ("ang", "an"), "en/eng": ("eng", "en"), "in/ing": ("ing", "in")}
CONFUSIONS = (*_INITIALS, "f/h", *_FINALS)
"""Pairs of Mandarin initials and finals that southern accents do not tell apart."""
_F = {"fo": "huo", "fei": "hui", "fen": "hun", "feng": "hong", "fu": "hu", "fou": "hou"}
"""Where f is said for hu- (Hunan, Min, Hakka): the syllables that are spelt with more than a u between."""


def check_fuzzy(fuzzy: str) -> None:
    """Refuse a way of matching that there is not.

    Raises:
        ValueError: it is neither empty nor `pinyin`, with or without confusions.
    """
    if not fuzzy:
        return
    way, *confusions = fuzzy.split("+")
    if way != "pinyin":
        raise ValueError(f"fuzzy = {fuzzy!r}{did_you_mean(way, ['pinyin'])}")
    for confusion in confusions:
        if confusion not in CONFUSIONS:
            raise ValueError(f"fuzzy: no confusion is called {confusion!r}{did_you_mean(confusion, CONFUSIONS)}")


def fuzzy_spelling(fuzzy: str | Iterable[str]) -> str:
    """One spelling for all ways to write it: `[pinyin, zh/z, n/l]` and `pinyin+zh/z+n/l` are `pinyin+n/l+zh/z`.

    Raises:
        ValueError: as `check_fuzzy`.
    """
    parts = fuzzy.split("+") if isinstance(fuzzy, str) else list(fuzzy)
    way, confusions = (parts[0], set(parts[1:])) if parts else ("", set())
    check_fuzzy("+".join([way, *sorted(confusions)]))
    return "+".join([way, *(known for known in CONFUSIONS if known in confusions)])


def same_sound(syllable: str, fuzzy: str) -> str:
    """One syllable for all that are confused: with `zh/z`, `zhang` and `zang` are both `zang`."""
    confusions = fuzzy.split("+")[1:]
    if "f/h" in confusions and syllable.startswith("f"):
        syllable = _F.get(syllable, "hu" + syllable[1:])
    for confusion in confusions:
        if confusion in _INITIALS:
            one, other = _INITIALS[confusion]
            syllable = other + syllable[len(one) :] if syllable.startswith(one) else syllable
        elif confusion in _FINALS:
            one, other = _FINALS[confusion]
            syllable = syllable[: -len(one)] + other if syllable.endswith(one) else syllable
    return syllable
