import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa import storage
from callqa.contracts import SAMPLE_RATE, Clip, ClipAudio, Prepared, Segment
from callqa.errors import ModelError, SettingsError, StageError
from callqa.settings import EngineSettings
from callqa.transcribe.models import model_store
from callqa.transcribe.stage import transcribe_shard
from tests.transcribe.conftest import noise
from tests.transcribe.fake import FakeTranscriber

SETTINGS = EngineSettings(device="cpu")


def clips_of(folder: Path, call_id: str, lengths: list[int], content: int = 0, **changes: Any) -> list[Clip]:
    """Clips of so many samples; calls of the same content have the same audio and the same hash."""
    sha256 = storage.digest_of([content, lengths])
    pcm = [(noise(n, seed=content + i) * 32768).clip(-32768, 32767).astype("<i2") for i, n in enumerate(lengths)]
    audio = storage.write_rows(
        folder / f"{sha256}.parquet", ClipAudio, [ClipAudio(clip=i, pcm=p.tobytes()) for i, p in enumerate(pcm)]
    )
    known = {"call_id": call_id, "sha256": sha256, "kind": "speech", "loudness": -20.0, "language_hint": "auto"}
    known |= {"audio": audio, "audio_version": "1"}
    return [
        Clip(**{**known, "channel": i % 2, "clip": i, "start": i * 2.0, "end": i * 2.0 + n / SAMPLE_RATE, **changes})
        for i, n in enumerate(lengths)
    ]


def _recording(call_id: str) -> Prepared:
    day = dt.date(2026, 1, 5)
    return Prepared(call_date=day, call_id=call_id, uri="u", file_name=f"{call_id}.wav", size_bytes=1, etag="e")


