"""Streams without a container: frames that say how long they are. A last one that is longer than what is left was cut.

Sizes: AMR RFC 4867 (section 5.3), ADTS ISO/IEC 13818-7, MPEG audio ISO/IEC 11172-3 and 13818-3, GSM 06.10 as 33 bytes.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from io import FileIO
from typing import Any

Length = Callable[[Any, int], int]
"""Bytes of the frame at a position; 0 where there is none. Reads at most HEAD bytes."""

HEAD = 6
AMR = b"#!AMR\n"
AMR_WIDE = b"#!AMR-WB\n"
GSM_FRAME = 33
_AMR_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_AMR_WIDE_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
"""Header byte included, by frame type; 0: not used."""
_MPEG_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by version (3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5) and index."""
_MPEG1_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_MPEG2_KBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
"""Of layer 3."""
ENOUGH = 3
"""Frames in a row that are no chance."""


def cut_frame(file: FileIO, start: int, size: int) -> tuple[int, int] | None:
    """Bytes that the last frame of a stream says it has and those that are there; None where nothing is missing.

    Args:
        file: a file whose content begins as one of the streams does; any other has nothing missing.
        start: where the stream begins (behind tags).
        size: of the file.
    """
    if size - start < HEAD:
        return None
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        first, length = _stream(content, start)
        return _follow(content, first, size, length) if length else None


def _stream(content: mmap.mmap, start: int) -> tuple[int, Length | None]:
    if content[: len(AMR)] == AMR:
        return len(AMR), lambda data, at: _AMR_BYTES[data[at] >> 3 & 15]
    if content[: len(AMR_WIDE)] == AMR_WIDE:
        return len(AMR_WIDE), lambda data, at: _AMR_WIDE_BYTES[data[at] >> 3 & 15]
    for length in (_adts, _mpeg, _gsm):
        if length(content, start):
            return start, length
    return start, None


def _follow(content: mmap.mmap, at: int, size: int, length: Length) -> tuple[int, int] | None:
    """Go from frame to frame; where one is damaged there is no telling what comes after it."""
    seen = 0
    while at + (HEAD if length in (_adts, _mpeg) else 1) <= size:
        own = length(content, at)
        if not own:
            return None
        if at + own > size:
            return (own, size - at) if seen >= ENOUGH else None
        at, seen = at + own, seen + 1
    return None


def _adts(content: Any, at: int) -> int:
    if content[at] != 0xFF or content[at + 1] & 0xF6 != 0xF0:
        return 0
    length = (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5
    return length if length >= 7 else 0


def _mpeg(content: Any, at: int) -> int:
    """Layer 3 only: what recorders write."""
    second, third = content[at + 1], content[at + 2]
    version, rate_index = second >> 3 & 3, third >> 2 & 3
    if content[at] != 0xFF or second & 0xE6 != 0xE2 or version == 1 or rate_index == 3:
        return 0
    kbits = (_MPEG1_KBITS if version == 3 else _MPEG2_KBITS)[third >> 4]
    factor = 144_000 if version == 3 else 72_000
    return factor * kbits // _MPEG_RATES[version][rate_index] + (third >> 1 & 1) if kbits else 0


def _gsm(content: Any, at: int) -> int:
    return GSM_FRAME if content[at] >> 4 == 0xD else 0
