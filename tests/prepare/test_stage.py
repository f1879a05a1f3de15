import dataclasses
import logging
import os
import shutil
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from callqa import prepare, storage
from callqa.contracts import SAMPLE_RATE, Clip, ClipAudio, Event, Prepared, Recording
from callqa.errors import StageError
from callqa.prepare import stage
from callqa.settings import PrepareSettings, RawFormat, SourceSettings
from tests.conftest import DEMO_CALLS
from tests.prepare.signals import noise, silence, sine, tone, voicelike, write, write_av

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


def test_the_facts_of_a_recording_come_out(bench, tmp_path):
    path = write(tmp_path / "a.wav", [silence(3), noise(3, -70)], subtype="ALAW")
    bench.run(recording(path))
    (row,) = bench.prepared()
    assert (row.duration, row.channels, row.sample_rate, row.codec) == (3.0, 2, 8000, "pcm_alaw")
    assert row.sha256 == storage.file_digest(path)
    assert (row.reject_reason, row.call_state, row.speech_seconds) == (None, None, 0.0)
    assert row.audio_version.startswith("2-")
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
    assert (event.class_, event.channel, event.detector) == ("ringback", 0, "callqa.tones")
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


@pytest.fixture
def faulty(monkeypatch) -> None:
    """Processes that do what the names of recordings say: `segfault`, `hang`, `eat`, `raise`."""
    monkeypatch.setattr(stage, "WORK", "tests.prepare.faults:work_on_recording")


def test_an_unexpected_error_costs_one_recording_and_is_logged(bench, tmp_path, faulty, caplog):
    paths = [write(tmp_path / f"{name}.wav", [silence(1 + i)]) for i, name in enumerate(("a", "raise", "c"))]
    with caplog.at_level(logging.ERROR, "callqa.prepare"):
        bench.run(*(recording(path) for path in paths))
    assert [row.reject_reason for row in bench.prepared()] == [None, "unreadable", None]
    assert "ZeroDivisionError: a decoder's fault" in bench.prepared()[1].reject_detail
    assert "raise.wav" in caplog.text
    assert "Traceback" in caplog.text


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


def test_the_same_bytes_are_never_decoded_again_whatever_the_call_is_called(bench, tmp_path):
    files = broken(tmp_path)
    rows = [recording(SPOKEN), recording(files["truncated"])]
    bench.run(*rows)
    first = bench.clips()
    assert bench.result["counts"]["cached"] == 0
    copy = Path(shutil.copy(SPOKEN, tmp_path / "other-name.wav"))
    bench.run(recording(copy, call_id="other", language_hint="yue"), rows[1])
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
def test_changed_settings_are_worked_out_anew(bench, source, settings):
    bench.run(recording(SPOKEN))
    before = bench.prepared()[0].audio_version
    bench.run(recording(SPOKEN), source=source, settings=settings, again=True)
    assert bench.result["counts"]["cached"] == 0
    assert bench.prepared()[0].audio_version != before
    assert {clip.audio_version for clip in bench.clips()} == {bench.prepared()[0].audio_version}


def test_other_roles_change_the_rows_and_not_the_audio(bench):
    bench.run(recording(SPOKEN))
    bench.run(recording(SPOKEN), source=SourceSettings(channel_roles={0: "customer", 1: "agent"}), again=True)
    assert bench.result["counts"]["cached"] == 1
    assert bench.prepared()[0].channel_roles == {0: "customer", 1: "agent"}


def test_an_entry_that_lost_its_samples_or_is_damaged_is_made_again(bench, tmp_path):
    bench.run(recording(SPOKEN))
    clips = bench.clips()
    Path(clips[0].audio).unlink()
    bench.run(recording(SPOKEN))
    assert bench.result["counts"]["cached"] == 0
    assert Path(clips[0].audio).exists()
    (entry,) = (tmp_path / "lake" / "cache" / "prepare").rglob("*.json")
    entry.write_text("{")
    bench.run(recording(SPOKEN))
    assert bench.result["counts"]["cached"] == 0
    assert bench.clips() == clips


def test_a_recording_in_another_storage_is_read(bench, tmp_path):
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as feed:
        feed.write(SPOKEN, "a.wav")
    bench.run(*(recording(f"zip://{name}::{tmp_path}/feed.zip") for name in ("a.wav", "gone.wav")))
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