class Shard:
    """A shard of given clips and an engine that hears it; `opened` counts how often an engine was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.opened = folder, 0
        self.engine_options: dict[str, Any] = {}

    def run(self, clips: list[Clip], run: str = "r1", settings: EngineSettings = SETTINGS) -> dict[str, Any]:
        path = storage.write_rows(self.folder / "prepare" / run / "clips.parquet", Clip, clips)
        ids = dict.fromkeys(clip.call_id for clip in clips)
        recordings = storage.write_rows(self.recordings_path(run), Prepared, [_recording(name) for name in ids])
        prepared = {"shard": "shard-000", "clips": path, "recordings": recordings, "events": "-", "counts": {}}
        return transcribe_shard(
            prepared,
            run_dir=str(self.folder / run),
            lake=str(self.folder / "lake"),
            settings=settings,
            open_engine=self.open,
        )

    def recordings_path(self, run: str) -> str:
        return str(self.folder / "prepare" / run / "recordings.parquet")

    def open(self, settings, model):
        self.opened += 1
        self.engine = FakeTranscriber(model, **{"precision": "int8", **self.engine_options})
        return self.engine

    def clips(self, call_id: str, lengths: list[int], content: int = 0, **changes: Any) -> list[Clip]:
        return clips_of(self.folder / "cache", call_id, lengths, content, **changes)


@pytest.fixture
def shard(tmp_path) -> Shard:
    return Shard(tmp_path)


def segments(result) -> list[Segment]:
    return storage.read_rows(result["segments"], Segment)


def test_segments_come_in_the_clips_order_with_the_clips_place(shard):
    clips = shard.clips("a", [1600, 800], 1) + shard.clips("b", [3200], 5, kind="sound", loudness=-31.5)
    result = shard.run(clips)
    rows = segments(result)
    place = [(r.call_id, r.channel, r.clip, r.start, r.end, r.kind, r.loudness) for r in rows]
    assert place == [(c.call_id, c.channel, c.clip, c.start, c.end, c.kind, c.loudness) for c in clips]
    assert len({row.text_raw for row in rows}) == 3
    assert {(row.asr_model, row.asr_digest) for row in rows} == {
        ("demo", model_store.digest(model_store.resolve(SETTINGS)))
    }


def test_clips_of_two_calls_may_be_mixed(shard):
    a, b = shard.clips("a", [1600, 800], 1), shard.clips("b", [3200, 400], 5)
    mixed = [a[0], b[0], a[1], b[1]]
    assert [(r.call_id, r.clip) for r in segments(shard.run(mixed))] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


def test_word_positions_become_positions_in_the_recording(shard):
    rows = segments(shard.run(shard.clips("a", [1600, 1700])))
    assert [(row.words[0].start, row.words[0].end) for row in rows] == [(0.0, 0.1), (2.0, 2.1)]


def test_no_word_reaches_past_its_clip(shard):
    [row] = segments(shard.run(shard.clips("a", [800])))
    assert (row.words[0].start, row.words[0].end) == (0.0, 0.05)


def test_int16_is_scaled_to_one(shard):
    extremes = np.array([-32768, 0, 16384, 32767], "<i2")
    [clip] = shard.clips("a", [4])
    storage.write_rows(clip.audio, ClipAudio, [ClipAudio(clip=0, pcm=extremes.tobytes())])
    shard.run([clip])
    [[given]] = shard.engine.given
    assert given.dtype == np.float32
    assert given.tolist() == [-1.0, 0.0, 0.5, 32767 / 32768]


def test_the_result_carries_prepares_and_counts(shard):
    result = shard.run(shard.clips("a", [16000, 8000]))
    assert result["shard"] == "shard-000"
    assert result["transcription"] == {
        "clips": 2,
        "transcribed": 2,
        "cached": 0,
        "rejected": 0,
        "seconds": 1.5,
        "heard_seconds": 1.5,
        "engine": "onnx",
        "device": "cpu",
        "precision": "int8",
        "model": "demo",
        "digest": model_store.digest(model_store.resolve(SETTINGS)),
    }


def test_finished_work_is_not_done_again(shard):
    clips = shard.clips("a", [1600])
    assert shard.run(clips) == shard.run(clips)
    assert shard.opened == 1


def test_another_run_over_the_same_recordings_opens_no_engine(shard):
    clips = shard.clips("a", [1600, 800])
    first, second = shard.run(clips, "r1"), shard.run(clips, "r2")
    assert shard.opened == 1
    assert segments(first) == segments(second)
    counts = second["transcription"]
    assert (counts["transcribed"], counts["cached"], counts["device"]) == (0, 2, "cache")
    assert counts["heard_seconds"] == 0.0


def test_a_recording_that_comes_under_two_names_is_heard_once(shard):
    result = shard.run(shard.clips("a", [1600], 3) + shard.clips("a~2", [1600], 3))
    assert [len(batch) for batch in shard.engine.given] == [1]
    one, two = segments(result)
    assert (one.call_id, two.call_id) == ("a", "a~2")
    assert one.text_raw == two.text_raw


def test_only_what_is_new_is_heard(shard):
    old = shard.clips("a", [1600], 1)
    shard.run(old, "r1")
    result = shard.run(old + shard.clips("b", [800], 2), "r2")
    assert [len(clip) for batch in shard.engine.given for clip in batch] == [800]
    assert (result["transcription"]["transcribed"], result["transcription"]["cached"]) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [{"language": "en"}, {"use_itn": False}, {"model": "copy"}],
    ids=["language", "itn", "weights"],
)
def test_what_changes_the_result_is_heard_again(shard, model_copy, change):
    (model_copy / "config.yaml").write_text((model_copy / "config.yaml").read_text() + "\n")
    if "model" in change:
        change = {"model": str(model_copy)}
    clips = shard.clips("a", [1600])
    shard.run(clips)
    shard.run(clips, settings=SETTINGS.model_copy(update=change))
    assert shard.opened == 2


@pytest.mark.parametrize("change", [{"threads": 1}, {"batch_seconds": 5.0}])
def test_what_changes_the_speed_only_is_not(shard, change):
    clips = shard.clips("a", [1600])
    shard.run(clips)
    shard.run(clips, settings=SETTINGS.model_copy(update=change))
    assert shard.opened == 1


@pytest.mark.parametrize("change", [{"language_hint": "en"}, {"audio_version": "2"}, {"sha256": "other"}, {"end": 9.0}])
def test_another_hint_or_other_audio_is_heard_again(shard, change):
    shard.run(shard.clips("a", [1600]), "r1")
    shard.run(shard.clips("a", [1600], **change), "r2")
    assert shard.opened == 2


def test_the_calls_hint_wins_over_the_settings(shard):
    settings = SETTINGS.model_copy(update={"language": "ja"})
    shard.run(shard.clips("a", [1600], 1, language_hint="yue") + shard.clips("b", [800], 2), settings=settings)
    assert shard.engine.hints == ["yue", "ja"]


def test_what_another_engine_heard_is_good_where_the_settings_leave_it_open_and_not_where_they_do_not(shard):
    clips = shard.clips("a", [1600])
    on_gpu = EngineSettings(name="funasr", precision="bf16")
    shard.engine_options = {"precision": "bf16"}
    shard.run(clips, "r1", on_gpu)
    shard.run(clips, "r2", EngineSettings())
    assert shard.opened == 1
    shard.engine_options = {}
    shard.run(clips, "r3", SETTINGS)
    assert shard.opened == 2


@pytest.mark.parametrize("change", [{"name": "funasr"}, {"precision": "fp32"}])
def test_another_engine_or_precision_hears_for_itself(shard, change):
    clips = shard.clips("a", [1600])
    shard.run(clips, "r1")
    shard.engine_options = {"precision": "fp32"}
    shard.run(clips, "r2", SETTINGS.model_copy(update=change))
    assert shard.opened == 2


def test_settings_that_contradict_one_another_fail_before_anything_is_heard(shard):
    with pytest.raises(SettingsError, match=r"engine\.name = 'onnx' is for a CPU, but engine\.device = 'cuda'"):
        shard.run(shard.clips("a", [1600]), settings=EngineSettings(name="onnx", device="cuda"))
    assert shard.opened == 0


def test_recordings_are_handed_over_together_where_the_engine_gains_by_it(shard):
    shard.engine_options = {"appetite": 0.25}
    clips = [clip for i in range(5) for clip in shard.clips(f"c{i}", [1600], i * 10)]
    shard.run(clips)
    assert [len(batch) for batch in shard.engine.given] == [3, 2]


def test_a_clip_that_fails_once_is_tried_again(shard):
    shard.engine_options = {"fails_at": 801, "failures": 1}
    result = shard.run(shard.clips("a", [1600, 801, 700]))
    assert len(segments(result)) == 3


@pytest.mark.parametrize("appetite", [0.0, 100.0])
def test_a_recording_with_a_clip_that_fails_twice_is_rejected_and_the_others_go_on(shard, appetite):
    shard.engine_options = {"fails_at": 801, "appetite": appetite}
    clips = shard.clips("good", [1600], 1) + shard.clips("bad", [700, 801], 2) + shard.clips("last", [900], 5)
    result = shard.run(clips)
    assert [row.call_id for row in segments(result)] == ["good", "last"]
    by_call = {row.call_id: row for row in storage.read_rows(result["recordings"], Prepared)}
    assert {name: row.reject_reason for name, row in by_call.items()} == {
        "good": None,
        "bad": "not_transcribed",
        "last": None,
    }
    detail = by_call["bad"].reject_detail
    assert "clip 1 (channel 1, 2.00 to 2.05 s) cannot be transcribed: RuntimeError: no good" in detail
    assert clips[2].audio in detail
    counts = result["transcription"]
    assert (counts["clips"], counts["transcribed"], counts["cached"], counts["rejected"]) == (4, 2, 0, 1)


def test_a_shard_without_failures_keeps_prepares_recordings(shard):
    clips = shard.clips("a", [1600])
    assert shard.run(clips)["recordings"] == shard.recordings_path("r1")


def test_a_recording_that_is_rejected_is_heard_again_in_another_run(shard):
    shard.engine_options = {"fails_at": 801}
    clips = shard.clips("good", [1600], 1) + shard.clips("bad", [700, 801], 2)
    shard.run(clips, "r1")
    shard.engine_options = {}
    assert len(segments(shard.run(clips, "r2"))) == 3
    assert [len(clip) for batch in shard.engine.given for clip in batch] == [700, 801]


def test_a_recording_that_fails_is_rejected_under_every_name_that_it_came_as(shard):
    shard.engine_options = {"fails_at": 801}
    result = shard.run(shard.clips("a", [801], 3) + shard.clips("a~2", [801], 3) + shard.clips("b", [700], 4))
    rows = storage.read_rows(result["recordings"], Prepared)
    assert [row.reject_reason for row in rows] == ["not_transcribed", "not_transcribed", None]
    assert result["transcription"]["rejected"] == 2


@pytest.mark.parametrize(("recordings", "bad", "fails"), [(3, 1, False), (3, 2, True), (40, 2, False), (40, 3, True)])
def test_more_failures_than_a_few_are_the_engines(shard, recordings, bad, fails):
    shard.engine_options = {"fails_at": 801}
    clips = [clip for i in range(recordings) for clip in shard.clips(f"c{i:02}", [801 if i < bad else 700], i * 10)]
    if not fails:
        assert shard.run(clips)["transcription"]["rejected"] == bad
        return
    message = rf"call c{bad - 1:02}, clip 0 .*no good; with it {bad} of the shard's {recordings} recordings failed"
    with pytest.raises(StageError, match=message):
        shard.run(clips)


def test_an_engine_that_fails_at_silence_too_is_broken_and_rejects_nothing(shard):
    shard.engine_options = {"dies_at": 801}
    clips = shard.clips("good", [1600], 1) + shard.clips("bad", [700, 801], 2)
    with pytest.raises(StageError, match=r"call bad, clip 0 .*fails at a second of silence too") as caught:
        shard.run(clips)
    assert clips[1].audio in caught.value.remedy
    shard.engine_options = {}
    shard.run(clips)
    assert [len(clip) for batch in shard.engine.given for clip in batch] == [700, 801]


def test_an_engine_is_closed_whether_the_shard_succeeds_or_not(shard):
    shard.run(shard.clips("a", [1600]), "r1")
    assert shard.engine.closed
    shard.engine_options = {"dies_at": 801}
    with pytest.raises(StageError):
        shard.run(shard.clips("b", [801]), "r2")
    assert shard.engine.closed


def test_a_killed_shard_loses_the_recording_in_work_only(shard, monkeypatch):
    clips = [clip for i in range(3) for clip in shard.clips(f"c{i}", [1600 + i], i * 10)]
    plain = FakeTranscriber.transcribe

    def killed_at_the_third(self, given, hints):
        if len(given[0]) == 1602:
            raise KeyboardInterrupt
        return plain(self, given, hints)

    monkeypatch.setattr(FakeTranscriber, "transcribe", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        shard.run(clips)
    monkeypatch.undo()
    shard.run(clips)
    assert [len(clip) for batch in shard.engine.given for clip in batch] == [1602]


def test_a_damaged_cache_entry_is_made_anew(shard):
    clips = shard.clips("a", [1600])
    first = segments(shard.run(clips, "r1"))
    [entry] = (shard.folder / "lake" / "cache" / "transcribe").rglob("*.parquet")
    entry.write_bytes(entry.read_bytes()[:100])
    assert segments(shard.run(clips, "r2")) == first
    assert shard.opened == 2


def test_a_shard_without_clips_opens_no_engine(shard):
    result = shard.run([])
    assert (segments(result), shard.opened) == ([], 0)
    assert result["transcription"]["clips"] == 0


def test_a_clip_whose_samples_are_gone_is_an_error_that_names_both(shard):
    clips = shard.clips("a", [1600, 800])
    storage.write_rows(clips[0].audio, ClipAudio, [ClipAudio(clip=0, pcm=b"\0\0")])
    with pytest.raises(StageError, match="no clip 1 of call a") as caught:
        shard.run(clips)
    assert clips[0].audio in caught.value.message


def test_a_missing_file_of_prepare_is_an_error_that_names_it(shard, tmp_path):
    clips = shard.clips("a", [1600])
    Path(clips[0].audio).unlink()
    with pytest.raises(StageError, match=r"\.parquet"):
        shard.run(clips)
    with pytest.raises(StageError, match="is missing"):
        transcribe_shard(
            {"shard": "s", "clips": str(tmp_path / "none")},
            run_dir=str(tmp_path),
            lake=str(tmp_path),
            settings=SETTINGS,
            open_engine=shard.open,
        )


def test_an_incomplete_model_fails_before_anything_is_read(shard, model_copy):
    (model_copy / "model.pt").unlink()
    with pytest.raises(ModelError, match=r"model\.pt: missing"):
        shard.run(shard.clips("a", [1600]), settings=SETTINGS.model_copy(update={"model": str(model_copy)}))
    assert shard.opened == 0


def test_progress_is_logged(shard, caplog):
    with caplog.at_level("INFO"):
        shard.run(shard.clips("a", [1600], 1) + shard.clips("b", [1600, 1600], 4))
    assert "shard-000: 1 of 3 clips" in caplog.text
    assert "shard-000: 3 of 3 clips" in caplog.text


def test_a_shard_that_is_cached_imports_no_engine(shard):
    clips = shard.clips("a", [1600])
    path = shard.run(clips, "r1")["clips"]
    script = (
        "import sys\n"
        "from callqa import transcribe\n"
        "from callqa.settings import EngineSettings\n"
        "prepared = {'shard': 'shard-000', 'clips': sys.argv[1]}\n"
        "result = transcribe.run(prepared, run_dir=sys.argv[2], lake=sys.argv[3], settings=EngineSettings())\n"
        "print(result['transcription']['cached'], sorted({'torch', 'funasr', 'onnxruntime'} & set(sys.modules)))\n"
    )
    arguments = [path, str(shard.folder / "r2"), str(shard.folder / "lake")]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"
