"""Whole recordings of every container, and what becomes of them: changed, cut, renamed; bombs and lies besides."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator

import av
import numpy as np
import soundfile

RATE = 8_000
RAW_CODECS = ("alaw", "mulaw", "vox", "pcm_s16le", "g722", "g726", "g729")
BY_LIBSNDFILE = [
    ("wav", "WAV", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "DOUBLE", "ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610")
] + [
    ("wav", "WAVEX", "PCM_16"), ("wav", "RF64", "PCM_16"), ("w64", "W64", "PCM_16"), ("flac", "FLAC", "PCM_16"),
    ("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS"), ("mp3", "MP3", "MPEG_LAYER_III"), ("aiff", "AIFF", "PCM_16"),
    ("au", "AU", "ULAW"), ("caf", "CAF", "PCM_16"), ("gsm", "RAW", "GSM610"),
]  # fmt: skip
BY_FFMPEG = [
    ("m4a", "ipod", "aac", 16_000), ("aac", "adts", "aac", 16_000), ("amr", "amr", "libopencore_amrnb", 8_000),
    ("wma", "asf", "wmav2", 44_100), ("opus", "ogg", "libopus", 48_000), ("mp3", "mp3", "libmp3lame", 16_000),
    ("wav", "wav", "g726", 8_000), ("wav", "wav", "adpcm_g722", 16_000), ("mka", "matroska", "aac", 16_000),
    ("3gp", "3gp", "libopencore_amrnb", 8_000),
]  # fmt: skip
NUMBERS = (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFE, 0x7FFF_0000, 44_100, 384_000, 32, 33, 65_535)


def voice(seconds: float, rate: int, seed: int) -> np.ndarray:
    """Something like a voice, 0.3 of full scale at most."""
    time_of = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * np.cumsum(150 + 40 * np.sin(2 * np.pi * 0.7 * time_of + seed)) / rate
    return 0.05 * sum(np.sin(k * pitch) / k for k in range(1, 12)) * (np.sin(2 * np.pi * 3 * time_of) > -0.3)


def by_libsndfile(container: str, subtype: str, seed: int) -> bytes:
    """A whole file of 2 s."""
    out = io.BytesIO()
    channels = 1 if subtype == "GSM610" else 1 + seed % 2
    audio = np.stack([voice(2, RATE, seed + i) for i in range(channels)], axis=1)
    soundfile.write(out, audio, RATE, format=container, subtype=subtype)
    return out.getvalue()


def by_ffmpeg(container: str, codec: str, rate: int, seed: int) -> bytes:
    """A whole file of 2 s, mono."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = {"libopencore_amrnb": 12_200, "g726": 32_000}.get(codec, 64_000)
        context = stream.codec_context
        samples = (32767 * voice(2, rate, seed)).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
        frame.sample_rate = rate
        context.open()
        resampler = av.AudioResampler(context.format, context.layout, context.rate, frame_size=context.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(piece))
    return out.getvalue()


def whole_files() -> list[tuple[str, bytes]]:
    """Ending and content of one file of each kind."""
    files = [(end, by_libsndfile(how, subtype, i)) for i, (end, how, subtype) in enumerate(BY_LIBSNDFILE)]
    return files + [(end, by_ffmpeg(how, codec, rate, i)) for i, (end, how, codec, rate) in enumerate(BY_FFMPEG)]


Mutation = Callable[[random.Random, bytes], bytes]


def flipped_anywhere(g: random.Random, content: bytes) -> bytes:
    """Up to 40 bytes changed."""
    return _with_bytes(g, content, len(content), g.randint(1, 40))


def flipped_header(g: random.Random, content: bytes) -> bytes:
    """Up to 12 bytes of the first 128 changed."""
    return _with_bytes(g, content, 128, g.randint(1, 12))


def _with_bytes(g: random.Random, content: bytes, reach: int, count: int) -> bytes:
    out = bytearray(content)
    for _ in range(count):
        out[g.randrange(min(reach, len(out)))] = g.randrange(256)
    return bytes(out)


def numbers_in_header(g: random.Random, content: bytes) -> bytes:
    """Lengths, rates, counts of the header made absurd."""
    out = bytearray(content)
    for _ in range(g.randint(1, 3)):
        at = 2 * g.randrange(min(len(out) - 8, 256) // 2)
        out[at : at + 4] = struct.pack(g.choice("<>") + "I", g.choice(NUMBERS))
    return bytes(out)


def cut(g: random.Random, content: bytes) -> bytes:
    """The end is missing."""
    return content[: g.randrange(1, len(content))]


def beheaded(g: random.Random, content: bytes) -> bytes:
    """The beginning is missing."""
    return content[g.randrange(1, min(len(content), 400)) :]


def with_a_hole(g: random.Random, content: bytes) -> bytes:
    """A stretch of zeros, as a failing disk leaves it."""
    at, length = g.randrange(len(content)), g.choice((16, 512, 4096))
    return content[:at] + bytes(min(length, len(content) - at)) + content[at + length :]


def stuffed(g: random.Random, content: bytes) -> bytes:
    """Random bytes put in."""
    at = g.randrange(len(content))
    return content[:at] + g.randbytes(g.randint(1, 3000)) + content[at:]


def doubled(g: random.Random, content: bytes) -> bytes:
    """A stretch of it twice."""
    a, b = sorted((g.randrange(len(content)), g.randrange(len(content))))
    return content[:b] + content[a:]


def crossed(g: random.Random, content: bytes) -> bytes:
    """The head of one file and the tail of it shuffled by blocks."""
    head, rest = content[:200], content[200:]
    blocks = [rest[i : i + 256] for i in range(0, len(rest), 256)]
    g.shuffle(blocks)
    return head + b"".join(blocks)


MUTATIONS: tuple[Mutation, ...] = (
    flipped_anywhere, flipped_header, numbers_in_header, cut, beheaded, with_a_hole, stuffed, doubled, crossed,
)  # fmt: skip


def wave(channels: int, rate: int, bits: int, tag: int, data: bytes, promised: int | None = None) -> bytes:
    """A WAV file whose header says whatever one likes."""
    form = struct.pack(
        "<HHIIHH", tag, channels, rate, rate * channels * bits // 8 & 0xFFFFFFFF, channels * bits // 8 & 0xFFFF, bits
    )
    length = len(data) if promised is None else promised
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4 & 0xFFFFFFFF) + b"WAVE" + chunks