@pytest.mark.slow
def test_a_recording_that_ends_or_exhausts_its_process_costs_only_itself(bench, tmp_path, faulty):
    names = ("a", "segfault", "b", "hang", "c", "eat", "d", "killed", "e")
    lengths = {name: 1 + index / 10 for index, name in enumerate(names)}
    paths = [write(tmp_path / f"{name}.wav", [silence(seconds)]) for name, seconds in lengths.items()]
    bench.run(
        *(recording(path) for path in paths),
        settings=PrepareSettings(max_recording_seconds=4, max_recording_mb=700, processes=2, denoise="off"),
    )
    found = {row.call_id: row for row in bench.prepared()}
    assert list(found) == list(names)
    assert {name: row.reject_reason for name, row in found.items() if row.reject_reason} == {
        "segfault": "unreadable", "hang": "time_limit", "eat": "memory_limit", "killed": "memory_limit",
    }  # fmt: skip
    assert "longer than 4 s; raise prepare.max_recording_seconds" in found["hang"].reject_detail
    assert "more than 700 MB; raise prepare.max_recording_mb" in found["eat"].reject_detail
    assert "SIGSEGV" in found["segfault"].reject_detail
    assert found["hang"].sha256 == storage.file_digest(paths[3])


def test_a_limit_that_was_raised_is_tried_again(bench, tmp_path, faulty):
    slow = recording(write(tmp_path / "slow.wav", [silence(1)]))
    bench.run(slow, settings=PrepareSettings(max_recording_seconds=0.3))
    assert bench.prepared()[0].reject_reason == "time_limit"
    bench.run(slow, settings=PrepareSettings(max_recording_seconds=60), again=True)
    assert bench.prepared()[0].reject_reason is None


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(tmp_path):
    files = [*sorted(DEMO_CALLS.glob("2026-01-06/*.wav"))[:3], *broken(tmp_path).values()]
    rows = [recording(path, call_id=str(i)) for i, path in enumerate([*files, *files[::2]])]
    seen = []
    for processes in (1, 3):
        bench = Bench(tmp_path / "same")
        bench.run(*rows, settings=PrepareSettings(processes=processes))
        seen.append((bench.prepared(), bench.clips(), bench.events(), bench.result["counts"], audio_of(bench)))
        shutil.rmtree(tmp_path / "same")
    assert seen[0] == seen[1]
    assert seen[0][3]["cached"] == sum(path.exists() and path.stat().st_size > 0 for path in files[::2])


def audio_of(bench: Bench) -> dict[str, str]:
    return {clip.audio: storage.file_digest(clip.audio) for clip in bench.clips()}


def test_the_quality_of_each_channel_is_stored(bench, tmp_path):
    bench.run(recording(SPOKEN), recording(write(tmp_path / "a.wav", [silence(2)])))
    spoken, silent = bench.prepared()
    assert [quality.channel for quality in spoken.quality] == [0, 1]
    assert all(-40 < quality.speech_dbfs < -10 and quality.snr_db > 20 for quality in spoken.quality)
    assert (silent.quality[0].speech_dbfs, silent.quality[0].snr_db, silent.quality[0].bandwidth_hz) == (None, None, 0)


def test_a_file_without_a_header_is_read_as_the_settings_say(bench, tmp_path):
    audio, rate = soundfile.read(SPOKEN, always_2d=True)
    soundfile.write(tmp_path / "a.raw", audio, rate, format="RAW", subtype="ALAW")
    shutil.copy(tmp_path / "a.raw", tmp_path / "b.PCMA")
    formats = {"pcma": RawFormat(codec="alaw", rate=rate, channels=2)}
    bench.run(*(recording(tmp_path / name) for name in ("a.raw", "b.PCMA")), source=SourceSettings(raw=formats))
    unknown, known = bench.prepared()
    assert (unknown.reject_reason, known.reject_reason) == ("not_audio", None)
    assert (known.codec, known.channels, known.duration) == ("pcm_alaw", 2, len(audio) / rate)
    assert known.audio_version.partition("+")[0] == unknown.audio_version
    assert known.audio_version != unknown.audio_version
    assert len(bench.clips()) > 2


def test_nothing_is_left_of_the_samples_on_their_way(bench, tmp_path, faulty):
    bench.run(recording(write(tmp_path / "a.wav", [voicelike(3)])))
    half = recording(write(tmp_path / "half-written.wav", [silence(1)]))
    bench.run(half, settings=PrepareSettings(max_recording_seconds=1, denoise="off"))
    assert bench.prepared()[0].reject_reason == "time_limit"
    left = [path.name for path in (tmp_path / "lake").rglob("*") if path.is_file()]
    assert sorted(Path(name).suffix for name in left) == [".json", ".parquet"]


