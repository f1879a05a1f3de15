import random
import tracemalloc

import numpy as np
import pytest
import soundfile

from callqa.prepare.intake.rejection import Rejection
from tests.prepare.signals import RATE, decoded, silence, sine, write, write_av

LEFT, RIGHT, THIRD = sine(300, 3, 0.3), sine(700, 3, 0.1), sine(1100, 3, 0.2)
SOUNDFILE = {
    "pcm_s16le": ("WAV", "PCM_16"), "pcm_u8": ("WAV", "PCM_U8"), "pcm_s24le": ("WAV", "PCM_24"),
    "pcm_f32le": ("WAV", "FLOAT"), "pcm_alaw": ("WAV", "ALAW"), "pcm_mulaw": ("WAV", "ULAW"),
    "adpcm_ima_wav": ("WAV", "IMA_ADPCM"), "flac": ("FLAC", "PCM_16"), "vorbis": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"), "mp3": ("MP3", "MPEG_LAYER_III"),
}  # fmt: skip
FFMPEG = {
    "aac": ("ipod", "aac", 16_000), "wmav2": ("asf", "wmav2", 44_100), "opus": ("ogg", "libopus", 48_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
}  # fmt: skip


def frequency(samples: np.ndarray, rate: int) -> float:
    """Hz of the strongest sine in the second second."""
    spectrum = np.abs(np.fft.rfft(samples[rate : 2 * rate] * np.hanning(rate)))
    return float(spectrum.argmax())


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean((samples[len(samples) // 3 : len(samples) * 2 // 3] / 32768) ** 2)))


def is_split(audio) -> bool:
    """Left and right are where they were, neither has anything of the other."""
    found = [frequency(channel, audio.rate) for channel in audio.channels]
    return found == [300, 700] and rms(audio.channels[0]) == pytest.approx(3 * rms(audio.channels[1]), rel=0.25)


@pytest.mark.parametrize("codec", SOUNDFILE)
def test_stereo_files_of_libsndfile_are_split_into_their_channels(tmp_path, codec):
    container, subtype = SOUNDFILE[codec]
    audio = decoded(write(tmp_path / "a", [LEFT, RIGHT], format=container, subtype=subtype))
    assert (audio.rate, audio.codec) == (RATE, codec)
    assert audio.duration == pytest.approx(3, abs=0.1)
    assert is_split(audio)


@pytest.mark.parametrize("codec", FFMPEG)
def test_stereo_files_of_ffmpeg_are_split_into_their_channels(tmp_path, codec):
    container, encoder, rate = FFMPEG[codec]
    channels = [sine(300, 3, 0.3, rate), sine(700, 3, 0.1, rate)]
    audio = decoded(write_av(tmp_path / "a", channels, container, encoder, rate, 96_000))
    assert (audio.rate, audio.codec) == (rate, codec)
    assert audio.duration == pytest.approx(3, abs=0.1)
    assert is_split(audio)


@pytest.mark.parametrize(
    ("container", "encoder", "codec", "rate"),
    [
        ("amr", "libopencore_amrnb", "amr_nb", 8_000),
        ("adts", "aac", "aac", 16_000),
        ("wav", "g726", "adpcm_g726", 8_000),
    ],
)
def test_mono_files_of_other_telephone_codecs_are_read(tmp_path, container, encoder, codec, rate):
    path = write_av(tmp_path / "a", [sine(300, 3, rate=rate)], container, encoder, rate)
    audio = decoded(path)
    assert (len(audio.channels), audio.rate, audio.codec) == (1, rate, codec)
    assert frequency(audio.channels[0], rate) == 300


def test_raw_gsm_of_an_asterisk_is_known_by_its_frames(tmp_path):
    audio = decoded(write(tmp_path / "a.gsm", [LEFT], format="RAW", subtype="GSM610"))
    assert (audio.codec, audio.rate, frequency(audio.channels[0], 8_000)) == ("gsm", 8_000, 300)


def test_pcm_comes_back_sample_by_sample(tmp_path):
    samples = np.random.default_rng(0).integers(-32768, 32767, 5000, np.int16)
    audio = decoded(write(tmp_path / "a.wav", [samples, samples[::-1]]))
    assert np.array_equal(audio.channels[0], samples)
    assert np.array_equal(audio.channels[1], samples[::-1])


def test_channels_of_opposite_phase_do_not_cancel(tmp_path):
    audio = decoded(write(tmp_path / "a.wav", [LEFT, -LEFT]))
    assert rms(audio.channels[0]) == pytest.approx(0.3 / np.sqrt(2), rel=0.01)


def test_a_third_channel_is_kept(tmp_path):
    audio = decoded(write(tmp_path / "a.wav", [LEFT, RIGHT, THIRD]))
    assert [frequency(c, audio.rate) for c in audio.channels] == [300, 700, 1100]


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.gsm", "a.vox", "a"])
def test_the_content_counts_and_not_the_name(tmp_path, name):
    assert decoded(write(tmp_path / name, [LEFT], format="FLAC")).codec == "flac"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.wav", b"<html><body>403 Forbidden</body></html>"),
        ("a.gsm", b"text that libsndfile takes for raw GSM because of its name\n" * 99),
        ("a.vox", b"text\n" * 2000),
        ("a.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        ("a.m4a", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("a.wav", b"x"),
        ("a.wav", bytes(5000)),
        ("a.m4a", b"%PDF-1.7\n" + bytes(range(256)) * 9),
    ],
)
def test_what_is_no_sound_is_not_audio_whatever_its_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Rejection) as caught:
        decoded(tmp_path / name)
    assert caught.value.reason == "not_audio"
    assert "deliver a recording" in caught.value.detail


def test_random_bytes_are_never_audio(tmp_path):
    generator = random.Random(7)
    path = tmp_path / "a.mp3"
    for _ in range(60):
        path.write_bytes(generator.randbytes(generator.randint(1, 20_000)))
        with pytest.raises(Rejection) as caught:
            decoded(path)
        assert caught.value.reason == "not_audio"


def test_damage_in_the_middle_of_any_format_ends_in_audio_or_a_reason(tmp_path):
    generator = random.Random(3)
    whole = [write(tmp_path / f"{c}", [LEFT, RIGHT], format=f, subtype=s) for c, (f, s) in SOUNDFILE.items()]
    whole += [write_av(tmp_path / f"av-{c}", [LEFT, LEFT], *FFMPEG[c], 64_000) for c in ("aac", "wmav2")]
    path = tmp_path / "broken"
    for content in [file.read_bytes() for file in whole] * 4:
        broken = bytearray(content)
        for _ in range(generator.randint(1, 30)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        path.write_bytes(broken)
        try:
            assert decoded(path, 60).duration <= 60
        except Rejection as rejection:
            assert rejection.reason in {"truncated", "not_audio", "no_audio", "too_long"}  # noqa: PT017


def test_a_recording_longer_than_allowed_is_too_long_by_its_samples(tmp_path):
    path = write(tmp_path / "a.wav", [LEFT])
    assert decoded(path, 3.0).duration == 3.0
    with pytest.raises(Rejection, match=r"longer than 2\.9 s.*max_call_seconds") as caught:
        decoded(path, 2.9)
    assert caught.value.reason == "too_long"


@pytest.mark.parametrize("container", ["WAV", "OGG"])
def test_a_container_without_samples_is_no_audio(tmp_path, container):
    with pytest.raises(Rejection) as caught:
        decoded(write(tmp_path / "a", [silence(0)], format=container))
    assert caught.value.reason == "no_audio"


def test_a_header_that_lies_costs_no_memory(tmp_path):
    path = write(tmp_path / "a.flac", [LEFT])
    content = bytearray(path.read_bytes())
    content[21:26] = (content[21] & 0xF0 | 0xF).to_bytes(1, "big") + b"\xff\xff\xff\xff"
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(Rejection, match=r"24000 of 68719476735|cannot all be decoded") as caught:
        decoded(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.reason == "truncated"
    assert peak < 50e6


@pytest.mark.parametrize(("offset", "value"), [(22, (500).to_bytes(2, "little")), (24, (3).to_bytes(4, "little"))])
def test_a_header_with_absurd_channels_or_rate_is_not_audio(tmp_path, offset, value):
    path = write(tmp_path / "a.wav", [LEFT])
    content = bytearray(path.read_bytes())
    content[offset : offset + len(value)] = value
    path.write_bytes(content)
    with pytest.raises(Rejection) as caught:
        decoded(path)
    assert caught.value.reason in {"not_audio", "no_audio"}


def test_float_samples_that_are_no_numbers_are_silence_and_huge_ones_are_full_scale(tmp_path):
    samples = np.full(RATE, 0.5, np.float32)
    samples[:4] = (np.nan, np.inf, -np.inf, 3e38)
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    assert decoded(tmp_path / "a.wav").channels[0][:5].tolist() == [0, 32767, -32768, 32767, 16384]
