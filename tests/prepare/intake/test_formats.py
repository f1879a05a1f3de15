"""What goes in comes out: by channel, by duration, and as near to the original as the codec allows."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callqa.prepare.intake.rejection import Rejection
from callqa.settings import RawFormat
from tests.prepare.signals import RATE, decoded, sine, voicelike, write, write_av

LONGEST_DELAY = 0.15
"""Seconds that an encoder adds at the beginning, at most."""


def speech(seed: int, rate: int = RATE) -> np.ndarray:
    return voicelike(3, seed, rate)


def snr(original: np.ndarray, heard: np.ndarray, rate: int) -> float:
    """dB of a signal over what is different in its copy, which may be late and of another level."""
    original, heard = original.astype(float), heard.astype(float)
    most = round(LONGEST_DELAY * rate)
    heard = np.concatenate([np.zeros(most), heard])  # it may also be early
    size = 1 << int(np.ceil(np.log2(len(original) + len(heard))))
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(original, size)), size)
    delay = int(product[: 2 * most].argmax())
    length = min(len(original), len(heard) - delay) - rate // 5
    a, b = original[rate // 5 : length], heard[delay + rate // 5 : delay + length]
    error = b - a * (a @ b) / (a @ a)
    return float(10 * np.log10((b @ b) / max(error @ error, 1e-9)))


def check(audio, originals: list[np.ndarray], rate: int, least: float) -> None:
    """Each channel is its original's copy, and no other's."""
    assert (audio.rate, len(audio.channels)) == (rate, len(originals))
    assert audio.duration == pytest.approx(len(originals[0]) / rate, abs=0.12)
    for index, (heard, original) in enumerate(zip(audio.channels, originals, strict=True)):
        assert snr(original, heard, rate) > least
        assert index == 0 or snr(originals[index - 1], heard, rate) < 3


# Seeds are channels. Least SNR: what the codec is known to keep, less a few dB.
WAVES = {
    "PCM_U8": ("pcm_u8", 20), "PCM_16": ("pcm_s16le", 70), "PCM_24": ("pcm_s24le", 70), "PCM_32": ("pcm_s32le", 70),
    "FLOAT": ("pcm_f32le", 70), "DOUBLE": ("pcm_f64le", 70), "ALAW": ("pcm_alaw", 33), "ULAW": ("pcm_mulaw", 33),
    "IMA_ADPCM": ("adpcm_ima_wav", 10), "MS_ADPCM": ("adpcm_ms", 12),
}  # fmt: skip


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"])
def test_every_container_of_pcm_is_read(tmp_path, container):
    originals = [speech(0), speech(1)]
    audio = decoded(write(tmp_path / "a", originals, format=container, subtype="PCM_16"))
    check(audio, originals, RATE, 70)


@pytest.mark.parametrize("subtype", WAVES)
def test_every_encoding_in_a_wav_is_read(tmp_path, subtype):
    codec, least = WAVES[subtype]
    originals = [speech(0), speech(1)]
    audio = decoded(write(tmp_path / "a", originals, format="WAV", subtype=subtype))
    assert audio.codec == codec
    check(audio, originals, RATE, least)


def test_gsm_in_a_wav_is_read(tmp_path):
    audio = decoded(write(tmp_path / "a", [speech(0)], format="WAV", subtype="GSM610"))
    assert audio.codec == "gsm_ms"
    check(audio, [speech(0)], RATE, 8)


@pytest.mark.parametrize("channels", [3, 4, 8])
def test_every_channel_of_many_is_kept_apart(tmp_path, channels):
    originals = [speech(seed) for seed in range(channels)]
    check(decoded(write(tmp_path / "a", originals, format="WAV", subtype="PCM_16")), originals, RATE, 70)
    check(decoded(write(tmp_path / "a", originals, format="FLAC")), originals, RATE, 70)


@pytest.mark.parametrize(
    ("container", "encoder", "codec", "rate", "channels", "least"),
    [
        ("wav", "adpcm_g722", "adpcm_g722", 16_000, 1, 15),
        ("wav", "g726", "adpcm_g726", 8_000, 1, 15),
        ("mp3", "libmp3lame", "mp3", 16_000, 2, 12),
        ("adts", "aac", "aac", 16_000, 2, 12),
        ("ipod", "aac", "aac", 16_000, 2, 12),
        ("mp4", "aac", "aac", 44_100, 2, 12),
        ("ogg", "libopus", "opus", 48_000, 2, 8),
        ("asf", "wmav2", "wmav2", 44_100, 2, 10),
        ("amr", "libopencore_amrnb", "amr_nb", 8_000, 1, 1.5),
        ("flac", "flac", "flac", 16_000, 2, 70),
    ],
)
def test_every_codec_of_ffmpeg_is_read(tmp_path, container, encoder, codec, rate, channels, least):
    originals = [speech(seed, rate) for seed in range(channels)]
    bits = {"libopencore_amrnb": 12_200}.get(encoder, 96_000 if channels == 2 else 0)
    audio = decoded(write_av(tmp_path / "a", originals, container, encoder, rate, bits))
    assert audio.codec == codec
    check(audio, originals, rate, least)


def test_ogg_vorbis_is_read(tmp_path):
    originals = [speech(0), speech(1)]
    check(decoded(write(tmp_path / "a", originals, format="OGG", subtype="VORBIS")), originals, RATE, 8)


AMR = {"amr_nb": (b"#!AMR\n", 8, 8_000), "amr_wb": (b"#!AMR-WB\n", 9, 16_000)}
"""Head, type of the frames of comfort noise (of 6 bytes), Hz."""


@pytest.mark.parametrize("codec", AMR)
def test_the_pauses_of_amr_keep_their_time(tmp_path, codec):
    """Frames of comfort noise and frames without data (type 15), 20 ms each: all that there is in a party's silence."""
    head, comfort, rate = AMR[codec]
    frames = (bytes([comfort << 3 | 4]) + bytes(5) + bytes([15 << 3 | 4]) * 7) * 25
    (tmp_path / "a.amr").write_bytes(head + frames)
    audio = decoded(tmp_path / "a.amr")
    assert (audio.codec, audio.rate, audio.duration) == (codec, rate, 4.0)


