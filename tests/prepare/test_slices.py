import itertools

import numpy as np
import pytest

from callqa.prepare.levels import SILENCE
from callqa.prepare.slices import PAD, Heard, cut, grown, padded, slices_of, turns_of, with_brief_sounds
from callqa.settings import PrepareSettings

DEFAULT = PrepareSettings()


def heard(speech, sounds=None, tones=(), seconds=60.0, quiet_at=()) -> Heard:
    levels = np.full(int(seconds * 100), -20.0, np.float32)
    for at in quiet_at:
        levels[int(at * 100) - 6 : int(at * 100) + 6] = SILENCE
    return Heard(
        speech=list(speech), sounds=list(speech if sounds is None else sounds), tones=list(tones), levels=levels
    )


def clips(*channels: Heard, settings=DEFAULT, seconds=60.0) -> list[tuple]:
    found = slices_of(list(channels), seconds, settings)
    return [(s.channel, round(s.start, 2), round(s.end, 2), s.kind) for s in found]


def test_a_pause_of_three_seconds_stays_one_turn():
    """'您稍等一下 … 我帮您查一下' is one turn, and '您好' + '请稍等' are not two clips."""
    assert clips(heard([(1, 2), (4.9, 6)])) == [(0, 0.85, 6.15, "speech")]
    assert len(clips(heard([(1, 2), (5.1, 6)]))) == 2


def test_the_tolerance_is_a_setting():
    assert len(clips(heard([(1, 2), (4.9, 6)]), settings=PrepareSettings(silence_tolerance=1))) == 2


def test_a_pause_in_which_the_other_speaks_ends_the_turn():
    agent = heard([(1, 2), (4, 5)])
    assert [c[0] for c in clips(agent, heard([(2.5, 3.0)]))] == [0, 1, 0]
    assert [c[0] for c in clips(agent, heard([(2.5, 2.7)]))] == [0, 1]


def test_the_other_talking_at_the_same_time_does_not_cut_a_turn():
    assert clips(heard([(1, 5)]), heard([(2, 3)])) == [(0, 0.85, 5.15, "speech"), (1, 1.85, 3.15, "speech")]


def test_clips_come_by_start_then_channel_and_are_padded_inside_the_recording():
    found = clips(heard([(0.05, 1)]), heard([(0.1, 1)]), heard([(59, 59.95)]))
    assert found == [(0, 0, 1.15, "speech"), (1, 0, 1.15, "speech"), (2, 58.85, 60, "speech")]


def test_pads_of_neighbours_meet_in_the_middle_of_the_pause():
    assert padded([(1, 2), (2.1, 3)], 10.0) == [(0.85, pytest.approx(2.05)), (pytest.approx(2.05), 3.15)]


def test_a_long_turn_is_cut_at_its_longest_pause():
    turn = [(0, 6), (6.5, 9), (10, 14), (14.4, 18)]
    pieces = cut(turn, 14.7, heard([]).levels)
    assert pieces == [(0, 9), (10, 18)]


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    pieces = cut([(0, 26)], 14.7, heard([], quiet_at=[12.0, 20.0]).levels)
    assert pieces == [(0, pytest.approx(12, abs=0.06)), (pytest.approx(12, abs=0.06), 26)]


@pytest.mark.parametrize("longest", [2, 5, 15, 30])
def test_no_clip_is_longer_than_the_setting_and_no_speech_is_lost(longest):
    g = np.random.default_rng(longest)
    for _ in range(30):
        edges = np.sort(g.uniform(0, 60, 16)).tolist()
        speech = [(a, b) for a, b in itertools.batched(edges, 2) if b > a] if hasattr(itertools, "batched") else [
            (edges[i], edges[i + 1]) for i in range(0, 16, 2)
        ]  # fmt: skip
        found = slices_of([heard(speech)], 60.0, PrepareSettings(max_clip_seconds=longest))
        assert max(s.end - s.start for s in found) <= longest + 1e-9
        for start, end in speech:
            covered = sum(max(0.0, min(s.end, end) - max(s.start, start)) for s in found)
            assert covered == pytest.approx(end - start)
        assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))


def test_speech_takes_in_the_sound_that_it_touches():
    assert grown([(1, 2)], [(0.8, 2.4)]) == [(0.8, 2.4)]


def test_of_a_long_sound_speech_takes_only_the_edge():
    assert grown([(10, 12)], [(2, 12), (12, 20)]) == [(9.7, 12.3)]


def test_a_cough_beside_speech_belongs_to_the_turn():
    assert clips(heard([(5, 7)], [(3.8, 4.3), (5, 7)])) == [(0, 3.65, 7.15, "speech")]
    assert clips(heard([(5, 7)], [(5, 7), (9.0, 9.6)])) == [(0, 4.85, 7.15, "speech"), (0, 8.85, 9.75, "sound")]


def test_a_cough_does_not_make_a_turn_too_long():
    turns = with_brief_sounds([[(0, 14)]], [(14.5, 15.2)], 14.7)
    assert turns == [[(0, 14)]]


def test_a_sound_inside_a_pause_of_a_turn_has_no_clip_of_its_own():
    assert clips(heard([(1, 2), (4.8, 6)], [(1, 2), (2.3, 4.5), (4.8, 6)])) == [(0, 0.85, 6.15, "speech")]


def test_sounds_apart_from_speech_are_clips_of_their_own_unless_too_short():
    assert clips(heard([], [(5, 5.3), (10, 10.2)])) == [(0, 4.85, 5.45, "sound")]


def test_hold_music_is_cut_into_even_clips_and_its_short_pauses_do_not_cut_it():
    found = clips(heard([], [(0, 20), (20.4, 30)]))
    assert [kind for *_, kind in found] == ["sound"] * 3
    assert found[0][1] == 0
    assert found[-1][2] == 30.15
    assert [round(b[1] - a[2], 2) for a, b in itertools.pairwise(found)] == [0, 0]


def test_what_is_wholly_a_telephone_tone_needs_no_clip_and_speech_over_it_does():
    bursts = [(0.0, 1.0), (5.0, 6.0)]
    assert clips(heard([], [(0, 1.05), (4.95, 6)], bursts)) == []
    found = clips(heard([(6.2, 8)], [(0, 1), (5, 8)], bursts))
    assert [(c[0], c[3]) for c in found] == [(0, "speech")]
    assert found[0][1] >= 5.95


def test_silence_has_no_clips():
    assert clips(heard([]), heard([])) == []


def test_turns_of_nothing_are_none():
    assert turns_of([], [], 3.0) == []


def test_a_clip_at_the_smallest_limit_keeps_its_pads_within_it():
    settings = PrepareSettings(max_clip_seconds=2)
    found = slices_of([heard([(1, 20)])], 60.0, settings)
    assert max(s.end - s.start for s in found) <= 2
    assert found[0].start == 1 - PAD
