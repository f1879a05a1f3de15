"""What holds for every operator that comes with the kit."""

import contextlib
import dataclasses
import pickle
import re
import textwrap

import pytest

from qc_rules import Unknown
from qc_rules.language import parse_rules
from qc_rules.language.values import parameters
from qc_rules.lexicons import Lexicon
from qc_rules.operators.catalog import BUILT_IN
from tests.qc_rules.operators.talk import call

NAMES = {operator.name: operator for operator in BUILT_IN}
OF_WORDS = ("keyword", "sensitive_words", "number_said", "similar", "regex", "proximity")
"""Documented, and tested, in their own way."""
DOCUMENTED = [operator for operator in BUILT_IN if operator.name not in OF_WORDS]
RULE = """
id: XX01
name: {{en: Example}}
conditions:
  hold: {{keyword: [请稍等]}}
{conditions}
when: {names}
"""


def example(operator) -> str:
    return textwrap.dedent(re.search(r"```yaml\n(.*?)```", operator.__doc__, re.DOTALL)[1]).strip()


def test_every_operator_of_the_specification_is_there():
    wanted = """keyword regex proximity similar entity number_said repeat echo absent sequence question_answer silence
    non_talk response_latency interruption speech_rate talk_ratio loudness emotion emotion_shift event tone call_state
    hold duration turn_count language hang_up metadata sensitive_words"""
    assert set(NAMES) == set(wanted.split())
    assert len(NAMES) == len(BUILT_IN)


@pytest.mark.parametrize("operator", DOCUMENTED, ids=lambda operator: operator.name)
def test_the_example_in_the_documentation_is_a_rule_that_runs(operator):
    conditions = example(operator)
    names = re.findall(r"^(\w+):", conditions, re.MULTILINE)
    text = RULE.format(conditions=textwrap.indent(conditions, "  "), names=" || ".join(["hold", *names]))
    lexicons = {name: Lexicon(name, ("请稍等",)) for name in re.findall(r"\$(\w+)", conditions)}
    (rule,) = parse_rules(text, "example.yaml", NAMES, lexicons)
    assert f"{operator.name}:" in conditions
    with contextlib.suppress(Unknown):  # of a call that has nothing, some cannot tell
        list(rule().check(call()))


@pytest.mark.parametrize("operator", DOCUMENTED, ids=lambda operator: operator.name)
def test_the_documentation_names_every_parameter_and_what_is_unknown(operator):
    missing = [name for name in parameters(operator) if f"`{name}" not in operator.__doc__]
    assert missing == []
    assert re.search(r"^ *(Never unknown|Unknown: )", operator.__doc__, re.MULTILINE)


@pytest.mark.parametrize("operator", BUILT_IN, ids=lambda operator: operator.name)
def test_operators_are_frozen_values(operator):
    assert operator.__dataclass_params__.frozen
    assert operator.shorthand in ("", *parameters(operator))


def test_operators_travel_between_processes():
    for operator in (NAMES["silence"](seconds=3, except_after=("请稍等",)), NAMES["sequence"](steps=(("a",), ("b",)))):
        again = pickle.loads(pickle.dumps(operator))
        assert (again, hash(again)) == (operator, hash(operator))
        assert dataclasses.replace(operator) == operator