def test_damage_keeps_the_time_of_what_comes_after_it(tmp_path):
    path = write_av(tmp_path / "a", [np.concatenate([sine(300, 3), sine(900, 3)])], "ipod", "aac", 8_000, 48_000)
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    content[start + 9000 : start + 9250] = bytes(250)
    path.write_bytes(content)
    audio = decoded(path)
    assert audio.duration == pytest.approx(6, abs=0.2)
    spectrum = np.abs(np.fft.rfft(audio.channels[0][-8_000:]))
    assert spectrum.argmax() == 900


def raw_by_libsndfile(subtype: str, endian: str = "FILE") -> Callable[[Path, list[np.ndarray], int], None]:
    def make(path: Path, channels: list[np.ndarray], rate: int) -> None:
        write(path, channels, rate, format="RAW", subtype=subtype, endian=endian)

    return make


def raw_by_ffmpeg(container: str, codec: str, bits: int = 0) -> Callable[[Path, list[np.ndarray], int], None]:
    def make(path: Path, channels: list[np.ndarray], rate: int) -> None:
        write_av(path, channels, container, codec, rate, bits)

    return make


RAW = {
    "alaw": (raw_by_libsndfile("ALAW"), 8_000, 2, "pcm_alaw", 33),
    "mulaw": (raw_by_libsndfile("ULAW"), 8_000, 2, "pcm_mulaw", 33),
    "pcm_s16le": (raw_by_libsndfile("PCM_16", "LITTLE"), 11_025, 2, "pcm_s16le", 70),
    "pcm_s16be": (raw_by_libsndfile("PCM_16", "BIG"), 8_000, 1, "pcm_s16be", 70),
    "vox": (raw_by_libsndfile("VOX_ADPCM"), 8_000, 1, "adpcm_ima_oki", 10),
    "g722": (raw_by_ffmpeg("g722", "g722"), 16_000, 1, "adpcm_g722", 15),
    "g726": (raw_by_ffmpeg("g726le", "g726le", 32_000), 8_000, 1, "adpcm_g726le", 15),
}


@pytest.mark.parametrize("codec", RAW)
def test_files_without_a_header_are_read_as_the_settings_say(tmp_path, codec):
    make, rate, channels, name, least = RAW[codec]
    originals = [speech(seed, rate) for seed in range(channels)]
    make(tmp_path / "a.raw", originals, rate)
    audio = decoded(tmp_path / "a.raw", raw=RawFormat(codec=codec, rate=rate, channels=channels))
    assert audio.codec == name
    check(audio, originals, rate, least)


def test_vox_is_what_ffmpeg_hears_in_it(tmp_path):
    import av

    write(tmp_path / "a.vox", [speech(0)], format="RAW", subtype="VOX_ADPCM")
    context = av.CodecContext.create("adpcm_ima_oki", "r")
    context.sample_rate, context.layout = RATE, "mono"
    frames = context.decode(av.Packet((tmp_path / "a.vox").read_bytes()))
    theirs = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    ours = decoded(tmp_path / "a.vox", raw=RawFormat(codec="vox")).channels[0]
    assert snr(theirs, ours, RATE) > 40


def test_g729_without_a_header_has_ten_bytes_for_ten_milliseconds(tmp_path):
    """There is no free encoder: any bytes are frames."""
    (tmp_path / "a.g729").write_bytes(np.random.default_rng(0).bytes(10 * 150))
    audio = decoded(tmp_path / "a.g729", raw=RawFormat(codec="g729"))
    assert (audio.codec, audio.rate, audio.duration, len(audio.channels)) == ("g729", 8_000, 1.5, 1)


@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_a_file_with_a_header_is_read_by_it_whatever_its_name_says(tmp_path, container):
    path = write(tmp_path / "a.vox", [speech(0), speech(1)], format=container, subtype="PCM_16")
    check(decoded(path, raw=RawFormat(codec="vox")), [speech(0), speech(1)], RATE, 70)


