"""Whether personal data is left in what was said: a second look, by other and simpler means than the masking's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

QUOTED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "turns": (("call_id", "turn"), ("text", "text_match", "text_raw", "words.list.element.text")),
    "findings": (("call_id", "rule"), ("message", "reason", "evidence.list.element.text")),
}
"""Of each table that quotes what was said, the key of a row and the columns (of Parquet) that quote it."""
THREADS = 2
"""Row groups in memory at once."""
SUSPECT = r"[0-9]{11}|[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"
"""What must be in a text for any of the following to be (RE2)."""
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_BANK_CARD = re.compile(r"(?<!\d)(?:\d{15,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?!\d)")
_TAG = re.compile(r"<\|[^|]*\|>")


def unmasked(table: str, path: str) -> pa.Table:
    """The keys (QUOTED) of the rows of a file in which a mobile number, identity card or bank card of China is left.

    Texts are read one row group at a time, and only those that have as many digits are looked at closely.
    """
    keys, columns = QUOTED[table]
    with pq.ParquetFile(path) as file:
        groups, schema = range(file.num_row_groups), file.schema_arrow
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda group: _in_group(path, group, keys, columns), groups))
    return pa.concat_tables([pa.schema([schema.field(key) for key in keys]).empty_table(), *found])


def _in_group(path: str, group: int, keys: Sequence[str], columns: Sequence[str]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        rows = file.read_row_group(group, [*keys, *columns], use_threads=False)
    texts = [rows.column(column) for column in rows.column_names if column not in keys]
    at_fault: set[int] = set()
    for column in texts:
        text: Any = _joined(column) if pa.types.is_list(column.type) else column
        suspects = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(text, SUSPECT), False))
        said = text.take(suspects).to_pylist()
        at_fault.update(row for row, one in zip(suspects.to_pylist(), said, strict=True) if is_personal(one))
    return rows.select(list(keys)).take(pa.array(sorted(at_fault), pa.int64()))


def is_personal(text: str) -> bool:
    """Whether a mobile number, an identity card or a bank card of at least 15 digits stands in a text."""
    said = _TAG.sub(" ", text)
    return bool(
        _MOBILE.search(said)
        or any(_id_checks(card) for card in _ID_CARD.findall(said))
        or any(_luhn([int(c) for c in card if c.isdigit()]) for card in _BANK_CARD.findall(said))
    )


def _joined(column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """The texts of each row's list of records, one after the other.

    They lie beside one another in memory already, so only where a row begins is computed; nothing is copied.
    """
    return pa.chunked_array([_beside(chunk) for chunk in column.chunks], pa.string())


def _beside(lists: Any) -> Any:
    texts = pc.struct_field(lists.values, "text")
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset :] if offsets else np.zeros(1, np.int32)
    rows = starts[lists.offsets.to_numpy()]
    return pa.StringArray.from_buffers(len(lists), pa.py_buffer(rows.tobytes()), data or pa.py_buffer(b""))


def _id_checks(card: str) -> bool:
    """GB 11643-1999: the remainder of the weighted sum of all 18, an X for 10, is 1."""
    digits = [10 if character in "Xx" else int(character) for character in card]
    return 1900 <= int(card[6:10]) < 2100 and sum(d * pow(2, 17 - i, 11) for i, d in enumerate(digits)) % 11 == 1


def _luhn(digits: Sequence[int]) -> bool:
    """ISO/IEC 7812-1; sixteen zeros pass the formula and are no card."""
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1
