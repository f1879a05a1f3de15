"""The operators that come with the kit, as their pages write them."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

import pytest
import yaml

from qc_rules.conditions import Point
from qc_rules.language import parse_documents, parse_rules, print_rule
from qc_rules.language.document import CONDITION_KEYS
from qc_rules.language.values import parameters, takes_mapping
from qc_rules.lexicons import Lexicon
from qc_rules.operators.catalog import BUILT_IN

OPERATORS = {operator.name: operator for operator in BUILT_IN}
EXAMPLES = [
    pytest.param(operator.name, example, id=f"{operator.name}-{number}")
    for operator in BUILT_IN
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", inspect.getdoc(operator) or "", re.DOTALL))
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_the_example_on_its_page_can_be_read_and_printed(name, example):
    conditions = yaml.safe_load(example)
    lexicons = {found: Lexicon(found, ("x",)) for found in re.findall(r"\$(\w+)", example)}
    anchors = _anchors(conditions) - set(conditions)
    body = textwrap.indent(example + "".join(f"{anchor}: {{keyword: [x]}}\n" for anchor in sorted(anchors)), "  ")
    text = f"id: AC01\nconditions:\n{body}when: {' && '.join(conditions)}\n"
    [rule] = parse_rules(text, "example", OPERATORS, lexicons)
    assert name in {condition.operator.name for condition in rule().plan.conditions.values()}
    assert parse_documents(print_rule(rule.document), "printed", OPERATORS) == [rule.document]


def _anchors(conditions: dict[str, Any]) -> set[str]:
    found = [keys[side] for keys in conditions.values() for side in ("after", "before", "around") if side in keys]
    return {one["condition"] if isinstance(one, dict) else one for one in found}


@pytest.mark.parametrize("operator", BUILT_IN, ids=lambda operator: operator.name)
def test_its_parameters_can_be_told_apart(operator):
    assert operator.name not in CONDITION_KEYS
    assert all(parameter.isidentifier() or parameter.rstrip("_") for parameter in parameters(operator))
    if operator.shorthand:
        assert operator.shorthand in parameters(operator)
        if takes_mapping(operator, operator.shorthand):
            assert not set(parameters(operator)) & set(OPERATORS)


SPECIFIED = """
id: HR01
version: 3
name: {zh: 高风险预警, en: High-risk call}
severity: critical
score: -20
category: risk
applies_to: "queue in ['claims'] && direction == 'inbound'"
conditions:
  upset:     {role: customer, emotion: {any: [angry, fearful]}}
  complains: {role: customer, span: {from: 0%, to: 50%}, keyword: {any: [投诉, 举报, "12378"], fuzzy: pinyin}}
when: upset && complains
flags: [risk]
actions: [supervisor]
"""


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_the_specifications_example_can_be_read(breaks):
    [rule] = parse_rules(SPECIFIED.replace("\n", breaks), "example", OPERATORS, {})
    assert (rule.id, rule.version, rule.title("zh"), rule.score) == ("HR01", 3, "高风险预警", -20)
    assert list(rule().plan.conditions) == ["upset", "complains"]
    assert rule().plan.conditions["complains"].scope.span == (Point(0.0, share=True), Point(0.5, share=True))
