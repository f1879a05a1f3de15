from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import soundfile

from callqa.contracts import Recording
from callqa.fetch.shards import cut, seconds_of
from callqa.settings import ShardSettings, SourceSettings

SOURCE = SourceSettings()
NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


def recording(name: str, seconds: float | None = None, **more: object) -> Recording:
    times = {} if seconds is None else {"answered_at": NOON, "ended_at": NOON + timedelta(seconds=seconds)}
    known = {"uri": f"memory://{name}", "size_bytes": 0, "etag": "", "call_id": name, "call_date": date(2026, 1, 5)}
    return Recording(**{**known, "file_name": name, **times, **more})


def names(shards: list[list[Recording]]) -> list[list[str]]:
    return [[r.file_name for r in shard] for shard in shards]


def test_a_shard_takes_recordings_in_order_until_it_is_full():
    day = [recording("a", 60), recording("b", 40), recording("c", 1), recording("d", 99), recording("e", 300)]
    shards = cut(day, SOURCE, ShardSettings(seconds=100))
    assert names(shards) == [["a", "b"], ["c", "d"], ["e"]]


@pytest.mark.parametrize("maximum", [1, 2, 7, 10])
def test_there_are_never_more_shards_than_the_maximum_and_nothing_is_lost(maximum):
    day = [recording(f"{i:03}", 30 + i * 7 % 50) for i in range(100)]
    shards = cut(day, SOURCE, ShardSettings(seconds=60, maximum=maximum))
    assert len(shards) <= maximum
    assert [r for shard in shards for r in shard] == day


def test_a_day_of_no_calls_has_one_empty_shard():
    assert cut([], SOURCE, ShardSettings()) == [[]]


def test_rejected_recordings_cost_nothing():
    day = [recording("a", 90), *(recording(f"b{i}", 90, reject_reason="missing_file") for i in range(9))]
    assert len(cut(day, SOURCE, ShardSettings(seconds=100))) == 1


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_length_is_read_from_the_header_where_the_metadata_do_not_say(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.zeros(8000 * 3, np.float32), 8000)
    assert seconds_of(recording(path.name, uri=str(path), size_bytes=1), SOURCE) == pytest.approx(3)


def test_the_length_is_guessed_from_the_size_where_nothing_says(tmp_path):
    assert seconds_of(recording("a.mp3", size_bytes=40_000), SOURCE) == pytest.approx(10)
    junk = tmp_path / "a.wav"
    junk.write_bytes(b"RIFFjunk")
    assert seconds_of(recording("a.wav", uri=str(junk), size_bytes=32_000), SOURCE) == pytest.approx(2)


def test_metadata_that_run_backwards_are_not_believed():
    assert seconds_of(recording("a.mp3", -5, size_bytes=4_000), SOURCE) == pytest.approx(1)


def test_no_recording_weighs_more_than_the_longest_that_is_taken():
    assert seconds_of(recording("a", 1e9), SOURCE) == SOURCE.max_call_seconds