def odd_files(g: random.Random) -> Iterator[tuple[str, bytes]]:
    """Files that are no mutations: bombs, lies, other kinds of file under audio names."""
    numbers = np.resize(np.array([np.nan, np.inf, -np.inf, 3e38, -1e30, 0.5], "<f4"), 16_000)
    yield "wav", wave(1, 8000, 32, 3, numbers.tobytes())
    yield "wav", wave(2, 8000, 64, 3, numbers.astype("<f8").tobytes())
    for channels, rate in ((0, 8000), (1, 0), (65_535, 8000), (1, 0xFFFFFFFF), (32, 384_000), (33, 8000), (1, 3)):
        yield "wav", wave(channels, rate, 16, 1, bytes(64_000))
    for promised in (0, 1, 0x7FFFFFFE, 0xFFFFFFFF, 0xFFFFFFF0):
        yield "wav", wave(1, 8000, 16, 1, bytes(16_000), promised)
    for bits in (0, 1, 7, 12, 255, 65_535):
        yield "wav", wave(1, 8000, bits, 1, bytes(16_000))
    for tag in (0, 2, 0x11, 0x31, 0x45, 0x50, 0x55, 0x161, 0xFFFE, 0x270F):
        yield "wav", wave(1, 8000, 4, tag, g.randbytes(16_000))
    yield "flac", _flac_bomb(8, 384_000, 40)
    yield "flac", _flac_bomb(1, 8_000, 3_600)
    yield "mp3", _mp3_of_hours()
    yield "wav", _zip_bomb()
    yield "mp3", gzip.compress(bytes(50_000_000))
    yield "m4a", b"\0\0\0\x18ftypM4A \0\0\0\0" + struct.pack(">I4s", 0x7FFFFFFF, b"moov") + g.randbytes(4000)
    yield "m4a", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + b"\0\0\0\x08moov" * 20_000
    yield "ogg", b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255 + bytes(255 * 255)
    yield "wav", b"<html><body>403 Forbidden</body></html>"
    yield "mp3", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    yield "m4a", b"ffconcat version 1.0\nfile /etc/passwd\n"
    yield "wav", b"RIFF"
    yield "amr", b"#!AMR\n"
    yield "amr", b"#!AMR-WB\n" + g.randbytes(30_000)
    yield "amr", b"#!AMR\n" + g.randbytes(30_000)
    yield "aac", b"\xff\xf1" * 20_000
    yield "mp3", b"\xff\xfb\x90\x64" * 20_000
    yield "gsm", b"\xd0" * 33_000
    yield "wav", b""


def _flac_bomb(channels: int, rate: int, seconds: int) -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", rate, channels, "PCM_16", format="FLAC") as file:
        for _ in range(seconds):
            file.write(np.zeros((rate, channels), np.int16))
    return out.getvalue()


def _mp3_of_hours() -> bytes:
    """The shortest frames that there are, of silence: 8 kbit/s."""
    frame = b"\xff\xf3\x14\xc4" + bytes(20)
    return frame * 200_000


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", bytes(100_000_000))
    return out.getvalue()


def broken_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of so many files."""
    g = random.Random(seed)
    odd, whole = list(odd_files(g)), whole_files()
    ends = [end for end, _ in whole] + [codec.removeprefix("pcm_") for codec in RAW_CODECS]
    for index in range(count):
        if index < len(odd):
            end, content, kind = *odd[index], "odd"
        elif index % 12 == 0:
            end, content, kind = g.choice(ends), g.randbytes(g.randint(1, 40_000)), "random"
        elif index % 12 == 1:
            end, content, kind = g.choice(ends), g.choice(whole)[1], "renamed"
        else:
            end, content = whole[index % len(whole)]
            mutations = [g.choice(MUTATIONS) for _ in range(g.choice((1, 1, 1, 2)))]
            kind = mutations[0].__name__
            for mutation in mutations:
                content = mutation(g, content) or b"\0"
        yield f"{kind}-{index:05d}.{end}", content


def good_files() -> Iterator[tuple[str, bytes]]:
    """Name and content of the whole files among the broken ones."""
    for index, (end, content) in enumerate(whole_files()):
        yield f"good-{index:02d}.{end}", content
