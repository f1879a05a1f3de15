"""What an export can be told, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from callqa.settings import SourceSettings

Headers = Literal["en", "zh", "both"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Each format takes those that are for it."""

    headers: Headers = "en"
    """Language of the column headers of csv and xlsx."""
    bom: bool = False
    """csv: begin with a byte order mark, by which Excel on a Chinese Windows knows UTF-8."""
    a_file_a_call: bool = False
    """contact-lens, vcon: one JSON file a call instead of one line a call in one file."""
    audio: bool = False
    """vcon: embed a copy of the recording in which personal data is silent."""
    source: SourceSettings = field(default_factory=SourceSettings)
    """The zone of the times in csv and xlsx, and how recordings are read for `audio`."""


@dataclass(frozen=True)
class Written:
    """What a format wrote into its folder."""

    files: Mapping[str, int]
    """Rows (csv, xlsx, parquet) or calls (all others) by file name."""
    left_out: Mapping[str, list[str]] = field(default_factory=dict)
    """Ids of calls that the format cannot hold, by reason."""
