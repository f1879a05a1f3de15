import itertools

import numpy as np
import pytest

from callqa.prepare.slicing.slices import PAD, Heard, padded, slices_of
from callqa.prepare.sounds.levels import SILENCE
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


def test_a_cough_beside_speech_belongs_to_the_turn():
    assert clips(heard([(5, 7)], [(3.8, 4.3), (5, 7)])) == [(0, 3.65, 7.15, "speech")]
    assert clips(heard([(5, 7)], [(5, 7), (9.0, 9.6)])) == [(0, 4.85, 7.15, "speech"), (0, 8.85, 9.75, "sound")]


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


def test_a_clip_at_the_smallest_limit_keeps_its_pads_within_it():
    settings = PrepareSettings(max_clip_seconds=2)
    found = slices_of([heard([(1, 20)])], 60.0, settings)
    assert max(s.end - s.start for s in found) <= 2
    assert found[0].start == 1 - PAD


def test_a_change_of_speaker_ends_the_turn_and_the_clip_says_whose_it_is():
    speakers = {0: [((0.9, 3.0), "s0"), ((3.4, 6.0), "s1")]}
    found = slices_of([heard([(1, 3), (3.4, 6)])], 60.0, DEFAULT, speakers)
    assert [(s.speaker, round(s.start, 2), round(s.end, 2)) for s in found] == [("s0", 0.85, 3.15), ("s1", 3.25, 6.15)]


def test_speakers_of_one_channel_say_nothing_of_another():
    found = slices_of([heard([(1, 3)]), heard([(4, 6)])], 60.0, DEFAULT, {1: [((4, 6), "s0")]})
    assert [(s.channel, s.speaker) for s in found] == [(0, None), (1, "s0")]


@pytest.mark.parametrize("seed", range(20))
def test_no_clip_holds_two_speakers_and_clips_of_a_channel_never_overlap(seed):
    g = np.random.default_rng(seed)
    edges = np.sort(g.uniform(0, 60, 24)).tolist()
    speech = list(zip(edges[::2], edges[1::2], strict=True))
    speakers = [(span, f"s{g.integers(2)}") for span in speech]
    found = slices_of([heard(speech)], 60.0, PrepareSettings(max_clip_seconds=8), {0: speakers})
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))
    for clip in found:
        inside = {who for (start, end), who in speakers if min(end, clip.end) - max(start, clip.start) > 1e-6}
        assert inside == {clip.speaker}


def test_the_tolerance_fits_the_calls_own_pauses_unless_that_is_switched_off():
    """Twenty sentences a fifth of a second apart, then two seconds of silence, which this speaker never makes."""
    speech = [(i * 1.2, i * 1.2 + 1.0) for i in range(24)]
    speech.append((speech[-1][1] + 2.0, speech[-1][1] + 3.0))
    last = slices_of([heard(speech)], 60.0, DEFAULT)[-1]
    assert last.start == pytest.approx(speech[-1][0] - PAD)
    fixed = slices_of([heard(speech)], 60.0, PrepareSettings(adaptive_tolerance=False, max_clip_seconds=30))[-1]
    assert fixed.start < speech[-2][0]


def test_a_call_of_hours_has_all_its_speech_in_clips():
    speech = [(i * 2.0, i * 2.0 + 1.5) for i in range(5400)]
    sounds = [(i * 2.0 - 0.02, i * 2.0 + 1.52) for i in range(1, 5400)]
    found = slices_of([heard(speech, sounds, seconds=10_801), heard([])], 10_800.0, DEFAULT)
    assert sum(s.end - s.start for s in found) > 5400 * 1.5
    assert max(s.end - s.start for s in found) <= 15
