"""Days on which something is broken: what must not reach the warehouse, and what must not stop."""

import shutil
from pathlib import Path

import pytest

from callqa import judge, pipeline, storage, transcribe, warehouse
from callqa.contracts import Call, Segment
from callqa.errors import EmptyDayError, StageError
from tests.conftest import DEMO_CALLS, DEMO_DAYS

DAY = pipeline.parse_day(DEMO_DAYS[0])


def published(settings) -> list[tuple]:
    """All that a reader of the warehouse sees."""
    tables = ("calls", "turns", "events", "findings", "publications")
    return [warehouse.query(settings.lake, f"select * from {table} order by all") for table in tables]


def drop_a_call(monkeypatch):
    run = judge.run

    def broken(*arguments, **options):
        judged = run(*arguments, **options)
        calls = storage.read_rows(judged["calls"], Call)
        storage.write_rows(judged["calls"], Call, calls[1:])
        return judged

    monkeypatch.setattr(judge, "run", broken)


def empty_the_transcripts(monkeypatch):
    run = transcribe.run

    def broken(*arguments, **options):
        transcribed = run(*arguments, **options)
        segments = storage.read_rows(transcribed["segments"], Segment)
        kept = [s.__class__(**{**vars(s), "text_raw": "<|zh|><|NEUTRAL|><|Speech|><|withitn|>"}) for s in segments]
        storage.write_rows(transcribed["segments"], Segment, kept)
        return transcribed

    monkeypatch.setattr(transcribe, "run", broken)


@pytest.mark.parametrize(
    ("defect", "check"),
    [(drop_a_call, "one_call_each"), (empty_the_transcripts, "empty_transcript")],
    ids=["a dropped call", "empty transcripts"],
)
def test_a_defect_is_stopped_by_the_gate(quick_settings, monkeypatch, defect, check):
    pipeline.run_day(quick_settings, DAY)
    before = published(quick_settings)
    defect(monkeypatch)
    refused = pipeline.run_day(quick_settings, DAY)
    assert (refused["gate"], refused["published"]) == ("refused", False)
    assert any(check in failed for failed in refused["gate_failures"]["blocking"])
    assert published(quick_settings) == before
    quarantine = Path(refused["outcome"]["quarantine"])
    assert {"calls.parquet", "turns.parquet", "findings.parquet"} <= {f.name for f in quarantine.rglob("*")}
    assert refused["outcome"]["reasons"]


def test_a_day_without_recordings_is_refused_by_default_and_published_where_that_is_wanted(quick_settings, tmp_path):
    (tmp_path / "source" / "2026-02-01").mkdir(parents=True)
    day = pipeline.parse_day("2026-02-01")
    empty = quick_settings.with_folders(source=str(tmp_path / "source"))
    with pytest.raises(EmptyDayError, match="2026-02-01"):
        pipeline.run_day(empty, day)
    wanted = empty.model_copy(update={"source": empty.source.model_copy(update={"on_empty_day": "publish"})})
    result = pipeline.run_day(wanted, day)
    assert (result["recordings"], result["gate"], result["published"]) == (0, "passed", True)
    assert warehouse.query(wanted.lake, "select rows_calls from publications")[1] == [(0,)]


def test_a_day_of_broken_recordings_only_is_refused_by_the_gate_not_by_a_crash(quick_settings, tmp_path):
    folder = tmp_path / "source" / "2026-02-02"
    folder.mkdir(parents=True)
    for index in range(5):
        (folder / f"{index}.wav").write_text("this is not audio")
    result = pipeline.run_day(
        quick_settings.with_folders(source=str(tmp_path / "source")), pipeline.parse_day("2026-02-02")
    )
    assert (result["rejected"], result["gate"], result["published"]) == (5, "refused", False)


def test_a_second_run_transcribes_nothing_and_leaves_the_warehouse_as_it_was(quick_settings, monkeypatch):
    pipeline.run_day(quick_settings, DAY)
    before = published(quick_settings)

    def transcriptions(*_):
        raise AssertionError("the model was asked again")

    monkeypatch.setattr("callqa.transcribe.stage.open_engine", transcriptions)
    again = pipeline.run_day(quick_settings, DAY)
    assert again["published"]
    assert again["outcome"]["unchanged"]
    assert published(quick_settings) == before


def test_a_new_recording_of_a_published_day_is_added_by_the_next_run(quick_settings, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(DEMO_CALLS / DEMO_DAYS[0], source / DEMO_DAYS[0])
    late = sorted((DEMO_CALLS / DEMO_DAYS[1]).glob("*.wav"))[-1]
    chosen = quick_settings.with_folders(source=str(source))
    first = pipeline.run_day(chosen, DAY)
    shutil.copy(late, source / DEMO_DAYS[0] / "late.wav")
    second = pipeline.run_day(chosen, DAY)
    assert second["recordings"] == first["recordings"] + 1
    assert second["outcome"]["sequence"] == 2
    rows = warehouse.query(chosen.lake, "select count(*), count(distinct call_id) from calls")[1]
    assert rows == [(second["recordings"], second["recordings"])]


def test_a_full_disk_in_the_middle_is_named_and_the_next_run_goes_on(quick_settings, monkeypatch):
    write = storage.write_rows

    def full(path, record, rows):
        if Path(path).parent.name == "parse":
            raise storage._write_error(Path(path), OSError(28, "No space left on device"))
        return write(path, record, rows)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "write_rows", full)
        with pytest.raises(StageError, match="no space left"):
            pipeline.run_day(quick_settings, DAY)
    assert pipeline.run_day(quick_settings, DAY)["published"]
