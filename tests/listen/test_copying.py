"""What people hear: silent where it must be, the recording itself everywhere else."""

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callqa import listen
from callqa.errors import SourceError, StageError, UsageError
from callqa.listen import copying
from callqa.listen.silence import ALIKE, FADE_SECONDS, gain, heard_in, merged, steps
from callqa.settings import SourceSettings

RATE = 8000


def voice(seconds: float, seed: int, rate: int = RATE) -> np.ndarray:
    """Noise in syllables of random loudness: two seeds are two people."""
    g = np.random.default_rng(seed)
    loud = np.repeat(g.choice([0.02, 0.1, 0.5, 1.0], int(seconds * 8) + 1), rate // 8)[: int(seconds * rate)]
    return (g.normal(0, 2000, int(seconds * rate)) * loud).clip(-32000, 32000).astype(np.int16)


def recorded(path: Path, *channels: np.ndarray, rate: int = RATE) -> str:
    soundfile.write(path, np.stack(channels, axis=1), rate, subtype="PCM_16")
    return str(path)


def heard(path: str | Path) -> np.ndarray:
    """Samples, shape (channels, samples)."""
    return soundfile.read(path, dtype="int16", always_2d=True)[0].T


@pytest.mark.parametrize("ending", [".wav", ".flac"])
def test_the_copy_is_silent_in_the_spans_and_the_recording_elsewhere(tmp_path, ending):
    agent, customer = voice(20, 1), voice(20, 2)
    uri = recorded(tmp_path / "call.wav", agent, customer)
    made = listen.copy(uri, {1: [(3.0, 5.0), (4.5, 6.0), (19.5, 25.0)], 0: [(10.0, 10.5)]}, tmp_path / f"out{ending}")
    assert (made.channels, made.seconds) == (2, 20.0)
    assert made.silent[1][:1] == [(3.0, 6.0)]
    copied = heard(made.path)
    assert copied.shape == (2, 20 * RATE)
    fade = round(FADE_SECONDS * RATE)
    for channel, (start, end) in [(1, (3.0, 6.0)), (1, (19.5, 20.0)), (0, (10.0, 10.5))]:
        assert not copied[channel, int(start * RATE) : int(end * RATE)].any()
    for channel, original in enumerate((agent, customer)):
        kept = gain(0, len(original), made.silent[channel], RATE) == 1
        assert np.array_equal(copied[channel][kept], original[kept])
    kept = gain(0, len(customer), [(3.0, 6.0), (19.5, 25.0)], RATE) == 1
    assert kept.sum() == len(customer) - 3 * RATE - RATE // 2 - 3 * (fade - 1)


@pytest.mark.parametrize("ending", [".wav", ".flac"])
def test_a_disk_that_is_full_is_named_and_leaves_no_copy(tmp_path, monkeypatch, ending):
    uri = recorded(tmp_path / "call.wav", voice(60, 1))
    write, (soft, hard) = copying._write, resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(*given):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            write(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    monkeypatch.setattr(copying, "_write", limited)
    with pytest.raises(StageError, match=r"no space left to write .*out"):
        listen.copy(uri, {}, tmp_path / "to" / f"out{ending}")
    assert list((tmp_path / "to").iterdir()) == []


def test_the_sound_fades_without_a_jump():
    factor = gain(0, RATE, [(0.4, 0.6)], RATE)
    assert not factor[int(0.4 * RATE) : int(0.6 * RATE)].any()
    assert np.abs(np.diff(factor)).max() <= 1.0 / round(FADE_SECONDS * RATE) + 1e-6
    assert factor[0] == factor[-1] == 1.0


def test_blocks_do_not_change_what_is_silent():
    spans = merged([(0.4, 0.6), (0.59, 0.7), (0.9, 2.0), (0.3, 0.3)])
    whole = gain(0, RATE, spans, RATE)
    pieces = [gain(start, end - start, spans, RATE) for start, end in steps(RATE, 1000)]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert spans == [(0.4, 0.7), (0.9, 2.0)]


def test_an_echo_on_another_channel_is_silent_too(tmp_path):
    customer = voice(20, 2)
    echo = np.concatenate([np.zeros(800, np.int16), (customer[:-800] // 20)]) + voice(20, 3) // 400
    uri = recorded(tmp_path / "call.wav", echo, customer, voice(20, 4))
    copied = heard(listen.copy(uri, {1: [(8.0, 12.0)]}, tmp_path / "out.wav").path)
    assert not copied[0, 8 * RATE : 12 * RATE + 800].any()
    assert not copied[1, 8 * RATE : 12 * RATE].any()


def test_somebody_else_is_not_taken_for_an_echo():
    ours = [heard_in((0.0, 4.0), voice(5, seed), voice(5, seed + 100), RATE) for seed in range(40)]
    assert sum(ours) <= 8
    assert heard_in((1.0, 4.0), voice(5, 1), voice(5, 1) // 30, RATE)
    assert not heard_in((1.0, 4.0), voice(5, 1), np.zeros(5 * RATE, np.int16), RATE)
    assert 0 < ALIKE < 1


@pytest.mark.parametrize("rate", [8000, 48_000])
def test_an_opus_copy_is_as_good_as_silent_in_the_spans(tmp_path, rate):
    uri = recorded(tmp_path / "call.wav", voice(6, 1, rate), voice(6, 2, rate), rate=rate)
    made = listen.copy(uri, {0: [(2.0, 4.0)]}, tmp_path / "out.opus")
    samples, found_rate = soundfile.read(made.path, dtype="float32", always_2d=True)
    quiet = samples[int(2.1 * found_rate) : int(3.9 * found_rate), 0]
    assert np.abs(quiet).max() < 0.001
    assert np.abs(samples[:found_rate, 0]).max() > 0.01


def test_other_formats_are_read_and_their_spans_are_silent(tmp_path):
    raw = tmp_path / "call.raw"
    raw.write_bytes(np.stack([voice(3, 1), voice(3, 2)], axis=1).astype("<i2").tobytes())
    source = SourceSettings(raw={"raw": {"codec": "pcm_s16le", "rate": 8000, "channels": 2}})
    made = listen.copy(f"file://{raw}", {0: [(1.0, 2.0)]}, tmp_path / "out.flac", source=source)
    assert not heard(made.path)[0, RATE : 2 * RATE].any()
    assert np.array_equal(heard(made.path)[1], voice(3, 2))


def test_a_recording_that_is_gone_is_said_so(tmp_path):
    with pytest.raises(SourceError, match=r"gone.wav is not there any more"):
        listen.copy(str(tmp_path / "gone.wav"), {}, tmp_path / "out.wav")


def test_another_recording_under_the_same_name_is_refused_and_nothing_is_written(tmp_path):
    uri = recorded(tmp_path / "call.wav", voice(1, 1))
    right = hashlib.sha256(Path(uri).read_bytes()).hexdigest()
    assert listen.copy(uri, {}, tmp_path / "out.wav", sha256=right).seconds == 1.0
    with pytest.raises(SourceError, match="is not the recording that was published"):
        listen.copy(uri, {}, tmp_path / "other.wav", sha256="0" * 64)
    with pytest.raises(SourceError, match="something is to be silent on channel 1"):
        listen.copy(uri, {1: [(0.0, 1.0)]}, tmp_path / "other.wav")
    assert not (tmp_path / "other.wav").exists()


def test_what_is_no_recording_and_what_is_no_copy_are_refused(tmp_path):
    (tmp_path / "text.wav").write_text("not audio at all " * 10)
    with pytest.raises(SourceError, match="cannot be decoded"):
        listen.copy(str(tmp_path / "text.wav"), {}, tmp_path / "out.wav")
    uri = recorded(tmp_path / "call.wav", voice(1, 1, 11_025), rate=11_025)
    with pytest.raises(UsageError, match=r"\.mp3.* is no format"):
        listen.copy(uri, {}, tmp_path / "out.mp3")
    with pytest.raises(UsageError, match="Opus has no 11025 Hz"):
        listen.copy(uri, {}, tmp_path / "out.opus")
    many = recorded(tmp_path / "many.wav", *[voice(0.2, n) for n in range(9)])
    with pytest.raises(UsageError, match="FLAC holds 8 channels"):
        listen.copy(many, {}, tmp_path / "out.flac")
    assert listen.copy(many, {}, tmp_path / "out.wav").channels == 9


def test_a_copy_never_takes_the_place_of_a_recording(tmp_path):
    day = tmp_path / "2026-01-05"
    day.mkdir()
    uri = recorded(day / "call.wav", voice(1, 1))
    before = (day / "call.wav").read_bytes()
    (tmp_path / "link.wav").symlink_to(uri)
    for out in (uri, tmp_path / "link.wav"):
        with pytest.raises(UsageError, match="is a place of recordings"):
            listen.copy(uri, {0: [(0.0, 1.0)]}, out)
    with pytest.raises(UsageError, match="another folder"):
        listen.copy(f"file://{uri}", {}, day / "copy.flac", source=SourceSettings(root=str(tmp_path)))
    assert [path.name for path in day.iterdir()] == ["call.wav"]
    assert (day / "call.wav").read_bytes() == before


@pytest.mark.slow
def test_a_long_recording_is_copied_in_little_memory(tmp_path):
    long = tmp_path / "long.wav"
    with soundfile.SoundFile(long, "w", RATE, 2, "PCM_16") as file:
        for minute in range(40):
            file.write(np.stack([voice(60, minute), voice(60, minute + 100)], axis=1))
    code = (
        "import resource, sys; from callqa import listen\n"
        "listen.copy(sys.argv[1], {0: [(5.0, 6.0)]}, sys.argv[2])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    short = recorded(tmp_path / "short.wav", voice(10, 1), voice(10, 2))
    kilobytes = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, name, tmp_path / "o.wav"], capture_output=True, check=True
            ).stdout
        )
        for name in (short, str(long))
    ]
    # 40 minutes are 77 MB of samples; those that the pages of a mapping still hold are the system's to take back.
    assert kilobytes[1] - kilobytes[0] < 150_000, kilobytes