def test_what_a_run_left_half_written_that_was_killed_is_gone_after_the_next(bench, tmp_path):
    row = recording(write(tmp_path / "a.wav", [voicelike(3)]))
    bench.run(row)
    (samples,) = (tmp_path / "lake" / "cache" / "prepare").rglob("*.parquet")
    half = samples.with_name(f".{samples.name}.tmp-abcdefgh")
    samples.rename(half)
    bench.run(row)
    assert samples.exists()
    assert not half.exists()


def test_a_full_disk_is_an_error_of_the_stage_and_no_fault_of_the_recording(bench, tmp_path, faulty):
    with pytest.raises(StageError, match=r"no space left in .*lake/cache/prepare") as caught:
        bench.run(recording(write(tmp_path / "full.wav", [voicelike(2)])), settings=PrepareSettings(denoise="off"))
    assert "TMPDIR" in caught.value.remedy
    assert not (tmp_path / "run-1" / "prepare" / "shard-000.json").exists()


def test_music_and_keys_are_events_and_no_speech(bench, ground_truth):
    call = next(truth for truth in ground_truth if truth["holds"])
    hold = call["holds"][0]
    bench.run(recording(DEMO_CALLS / call["day"] / call["file"]))
    music = [event for event in bench.events() if event.class_ == "hold_music"]
    assert {event.detector for event in music} == {"callqa.music"}
    heard = sum(min(e.end, hold["end"]) - max(e.start, hold["start"]) for e in music if e.end > hold["start"])
    assert heard > 0.6 * (hold["end"] - hold["start"])


@pytest.mark.slow
def test_noise_is_taken_out_where_it_is_wanted_and_only_there(bench, tmp_path):
    voice, rate = soundfile.read(SPOKEN, stop=100_000, always_2d=True)
    quiet = np.sqrt(np.mean(voice[:, 1] ** 2)) / np.sqrt(np.mean(voice[:, 0] ** 2))
    noisy = voice[:, 0] * quiet + noise(len(voice) / rate, -24, rate=rate)[: len(voice)]
    path = write(tmp_path / "a.wav", [noisy, voice[:, 1]], rate)
    found = {}
    for choice in ("off", "auto"):
        bench.run(recording(path), settings=PrepareSettings(denoise=choice, denoise_below_snr_db=10))
        found[choice] = ([quality.denoised for quality in bench.prepared()[0].quality], audio_of(bench), bench.clips())
    assert [denoised for denoised, _, _ in found.values()] == [[False, False], [True, False]]
    times = [[(clip.channel, clip.start, clip.end) for clip in clips] for _, _, clips in found.values()]
    assert times[0] == times[1]
    powers = {
        choice: {channel: power_of(clips, channel) for channel in (0, 1)} for choice, (_, _, clips) in found.items()
    }
    assert powers["auto"][0] < 0.8 * powers["off"][0]
    assert powers["auto"][1] == powers["off"][1]


def power_of(clips: list[Clip], channel: int) -> float:
    rows = {row.clip: row.pcm for row in storage.read_rows(clips[0].audio, ClipAudio)}
    pieces = [np.frombuffer(rows[clip.clip], "<i2") for clip in clips if clip.channel == channel]
    return float(np.mean(np.concatenate(pieces).astype(float) ** 2))


def test_a_header_that_changes_to_more_channels_than_a_frame_can_hold_ends_no_process(bench, tmp_path):
    """FFmpeg makes 44 channels of it, and PyAV reads the planes from the ninth on where there are none."""
    path = write_av(tmp_path / "a.aac", [voicelike(2, rate=16_000)], "adts", "aac", 16_000)
    content = bytearray(path.read_bytes())
    at = content.index(b"Lavc")
    content[at - 1 : at + 3] = (44_100).to_bytes(4, "big")
    path.write_bytes(content)
    bench.run(recording(path), settings=PrepareSettings(denoise="off"))
    assert bench.prepared()[0].reject_reason is None


def test_the_clips_of_a_long_recording_are_written_in_several_groups(bench, tmp_path):
    path = write(tmp_path / "a.wav", [np.concatenate([noise(170, -20), silence(30)])])
    bench.run(recording(path), settings=PrepareSettings(denoise="off"))
    (audio,) = {clip.audio for clip in bench.clips()}
    assert pq.ParquetFile(audio).num_row_groups > 1
    assert [row.clip for row in storage.read_rows(audio, ClipAudio)] == [clip.clip for clip in bench.clips()]
