import dataclasses
import logging
import os
import shutil
from datetime import date
from pathlib import Path

import fsspec
import numpy as np
import pytest

from callqa import prepare, storage
from callqa.contracts import SAMPLE_RATE, Clip, ClipAudio, Event, Prepared, Recording
from callqa.errors import StageError
from callqa.prepare import recording as recording_module
from callqa.settings import PrepareSettings, SourceSettings
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import noise, silence, sine, tone, voicelike, write

DAY = date(2026, 1, 5)
SPOKEN = DEMO_CALLS / "2026-01-05" / "090112-a1.wav"


def recording(path: Path | str, **more: object) -> Recording:
    name = Path(path).name
    known = {
        "call_date": DAY,
        "call_id": Path(name).stem,
        "uri": str(path),
        "file_name": name,
        "size_bytes": 1,
        "etag": "e",
    }
    return Recording(**{**known, **more})


class Bench:
    """A run of the stage over recordings in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = 0

    def run(self, *rows: Recording, source=None, settings=None, again=False) -> dict:
        self.runs += not again
        run_dir = self.root / f"run-{self.runs}"
        shard = storage.write_rows(run_dir / "fetch" / "shard-000.parquet", Recording, rows)
        self.result = prepare.run(
            shard, run_dir=str(run_dir), lake=str(self.root / "lake"),
            source=source or SourceSettings(), settings=settings or PrepareSettings(),
        )  # fmt: skip
        return self.result

    def prepared(self) -> list[Prepared]:
        return storage.read_rows(self.result["recordings"], Prepared)

    def clips(self) -> list[Clip]:
        return storage.read_rows(self.result["clips"], Clip)

    def events(self) -> list[Event]:
        return storage.read_rows(self.result["events"], Event)


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def decodings(monkeypatch) -> list[int]:
    """Grows with every recording that is decoded."""
    seen: list[int] = []
    original = recording_module.decode
    monkeypatch.setattr(recording_module, "decode", lambda *args: (seen.append(1), original(*args))[1])
    return seen


def test_the_facts_of_a_recording_come_out(bench, tmp_path):
    path = write(tmp_path / "a.wav", [silence(3), noise(3, -70)], subtype="ALAW")
    bench.run(recording(path))
    (row,) = bench.prepared()
    assert (row.duration, row.channels, row.sample_rate, row.codec) == (3.0, 2, 8000, "pcm_alaw")
    assert row.sha256 == storage.file_digest(path)
    assert (row.reject_reason, row.call_state, row.speech_seconds) == (None, None, 0.0)
    assert row.audio_version.startswith("1-")
    assert bench.result["counts"] == {"recordings": 1, "rejected": 0, "clips": 0, "seconds": 3.0, "cached": 0}
    assert bench.result["shard"] == "shard-000"


def test_clips_hold_the_samples_of_their_time_at_16_khz(bench):
    bench.run(recording(SPOKEN, call_id="C-1", language_hint="zh"))
    clips = bench.clips()
    assert [clip.clip for clip in clips] == list(range(len(clips)))
    assert {(clip.call_id, clip.language_hint, clip.kind) for clip in clips} == {("C-1", "zh", "speech")}
    (path,) = {clip.audio for clip in clips}
    samples = {row.clip: np.frombuffer(row.pcm, "<i2") for row in storage.read_rows(path, ClipAudio)}
    assert set(samples) == set(range(len(clips)))
    for clip in clips:
        audio = samples[clip.clip]
        assert len(audio) == pytest.approx((clip.end - clip.start) * SAMPLE_RATE, abs=1)
        level = 10 * np.log10(np.mean((audio / 32768.0) ** 2))
        assert clip.loudness == pytest.approx(level, abs=0.5)
    (row,) = bench.prepared()
    assert 15 < row.speech_seconds <= row.sound_seconds < row.duration


def test_the_roles_of_stereo_are_the_sources_unless_the_sidecar_says_otherwise(bench, tmp_path):
    stereo = write(tmp_path / "s.wav", [silence(1), silence(1)])
    mono = write(tmp_path / "m.wav", [silence(1)])
    three = write(tmp_path / "t.wav", [silence(1)] * 3)
    said = recording(stereo, call_id="said", channel_roles={0: "customer", 1: "agent"})
    bench.run(recording(stereo), said, recording(mono), recording(three))
    assert [row.channel_roles for row in bench.prepared()] == [
        {0: "agent", 1: "customer"}, {0: "customer", 1: "agent"}, {}, {},
    ]  # fmt: skip


def test_tones_become_events_and_need_no_clips(bench, tmp_path):
    bench.run(recording(write(tmp_path / "a.wav", [tone("ringback", 4), silence(20)], subtype="ALAW")))
    (event,) = bench.events()
    assert (event.class_, event.channel, event.detector, event.version) == ("ringback", 0, "callqa.tones", "1")
    assert (event.call_date, event.call_id) == (DAY, "a")
    assert (event.start, event.end) == (pytest.approx(0, abs=0.03), pytest.approx(16, abs=0.03))
    (row,) = bench.prepared()
    assert row.call_state == "ringback"
    assert row.tone_seconds == pytest.approx(4, abs=0.1)
    assert bench.clips() == []


def test_a_dial_tone_to_the_end_is_the_state_of_the_call(bench, tmp_path):
    bench.run(recording(write(tmp_path / "a.wav", [sine(450, 20)], subtype="ALAW")))
    assert bench.prepared()[0].call_state == "dial"


def test_sounds_that_are_no_voice_become_clips_of_their_own(bench, tmp_path):
    audio = np.concatenate([silence(2), noise(1, -20), silence(5)])
    bench.run(recording(write(tmp_path / "a.wav", [audio])))
    (clip,) = bench.clips()
    assert (clip.kind, clip.start, clip.end) == ("sound", pytest.approx(1.85, abs=0.02), pytest.approx(3.15, abs=0.02))
    assert bench.prepared()[0].sound_seconds == pytest.approx(1, abs=0.05)


def broken(tmp_path: Path) -> dict[str, Path]:
    whole = write(tmp_path / "whole.wav", [voicelike(3)])
    content = whole.read_bytes()
    files = {
        "empty_file": b"",
        "not_audio": b"<html>403</html>",
        "truncated": content[:9000],
        "no_audio": write(tmp_path / "none.wav", [silence(0)]).read_bytes(),
    }
    for reason, data in files.items():
        (tmp_path / f"{reason}.wav").write_bytes(data)
    too_long = write(tmp_path / "too_long.wav", [silence(11)])
    return {reason: tmp_path / f"{reason}.wav" for reason in files} | {
        "too_long": too_long,
        "unreadable": tmp_path / "gone.wav",
    }


def test_every_broken_recording_is_a_row_with_its_reason_and_the_others_go_on(bench, tmp_path):
    files = broken(tmp_path)
    rows = [recording(path, call_id=reason) for reason, path in files.items()]
    rows.insert(3, recording(tmp_path / "whole.wav"))
    rows.append(recording(tmp_path / "whole.wav", call_id="x~2", reject_reason="duplicate_id", reject_detail="both"))
    bench.run(*rows, source=SourceSettings(max_call_seconds=10))
    found = {row.call_id: row for row in bench.prepared()}
    assert list(found) == [row.call_id for row in rows]
    assert {name: row.reject_reason for name, row in found.items()} == {
        **{reason: reason for reason in files}, "whole": None, "x~2": "duplicate_id",
    }  # fmt: skip
    assert all(row.reject_detail for row in found.values() if row.reject_reason)
    assert found["x~2"].reject_detail == "both"
    assert found["truncated"].sha256 == storage.file_digest(files["truncated"])
    assert (bench.result["counts"]["rejected"], bench.result["counts"]["recordings"]) == (7, 8)


def test_an_unexpected_error_costs_one_recording_and_is_logged(bench, tmp_path, monkeypatch, caplog):
    paths = [write(tmp_path / f"{name}.wav", [silence(1 + i)]) for i, name in enumerate("abc")]
    original = recording_module.listen

    def fragile(audio, settings):
        if audio.duration == 2.0:
            raise MemoryError("a decoder asked for too much")
        return original(audio, settings)

    monkeypatch.setattr(recording_module, "listen", fragile)
    with caplog.at_level(logging.ERROR, "callqa.prepare"):
        bench.run(*(recording(path) for path in paths))
    assert [row.reject_reason for row in bench.prepared()] == [None, "unreadable", None]
    assert "MemoryError: a decoder asked for too much" in bench.prepared()[1].reject_detail
    assert "b.wav" in caplog.text
    monkeypatch.undo()
    bench.run(*(recording(path) for path in paths))
    assert [row.reject_reason for row in bench.prepared()] == [None, None, None]


def test_a_lake_that_cannot_be_written_stops_the_shard(bench, tmp_path):
    path = write(tmp_path / "a.wav", [silence(1)])
    (tmp_path / "lake").write_text("a file where the lake should be")
    with pytest.raises(StageError, match="cannot write"):
        bench.run(recording(path))


def test_a_shard_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(StageError, match=r"shard-000\.parquet"):
        prepare.run(
            str(tmp_path / "shard-000.parquet"), run_dir=str(tmp_path), lake=str(tmp_path),
            source=SourceSettings(), settings=PrepareSettings(),
        )  # fmt: skip


def test_a_shard_of_no_recordings_gives_empty_files(bench):
    bench.run()
    assert (bench.prepared(), bench.clips(), bench.events()) == ([], [], [])
    assert bench.result["counts"]["recordings"] == 0


def test_the_same_bytes_are_never_decoded_again_whatever_the_call_is_called(bench, tmp_path, decodings):
    files = broken(tmp_path)
    rows = [recording(SPOKEN), recording(files["truncated"])]
    bench.run(*rows)
    first = bench.clips()
    assert len(decodings) == 2
    copy = Path(shutil.copy(SPOKEN, tmp_path / "other-name.wav"))
    bench.run(recording(copy, call_id="other", language_hint="yue"), rows[1])
    assert len(decodings) == 2
    assert bench.result["counts"]["cached"] == 2
    assert bench.prepared()[1].reject_reason == "truncated"
    assert bench.clips() == [dataclasses.replace(clip, call_id="other", language_hint="yue") for clip in first]


def test_a_finished_shard_is_not_even_read_again(bench, tmp_path):
    path = write(tmp_path / "a.wav", [voicelike(2)])
    row = recording(path)
    first = bench.run(row)
    path.unlink()
    assert bench.run(row, again=True) == first
    assert bench.prepared()[0].reject_reason is None


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        (SourceSettings(), PrepareSettings(silence_tolerance=0.5)),
        (SourceSettings(), PrepareSettings(max_clip_seconds=3)),
        (SourceSettings(max_call_seconds=100), PrepareSettings()),
    ],
)
def test_changed_settings_are_worked_out_anew(bench, decodings, source, settings):
    bench.run(recording(SPOKEN))
    before = bench.prepared()[0].audio_version
    bench.run(recording(SPOKEN), source=source, settings=settings, again=True)
    assert len(decodings) == 2
    assert bench.prepared()[0].audio_version != before
    assert {clip.audio_version for clip in bench.clips()} == {bench.prepared()[0].audio_version}


def test_other_roles_change_the_rows_and_not_the_audio(bench, decodings):
    bench.run(recording(SPOKEN))
    bench.run(recording(SPOKEN), source=SourceSettings(channel_roles={0: "customer", 1: "agent"}), again=True)
    assert len(decodings) == 1
    assert bench.prepared()[0].channel_roles == {0: "customer", 1: "agent"}


def test_an_entry_that_lost_its_samples_or_is_damaged_is_made_again(bench, tmp_path, decodings):
    bench.run(recording(SPOKEN))
    clips = bench.clips()
    Path(clips[0].audio).unlink()
    bench.run(recording(SPOKEN))
    assert len(decodings) == 2
    assert Path(clips[0].audio).exists()
    (entry,) = (tmp_path / "lake" / "cache" / "prepare").rglob("*.json")
    entry.write_text("{")
    bench.run(recording(SPOKEN))
    assert len(decodings) == 3
    assert bench.clips() == clips


def test_a_recording_in_another_storage_is_read(bench):
    memory = fsspec.filesystem("memory")
    memory.pipe("/feed/a.wav", SPOKEN.read_bytes())
    try:
        bench.run(recording("memory:///feed/a.wav"), recording("memory:///feed/gone.wav"))
    finally:
        memory.rm("/feed", recursive=True)
    here, gone = bench.prepared()
    assert here.sha256 == storage.file_digest(SPOKEN)
    assert (gone.reject_reason, gone.sha256) == ("unreadable", None)


def test_a_recording_whose_name_is_not_utf8_is_read(bench, tmp_path):
    path = tmp_path / os.fsdecode("录音.wav".encode("gb18030"))
    shutil.copy(SPOKEN, path)
    bench.run(recording("x.wav", uri=f"file://{tmp_path}/%C2%BC%D2%F4.wav"))
    assert bench.prepared()[0].reject_reason is None


def test_odd_rates_and_the_shortest_recordings_are_no_trouble(bench, tmp_path):
    rows = [
        recording(write(tmp_path / f"{rate}-{count}.wav", [0.1 * np.ones(count)] * 2, rate))
        for rate in (8_000, 11_025, 16_000, 44_100, 48_000)
        for count in (1, 7, 80, 441, 600, 5_000)
    ]
    bench.run(*rows)
    assert {row.reject_reason for row in bench.prepared()} == {None}


def test_one_line_a_shard_is_logged(bench, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "callqa.prepare.stage"):
        bench.run(recording(write(tmp_path / "a.wav", [silence(2)])))
    (record,) = caplog.records
    assert record.getMessage() == "shard-000: recordings 1, rejected 0, clips 0, seconds 2.0, cached 0"
