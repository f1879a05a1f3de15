import math

import pytest

from callqa.transcribe.decoding import collapse, confidence, tag_probabilities, tag_tokens

PIECES = ["<unk>", "a", "<|zh|>", "<|HAPPY|>", "<|EMO_UNKNOWN|>", "<|Event_UNK|>", "<|GBG|>", "<|Speech|>", "<|xx|>"]


def test_repeats_are_one_and_blanks_part_them():
    assert collapse([0, 5, 5, 0, 5, 7, 7, 0], blank=0) == [(5, 1, 3), (5, 4, 5), (7, 5, 7)]


def test_nothing_but_blanks_is_nothing():
    assert collapse([0, 0, 0], blank=0) == []
    assert collapse([], blank=0) == []


def test_confidence_is_the_mean_of_each_tokens_best_frame_and_leaves_the_tags_out():
    runs = [(2, 0, 1), (3, 1, 2), (8, 5, 7), (9, 7, 8)]
    logs = [math.log(p) for p in (0.1, 0.1, 0.1, 0.1, 0.99, 0.2, 0.8, 0.4)]
    assert confidence(runs, logs) == pytest.approx(0.6)


def test_confidence_without_text_is_zero():
    assert confidence([(2, 0, 1), (3, 1, 2)], [0.0] * 4) == 0.0


def test_tags_are_found_by_their_text_whatever_their_ids():
    assert tag_tokens(PIECES) == {
        "language": {2: "zh"},
        "emotion": {3: "happy", 4: "unknown"},
        "event": {5: "other", 6: "other", 7: "speech"},
    }


def test_probabilities_are_shares_among_the_tags_of_a_class():
    table = {(1, 3): math.log(0.03), (1, 4): math.log(0.01), (2, 5): -9.0, (2, 6): -9.0, (2, 7): -9.0, (0, 2): -80.0}
    shares = tag_probabilities(lambda frame, tokens: [table[frame, t] for t in tokens], tag_tokens(PIECES))
    assert shares["emotion"] == {"happy": 0.75, "unknown": 0.25}
    assert shares["event"] == {"other": pytest.approx(2 / 3, abs=1e-6), "speech": pytest.approx(1 / 3, abs=1e-6)}
    assert shares["language"] == {"zh": 1.0}


def test_a_vocabulary_without_tags_gives_no_probabilities():
    shares = tag_probabilities(lambda frame, tokens: [], tag_tokens(["<unk>", "a"]))
    assert shares == {"language": {}, "emotion": {}, "event": {}}
