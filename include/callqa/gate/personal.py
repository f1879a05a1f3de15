"""Whether personal data is left in what was said: a second look, by other and simpler means than the masking's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

TEXTS = ("text", "text_match", "text_raw")
SUSPECT = r"[0-9]{11}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"
"""What must be in a text for any of the following to be (RE2)."""
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_BANK_CARD = re.compile(r"(?<!\d)(?:\d{15,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?!\d)")
_TAG = re.compile(r"<\|[^|]*\|>")


def is_clean(turns: pa.Table) -> list[bool]:
    """Of each turn: whether no mobile number, identity card or bank card of China can be read in its texts or words."""
    clean = [True] * turns.num_rows
    for column in [*(turns.column(name) for name in TEXTS), _words(turns.column("words"))]:
        suspects = pc.indices_nonzero(pc.match_substring_regex(column, SUSPECT)).to_pylist()
        for row in suspects:
            clean[row] = clean[row] and not is_personal(str(column[row]))
    return clean


def is_personal(text: str) -> bool:
    """Whether a mobile number, an identity card or a bank card of at least 15 digits stands in a text."""
    said = _TAG.sub(" ", text)
    return bool(
        _MOBILE.search(said)
        or any(_id_checks(card) for card in _ID_CARD.findall(said))
        or any(_luhn([int(c) for c in card if c.isdigit()]) for card in _BANK_CARD.findall(said))
    )


def _words(column: pa.ChunkedArray[Any]) -> Any:
    """The words of each turn, one after the other."""
    lists: Any = column.combine_chunks()
    if isinstance(lists, pa.ChunkedArray):  # pyarrow leaves it chunked where there is nothing
        lists = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], column.type)
    texts = pa.ListArray.from_arrays(lists.offsets, pc.struct_field(lists.values, "text"))
    return pc.binary_join(texts, "")


def _id_checks(card: str) -> bool:
    """GB 11643-1999: the remainder of the weighted sum of all 18, an X for 10, is 1."""
    digits = [10 if character in "Xx" else int(character) for character in card]
    return 1900 <= int(card[6:10]) < 2100 and sum(d * pow(2, 17 - i, 11) for i, d in enumerate(digits)) % 11 == 1


def _luhn(digits: Sequence[int]) -> bool:
    """ISO/IEC 7812-1; sixteen zeros pass the formula and are no card."""
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1
