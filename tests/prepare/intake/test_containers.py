import struct

import pytest

from callqa.prepare.intake.rejection import Rejection
from tests.prepare.signals import decoded, sine, write, write_av

SOUND = [sine(300, 3), sine(700, 3)]


def made(tmp_path, kind: str):
    how = {
        "wav": {"format": "WAV", "subtype": "PCM_16"}, "alaw": {"format": "WAV", "subtype": "ALAW"},
        "rf64": {"format": "RF64", "subtype": "PCM_16"}, "flac": {"format": "FLAC"}, "vorbis": {"format": "OGG"},
        "opus": {"format": "OGG", "subtype": "OPUS"}, "lame": {"format": "MP3"},
    }  # fmt: skip
    by_ffmpeg = {"m4a": ("ipod", "aac"), "wma": ("asf", "wmav2"), "mp3": ("mp3", "libmp3lame")}
    if kind in how:
        return write(tmp_path / kind, SOUND, **how[kind])
    return write_av(tmp_path / kind, SOUND, *by_ffmpeg[kind], 16_000, 48_000)


KINDS = ("wav", "alaw", "rf64", "flac", "vorbis", "opus", "lame", "m4a", "wma", "mp3")


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_not_truncated(tmp_path, kind):
    assert decoded(made(tmp_path, kind)).duration > 1


@pytest.mark.parametrize("share", [0.98, 0.6, 0.2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_is_truncated_and_says_what_is_missing(tmp_path, kind, share):
    path = made(tmp_path, kind)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Rejection) as caught:
        decoded(path)
    assert caught.value.reason == "truncated"
    assert "fetch the recording again" in caught.value.detail


def test_the_numbers_of_a_cut_wav_are_in_the_reason(tmp_path):
    path = made(tmp_path, "wav")
    path.write_bytes(path.read_bytes()[:1044])
    with pytest.raises(Rejection, match="promises 96000 bytes, 1000 are there"):
        decoded(path)


def streamed(content: bytes, outer: int, inner: int) -> bytes:
    return content[:4] + struct.pack("<I", outer) + content[8:40] + struct.pack("<I", inner) + content[44:]


@pytest.mark.parametrize(
    ("outer", "inner"), [(0, 0), (0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_F024, 0x7FFF_F000), (0xFFFF_FFFF, 0xFFFF_FFDB)]
)
def test_a_wav_of_a_writer_that_streamed_is_read_to_its_end(tmp_path, outer, inner):
    path = made(tmp_path, "wav")
    path.write_bytes(streamed(path.read_bytes(), outer, inner))
    assert decoded(path).duration == 3.0 * 8000 / 8000


def test_a_wav_that_says_truly_that_it_has_no_samples_is_no_audio(tmp_path):
    path = made(tmp_path, "wav")
    content = path.read_bytes()[:44]
    for outer, more in ((36, b""), (36 + 12, b"LIST\x04\0\0\0abcd"), (0, b"")):
        path.write_bytes(streamed(content, outer, 0) + more)
        with pytest.raises(Rejection) as caught:
            decoded(path)
        assert caught.value.reason == "no_audio"


def test_a_wav_that_ends_in_its_header_is_truncated(tmp_path):
    path = made(tmp_path, "wav")
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(Rejection, match="ends after 30 bytes") as caught:
        decoded(path)
    assert caught.value.reason == "truncated"


def test_an_m4a_whose_index_was_never_written_says_so(tmp_path):
    path = made(tmp_path, "m4a")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 4])
    with pytest.raises(Rejection, match="no index") as caught:
        decoded(path)
    assert caught.value.reason == "truncated"


def test_trailing_bytes_are_no_fault(tmp_path):
    path = made(tmp_path, "wav")
    path.write_bytes(path.read_bytes() + b"appended by some recorder")
    assert decoded(path).duration == 3.0


def test_an_mp3_behind_a_long_id3_tag_is_held_against_its_own_numbers(tmp_path):
    path = made(tmp_path, "mp3")
    content = path.read_bytes()
    start = content.rindex(b"\xff\xf3", 0, content.index(b"Info"))  # the first frame's sync word, MPEG-2 layer 3
    tag = b"ID3\x04\0\0" + bytes([0, 0, 2, 0]) + bytes(256)
    path.write_bytes(tag + content[start:])
    assert decoded(path).duration > 1
    path.write_bytes(tag + content[start:-300])
    with pytest.raises(Rejection) as caught:
        decoded(path)
    assert caught.value.reason == "truncated"
