"""Many rules made ready together answer as each would alone, on the calls that they are for."""

import dataclasses
import pickle
import random
from typing import ClassVar

import pytest
from benchmarks import rules_speed

from qc_rules import Call, Evidence, RuleSet, Turn, judge
from qc_rules.conditions import yes_or_no
from qc_rules.language import parse_rules
from qc_rules.lexicons import Lexicon
from qc_rules.matching import Words
from qc_rules.operators import Operator
from qc_rules.operators.catalog import BUILT_IN
from tests.qc_rules.test_engine import CALL, rule

OPERATORS = {operator.name: operator for operator in BUILT_IN}


def rules(text):
    return [kind() for kind in parse_rules(text, "rules.yaml", OPERATORS, {})]


def said(*texts, **metadata):
    turns = [
        Turn(turn=number, start=3.0 * number, end=3.0 * number + 2, text=text, role=role)
        for number, (role, _, text) in enumerate(text.partition(" ") for text in texts)
    ]
    return Call(call_id="c", duration=3.0 * len(turns), turns=turns, metadata=metadata)


def alone(one, call):
    [outcome] = RuleSet([one]).judge(call)
    return outcome


def unhelped(one, call):
    """How a rule answers of which nothing is known beforehand: nobody looks for its words, or leaves it out."""
    outcome = alone(rule(lambda self, call: list(one.check(call))), call)
    return outcome.result, outcome.message, outcome.evidence, outcome.reason


def blurred(rng, call):
    """The same call with some roles, emotions and confidences that nobody knows."""
    turns = [
        dataclasses.replace(
            turn,
            role=turn.role if rng.random() < 0.8 else "unknown",
            confidence=rng.choice((0.2, 0.9)),
        )
        for turn in call.turns
    ]
    return dataclasses.replace(call, turns=tuple(turns))


def test_together_rules_answer_as_each_alone_does():
    rng = random.Random(7)
    keywords = rules_speed.keywords_of(rng, 300)
    ready = rules_speed.rules_of(rng, 60, keywords)
    together = RuleSet(ready)
    results = set()
    for call in rules_speed.calls_of(rng, 25, 20, keywords, 0.6):
        one = blurred(rng, call) if rng.random() < 0.5 else call
        outcomes = together.judge(one)
        found = [(outcome.result, outcome.message, outcome.evidence, outcome.reason) for outcome in outcomes]
        assert found == [unhelped(each, one) for each in ready]
        results |= {outcome.result for outcome in outcomes}
    assert results == {"hit", "clear", "unknown"}


def test_a_condition_that_rules_share_is_named_by_each_as_it_calls_it():
    shared = rules(
        "rules:\n"
        "- {id: AA01, conditions: {upset: {keyword: [投诉]}}, when: upset}\n"
        "- {id: AA02, conditions: {grumbles: {keyword: [投诉]}}, when: grumbles}\n"
    )
    first, second = RuleSet(shared).judge(said("customer 我要投诉"))
    assert first.evidence == (Evidence(0, 0.0, 2.0, "投诉", "upset"),)
    assert second.evidence == (Evidence(0, 0.0, 2.0, "投诉", "grumbles"),)


def test_equal_words_of_different_severities_are_not_the_same_question():
    grades = {"soft": {"滚": "minor", "闭嘴": "critical"}, "hard": {"滚": "critical", "闭嘴": "critical"}}
    lexicons = {name: Lexicon(name, ("滚", "闭嘴"), severities) for name, severities in grades.items()}
    text = "rules:\n" + "".join(
        f"- {{id: {rule_id}, conditions: {{a: {{sensitive_words: {{list: ${name}, min_severity: major}}}}}}, when: a}}\n"
        for rule_id, name in (("AA01", "soft"), ("AA02", "hard"))
    )
    ready = [kind() for kind in parse_rules(text, "rules.yaml", OPERATORS, lexicons)]
    for order in (ready, ready[::-1]):
        results = {outcome.rule: outcome.result for outcome in RuleSet(order).judge(said("agent 滚"))}
        assert results == {"AA01": "clear", "AA02": "hit"}


def test_what_is_found_in_one_call_is_not_found_in_the_next():
    ready = RuleSet(rules("{id: AA01, conditions: {a: {role: customer, keyword: [投诉]}}, when: a}"))
    calls = [said("customer 我要投诉"), said("customer 谢谢"), said("agent 我要投诉"), said("customer 我要投诉")]
    assert [ready.judge(call)[0].result for call in calls] == ["hit", "clear", "clear", "hit"]


def test_a_rule_whose_words_nobody_says_is_clear_though_other_things_are_unknown():
    text = "{id: AA01, conditions: {a: {keyword: [投诉]}, b: {emotion: {any: [angry]}}}, when: a && b}"
    [one] = rules(text)
    assert alone(one, said("unknown 谢谢")).result == "clear"
    assert alone(one, said("unknown 投诉")).result == "unknown"


@pytest.mark.parametrize("condition", ["{min_confidence: 0.5, keyword: [投诉]}", "{keyword: {none: [谢谢]}}"])
def test_a_rule_that_may_hold_without_its_words_is_always_asked(condition):
    [one] = rules(f"{{id: AA01, conditions: {{a: {condition}}}, when: a}}")
    call = said("customer 您好")
    quiet = dataclasses.replace(call, turns=(dataclasses.replace(call.turns[0], confidence=0.1),))
    assert alone(one, quiet).result in ("unknown", "hit")


