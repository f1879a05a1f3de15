"""A small part of `benchmarks.fuzz_recordings`."""

import pytest
from benchmarks.fuzz_recordings import fuzz


@pytest.mark.slow
def test_broken_recordings_end_in_a_row_with_a_reason_and_leave_the_whole_ones_alone(tmp_path):
    outcomes, strange = fuzz(tmp_path, seed=3, count=110, shard=110)
    assert [(row.call_id, row.reject_detail) for row in strange] == []
    broken = {(kind, outcome): count for (kind, outcome), count in outcomes.items() if kind != "good"}
    assert sum(broken.values()) == 110
    assert {"truncated", "not_audio", "no_audio", "too_long", "empty_file"} <= {outcome for _, outcome in broken}
