"""Files of rules: everything that is refused, with the file, the line, the rule, the place and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qc_rules import PackError
from qc_rules.declaration import check_declaration
from qc_rules.language import parse_documents, parse_rules
from tests.qc_rules.language.kit import LEXICONS, OPERATORS, rules

RULE = """\
id: AC01
version: 2
name: {en: Complaint}
severity: major
score: -5
applies_to: queue == 'claims'
options:
  share: 0.5
conditions:
  upset:
    role: customer
    emotion:
      any: [angry]
      share: {at_least: "${share}"}
  complains:
    role: customer
    after: {condition: upset, within: {turns: 4}}
    keyword:
      any: [投诉, 12378]
      fuzzy: pinyin
  loud: {longer: 3}
when: upset && complains || loud
message: says {complains}
flags: [risk]
actions: [supervisor]
"""


def test_the_whole_of_it_is_read():
    [rule] = parse_rules(RULE, "rules.yaml", OPERATORS, LEXICONS)
    check_declaration(rule)
    assert (rule.id, rule.version, rule.severity, rule.score) == ("AC01", 2, "major", -5)
    assert rule.title() == "Complaint"
    assert (rule.flags, rule.actions) == (("risk",), ("supervisor",))
    assert rule.applies_to == "queue == 'claims'"
    assert rule.origin == "rules.yaml"
    assert rule.origin_line == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "what"),
    [
        ("id: AC01", "id: AC1", 1, "rule AC1: id: ", "'AC1' is no id"),
        ("id: AC01", "id: ac01", 1, "rule ac01: id: ", "'ac01' is no id"),
        ("id: AC01", "id: 12", 1, "a rule without id: id: ", "12 is no id"),
        ("id: AC01\n", "", 1, "a rule without id: ", "id is missing"),
        ("version: 2", "version: 0", 2, "version: ", "0 is no version: a whole number from 1"),
        ("version: 2", "version: 1.5", 2, "version: ", "1.5 is no version"),
        ("version: 2", "version: true", 2, "version: ", "true is no version"),
        ("version: 2", "vesion: 2", 2, "vesion: ", "unknown key vesion; did you mean version?"),
        ("version: 2", "version: 2\nversion: 3", 3, "", "the key version is there twice, first on line 2"),
        ("{en: Complaint}", "Complaint", 3, "name: ", "'Complaint' is not names by language"),
        ("{en: Complaint}", "{en: 3}", 3, "name.en: ", "3 is not text"),
        ("{en: Complaint}", "{en: ''}", 3, "name.en: ", "'' is not text"),
        ("severity: major", "severity: mayor", 4, "severity: ", "'mayor' is no severity; did you mean major?"),
        ("severity: major", "severity: 3", 4, "severity: ", "3 is no severity"),
        ("score: -5", "score: '-5'", 5, "score: ", "'-5' is not a number of points"),
        ("score: -5", "score: true", 5, "score: ", "true is not a number of points"),
        ("score: -5", "score: 5", 5, "score: ", "5 is above 0: a hit takes points off"),
        ("score: -5", "category: [a]", 5, "category: ", "['a'] is not text"),
        ("score: -5", "description: 3", 5, "description: ", "3 is not text"),
        ("queue == 'claims'", "queue == claims", 6, "applies_to: ", "text needs quotes: 'claims'"),
        ("queue == 'claims'", "[claims]", 6, "applies_to: ", "['claims'] is not text"),
        ("share: 0.5", "share: null", 8, "options.share: ", "nothing is no default of an option"),
        ("share: 0.5", "share: {a: 1}", 8, "options.share: ", "is no default of an option"),
        ("share: 0.5", "share: 0.5\n  more: 1", 9, "options.more: ", "the option is never used"),
        ("share: 0.5", "shar: 0.5", 14, "share.at_least: ", "there is no option share; did you mean shar?"),
        ("share: 0.5", "share: high", 14, "share.at_least: ", "'high' is not a number"),
        ("share: 0.5", "version: 0.5", 8, "options.version: ", "an option cannot be called version"),
        ("share: 0.5", "needs: 0.5", 8, "options.needs: ", "an option cannot be called needs"),
        ("share: 0.5", "class: 0.5", 8, "options.class: ", "an option cannot be called class"),
        ("share: 0.5", "_x: 0.5", 8, "options._x: ", "an option cannot be called _x"),
        ("share: 0.5", "a-b: 0.5", 8, "options.a-b: ", "'a-b' is no name of an option"),
        ("  upset:\n", "  and:\n", 10, "condition and: ", "'and' is no name of a condition"),
        ("  upset:\n", "  a-b:\n", 10, "condition a-b: ", "'a-b' is no name of a condition"),
        (
            "role: customer\n    emotion",
            "role: client\n    emotion",
            11,
            "condition upset: role: ",
            "'client' is no role",
        ),
        ("    emotion:", "    emotoin:", 12, "condition upset: emotoin: ", "unknown operator or key emotoin; did you"),
        ("any: [angry]", "any: [angery]", 12, "condition upset: emotion: ", "did you mean angry?"),
        ("any: [angry]", "any: [no]", 13, "", "no, unquoted, is a word to one reader of YAML"),
        ("any: [angry]", "any: [true]", 13, "condition upset: emotion.any[0]: ", "true is not text"),
        ("any: [angry]", "anny: [angry]", 13, "emotion.anny: ", "unknown parameter anny; did you mean any?"),
        ("      any: [angry]\n", "", 12, "condition upset: emotion: ", "emotion needs any"),
        (
            "condition: upset,",
            "condition: upsett,",
            17,
            "complains: after: ",
            "there is no condition upsett; did you mean",
        ),
        ("condition: upset,", "condition: complains,", 15, "condition complains: ", "complains → complains"),
        ("{turns: 4}", "{turn: 4}", 17, "condition complains: after.within.turn: ", "unknown key turn"),
        ("any: [投诉, 12378]", "any: []", 18, "condition complains: keyword: ", "no words"),
        ("any: [投诉, 12378]", "any: $complaint", 19, "keyword.any: ", "no lexicon is called $complaint; did you mean"),
        ("any: [投诉, 12378]", "any: {投诉: 1}", 19, "keyword.any: ", "is not a list, each text"),
        (
            "  loud: {longer: 3}",
            "  loud: {longer: 3, regex: x}",
            21,
            "condition loud: ",
            "several operators: longer and",
        ),
        ("  loud: {longer: 3}", "  loud: {role: agent}", 21, "condition loud: ", "it has no operator; known: broken,"),
        ("  loud: {longer: 3}", "  loud: longer", 21, "condition loud: ", "'longer' is no condition"),
        ("  loud: {longer: 3}", "  loud: {regex: '(a'}", 21, "condition loud: regex: ", ""),
        (
            "  loud: {longer: 3}",
            "  loud: {longer: 3, when_missing: hit}",
            21,
            "loud: when_missing: ",
            "'hit' is no answer",
        ),
        ("when: upset && complains || loud", "when: upset && complain", 22, "when: ", "did you mean complains?"),
        ("when: upset && complains || loud", "when: upset && complains", 21, "condition loud: ", "is never used"),
        ("when: upset && complains || loud", "when: upset and complains", 22, "when: ", "write && instead"),
        ("when: upset && complains || loud", "when: true", 22, "when: ", "true is not text"),
        ("when: upset && complains || loud\n", "", 1, "rule AC01: ", "when is missing"),
        ("when: upset && complains || loud", "when:", 22, "when: ", "when is missing"),
        ("{complains}", "{complain}", 23, "message: ", "{complain} names no condition; did you mean complains?"),
        ("says {complains}", "{en: 'says {x}'}", 23, "message.en: ", "{x} names no condition"),
        ("says {complains}", "{}", 23, "message: ", "it has no text"),
        ("says {complains}", "[a]", 23, "message: ", "['a'] is not names by language"),
        ("[risk]", "[3]", 24, "flags: ", "[3] is not a list of words"),
        ("[supervisor]", "{a: 1}", 25, "actions: ", "is not a list of words"),
        ("when: upset", "whem: upset", 22, "whem: ", "unknown key whem; did you mean when?"),
        ("when: upset", "  when: upset", 22, "", ""),
    ],
)
def test_what_is_refused(old, new, line, place, what):
    text = RULE.replace(old, new, 1)
    assert text != RULE
    with pytest.raises(PackError) as raised:
        parse_rules(text, "rules.yaml", OPERATORS, LEXICONS)
    assert raised.value.message.startswith(f"rules.yaml, line {line}: ")
    assert place in raised.value.message
    assert what in raised.value.message
    assert raised.value.remedy


def test_an_error_in_an_expression_shows_it_with_a_caret():
    with pytest.raises(PackError) as raised:
        rules("id: AC01\nconditions:\n  upset: {longer: 3}\nwhen: upset && complains")
    assert raised.value.message == (
        "rules.yaml, line 4: rule AC01: when: there is no condition complains; known: upset (column 10)\n"
        "    upset && complains\n"
        "             ^"
    )


@pytest.mark.parametrize(
    ("conditions", "circle"),
    [
        ("a: {longer: 1, after: b}\n  b: {longer: 1, before: a}", "a → b → a"),
        ("a: {longer: 1, around: a}", "a → a"),
        ("c: {longer: 1, after: a}\n  a: {longer: 1, after: b}\n  b: {longer: 1, after: a}", "a → b → a"),
    ],
)
def test_anchors_that_go_round_in_a_circle_are_refused(conditions, circle):
    with pytest.raises(PackError, match=circle):
        rules(f"id: AC01\nconditions:\n  {conditions}\nwhen: a")


def test_two_anchors_to_one_condition_are_no_circle():
    [rule] = rules(
        "id: AC01\nconditions:\n  a: {longer: 1, after: b, before: c}\n  b: {longer: 1, after: d}\n"
        "  c: {longer: 1, after: d}\n  d: {longer: 1}\nwhen: a"
    )
    assert rule.id == "AC01"


def test_a_condition_without_places_is_no_anchor():
    with pytest.raises(PackError, match="quiet is a condition of nowhere, which has no places in the call"):
        rules(
            "id: AC01\nconditions:\n  a: {longer: 1, after: quiet}\n  quiet: {nowhere: {longer: 3}}\nwhen: a && quiet"
        )


def test_a_chain_of_anchors_has_an_end():
    links = "".join(f"  c{at}: {{longer: 1, after: c{at + 1}}}\n" for at in range(20))
    with pytest.raises(PackError, match="a chain of more than 20 anchors"):
        rules(f"id: AC01\nconditions:\n{links}  c20: {{longer: 1}}\nwhen: c0")
    links = "".join(f"  c{at}: {{longer: 1, after: c{at + 1}}}\n" for at in range(19))
    assert rules(f"id: AC01\nconditions:\n{links}  c19: {{longer: 1}}\nwhen: c0")


def test_a_web_of_anchors_is_checked_in_no_time():
    links = "".join(
        f"  a{at}: {{longer: 1, after: a{at + 1}, before: b{at + 1}}}\n"
        f"  b{at}: {{longer: 1, after: a{at + 1}, before: b{at + 1}}}\n"
        for at in range(18)
    )
    assert rules(f"id: AC01\nconditions:\n{links}  a18: {{longer: 1}}\n  b18: {{longer: 1}}\nwhen: a0 || b0")


def test_there_are_at_most_100_conditions():
    names = [f"c{at}" for at in range(101)]
    lines = "".join(f"  {name}: {{longer: 1}}\n" for name in names)
    with pytest.raises(PackError, match="101 conditions, more than 100"):
        rules(f"id: AC01\nconditions:\n{lines}when: {' && '.join(names)}")


def test_a_condition_that_is_only_an_anchor_is_used():
    assert rules("id: AC01\nconditions:\n  a: {longer: 1, after: b}\n  b: {longer: 1}\nwhen: a")


def test_conditions_that_only_use_one_another_are_not_used():
    with pytest.raises(PackError, match="condition b: the condition is never used"):
        rules("id: AC01\nconditions:\n  a: {longer: 1}\n  b: {longer: 1, after: c}\n  c: {longer: 1}\nwhen: a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rules.yaml, line 1: the file is empty"),
        ("- a\n- b", "rules.yaml, line 1: ['a', 'b'] is not a rule: a mapping with id, conditions and when"),
        ("rules: []", "rules.yaml, line 1: rules: [] is not a list of rules"),
        ("rules: {id: AC01}", "rules.yaml, line 1: rules: {'id': 'AC01'} is not a list of rules"),
        ("rules:\n  - 3", "rules.yaml, line 2: 3 is not a rule"),
        ("rules:\n  - id: AC01\nversion: 3", "rules.yaml, line 3: version: version stands beside rules"),
        ("id: AC01\nwhen: a", "rules.yaml, line 1: rule AC01: conditions is missing"),
        ("id: AC01\nconditions:\nwhen: a", "rules.yaml, line 2: rule AC01: conditions: conditions is missing"),
        ("id: AC01\nconditions: {}\nwhen: a", "line 2: rule AC01: conditions: there are no conditions"),
        ("id: AC01\nconditions: [a]\nwhen: a", "line 2: rule AC01: conditions: ['a'] is not conditions by name"),
        ("a: [", "it is no YAML"),
    ],
)
def test_what_is_no_file_of_rules(text, message):
    with pytest.raises(PackError) as raised:
        rules(text)
    assert message in raised.value.message
    assert raised.value.remedy


def test_an_operator_with_the_name_of_a_scope_key_is_refused():
    with pytest.raises(PackError, match="an operator is called first, as a key of every condition is"):
        rules("id: AC01\nconditions: {a: {longer: 1}}\nwhen: a", operators=OPERATORS | {"first": OPERATORS["longer"]})


def test_an_operator_whose_types_nobody_can_read_is_refused():
    @dataclass(frozen=True)
    class Odd(OPERATORS["longer"]):
        more: Missing = None  # noqa: F821 - what is tested

    with pytest.raises(PackError, match=r"operator odd .*the types of its parameters cannot be read"):
        rules("id: AC01\nconditions: {a: {longer: 1}}\nwhen: a", operators={"odd": Odd})


TWO = """
rules:
  - id: AC01
    conditions:
      a: {longer: 1}
    when: a
  - id: AC02
    conditions: {b: {longer: 1}}
    when: b
"""


def test_several_rules_stand_under_rules():
    assert [(rule.id, rule.origin_line) for rule in rules(TWO)] == [("AC01", 3), ("AC02", 7)]
    assert [document.id for document in parse_documents(TWO, "rules.yaml", OPERATORS)] == ["AC01", "AC02"]


def test_an_error_in_the_second_names_its_line_and_rule():
    with pytest.raises(PackError, match=r"^rules\.yaml, line 9: rule AC02: when: there is no condition c"):
        rules(TWO.replace("when: b", "when: c"))


def test_two_rules_of_one_id_in_a_file_are_refused():
    with pytest.raises(PackError, match="line 7: rule AC01: id: the rule of line 3 has this id too"):
        rules(TWO.replace("AC02", "AC01"))