@pytest.mark.parametrize(
    ("how", "size"),
    [(RawFormat(codec="pcm_s16le", channels=2), 4002), (RawFormat(codec="alaw", channels=2), 4001), (RawFormat(codec="g729"), 4003)],
)  # fmt: skip
def test_a_file_without_a_header_that_ends_within_a_sample_is_truncated(tmp_path, how, size):
    (tmp_path / "a").write_bytes(bytes(size))
    with pytest.raises(Rejection, match=f"{size} bytes are not a multiple of") as caught:
        decoded(tmp_path / "a", raw=how)
    assert caught.value.reason == "truncated"


def test_a_short_file_without_a_header_and_a_long_one_have_their_reasons(tmp_path):
    (tmp_path / "a").write_bytes(bytes(80_000))
    with pytest.raises(Rejection, match="longer than 9 s"):
        decoded(tmp_path / "a", 9, RawFormat(codec="alaw"))


def test_full_scale_stays_full_scale(tmp_path):
    loud = sine(300, 1, 1.0)
    for subtype in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "ALAW"):
        heard = decoded(write(tmp_path / "a.wav", [loud], subtype=subtype)).channels[0]
        assert min(int(heard.max()), -int(heard.min())) > 32000, subtype


def test_a_wav_of_extensible_alaw_is_read(tmp_path):
    """As Windows writes A-law with a channel mask: format tag 0xFFFE, the codec in a GUID."""
    soundfile.write(tmp_path / "raw", np.stack([speech(0), speech(1)], axis=1), RATE, format="RAW", subtype="ALAW")
    data = (tmp_path / "raw").read_bytes()
    guid = struct.pack("<HHIHH8s", 22, 8, 3, 6, 0, bytes.fromhex("000010008000 00aa00389b71")[:8])
    guid = struct.pack("<HHI", 22, 8, 3) + struct.pack("<IHH", 6, 0, 0x10) + bytes.fromhex("800000aa00389b71")
    form = struct.pack("<HHIIHH", 0xFFFE, 2, RATE, RATE * 2, 2, 8) + guid
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    check(decoded(tmp_path / "a.wav"), [speech(0), speech(1)], RATE, 33)


CUT = {
    "amr": lambda path: write_av(path, [speech(0)], "amr", "libopencore_amrnb", 8_000),
    "adts": lambda path: write_av(path, [speech(0, 16_000)], "adts", "aac", 16_000),
    "gsm": lambda path: write(path, [speech(0)], format="RAW", subtype="GSM610"),
    "au": lambda path: write(path, [speech(0)], format="AU", subtype="PCM_16"),
    "aiff": lambda path: write(path, [speech(0)], format="AIFF", subtype="PCM_16"),
    "w64": lambda path: write(path, [speech(0)], format="W64", subtype="PCM_16"),
    "caf": lambda path: write(path, [speech(0)], format="CAF", subtype="PCM_16"),
    "mka": lambda path: write_av(path, [speech(0, 16_000)], "matroska", "aac", 16_000),
    "mp3": lambda path: without_the_first_frame(
        write_av(path, [speech(0, 16_000)], "mp3", "libmp3lame", 16_000, 32_000)
    ),
}


def without_the_first_frame(path: Path) -> Path:
    """An MP3 without FFmpeg's frame of numbers, as telephone systems write it."""
    content = path.read_bytes()
    start = content.index(b"\xff\xf3", content.index(b"Info"))
    path.write_bytes(content[start:])
    return path


@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_is_shorter_than_it_says_is_truncated(tmp_path, kind):
    path = CUT[kind](tmp_path / "a")
    assert decoded(path).duration == pytest.approx(3, abs=0.2)
    content = path.read_bytes()
    for missing in (1, 5):
        path.write_bytes(content[:-missing])
        with pytest.raises(Rejection) as caught:
            decoded(path)
        assert caught.value.reason == "truncated"


def test_tags_behind_an_mp3_are_no_sign_of_truncation(tmp_path):
    path = CUT["mp3"](tmp_path / "a")
    path.write_bytes(path.read_bytes() + b"TAG" + b"title".ljust(125, b"\0"))
    assert decoded(path).duration == pytest.approx(3, abs=0.2)


def test_a_change_of_rate_in_the_midst_is_damage(tmp_path):
    parts = [write_av(tmp_path / str(rate), [sine(300, 2, rate=rate)], "adts", "aac", rate) for rate in (16_000, 8_000)]
    (tmp_path / "a").write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(Rejection, match="1 channels of 8000 Hz among 1 of 16000 Hz") as caught:
        decoded(tmp_path / "a")
    assert caught.value.reason == "truncated"


def test_hours_of_nothing_in_a_few_bytes_are_too_long_before_they_fill_the_disk(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.zeros((384_000 * 4, 8), np.int16), 384_000)
    assert (tmp_path / "a.flac").stat().st_size < 20_000
    with pytest.raises(Rejection, match="8 channels of 384000 Hz") as caught:
        decoded(tmp_path / "a.flac", 10)
    assert caught.value.reason == "too_long"
