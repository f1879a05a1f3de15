"""Rules back to YAML: what was read is what is printed, and what is printed is what was read."""

from __future__ import annotations

import textwrap

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qc_rules.language import parse_documents, parse_rules, print_rule, print_rules
from qc_rules.language.document import document_of
from qc_rules.language.printing import on_one_line
from tests.qc_rules.language.kit import LEXICONS, OPERATORS
from tests.qc_rules.language.test_expression import EXPRESSIONS
from tests.qc_rules.language.test_metadata_filter import FILTERS

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        ["no", "12378", "0.5", "true", "null", "", "~", "$x", "a: b", "# a", "- a", "0x1f", "1e3", "'", "{a}"]
    ),
)
WORDS = TEXTS.filter(bool)
NAMES = st.sampled_from(["a", "b", "c", "投诉", "is_upset"])
NUMBERS = st.one_of(st.integers(-(10**6), 10**6), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(TEXTS, st.booleans(), st.none(), NUMBERS)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["agent", "customer", "${who}"]),
        "first": st.fixed_dictionaries({"turns": st.integers(1, 9)}),
        "span": st.fixed_dictionaries({"from": st.sampled_from(["0%", 3, 1.5]), "to": st.just("50%")}),
        "after": st.fixed_dictionaries({"condition": NAMES}, optional={"which": st.sampled_from(["each", 2])}),
        "min_confidence": st.floats(0, 1),
        "exclude_announcements": st.booleans(),
        "when_missing": st.sampled_from(["pass", "fail"]),
    },
)
GIVEN = st.one_of(
    st.fixed_dictionaries({"keyword": st.one_of(PLAIN, st.fixed_dictionaries({"any": PLAIN}))}),
    st.fixed_dictionaries({"longer": st.one_of(st.none(), st.fixed_dictionaries({"than": PLAIN}))}),
    st.fixed_dictionaries({"nowhere": st.fixed_dictionaries({"what": st.fixed_dictionaries({"keyword": PLAIN})})}),
)
CONDITIONS = st.tuples(SCOPES, GIVEN).map(lambda parts: parts[0] | parts[1])
SLOWLY = [HealthCheck.too_slow, HealthCheck.data_too_large]
FEW = settings(max_examples=30, suppress_health_check=SLOWLY)
"""A rule is a large thing to make up, and to shrink."""
RULES = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[A-Z]{2}[0-9]{2}", fullmatch=True),
        "conditions": st.fixed_dictionaries(dict.fromkeys(["a", "b", "c", "投诉", "is_upset"], CONDITIONS)),
        "when": EXPRESSIONS.map(str),
    },
    optional={
        "version": st.integers(1, 99),
        "name": st.dictionaries(WORDS, WORDS, max_size=2),
        "description": TEXTS,
        "severity": st.sampled_from(["info", "critical"]),
        "score": NUMBERS.map(lambda number: -abs(number)),
        "category": TEXTS,
        "applies_to": FILTERS.map(str),
        "options": st.dictionaries(NAMES, st.one_of(TEXTS, NUMBERS, st.booleans(), st.lists(TEXTS, max_size=2))),
        "message": st.one_of(
            st.sampled_from(["", "says {a} {b.count}", "{{no}}"]),
            st.dictionaries(WORDS, st.just("says {投诉}"), min_size=1, max_size=2),
        ),
        "flags": st.one_of(WORDS, st.lists(WORDS, max_size=2)),
        "actions": st.lists(WORDS, max_size=2),
    },
)


@FEW
@example({"id": "AA00", "conditions": {"a": {"keyword": "b"}}, "when": "a", "name": {"<<": "merged"}})
@given(RULES)
def test_reading_what_is_printed_gives_the_same_document(plain):
    document = document_of(plain, OPERATORS)
    assert parse_documents(print_rule(document), "x", OPERATORS) == [document]


