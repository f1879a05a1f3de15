"""How alike two turns are, where parts of them may stand masked."""

from __future__ import annotations

from qc_rules.call import Turn
from qc_rules.text import fold, simplified

_HIDDEN = ("\ue000", "\ue001")
"""Characters that no text has: what is masked in the one turn is not known to be what is masked in the other."""


def letters(turn: Turn, hidden: str = "*") -> str:
    """Letters, ideographs and digits of what was said, folded; each masked character as `hidden`."""
    masked = {place for entity in turn.entities for place in range(entity.start, entity.end)}
    shown = ((place in masked and one == "*", one) for place, one in enumerate(turn.text))
    kept = "".join(hidden if is_masked else one for is_masked, one in shown if is_masked or one.isalnum())
    return simplified(fold(kept))


def alike(one: Turn, other: Turn) -> tuple[float, float]:
    """Similarity from 0 to 100 (normalised Indel similarity): at least, if all that is masked differs, and at most."""
    from rapidfuzz import fuzz

    most = float(fuzz.ratio(letters(one), letters(other)))
    if not (one.entities and other.entities):
        return most, most
    return float(fuzz.ratio(letters(one, _HIDDEN[0]), letters(other, _HIDDEN[1]))), most
