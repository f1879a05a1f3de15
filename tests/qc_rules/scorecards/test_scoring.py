"""From outcomes to a score: weights, what does not apply, what cannot be told, what fails the card outright."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules import Outcome
from qc_rules.scorecards import Item, Scorecard, load, score_call
from tests.qc_rules.scorecards.cards import CARD, call, card, outcomes, scored, section

SERVICE = load(CARD, "card.yaml")
ALL_CLEAR = {"GR01": "clear", "ID01": "clear", "HR01": "clear", "SA01": "clear"}


def service(**changes):
    return scored(SERVICE, **{**ALL_CLEAR, **changes})


def sections(result):
    return {one.name: (one.score, one.coverage) for one in result.sections}


def test_a_call_without_a_fault_has_the_full_score():
    result = service()
    assert (result.card, result.version, result.score, result.passed, result.coverage) == ("service", 2, 100, True, 1)
    assert sections(result) == {"Opening": (100, 1), "Talk": (100, 1)}
    assert result.rules_passed == ("GR01", "ID01", "HR01", "SA01")
    assert (result.rules_failed, result.rules_unknown, result.critical_failures, result.reason) == ((), (), (), None)


@pytest.mark.parametrize(
    ("failed", "score", "passed", "of_sections"),
    [
        (["GR01"], 25 * 0.25 + 75, True, (25, 100)),
        (["ID01"], 25 * 0.75 + 75, True, (75, 100)),
        (["SA01"], 75.0, False, (100, 66.6667)),
        (["HR01"], 50.0, False, (100, 33.3333)),
        (["GR01", "ID01"], 75.0, False, (0, 100)),
        (["GR01", "ID01", "HR01", "SA01"], 0.0, False, (0, 0)),
    ],
)
def test_a_hit_costs_its_points_of_its_section_and_the_section_its_weight(failed, score, passed, of_sections):
    result = service(**dict.fromkeys(failed, "hit"))
    assert (result.score, result.passed, result.coverage) == (pytest.approx(score, abs=1e-4), passed, 1)
    assert tuple(one.score for one in result.sections) == of_sections
    assert result.rules_failed == tuple(failed)


def test_an_item_that_does_not_apply_gives_its_weight_to_the_others_of_its_section():
    result = service(GR01="n/a", ID01="hit")
    assert (result.score, result.coverage) == (75, 1)
    assert sections(result) == {"Opening": (0, 1), "Talk": (100, 1)}
    assert result.rules_not_applicable == ("GR01",)


def test_a_section_of_which_nothing_applies_gives_its_weight_to_the_other_sections():
    result = service(GR01="n/a", ID01="n/a", SA01="hit")
    assert (result.score, result.coverage) == (66.6667, 1)
    assert sections(result) == {"Opening": (None, 0), "Talk": (66.6667, 1)}


def test_a_rule_without_an_outcome_is_left_out_as_one_that_does_not_apply_is():
    result = scored(SERVICE, GR01="hit", ID01="clear")
    assert (result.score, result.coverage, result.rules_not_applicable) == (25, 1, ("HR01", "SA01"))


@pytest.mark.parametrize("lacking", ["unknown", "crash"])
@pytest.mark.parametrize(("policy", "score"), [("exclude", 100.0), ("fail", 50.0), ("pass", 100.0)])
def test_what_cannot_be_told_is_counted_as_the_card_says_and_always_reported(lacking, policy, score):
    of = load(CARD.replace("version: 2", f"version: 2\nunknown: {policy}"), "card.yaml")
    result = scored(of, **{**ALL_CLEAR, "HR01": lacking})
    assert (result.score, result.coverage, result.rules_unknown) == (score, 0.5, ("HR01",))
    assert "HR01" not in result.rules_passed + result.rules_failed


def test_an_item_may_have_a_policy_of_its_own():
    of = load(
        CARD.replace("version: 2", "unknown: fail").replace("rule: HR01", "rule: HR01\n        unknown: pass"), "c"
    )
    result = scored(of, GR01="clear", ID01="unknown", HR01="unknown", SA01="clear")
    assert (result.score, result.coverage) == (25 * 0.75 + 75, pytest.approx(0.25 * 0.75 + 0.75 / 3, abs=1e-4))


@pytest.mark.parametrize("policy", ["exclude", "fail", "pass"])
def test_where_nothing_could_be_told_there_is_no_score_whatever_the_policy(policy):
    result = scored(card(section(Item("HR01", unknown=policy))), HR01="unknown")
    assert (result.score, result.passed, result.coverage) == (None, None, 0)
    assert result.reason == "nothing of it could be told"


def test_where_nothing_applies_there_is_no_score():
    result = scored(SERVICE)
    assert (result.score, result.passed, result.reason) == (None, None, "no rule with points on it is for this call")


def test_a_card_may_want_a_least_share_to_be_told():
    of = card(section("HR01", "SA01"), min_coverage=0.6)
    assert scored(of, HR01="clear", SA01="clear").score == 100
    result = scored(of, HR01="clear", SA01="unknown")
    assert (result.score, result.passed, result.coverage) == (None, None, 0.5)
    assert result.reason == "50% of it could be told, less than 60%"
    exactly = card(section("HR01", "SA01"), min_coverage=0.5)
    assert scored(exactly, HR01="clear", SA01="unknown").score == 100


def test_a_rule_that_finds_what_is_good_passes_on_its_hit():
    of = card(section(Item("TH01", passes_on="hit")))
    assert scored(of, TH01="hit").score == 100
    assert scored(of, TH01="clear").rules_failed == ("TH01",)
    assert scored(of, TH01="unknown").score is None


@pytest.mark.parametrize(("score", "passed"), [(3, True), (2, False)])
def test_the_pass_mark_itself_passes(score, passed):
    rules = ("AA01", "AA02", "AA03", "AA04")
    of = card(section(*rules), pass_mark=75)
    result = scored(of, **{rule: "clear" if n < score else "hit" for n, rule in enumerate(rules)})
    assert result.passed is passed


@pytest.mark.parametrize(("mark", "passed"), [(66.6667, True), (66.67, False)])
def test_a_score_is_compared_with_the_mark_as_it_is_told(mark, passed):
    result = scored(card(section("AA01", "AA02", "AA03"), pass_mark=mark), AA01="clear", AA02="clear", AA03="hit")
    assert (result.score, result.passed) == (66.6667, passed)


CRITICAL = card(section("GR01", Item("ID01", critical="fail"), name="Opening"), section("HR01", name="Talk"))


def test_a_critical_failure_sets_the_card_and_its_section_to_zero():
    result = scored(CRITICAL, GR01="clear", ID01="hit", HR01="clear")
    assert (result.score, result.passed, result.critical_failures) == (0, False, ("ID01",))
    assert sections(result) == {"Opening": (0, 1), "Talk": (100, 1)}


def test_a_section_may_be_failed_alone():
    of = card(section("GR01", Item("ID01", critical="fail_section"), name="Opening"), section("HR01", name="Talk"))
    result = scored(of, GR01="clear", ID01="hit", HR01="clear")
    assert (result.score, result.passed, result.critical_failures) == (50, False, ("ID01",))
    assert sections(result) == {"Opening": (0, 1), "Talk": (100, 1)}
    assert scored(of, GR01="clear", ID01="clear", HR01="clear").score == 100


def test_a_critical_item_may_have_no_points_of_its_own():
    of = card(section("GR01", Item("ID01", points=0, critical="fail")))
    assert scored(of, GR01="hit", ID01="clear").score == 0
    assert scored(of, GR01="clear", ID01="clear").score == 100
    assert scored(of, GR01="clear", ID01="hit").score == 0
    only = scored(of, GR01="unknown", ID01="hit")
    assert (only.score, only.passed, only.reason) == (0, False, None)


def test_what_is_unknown_never_fails_a_card_outright():
    result = scored(CRITICAL, GR01="clear", ID01="unknown", HR01="clear")
    assert (result.score, result.passed, result.critical_failures) == (100, None, ())
    assert scored(CRITICAL, GR01="hit", ID01="unknown", HR01="hit").passed is False


@pytest.mark.parametrize(("policy", "passed"), [("fail", False), ("pass", True), ("exclude", None)])
def test_whether_a_call_passes_with_a_critical_item_unknown_is_its_policys_to_say(policy, passed):
    of = card(section("GR01", "GR02", Item("ID01", points=0, critical="fail", unknown=policy)))
    assert scored(of, GR01="clear", GR02="clear", ID01="unknown").passed is passed


def test_an_unknown_item_that_is_not_critical_leaves_no_doubt_about_passing():
    of = card(section("GR01", Item("CO01"), Item("CO02", critical="fail_section"), Item("ID01", critical="fail")))
    known = {"GR01": "clear", "ID01": "clear"}
    assert scored(of, **known, CO01="unknown", CO02="clear").passed is True
    assert scored(of, **known, CO01="clear", CO02="unknown").passed is True
    assert scored(of, **known, CO01="clear", CO02="clear").passed is True


def test_a_section_without_weight_is_shown_and_costs_nothing():
    of = card(section("HR01"), section("SA01", name="Shown", weight=0))
    result = scored(of, HR01="clear", SA01="hit")
    assert (result.score, sections(result)) == (100, {"All": (100, 1), "Shown": (0, 1)})
    assert scored(of, HR01="clear", SA01="unknown").coverage == 1


def test_a_card_is_for_the_calls_that_it_says():
    of = card(section("HR01"), applies_to="queue in ['claims']")
    assert scored(of, metadata={"queue": "claims"}, HR01="clear").score == 100
    assert scored(of, metadata={"queue": "sales"}, HR01="clear") is None
    result = scored(of, HR01="clear")
    assert (result.score, result.passed, result.coverage, result.sections) == (None, None, 0, ())
    assert "queue" in result.reason


RESULTS = st.sampled_from(["hit", "clear", "unknown", "crash", "n/a"])
RULES = ("AA01", "AA02", "AA03", "AA04", "AA05")


@st.composite
def cards(draw):
    items = [
        Item(
            rule,
            points=draw(st.integers(1, 5)),
            critical=draw(st.sampled_from(["", "", "", "fail", "fail_section"])),
            unknown=draw(st.sampled_from(["exclude", "fail", "pass"])),
        )
        for rule in RULES
    ]
    parts = [section(*items[:2], name="One", weight=draw(st.integers(1, 9))), section(*items[2:], name="Two", weight=2)]
    return card(*parts, pass_mark=draw(st.integers(0, 100)))


@given(cards(), st.fixed_dictionaries(dict.fromkeys(RULES, RESULTS)))
def test_scores_lie_between_none_and_all_and_every_rule_is_accounted_for(of: Scorecard, results):
    result = scored(of, **results)
    assert 0 <= result.coverage <= 1
    for score in (result.score, *(one.score for one in result.sections)):
        assert score is None or 0 <= score <= 100
    told = (*result.rules_passed, *result.rules_failed, *result.rules_unknown, *result.rules_not_applicable)
    assert sorted(told) == sorted(RULES)
    assert (result.score is None) == (result.reason is not None)
    assert (result.score is None) <= (result.passed is None)


@given(cards(), st.fixed_dictionaries(dict.fromkeys(RULES, RESULTS)), st.sampled_from(RULES))
def test_passing_one_more_item_never_lowers_a_score(of: Scorecard, results, rule):
    worse = scored(of, **{**results, rule: "hit"})
    better = scored(of, **{**results, rule: "clear"})
    assert better.score >= worse.score
    assert better.coverage == worse.coverage


@given(cards(), st.fixed_dictionaries(dict.fromkeys(RULES, RESULTS)))
def test_a_rule_that_does_not_apply_scores_as_if_it_were_not_on_the_card(of: Scorecard, results):
    known = [Outcome(rule, 1, result) for rule, result in results.items() if result != "n/a"]
    assert score_call(of, outcomes(**results), call()) == score_call(of, known, call())