@FEW
@given(RULES)
def test_printing_what_is_read_gives_the_same_text(plain):
    text = print_rule(document_of(plain, OPERATORS))
    [document] = parse_documents(text, "x", OPERATORS)
    assert print_rule(document) == text


@settings(FEW, max_examples=10)
@given(st.lists(RULES, min_size=1, max_size=3, unique_by=lambda plain: plain["id"]))
def test_a_file_of_several(plain):
    documents = [document_of(one, OPERATORS) for one in plain]
    assert parse_documents(print_rules(documents), "x", OPERATORS) == documents


@FEW
@given(RULES)
def test_other_readers_of_yaml_take_all_text_for_text(plain):
    document = document_of(plain, OPERATORS)
    theirs = yaml.safe_load(print_rule(document))
    assert theirs["conditions"] == {name: dict(keys) for name, keys in document.conditions.items()}
    assert theirs.get("description", "") == document.description
    assert theirs["score"] == document.score


CANONICAL = """\
id: AC01
version: 1
name: {zh: 投诉, en: Complaint}
description: |-
  What it catches.

  Why it matters.
severity: minor
score: -2.5
applies_to: queue in ['claims'] && !(vip == true)
options: {words: [退款, 12315]}
conditions:
  greets: {role: agent, first: {turns: 3}, keyword: [您好, 'no', '12378', 12378]}
  complains: {role: customer, after: greets, keyword: {any: $complaints, fuzzy: pinyin}, when_missing: fail}
  quiet: {nowhere: {longer: 3}}
when: complains && !(greets || quiet)
message: {en: 'says {complains}'}
flags: [risk, 'yes']
"""


def test_a_rule_in_canonical_form_is_printed_as_it_stands():
    [document] = parse_documents(CANONICAL, "x", OPERATORS)
    assert print_rule(document) == CANONICAL


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("{keyword: {any: [x]}, role: agent}", "{role: agent, keyword: [x]}"),
        ("{when_missing: pass, keyword: [x]}", "{keyword: [x], when_missing: pass}"),
        ("{longer: {than: 3}}", "{longer: 3}"),
        ("{longer: {than: {above: 3}}}", "{longer: {above: 3}}"),
        ("{longer: }", "{longer: {}}"),
        ("{longer: {than: }}", "{longer: {than: null}}"),
        ("{longer: {than: {loud: true}}}", "{longer: {than: {loud: true}}}"),
        ("{longer: {than: 3, loud: true}}", "{longer: {than: 3, loud: true}}"),
        ("{nowhere: {what: {longer: 3}}}", "{nowhere: {longer: 3}}"),
        ("{before: b, after: {condition: c}, longer: 3}", "{after: c, before: b, longer: 3}"),
        ("{after: {which: last, condition: b}, longer: 3}", "{after: {which: last, condition: b}, longer: 3}"),
    ],
)
def test_the_short_form_and_the_canonical_order(written, printed):
    [document] = parse_documents(f"id: AC01\nconditions: {{a: {written}}}\nwhen: a", "x", OPERATORS)
    assert f"  a: {printed}\n" in print_rule(document)


def test_short_forms_mean_what_long_ones_mean():
    text = "id: AC01\nconditions: {{a: {{longer: {}}}}}\nwhen: a"
    [short], [long] = (parse_rules(text.format(form), "x", OPERATORS, LEXICONS) for form in ("3", "{than: {above: 3}}"))
    assert short().plan.conditions == long().plan.conditions


def test_several_rules_are_printed_under_rules():
    documents = parse_documents(CANONICAL, "x", OPERATORS)
    assert print_rules(documents) == "rules:\n" + textwrap.indent(CANONICAL, "  ").replace("  id", "- id", 1).replace(
        "  \n", "\n"
    )


def test_a_value_on_one_line_however_long():
    assert on_one_line({"a": ["x" * 80, "y" * 80]}) == "{a: [" + "x" * 80 + ", " + "y" * 80 + "]}"
    assert on_one_line("投诉") == "投诉"
    assert on_one_line("no") == "'no'"
