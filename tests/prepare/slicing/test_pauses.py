import itertools

import numpy as np
import pytest

from callqa.prepare.slicing.pauses import ENOUGH, interrupted, tolerance_of
from callqa.prepare.spans import Cover

NOBODY = Cover([])


def speech(pauses) -> list[tuple[float, float]]:
    """Sentences of a second with pauses between them."""
    starts = np.concatenate([[0.0], np.cumsum(np.asarray(pauses) + 1.0)])
    return [(float(start), float(start) + 1.0) for start in starts]


def around(median: float, spread: float, count: int = 200, seed: int = 0) -> np.ndarray:
    """Log-normal pauses."""
    return median * np.exp(spread * np.random.default_rng(seed).standard_normal(count))


def test_a_call_with_few_pauses_keeps_the_setting():
    assert tolerance_of(speech([0.2] * (ENOUGH - 1)), NOBODY, 3.0) == 3.0
    assert tolerance_of(speech([0.2] * ENOUGH), NOBODY, 3.0) == 1.0
    assert tolerance_of([], NOBODY, 3.0) == 3.0


def test_the_tolerance_is_where_pauses_become_unusual_for_the_speaker():
    """2.5 deviations of the logarithm above the median."""
    assert tolerance_of(speech(around(0.4, 0.5)), NOBODY, 3.0) == pytest.approx(0.4 * np.exp(2.5 * 0.5), rel=0.2)


def test_slow_speakers_keep_the_whole_tolerance_and_quick_ones_at_least_a_second():
    assert tolerance_of(speech(around(0.8, 0.7)), NOBODY, 3.0) == 3.0
    assert tolerance_of(speech(around(0.15, 0.3)), NOBODY, 3.0) == 1.0


def test_a_lower_setting_is_the_most():
    assert tolerance_of(speech(around(0.4, 0.5)), NOBODY, 0.7) == 0.7


def test_a_single_odd_pause_changes_little():
    pauses = around(0.4, 0.5)
    odd = tolerance_of(speech([*pauses, 2.9]), NOBODY, 3.0)
    assert odd == pytest.approx(tolerance_of(speech(pauses), NOBODY, 3.0), rel=0.05)


def test_pauses_in_which_another_speaks_or_that_end_a_turn_anyway_do_not_count():
    own = speech([*around(0.15, 0.3, 30), *[2.0, 5.0] * 40])
    answers = Cover((a[1] + 0.1, b[0] - 0.1) for a, b in itertools.pairwise(own) if 1 < b[0] - a[1] < 3)
    assert tolerance_of(own, answers, 3.0) == 1.0
    assert tolerance_of(own, NOBODY, 3.0) >= 2.0


def test_a_murmur_is_no_interruption():
    assert not interrupted(Cover([(1.0, 1.25)]), 0.5, 2.0)
    assert interrupted(Cover([(1.0, 1.35)]), 0.5, 2.0)
