"""Three-valued logic: what is unknown matters only where the answer depends on it."""

import itertools

import pytest

from qc_rules import all_of, any_of, at_least

VALUES = (True, False, None)


def possible_worlds(values):
    """Every way in which the unknown ones may turn out."""
    return itertools.product(*[(True, False) if value is None else (value,) for value in values])


@pytest.mark.parametrize("values", [v for n in range(4) for v in itertools.product(VALUES, repeat=n)])
@pytest.mark.parametrize(("ours", "twovalued"), [(any_of, any), (all_of, all)])
def test_the_answer_is_unknown_exactly_where_the_worlds_disagree(ours, twovalued, values):
    answers = {twovalued(world) for world in possible_worlds(values)}
    assert ours(values) is (answers.pop() if len(answers) == 1 else None)


@pytest.mark.parametrize(("sure", "possible", "answer"), [(3, 3, True), (2, 3, None), (2, 2, False), (4, 9, True)])
def test_a_count_is_unknown_between_what_is_sure_and_what_is_possible(sure, possible, answer):
    assert at_least(3, sure, possible) is answer
