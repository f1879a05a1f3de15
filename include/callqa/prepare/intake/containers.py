"""What a container promises, held against the bytes that are there: a truncated recording is not a short one.

Decoders play a cut file to its end without a word; only the container's own numbers tell that a part is missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import FileIO

from callqa.prepare.intake.frames import cut_frame
from callqa.prepare.intake.rejection import Rejection

STREAMED = 0x7FFF_0000
"""A RIFF size from here on was written by a program that could not seek back (0xFFFFFFFF; sox: 0x7FFFF000)."""
AGAIN = "fetch the recording again from the recorder"
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_EBML = bytes.fromhex("1a45dfa3")
_TAIL = 70_000
"""Bytes that hold the last page of an Ogg file (a page has 65,307 at most)."""


def check_complete(file: FileIO) -> None:
    """Read what the container promises; the position of the file is moved.

    Raises:
        Rejection: `truncated`, with both numbers.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(64)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        _check_wave(file, size)
    elif head[4:8] == b"ftyp":
        _check_mp4(file, size)
    elif head[:4] == b"OggS":
        _check_ogg(file, size)
    elif head[:16] == _ASF_HEADER:
        _check_asf(file, size)
    elif head[:4] == b".snd":
        _check_au(file, size)
    elif head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        _check_aiff(file, size)
    elif head[:16] == _W64_RIFF:
        _check_w64(file, size)
    elif head[:4] == b"caff":
        _check_caf(file, size)
    elif head[:4] == _EBML:
        _check_matroska(file, size)
    else:
        _check_mp3(file, size)
        _check_frames(file, size)


def promised_samples(file: FileIO) -> int:
    """Samples a channel that a FLAC file's header promises; 0 for any other container, or where it does not know."""
    file.seek(0)
    head = file.read(42)
    if head[:4] != b"fLaC" or len(head) < 42:
        return 0
    return int.from_bytes(head[21:26], "big") & 0xF_FFFF_FFFF


def _short(what: str, promised: int, present: int) -> Rejection:
    return Rejection("truncated", f"{what} promises {promised} bytes, {present} are there; {AGAIN}")


def _check_wave(file: FileIO, size: int) -> None:
    wide: int | None = None
    for name, start, length in _chunks(file, size):
        if name == b"ds64":
            file.seek(start + 8)
            wide = int.from_bytes(file.read(8), "little")
        if name == b"data":
            promised = wide if wide is not None and length == 0xFFFF_FFFF else length
            if wide is None and (length == 0 or length >= STREAMED):
                _check_empty(file, size, start, length)
                return
            if promised > size - start:
                raise _short("the WAV header", promised, size - start)
            return
    raise Rejection("truncated", f"the WAV file ends after {size} bytes, before its samples; {AGAIN}")


def _check_empty(file: FileIO, size: int, start: int, length: int) -> None:
    """A length of 0 is true where the outer length is true as well, else a program that streamed did not know it."""
    file.seek(4)
    if length == 0 and (int.from_bytes(file.read(4), "little") == size - 8 or start == size):
        raise Rejection("no_audio", "a WAV file without a single sample; record it again or remove it from the source")


def _chunks(file: FileIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of the chunks of a RIFF file."""
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = file.read(4), int.from_bytes(file.read(4), "little")
        yield name, at + 8, length
        at += 8 + length + length % 2


def _check_mp4(file: FileIO, size: int) -> None:
    at, names = 0, set()
    while at + 8 <= size:
        file.seek(at)
        length, name = int.from_bytes(file.read(4), "big"), file.read(4)
        if length == 1:
            length = int.from_bytes(file.read(8), "big")
        names.add(name)
        if length == 0:  # to the end of the file
            break
        if at + length > size:
            raise _short(f"the MP4 box `{name.decode('latin-1')}`", length, size - at)
        if length < 8:
            break
        at += length
    if b"moov" not in names:
        raise Rejection("truncated", f"the MP4 file of {size} bytes has no index (moov): it was not finished; {AGAIN}")


def _check_ogg(file: FileIO, size: int) -> None:
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return
    page = tail[at:]
    segments = page[26] if len(page) > 26 else 0
    length = 27 + segments + sum(page[27 : 27 + segments])
    if len(page) < 27 + segments or len(page) < length:
        raise _short("the last Ogg page", max(length, 27 + segments), len(page))


def _check_asf(file: FileIO, size: int) -> None:
    file.seek(0)
    head = file.read(8192)
    at = head.find(_ASF_FILE)
    if at < 0 or len(head) < at + 92:
        return
    promised = int.from_bytes(head[at + 40 : at + 48], "little")
    flags = int.from_bytes(head[at + 88 : at + 92], "little")
    if promised > size and not flags & _ASF_BROADCAST:
        raise _short("the WMA header", promised, size)


def _check_mp3(file: FileIO, size: int) -> None:
    """Bytes of the stream as LAME's and FFmpeg's first frame (`Xing`, `Info`) have them; other MP3s promise nothing."""
    start = _after_id3(file)
    file.seek(start)
    frame = file.read(256)
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0:
        return
    flags = int.from_bytes(frame[tag + 4 : tag + 8], "big")
    field = tag + 8 + (4 if flags & 1 else 0)
    promised = int.from_bytes(frame[field : field + 4], "big") if flags & 2 else 0
    if promised > size - start:
        raise _short("the MP3's first frame", promised, size - start)


def _check_frames(file: FileIO, size: int) -> None:
    """AMR, AAC (ADTS), GSM, and the MP3s that promise nothing."""
    cut = cut_frame(file, _after_id3(file), size)
    if cut:
        raise _short("the last frame", *cut)


def _check_au(file: FileIO, size: int) -> None:
    file.seek(4)
    start, length = int.from_bytes(file.read(4), "big"), int.from_bytes(file.read(4), "big")
    if length != 0xFFFF_FFFF and length > size - start:
        raise _short("the AU header", length, max(0, size - start))


def _check_aiff(file: FileIO, size: int) -> None:
    file.seek(4)
    promised = int.from_bytes(file.read(4), "big") + 8
    if promised > size:
        raise _short("the AIFF header", promised, size)


def _check_w64(file: FileIO, size: int) -> None:
    file.seek(16)
    promised = int.from_bytes(file.read(8), "little")
    if promised > size:
        raise _short("the W64 header", promised, size)


def _check_caf(file: FileIO, size: int) -> None:
    at = 8
    while at + 12 <= size:
        file.seek(at)
        name, length = file.read(4), int.from_bytes(file.read(8), "big", signed=True)
        if name == b"data" and length > size - at - 12:
            raise _short("the CAF header", length, size - at - 12)
        if name == b"data" or length < 0:  # negative: a program that streamed did not know it
            return
        at += 12 + length


def _check_matroska(file: FileIO, size: int) -> None:
    """The segment behind the header says how long it is, or, where it was streamed, that it does not know: all ones."""
    at = len(_EBML)
    for _ in range(2):
        file.seek(at)
        first = (file.read(1) or b"\0")[0]
        width = 9 - first.bit_length()
        length = int.from_bytes(bytes([first]) + file.read(width - 1), "big") & (1 << 7 * width) - 1
        if not first or length == (1 << 7 * width) - 1:
            return
        at += width + length
        if at > size:
            raise _short("a Matroska element", length, size - at + length)
        at += 4  # the name of the next element, the segment


def _after_id3(file: FileIO) -> int:
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte & 0x7F
    return length + 10