def test_classes_and_files_judge_together_in_the_order_given():
    ready = [
        rule(lambda self, call: [self.hit(call)], "TS01"),
        *rules("{id: AA01, conditions: {a: {keyword: [投诉]}}, when: a}"),
        rule(lambda self, call: [], "TS00"),
    ]
    outcomes = RuleSet(ready).judge(said("customer 投诉"))
    assert [(one.rule, one.result) for one in outcomes] == [("TS01", "hit"), ("AA01", "hit"), ("TS00", "clear")]
    assert judge(said("customer 投诉"), ready) == outcomes


@dataclasses.dataclass(frozen=True)
class Odd(Operator):
    """Holds where a word is said that it needs but forgets to ask for."""

    name: ClassVar[str] = "odd"
    broken: bool = False

    def look(self, view):
        return yes_or_no(any(view.said(seen, Words(("投诉",))) for seen in view.seen))

    def words(self):
        return 1 / 0 if self.broken else ()

    def needs(self):
        return (Words(("投诉",)),)


@pytest.mark.parametrize(("text", "result"), [("customer 投诉", "hit"), ("customer 谢谢", "clear")])
def test_words_that_an_operator_needs_are_looked_for_though_it_does_not_ask(text, result):
    [kind] = parse_rules("{id: AA01, conditions: {a: {odd: {}}}, when: a}", "rules.yaml", {"odd": Odd}, {})
    assert alone(kind(), said(text)).result == result


def test_an_operator_that_cannot_tell_its_words_is_its_rules_crash_only():
    text = "{id: AA01, conditions: {a: {odd: {broken: true}}}, when: a}"
    [kind] = parse_rules(text, "rules.yaml", {"odd": Odd}, {})
    crashed, other = RuleSet([kind(), rule(hits, "TS02")]).judge(CALL)
    assert (crashed.result, other.result) == ("crash", "hit")
    assert crashed.reason.startswith("ZeroDivisionError")


def filtered(check, applies_to):
    made = rule(check)
    type(made).applies_to = applies_to
    return made


def hits(self, call):
    return [self.hit(call)]


def is_clear(self, call):
    return []


def cannot_tell(self, call):
    return call.turns_of("agent")


def breaks(self, call):
    raise KeyError("x")


@pytest.mark.parametrize(
    ("check", "applies_to", "result", "applies"),
    [
        (hits, "queue == 'claims'", "hit", True),
        (is_clear, "queue == 'claims'", "clear", True),
        (cannot_tell, "queue == 'claims'", "unknown", True),
        (breaks, "queue == 'claims'", "crash", True),
        (hits, "queue == 'sales'", "clear", False),
        (is_clear, "queue == 'sales'", "clear", False),
        (cannot_tell, "queue == 'sales'", "clear", False),
        (breaks, "queue == 'sales'", "clear", False),
        (hits, "team == 'a'", "unknown", True),
        (is_clear, "team == 'a'", "clear", True),
        (cannot_tell, "team == 'a'", "unknown", True),
        (breaks, "team == 'a'", "crash", True),
    ],
)
def test_whom_a_rule_is_for_and_what_it_finds_are_joined_by_three_valued_logic(check, applies_to, result, applies):
    outcome = alone(filtered(check, applies_to), CALL)
    assert (outcome.result, outcome.applies) == (result, applies)


def test_a_hit_on_a_call_that_it_may_not_be_for_says_what_is_not_known():
    assert alone(filtered(hits, "team == 'a'"), CALL).reason == "this call's metadata have no team; known: queue"


def test_a_rule_that_is_not_for_a_call_is_not_even_asked():
    asked = []
    alone(filtered(lambda self, call: asked.append(call) or [], "queue == 'sales'"), CALL)
    assert asked == []


def test_rules_of_files_that_are_for_other_calls_do_not_apply_whatever_is_said():
    text = "{id: AA01, applies_to: \"queue in ['claims']\", conditions: {a: {keyword: [投诉]}}, when: a}"
    ready = RuleSet(rules(text))
    outcomes = [
        ready.judge(said("customer 投诉", queue="claims"))[0],
        ready.judge(said("customer 投诉", queue="sales"))[0],
        ready.judge(said("customer 谢谢", queue="sales"))[0],
        ready.judge(said("customer 谢谢", queue="claims"))[0],
        ready.judge(said("customer 谢谢"))[0],
        ready.judge(said("customer 投诉"))[0],
    ]
    assert [(one.result, one.applies) for one in outcomes] == [
        ("hit", True), ("clear", False), ("clear", False), ("clear", True), ("clear", True), ("unknown", True),
    ]  # fmt: skip


def test_a_filter_that_cannot_be_read_is_refused_when_rules_are_made_ready():
    with pytest.raises(ValueError, match="queue"):
        RuleSet([filtered(hits, "queue = 'sales'")])


def test_rules_made_ready_go_to_another_process():
    ready = RuleSet(rules("{id: AA01, conditions: {a: {role: customer, keyword: [投诉]}}, when: a}"))
    call = said("customer 我要投诉")
    assert pickle.loads(pickle.dumps(ready)).judge(call) == ready.judge(call)
