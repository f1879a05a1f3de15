from callqa.prepare.slicing.turns import Talk, grown, turns_of, with_brief_sounds
from callqa.prepare.spans import Cover


def test_speech_takes_in_the_sound_that_it_touches():
    assert grown([(1, 2)], [(0.8, 2.4)]) == [(0.8, 2.4)]


def test_of_a_long_sound_speech_takes_only_the_edge():
    assert grown([(10, 12)], [(2, 12), (12, 20)]) == [(9.7, 12.3)]


def test_a_cough_does_not_make_a_turn_too_long():
    turns = with_brief_sounds([Talk(spans=[(0, 14)])], [(14.5, 15.2)], 14.7)
    assert turns == [Talk(spans=[(0, 14)])]


def test_turns_of_nothing_are_none():
    assert turns_of([], Cover([]), lambda _: 3.0) == []


def turns(speech, others=(), tolerance=3.0):
    return [(turn.speaker, turn.extent) for turn in turns_of(list(speech), Cover(others), lambda _: tolerance)]


def test_short_pieces_are_one_turn_and_a_long_pause_ends_it():
    assert turns([((1, 2), None), ((2.5, 3), None), ((6.5, 7), None)]) == [(None, (1, 3)), (None, (6.5, 7))]


def test_another_speaker_begins_another_turn_however_short_the_pause():
    speech = [((1, 2), "s0"), ((2.1, 3), "s1"), ((3.1, 4), "s0")]
    assert turns(speech) == [("s0", (1, 2)), ("s1", (2.1, 3)), ("s0", (3.1, 4))]


def test_each_speaker_has_a_tolerance_of_its_own():
    speech = [((1, 2), "slow"), ((4, 5), "slow"), ((5.5, 6), "quick"), ((8, 9), "quick")]
    found = turns_of(speech, Cover([]), {"slow": 3.0, "quick": 1.0}.__getitem__)
    assert [turn.extent for turn in found] == [(1, 5), (5.5, 6), (8, 9)]


def test_a_brief_sound_goes_to_the_nearer_turn():
    found = with_brief_sounds([Talk(spans=[(0, 2)]), Talk(spans=[(6, 8)])], [(5.0, 5.4)], 14.7)
    assert [turn.extent for turn in found] == [(0, 2), (5.0, 8)]


def test_without_turns_sounds_make_none():
    assert with_brief_sounds([], [(1, 2)], 14.7) == []
