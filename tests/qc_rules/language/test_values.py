"""Plain values fitted to the types of operators' parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest

from qc_rules.conditions import Answer, View, yes_or_no
from qc_rules.language.faults import Fault
from qc_rules.language.values import Fitting, parameters, required, shown, spell
from qc_rules.lexicons import expand
from qc_rules.operators import Operator, TurnOperator
from qc_rules.operators.keyword import Keyword
from tests.qc_rules.language.kit import LEXICONS, OPERATORS, Broken, Longer, Nowhere, Range

FITTING = Fitting(OPERATORS, lambda words: expand(words, LEXICONS))


@dataclass(frozen=True)
class Two:
    """A parameter object without a shorthand."""

    one: int
    two: str = ""


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (str, "投诉", "投诉"),
        (str, 12378, "12378"),
        (int, 3, 3),
        (float, 3, 3.0),
        (float, 0.5, 0.5),
        (bool, True, True),
        (Any, {"a": [1]}, {"a": [1]}),
        (None, None, None),
        (dt.date, dt.date(2026, 1, 1), dt.date(2026, 1, 1)),
        (int | None, None, None),
        (int | None, 3, 3),
        (float | str, 3, 3.0),
        (str | float, 3, 3.0),
        (str | float, "3", "3"),
        (str | int, 3, 3),
        (float | int, 3, 3),
        (str | bool, True, True),
        (str | tuple[str, ...], "pinyin", "pinyin"),
        (str | tuple[str, ...], ["pinyin", "n/l"], ("pinyin", "n/l")),
        (Literal["any", 3], 3, 3),
        (tuple[str, ...], ["a", 12378], ("a", "12378")),
        (tuple[str, ...], "a", ("a",)),
        (tuple[str, ...], 12378, ("12378",)),
        (tuple[str, ...], [], ()),
        (tuple[str, ...], "$complaints", ("投诉", "举报")),
        (tuple[str, ...], ["退款", "$complaints"], ("退款", "投诉", "举报")),
        (tuple[str, ...], ["$$5"], ("$5",)),
        (tuple[float, ...], [1, 0.5], (1.0, 0.5)),
        (frozenset[str], ["a", "a"], frozenset({"a"})),
        (list[int], [1, 2], [1, 2]),
        (tuple[float, float], [1, 2], (1.0, 2.0)),
        (tuple[tuple[str, ...], ...], [["a"], "b"], (("a",), ("b",))),
        (Range, {"above": 3, "from": 2}, Range(3.0, 2)),
        (Range, 3, Range(3.0)),
        (Range, None, Range()),
        (Range, Range(5.0), Range(5.0)),
        (Range | None, {"above": 1}, Range(1.0)),
        (Two, {"one": 1, "two": 2}, Two(1, "2")),
        (Operator, {"longer": 3}, Longer(than=Range(3.0))),
        (tuple[Operator, ...], [{"longer": None}, {"longer": {"loud": True}}], (Longer(), Longer(loud=True))),
        (Operator | None, {"nowhere": {"longer": {}}}, Nowhere(Longer())),
        (TurnOperator, {"longer": 3}, Longer(than=Range(3.0))),
        (Mapping[str, int] | int, 3, 3),
    ],
)
def test_what_fits(hint, value, expected):
    found = FITTING.fit(hint, value, ())
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("hint", "value", "path", "what"),
    [
        (str, True, (), "true is not text"),
        (str, 1.5, (), "1.5 is not text"),
        (str, None, (), "nothing is not text"),
        (int, 1.5, (), "1.5 is not a whole number"),
        (int, True, (), "true is not a whole number"),
        (int, "3", (), "'3' is not a whole number"),
        (float, True, (), "true is not a number"),
        (float, "0.3", (), "'0.3' is not a number"),
        (bool, 1, (), "1 is not true or false"),
        (None, 1, (), "1 is not nothing"),
        (dt.date, "2026-01-01", (), "'2026-01-01' is not date"),
        (int | None, "x", (), "'x' is not a whole number"),
        (int | float | None, "x", (), "'x' is not a whole number or a number"),
        (Literal["turns", "seconds"], "second", (), "'second' is none of the known words; did you mean seconds?"),
        (Literal["turns", "seconds"] | None, "second", (), "did you mean seconds?"),
        (Literal["turns", 3], 4, (), "4 is none of the known words; known: turns, 3"),
        (Literal[1], True, (), "true is none of the known words"),
        (tuple[str, ...], {"a": 1}, (), "is not a list, each text"),
        (tuple[str, ...], True, (), "true is not a list, each text"),
        (tuple[str, ...], ["a", True], (1,), "true is not text"),
        (tuple[str, ...], ["a", 0.5], (1,), "0.5 is not text"),
        (tuple[str, ...], ["a", ["b"]], (1,), "['b'] is not text"),
        (tuple[str, ...], "$complaint", (), "no lexicon is called $complaint; did you mean complaints?"),
        (tuple[float, ...], 1.0, (), "1.0 is not a list, each a number"),
        (tuple[float, float], [1], (), "[1] is not a list of 2: a number, a number"),
        (tuple[float, float], [1, "x"], (1,), "'x' is not a number"),
        (Range, {"abov": 1}, ("abov",), "unknown parameter abov; did you mean above?"),
        (Range, {"from_": 1}, ("from_",), "unknown parameter from_; did you mean from?"),
        (Range, -1, (), "above = -1.0 is less than 0"),
        (Range, "x", ("above",), "'x' is not a number"),
        (Range | None, {"above": -1}, (), "above = -1.0 is less than 0"),
        (Two, 1, (), "1 is not of the form {one: …, two: …}"),
        (Two, {}, (), "it needs one"),
        (Operator, "keyword", (), "'keyword' is not an operator"),
        (Operator, {}, (), "it has no operator; known: broken, emotion, keyword"),
        (TurnOperator, {"nowhere": {"longer": 3}}, (), "nowhere cannot stand here; known: longer"),
        (Operator, {"longr": 3}, ("longr",), "unknown operator or key longr; did you mean longer?"),
        (Operator, {"longer": 3, "role": "agent"}, ("role",), "unknown operator or key role"),
        (Operator, {"longer": 3, "keyword": "x"}, (), "it has several operators: longer and keyword"),
        (Operator, {"broken": {}}, ("broken",), "broken needs needed and also"),
        (Operator, {"broken": 3}, ("broken",), "3 says not which parameter of broken it is"),
        (Operator, {"broken": {"needed": 1, "alsoo": "x"}}, ("broken", "alsoo"), "unknown parameter alsoo"),
        (Operator, {"longer": {"limits": [1]}}, ("longer", "limits"), "is not a list of 2"),
        (Operator | None, {"longer": {"limits": [1]}}, ("longer", "limits"), "is not a list of 2"),
        (Operator, {"nowhere": {"keyword": []}}, ("nowhere", "what", "keyword"), "keyword"),
        (Operator, {"keyword": {"any": ["a"], "at_least": 2}}, ("keyword",), "at_least = 2"),
        (tuple[Operator, ...], [{"longer": 3}, {"longr": 3}], (1, "longr"), "unknown operator or key longr"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(hint, value, path, what):
    with pytest.raises(Fault) as raised:
        FITTING.fit(hint, value, ("at",))
    assert what in raised.value.message
    assert raised.value.path == ("at", *path)


def test_an_operators_own_mistake_is_its_message():
    @dataclass(frozen=True)
    class Odd(Operator):
        name: ClassVar[str] = "odd"

        def __post_init__(self) -> None:
            raise LookupError

        def look(self, view: View) -> Answer:
            return yes_or_no(False)

    with pytest.raises(Fault) as raised:
        Fitting({"odd": Odd}, lambda words: words).fit(Operator, {"odd": {}}, ())
    assert raised.value.message == "LookupError"


def test_parameters_are_the_fields_without_the_underscore():
    assert parameters(Range) == {"above": float, "from": int}
    assert required(Broken) == ("needed", "also")
    assert "any" in parameters(Keyword)


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Operator, "an operator and what it is given, such as {keyword: [投诉]}"),
        (tuple, "tuple"),
        (list[Any], "a list, each Any"),
        (Range, "Range"),
        (Literal["a", "b"], "a or b"),
    ],
)
def test_types_in_words(hint, words):
    assert spell(hint) == words


def test_long_values_are_cut():
    assert shown("x" * 100) == "'" + "x" * 58 + "…"
    assert shown("x" * 58) == "'" + "x" * 58 + "'"
    assert shown(("a",)) == "['a']"


@pytest.mark.parametrize(
    ("hint", "value", "remedy"),
    [(str, True, 'put it in quotes: "…"'), (str, 0.5, 'put it in quotes: "…"'), (str, [], ""), (int, True, "")],
)
def test_what_would_be_text_in_quotes_is_to_be_quoted(hint, value, remedy):
    with pytest.raises(Fault) as raised:
        FITTING.fit(hint, value, ())
    assert raised.value.remedy == remedy
