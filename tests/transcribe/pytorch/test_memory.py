import pytest

from callqa.transcribe.pytorch import memory
from callqa.transcribe.pytorch.memory import ENOUGH, TRIAL_CLIPS, TRIAL_FRAMES

GIGABYTE = 10**9


def card(fixed, per_frame):
    """A device on which a batch takes so many bytes; and what it was tried with."""
    tried = []

    def trial(clips):
        tried.append(clips)
        return fixed + per_frame * clips * TRIAL_FRAMES

    return trial, tried


def test_the_limit_is_what_fits_into_the_free_memory_less_a_margin():
    trial, tried = card(fixed=0, per_frame=100_000)
    assert memory.limit(trial, lambda: GIGABYTE) == pytest.approx(0.8 * GIGABYTE / 1e5)
    assert tried == [TRIAL_CLIPS]


@pytest.mark.parametrize("fixed", [10**6, 10**8, 10**9])
def test_a_batch_of_the_limit_fits_whatever_does_not_grow_with_it(fixed):
    trial, _ = card(fixed, per_frame=20_000)
    free = 2 * (fixed + 20_000 * TRIAL_CLIPS * TRIAL_FRAMES)
    assert fixed + 20_000 * memory.limit(trial, lambda: free) <= 0.8 * free


def test_a_card_of_four_gigabytes_has_room_for_the_largest_batch_of_the_full_model():
    trial, _ = card(fixed=410_000_000, per_frame=9_400)
    assert memory.limit(trial, lambda: int(2.7 * GIGABYTE)) == ENOUGH


def test_a_large_card_gets_no_larger_batches_than_are_of_use():
    trial, _ = card(fixed=0, per_frame=1000)
    assert memory.limit(trial, lambda: 140 * GIGABYTE) == ENOUGH


def test_where_nothing_is_free_it_is_tried_with_one_frame():
    trial, _ = card(fixed=100, per_frame=10)
    assert memory.limit(trial, lambda: 0) == 1


def test_a_device_that_says_it_takes_nothing_is_not_divided_by():
    trial, _ = card(fixed=0, per_frame=0)
    assert memory.limit(trial, lambda: GIGABYTE) == ENOUGH
