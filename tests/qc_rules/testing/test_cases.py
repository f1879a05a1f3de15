"""A case fails where the rule answers anything but what it says, and says what was said and answered."""

from dataclasses import dataclass

import pytest

from qc_rules import Call, Rule, Unknown
from qc_rules.testing import CaseError, parse_cases


@dataclass(frozen=True)
class Farewell(Rule):
    """The agent ends the call without saying goodbye."""

    id = "AC01"
    phrases: tuple[str, ...] = ("再见",)

    def check(self, call: Call):
        if call.metadata.get("broken"):
            raise KeyError("lost")
        last = call.turns_of("agent")[-1:]
        if not last:
            raise Unknown("the agent says nothing")
        if not any(phrase in turn.text for turn in last for phrase in self.phrases):
            yield self.hit(call, turns=last, message="no farewell", condition="last turn")


def problem(text):
    [case] = parse_cases(f"AC01:\n{text}", "cases.yaml")
    return case.problem(Farewell)


@pytest.mark.parametrize(
    "text",
    [
        "  - hit: no goodbye\n    call: ['agent: 您好', 'customer: 再见']",
        "  - hit: no goodbye\n    call: ['agent: 您好']\n    evidence: [0]\n    message: farewell",
        "  - clear: goodbye\n    call: ['agent: 再见']",
        "  - pass: goodbye\n    call: ['agent: 再见']",
        "  - unknown: who speaks is not known\n    call: ['unknown: 再见']\n    reason: roles of the speakers",
        "  - unknown: the agent is silent\n    duration: 5",
        "  - clear: another goodbye\n    call: ['agent: 拜拜']\n    options: {phrases: [拜拜]}",
    ],
)
def test_a_case_that_comes_out_as_it_says_has_no_problem(text):
    assert problem(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  - clear: x\n    call: ['agent: 您好']", "expected clear, came out hit"),
        ("  - hit: x\n    call: ['agent: 再见']", "expected hit, came out clear"),
        ("  - hit: x\n    call: ['unknown: 再见']", "expected hit, came out unknown"),
        ("  - clear: x\n    call: ['unknown: 再见']", "expected clear, came out unknown"),
        ("  - not_applicable: x\n    call: ['agent: 再见']", "expected not_applicable, came out clear"),
        ("  - hit: x\n    call: ['agent: 您好']\n    metadata: {broken: true}", "came out crash"),
        ("  - hit: x\n    call: ['agent: 您好']\n    evidence: [1]", "expected turns [1] as evidence, came out [0]"),
        ("  - hit: x\n    call: ['agent: 您好']\n    evidence: []", "expected turns [] as evidence, came out [0]"),
        (
            "  - hit: x\n    call: ['agent: 您好']\n    message: rude",
            "expected a message with 'rude', came out 'no farewell'",
        ),
        ("  - unknown: x\n    call: ['unknown: 您好']\n    reason: emotion", "expected a reason with 'emotion'"),
    ],
)
def test_a_case_that_comes_out_otherwise_says_how(text, said):
    assert said in problem(text)


def test_a_problem_prints_the_call_the_outcome_and_the_evidence():
    text = problem(
        "  - clear: x\n    call: ['customer angry: 快点', 'agent@5-9 happy: 您好']\n    events: [bgm@1-2]\n    metadata: {queue: vip}"
    )
    assert text.splitlines() == [
        "cases.yaml:2: AC01 clear: x",
        "expected clear, came out hit",
        "  said, in 9 s:",
        "    0: customer@0-2 angry: 快点",
        "    1: agent@5-9 happy: 您好",
        "  heard: bgm@1-2",
        "  known: queue = 'vip'",
        "  outcome: hit: no farewell",
        "    turn 1, 5-9 s: '您好' (last turn)",
    ]


def test_a_crash_prints_its_error():
    assert "outcome: crash: KeyError: 'lost'" in problem("  - hit: x\n    call: []\n    metadata: {broken: true}")


def test_an_option_that_the_rule_does_not_have_is_an_error_of_the_case():
    with pytest.raises(CaseError, match=r"cases.yaml:2: AC01: unknown option phrase; did you mean phrases\?"):
        problem("  - hit: x\n    call: []\n    options: {phrase: [a]}")


def test_a_case_knows_its_line():
    first, second = parse_cases(
        "AC01:\n  - hit: one\n    call: ['agent: 您好']\n\n  - hit: two\n    call: []\n", "cases.yaml"
    )
    assert (first.origin, second.origin) == ("cases.yaml:2", "cases.yaml:5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cases.yaml: it has no cases"),
        ("{}", "cases.yaml: it has no cases"),
        ("- hit: x", "the cases stand under no rule"),
        ("AC01: []", "AC01: no list of cases below it"),
        ("AC01:\n  hit: x", "AC01: no list of cases below it"),
        ("AC01:\n  - x", "cases.yaml:2: AC01: 'x' is no case"),
        ("AC01:\n  - call: []", "cases.yaml:2: AC01: the case expects nothing, not one outcome"),
        ("AC01:\n  - {hit: x, clear: z, call: []}", "the case expects hit and clear, not one outcome"),
        ("AC01:\n  - {hit: , call: []}", "does not say what happens"),
        ("AC01:\n  - {hit: 1, call: []}", "hit = 1 is not text"),
        ("AC01:\n  - {hit: x}", "the case has no call"),
        ("AC01:\n  - {hit: x, call: {turns: []}}", "`call` is a list of turns"),
        ("AC01:\n  - {hits: x, call: []}", "unknown key 'hits'; did you mean hit?"),
        ("AC01:\n  - {hit: x, call: ['agnet: a']}", "cases.yaml:2: turn 0: nobody is called 'agnet'"),
        ("AC01:\n  - {hit: x, call: [], options: [a]}", "options = ['a'] is not a mapping"),
        ("AC01:\n  - {hit: x, call: [], evidence: 1}", "evidence = 1 is not a list of turn numbers"),
        ("AC01:\n  - {hit: x, call: [], evidence: [a]}", "is not a list of turn numbers"),
        ("AC01:\n  - {hit: x, call: [], reason: 3}", "reason = 3 is not text"),
        ("AC01:\n  - {hit: x, hit: y, call: []}", "cases.yaml:2: the key hit is there twice"),
        ("AC01:\n  - {hit: x\n", "no YAML"),
    ],
)
def test_what_is_no_case_is_refused_with_its_line(text, said):
    with pytest.raises(CaseError) as raised:
        parse_cases(text, "cases.yaml")
    assert said in raised.value.message
    assert raised.value.remedy
