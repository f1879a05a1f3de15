"""An agent over many calls: means, shares, intervals, and what was not scored."""

import random

import pytest

from qc_rules.scorecards import CardResult, SectionResult, score_agent
from qc_rules.scorecards.agents import mean_interval, student_t, wilson


def result(score, passed=None, coverage=1.0, **more):
    passed = None if score is None else score >= 80 if passed is None else passed
    return CardResult(
        **{"card": "service", "version": 1, "score": score, "passed": passed, "coverage": coverage, **more}
    )


def test_scores_are_averaged_and_calls_without_one_are_counted():
    told = score_agent([result(90), result(70), result(100), result(None, coverage=0.0)])
    assert (told.card, told.version, told.calls, told.scored, told.not_scored) == ("service", 1, 4, 3, 1)
    assert (told.mean, told.median, told.coverage) == (86.6667, 90, 0.75)
    assert (told.judged, told.passed, told.share_passed) == (3, 2, 0.6667)


def test_a_call_whose_passing_is_not_known_is_neither_passed_nor_failed():
    undecided = CardResult("service", 1, 95.0, None, 0.9)
    told = score_agent([result(90), undecided])
    assert (told.scored, told.judged, told.passed, told.share_passed) == (2, 1, 1, 1)


def test_an_agent_without_a_scored_call_has_no_numbers():
    told = score_agent([result(None, coverage=0.0)])
    assert (told.calls, told.scored, told.mean, told.median, told.interval) == (1, 0, None, None, None)
    assert (told.judged, told.share_passed, told.share_interval, told.sections) == (0, None, None, ())


def test_sections_are_averaged_over_the_calls_in_which_they_could_be_scored():
    told = score_agent(
        [
            result(90, sections=(SectionResult("Opening", 100, 1), SectionResult("Talk", 80, 1))),
            result(50, sections=(SectionResult("Opening", None, 0), SectionResult("Talk", 50, 1))),
        ]
    )
    assert [(one.name, one.n, one.mean) for one in told.sections] == [("Opening", 1, 100), ("Talk", 2, 65)]


def test_critical_failures_are_counted_by_rule_most_first():
    failing = [("ID01",), ("ID01", "CO01"), ("AA01",), ()]
    told = score_agent([result(0, critical_failures=rules) for rules in failing])
    assert told.critical_failures == (("ID01", 2), ("AA01", 1), ("CO01", 1))


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([], "none"),
        ([result(90), result(90, version=2)], "service 1, service 2"),
        ([result(90), result(90, card="other")], "other 1, service 1"),
    ],
)
def test_only_results_of_one_version_of_one_card_make_a_mean(results, found):
    with pytest.raises(ValueError, match=f"one version of one scorecard are wanted, not of {found}$"):
        score_agent(results)


# Quantiles by scipy.stats.t.ppf (1.17), to nine decimals.
QUANTILES = [
    (1, 0.975, 12.706204736), (2, 0.975, 4.30265273), (3, 0.975, 3.182446305), (4, 0.975, 2.776445105),
    (5, 0.975, 2.570581836), (10, 0.975, 2.228138852), (30, 0.975, 2.042272456), (1000, 0.975, 1.962339081),
    (3, 0.6, 0.276670662), (10, 0.75, 0.699812061), (5, 0.995, 4.032142984), (20, 0.9, 1.325340707),
    (3, 0.9995, 12.923978637), (4, 0.9999, 13.033671721), (8, 0.99999, 8.907026871),
]  # fmt: skip


@pytest.mark.parametrize(("degrees", "probability", "quantile"), QUANTILES)
def test_students_t_is_exact_to_six_digits_or_more(degrees, probability, quantile):
    assert student_t(probability, degrees) == pytest.approx(quantile, rel=4e-6 if degrees == 5 else 9e-7)


@pytest.mark.parametrize(
    ("degrees", "probability", "quantile"),
    [
        (12, 0.975, 2.178812829667),
        (50, 0.6, 0.254699342988588),
        (50, 0.975, 2.008559112100761),
        (200, 0.995, 2.600634436191558),
    ],
)
def test_students_t_is_all_but_exact_from_a_dozen_calls_on(degrees, probability, quantile):
    assert student_t(probability, degrees) == pytest.approx(quantile, rel=1e-8 if degrees < 50 else 1e-11)


def test_the_interval_of_a_share_is_wilsons():
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0) is None


def test_the_interval_of_a_mean_needs_two_calls_and_stays_within_the_scale():
    assert mean_interval([]) is None
    assert mean_interval([80]) is None
    assert mean_interval([60, 70, 80]) == pytest.approx((70 - 24.8413, 70 + 24.8413), abs=1e-3)
    assert mean_interval([60, 100]) == (0, 100)


def test_equal_scores_of_few_calls_are_no_certainty():
    low, high = mean_interval([100, 100, 100])
    assert (low, high) == (pytest.approx(43.85, abs=0.01), 100)
    assert mean_interval([100] * 1000)[0] > 99
    low, high = mean_interval([50, 50])
    assert low < 15 < 85 < high


@pytest.mark.parametrize("n", [2, 5, 12, 40])
def test_the_interval_holds_the_true_mean_about_as_often_as_it_says(n):
    numbers = random.Random(7)
    draws = [[min(100.0, max(0.0, numbers.gauss(78, 9))) for _ in range(n)] for _ in range(1500)]
    held = sum(low <= 77.97 <= high for low, high in map(mean_interval, draws)) / len(draws)
    assert 0.93 <= held <= 0.97
