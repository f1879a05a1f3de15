"""Which column of a published day says what was said, and what stands there once that was removed.

Every column of the contract is in exactly one of the two tables below (a test says so): whoever adds a column decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from callqa import arrow
from callqa.contracts import TABLES

TEXT: Mapping[str, Mapping[str, str | list[str] | None]] = {
    "turns": {
        "text": "",  # a turn without text and a call with text_chars: that is how readers know that it was removed
        "text_match": "",
        "text_raw": "",
        "words": [],
    },
    "findings": {
        "message": "",  # a rule's message quotes what its conditions matched
        "reason": None,  # of a crash: the error, which may quote
        "evidence.text": "",
    },
}
"""What was said, by table and column (a field of the records in a column: `column.field`), and what replaces it."""

_PLACE = "call_date call_id"
_METADATA = (
    "uri file_name size_bytes etag started_at answered_at ended_at direction queue agent_id agent_name team customer_id"
    " customer_number channel_roles language_hint disconnect_reason satisfaction ivr_seconds hold_seconds extra"
    " reject_reason reject_detail"
)
_SOUND = (
    "sha256 duration channels sample_rate codec call_state call_state_source tone_seconds speech_seconds sound_seconds"
    " quality roles_from roles_probability channels_swapped event_classes audio_version"
)
_MEASURES = (
    "status language language_shares emotion_start emotion_end emotion_shares_agent emotion_shares_customer"
    " emotion_shares_unknown talk_seconds silence_seconds longest_silence_seconds overlap_seconds interruptions"
    " response_seconds event_counts turn_count text_chars mean_confidence"
)
_JUDGED = (
    "score scorecards flags rules_hit rules_unknown rules_crashed rules_clear rules_not_applicable asr_model asr_digest"
    " rule_packs"
)
KEPT: Mapping[str, frozenset[str]] = {
    "calls": frozenset(f"{_PLACE} {_METADATA} {_SOUND} {_MEASURES} {_JUDGED}".split()),
    "turns": frozenset(
        f"{_PLACE} turn channel role role_probability speaker start end language emotion emotion_score language_probs"
        " emotion_probs event_probs overlap_seconds interrupts announcement event_tags confidence loudness"
        # The times of personal data and its kinds: without them a copy for listening would not be silent there.
        " redactions".split()
    ),
    "events": frozenset(f"{_PLACE} channel start end class score detector version".split()),
    "findings": frozenset(
        f"{_PLACE} rule rule_version pack pack_version outcome severity score evidence.turn evidence.start evidence.end"
        " evidence.condition asr_model".split()
    ),
}
"""Metadata, times, emotions, roles, numbers and outcomes, by table: kept until the day itself goes."""


def names(table: str) -> list[str]:
    """The columns of a table as they are named here; of a column with classes of its own within it, its fields."""
    schema = arrow.schema_of(TABLES[table])
    split = {name.partition(".")[0] for name in (*TEXT.get(table, {}), *KEPT[table]) if "." in name}
    return [
        full
        for field in schema
        for full in ([f"{field.name}.{f.name}" for f in field.type.value_type] if field.name in split else [field.name])
    ]


def without_text(name: str, rows: pa.Table, held: Collection[str] = ()) -> pa.Table:
    """Rows of the table `name` without what was said, in their order; the calls in `held` keep it."""
    wanted = TEXT.get(name, {})
    if not wanted or not rows.num_rows:
        return rows
    bare = rows
    for place, value in wanted.items():
        column, _, field = place.partition(".")
        bare = _replaced(bare, column, field, value)
    if not held:
        return bare
    kept = pc.is_in(rows["call_id"], value_set=pa.array(sorted(held), pa.string()))
    numbers = np.arange(rows.num_rows)
    chosen: Any = np.where(kept.to_numpy(zero_copy_only=False), numbers, numbers + rows.num_rows)
    return pa.concat_tables([rows, bare]).take(cast(Any, pa.array(chosen)))


def _replaced(rows: pa.Table, column: str, field: str, value: str | list[str] | None) -> pa.Table:
    index = rows.schema.get_field_index(column)
    if index < 0:  # a day from before the contract gained the column
        return rows
    old = rows.column(index).combine_chunks()
    new = _in_records(old, field, value) if field else _constant(value, old.type, len(old))
    return rows.set_column(index, rows.schema.field(index), new.cast(old.type))


def _constant(value: str | list[str] | None, kind: Any, count: int) -> Any:
    if isinstance(value, list):
        return pa.ListArray.from_arrays(pa.array([0] * (count + 1), pa.int32()), pa.array([], kind.value_type))
    return cast(Any, pa).repeat(pa.scalar(value, kind), count)


def _in_records(old: Any, field: str, value: str | list[str] | None) -> Any:
    """The same lists of records with one field replaced."""
    lengths = pc.fill_null(pc.list_value_length(old), 0).to_numpy(zero_copy_only=False)
    records = pc.list_flatten(old)
    kind = old.type.value_type
    parts = [
        _constant(value, f.type, len(records)) if f.name == field else pc.struct_field(records, f.name) for f in kind
    ]
    offsets: Any = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(parts, fields=list(kind)))


def has_text(table: str) -> str:
    """SQL: whether a row of the table still says what was said."""
    said = []
    for place, value in TEXT[table].items():
        column, _, field = place.partition(".")
        if field:
            said.append(f'len(list_filter("{column}", lambda one: one."{field}" <> \'\')) > 0')
        elif isinstance(value, list):
            said.append(f'len("{column}") > 0')
        else:
            said.append(f"coalesce(\"{column}\", '') <> ''")
    return f"({' or '.join(said)})"
