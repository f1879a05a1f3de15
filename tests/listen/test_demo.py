"""The demo's call in which a telephone number, an identity card and a bank card are read out, to its end."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from typer.testing import CliRunner

from callqa import listen, pipeline, warehouse
from callqa.cli import app
from callqa.contracts import TABLES
from callqa.errors import StageError, UsageError
from callqa.listen.published import published, spans
from tests import rows
from tests.warehouse.published import publish

DAY, CALL = "2026-01-05", "20260105-102040-a7"
DIGITS = re.compile(r"\d{11,}")


@pytest.fixture(scope="module")
def secrets(ground_truth) -> list[str]:
    [truth] = [call for call in ground_truth if call["call_id"] == CALL]
    found = [digits for turn in truth["turns"] for digits in DIGITS.findall(turn["text"])]
    assert sorted(map(len, found)) == [11, 16, 18]
    return found


def test_no_personal_number_is_in_a_published_table_or_an_export(demo_settings, demo_runs, secrets):
    export = Path(demo_runs[DAY]["run_dir"]) / "export"
    public = [*Path(demo_settings.lake.root, "warehouse").rglob("*"), *export.rglob("*")]
    texts = {path: _readable(path) for path in public if path.is_file()}
    assert len([path for path in texts if path.suffix == ".parquet"]) >= 2 * len(TABLES)
    assert any("我的手机号码是***********" in text for path, text in texts.items() if path.suffix == ".json")
    assert {path.name for path, text in texts.items() if any(secret in text for secret in secrets)} == set()


def _readable(path: Path) -> str:
    """A file's bytes as text; of Parquet, which compresses, its values."""
    if path.suffix == ".parquet":
        return json.dumps(pq.ParquetFile(path).read().to_pylist(), default=str, ensure_ascii=False)
    return path.read_bytes().decode("utf-8", errors="replace")


def test_what_is_read_out_is_masked_with_its_kind_and_time(demo_settings, demo_runs, ground_truth):
    [truth] = [call for call in ground_truth if call["call_id"] == CALL]
    said = [turn for turn in truth["turns"] if DIGITS.search(turn["text"])]
    turns = warehouse.table(
        demo_settings.lake, "select * from turns where call_id = ? order by turn", [CALL]
    ).to_pylist()
    masked = [turn for turn in turns if turn["redactions"]]
    assert [r["kind"] for turn in masked for r in turn["redactions"]] == ["phone", "id_card", "bank_card"]
    for turn, true in zip(masked, said, strict=True):
        [redaction] = turn["redactions"]
        assert set(turn["text"][redaction["start"] : redaction["end"]]) == {"*"}
        # The number is the turn's second part, to its end.
        assert true["start"] + 0.5 < redaction["audio_start"] < (true["start"] + true["end"]) / 2
        assert redaction["audio_end"] > true["end"] - 0.5


def test_the_copy_that_people_hear_is_silent_there(demo_settings, demo_runs, tmp_path):
    out = tmp_path / "copy.flac"
    config = tmp_path / "qa.toml"
    config.write_text(f'[lake]\nroot = "{demo_settings.lake.root}"\n')
    answer = CliRunner().invoke(app, ["listen", DAY, CALL, "--out", str(out), "--config", str(config), "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.output)
    found = published(demo_settings.lake, pipeline.parse_day(DAY), CALL)
    assert (told["file"], told["channels"]) == (str(out), 2)
    samples, rate = soundfile.read(out, dtype="int16")
    assert sum(len(silent) for silent in found.spans.values()) == 3
    for channel, silent in found.spans.items():
        for start, end in silent:
            assert not samples[int(start * rate) : int(end * rate), channel].any()
    assert np.abs(samples[: int(5 * rate), 0]).max() > 500


def test_a_call_that_nobody_published_or_understood_is_refused(demo_settings, demo_runs):
    day = pipeline.parse_day(DAY)
    with pytest.raises(UsageError, match="no call nobody is published"):
        published(demo_settings.lake, day, "nobody")
    with pytest.raises(StageError, match="was rejected"):
        published(demo_settings.lake, day, "20260105-113000-a10")


def test_a_call_without_silences_is_copied_whole(demo_settings, demo_runs, tmp_path):
    found = published(demo_settings.lake, pipeline.parse_day(DAY), "20260105-090112-a1")
    assert found.spans == {}
    made = listen.copy(found.uri, found.spans, tmp_path / "copy.wav", sha256=found.sha256)
    assert np.array_equal(soundfile.read(made.path, dtype="int16")[0], soundfile.read(found.uri, dtype="int16")[0])


@pytest.mark.parametrize("times", [(float("nan"), 2.0), (2.0, 2.0)])
def test_personal_data_at_an_unknown_time_is_refused(demo_settings, tmp_path, times):
    lake = demo_settings.with_folders(lake=str(tmp_path / "lake")).lake
    day = rows.clean()
    redaction = rows.Redaction(kind="phone", start=0, end=2, audio_start=times[0], audio_end=times[1])
    publish(lake, day.replace("turns", 0, redactions=[redaction]), tmp_path, run="r1", based_on=None)
    with pytest.raises(StageError, match="turn 0 has personal data at an unknown time"):
        published(lake, day.day, "c-000")


def test_a_day_from_before_personal_data_was_looked_for_is_refused():
    turn = {"turn": 0, "channel": 0, "text_match": None, "redactions": []}
    with pytest.raises(StageError, match="before personal data was looked for"):
        spans([turn], "call c-000")
    assert spans([{**turn, "text_match": "", "redactions": None}], "call c-000") == {}
