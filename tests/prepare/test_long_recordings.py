"""Long calls built from known pieces: nothing is lost or doubled where they are cut into clips."""

import pytest

from callqa.settings import EngineSettings, PrepareSettings
from tests.prepare import long_calls
from tests.prepare.long_calls import Piece

SECONDS = 600.0
ENGINE = EngineSettings(device="cpu", processes=1)
CHANNELS = {"mono": 1, "stereo": 2}


@pytest.fixture(scope="module")
def pieces(ground_truth) -> list[Piece]:
    return long_calls.turns_of_demo(ground_truth)


@pytest.fixture(scope="module")
def placed(pieces) -> dict[str, list[long_calls.Placed]]:
    """Ten minutes each, of random pieces and pauses."""
    return {name: long_calls.conversation(pieces, SECONDS, count, count) for name, count in CHANNELS.items()}


@pytest.fixture(scope="module")
def segments(placed, tmp_path_factory) -> dict:
    calls = {name: long_calls.mixed(placed[name], SECONDS, count, count) for name, count in CHANNELS.items()}
    return long_calls.heard(tmp_path_factory.mktemp("long"), calls, ENGINE)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANNELS)
def test_every_piece_of_ten_minutes_is_written_once_in_order_at_its_time(name, placed, segments):
    found = long_calls.account(placed[name], segments[name])
    assert found.pieces > 100
    assert found.lost == []
    assert found.missing < 0.02 * found.characters
    assert found.surplus < 0.02 * found.characters
    assert len(found.late) > 0.95 * found.pieces
    assert max(map(abs, found.late)) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANNELS)
def test_no_clip_begins_or_ends_in_a_word_and_no_word_is_in_two_or_none(name, placed, segments):
    assert long_calls.severed(placed[name], segments[name]) == []
    assert long_calls.uncovered(placed[name], segments[name]) == 0.0
    assert max(s.end - s.start for s in segments[name]) <= 15.0


LECTURES = {"no gap": 0.0, "brief gaps": 0.15}
"""Seconds between sentences of somebody who speaks for two minutes without a rest."""


@pytest.fixture(scope="module")
def lectures(pieces, tmp_path_factory) -> dict:
    """Pieces and segments of each, on one channel as one speaker: most cuts have to be within a sentence."""
    placed = {name: long_calls.without_end(pieces, 120.0, gap, 1) for name, gap in LECTURES.items()}
    calls = {name: long_calls.mixed(row, 120.0, 1, 1) for name, row in placed.items()}
    settings = PrepareSettings(diarise="off", max_clip_seconds=10)
    segments = long_calls.heard(tmp_path_factory.mktemp("lecture"), calls, ENGINE, settings)
    return {name: (placed[name], segments[name]) for name in LECTURES}


@pytest.mark.slow
@pytest.mark.parametrize("name", LECTURES)
def test_of_somebody_who_never_rests_no_word_is_cut(name, lectures):
    placed, segments = lectures[name]
    assert len(segments) >= 12
    assert max(s.end - s.start for s in segments) <= 10.0
    assert long_calls.severed(placed, segments) == []
    assert long_calls.uncovered(placed, segments) == 0.0


@pytest.mark.slow
def test_of_somebody_who_never_rests_every_sentence_is_written_once_in_order_at_its_time(lectures):
    """With brief gaps: of sentences with none at all the demo model writes one in ten badly, cut or not."""
    found = long_calls.account(*lectures["brief gaps"])
    assert found.lost == []
    assert found.missing < 0.02 * found.characters
    assert found.surplus < 0.02 * found.characters
    assert max(map(abs, found.late)) < 0.3
