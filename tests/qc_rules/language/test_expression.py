"""`when`: precedence, printing, three-valued logic, errors that point at the character."""

from __future__ import annotations

import pickle
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules.language.expression import All, AnyOf, Expression, Name, Not, affirmed, names, parse_when
from qc_rules.language.syntax import ExpressionError

CONDITIONS = ("a", "b", "c", "投诉", "is_upset")
NAMES = st.sampled_from(CONDITIONS).map(Name)
EXPRESSIONS = st.recursive(
    NAMES,
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(parts, min_size=2, max_size=3).map(lambda some: AnyOf(tuple(some))),
    ),
    max_leaves=12,
)
TRUTHS = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in CONDITIONS})


def parse(text):
    return parse_when(text, CONDITIONS)


def truth(expression, truths):
    return expression.truth(lambda atom: truths[str(atom)])


@given(EXPRESSIONS)
def test_printing_and_parsing_is_the_identity(expression):
    assert parse(str(expression)) == expression


@given(EXPRESSIONS)
def test_no_parentheses_can_be_left_out(expression):
    text = str(expression)
    for at in (at for at, character in enumerate(text) if character == "("):
        end = _partner(text, at)
        without = text[:at] + text[at + 1 : end] + text[end + 1 :]
        assert parse(without) != expression


def _partner(text, at):
    depth = 0
    for end in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end
    raise AssertionError(text)


@given(EXPRESSIONS, EXPRESSIONS, TRUTHS)
def test_de_morgan(one, other, truths):
    assert truth(Not(All((one, other))), truths) is truth(AnyOf((Not(one), Not(other))), truths)
    assert truth(Not(AnyOf((one, other))), truths) is truth(All((Not(one), Not(other))), truths)


class Level:
    """Three-valued logic as arithmetic: false 0, unknown 1, true 2; and is the least, or the greatest."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __and__(self, other: Level) -> Level:
        return Level(min(self.level, other.level))

    def __or__(self, other: Level) -> Level:
        return Level(max(self.level, other.level))

    def __invert__(self) -> Level:
        return Level(2 - self.level)


def a_text(rng: random.Random, depth: int = 0) -> str:
    """An expression with parentheses and spaces here and there, needed or not."""
    kind = rng.random() if depth < 4 else 1.0
    if kind < 0.2:
        return f"!({a_text(rng, depth + 1)})"
    if kind < 0.7:
        sign = rng.choice(["&&", "||", " && ", " || "])
        text = sign.join(a_text(rng, depth + 1) for _ in range(rng.randint(2, 3)))
        return f"( {text})" if rng.random() < 0.4 else text
    return rng.choice(["", "", "!", "!!"]) + rng.choice(CONDITIONS)


def test_it_agrees_with_arithmetic_20_000_times():
    rng = random.Random(7)
    seen: Counter[int] = Counter()
    for _ in range(1_000):
        text = a_text(rng)
        parsed = parse(text)
        python = compile(text.replace("&&", "&").replace("||", "|").replace("!", "~"), "", "eval")
        for _ in range(20):
            levels = {name: Level(rng.randrange(3)) for name in CONDITIONS}
            expected = eval(python, {}, levels).level
            truths = {name: (False, None, True)[level.level] for name, level in levels.items()}
            assert truth(parsed, truths) is (False, None, True)[expected], text
            seen[expected] += 1
    assert min(seen.values()) > 2_000


@given(EXPRESSIONS, TRUTHS)
def test_what_is_known_stays_so_whatever_the_unknown_turns_out_to_be(expression, truths):
    answer = truth(expression, truths)
    unknown = [name for name, value in truths.items() if value is None]
    for bits in range(2 ** len(unknown)):
        known = truths | {name: bool(bits >> at & 1) for at, name in enumerate(unknown)}
        assert truth(expression, known) is not None
        assert answer is None or truth(expression, known) is answer


@given(EXPRESSIONS, TRUTHS)
def test_conditions_leave_it_open_exactly_where_it_is_unknown(expression, truths):
    left = list(expression.open(lambda atom: truths[str(atom)]))
    assert bool(left) is (truth(expression, truths) is None)
    assert all(truths[str(atom)] is None for atom in left)


@given(EXPRESSIONS, TRUTHS, st.sampled_from(CONDITIONS))
def test_what_stands_nowhere_un_negated_never_makes_it_true(expression, truths, name):
    if name not in affirmed(expression) and truth(expression, truths | {name: False}) is not True:
        assert truth(expression, truths | {name: True}) is not True


@given(EXPRESSIONS, TRUTHS, st.sampled_from(CONDITIONS))
def test_what_stands_only_un_negated_never_makes_it_false(expression, truths, name):
    negated = {str(atom) for atom, positive in expression.atoms() if not positive}
    if name not in negated and truth(expression, truths | {name: False}) is not False:
        assert truth(expression, truths | {name: True}) is not False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Name("a")),
        ("a && b || c", AnyOf((All((Name("a"), Name("b"))), Name("c")))),
        ("a || b && c", AnyOf((Name("a"), All((Name("b"), Name("c")))))),
        ("(a || b) && c", All((AnyOf((Name("a"), Name("b"))), Name("c")))),
        ("!a && b", All((Not(Name("a")), Name("b")))),
        ("!(a && b)", Not(All((Name("a"), Name("b"))))),
        ("!!a", Not(Not(Name("a")))),
        ("a && (b && c)", All((Name("a"), Name("b"), Name("c")))),
        ("a&&投诉", All((Name("a"), Name("投诉")))),
        ("a\n  && b", All((Name("a"), Name("b")))),
        ("((a))", Name("a")),
    ],
)
def test_precedence(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a && (b && c)", "a && b && c"), ("(a && b) || c", "a && b || c"), ("!(a)", "!a"), ("!((a || b))", "!(a || b)")],
)
def test_needless_parentheses_go(text, expected):
    assert str(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "names_", "affirmed_"),
    [
        ("a && !b", ("a", "b"), ("a",)),
        ("!(a || !b)", ("a", "b"), ("b",)),
        ("!!a && a", ("a",), ("a",)),
        ("a || !a", ("a",), ("a",)),
        ("!a", ("a",), ()),
    ],
)
def test_names_and_those_that_stand_un_negated(text, names_, affirmed_):
    assert names(parse(text)) == names_
    assert affirmed(parse(text)) == affirmed_


@pytest.mark.parametrize(
    ("text", "answers", "expected", "asked"),
    [
        ("a && b", {"a": False}, False, ["a"]),
        ("a || b", {"a": True}, True, ["a"]),
        ("a && b", {"a": None, "b": False}, False, ["a", "b"]),
        ("a || b", {"a": None, "b": True}, True, ["a", "b"]),
        ("a && b", {"a": None, "b": True}, None, ["a", "b"]),
        ("a || b", {"a": None, "b": False}, None, ["a", "b"]),
        ("!a", {"a": None}, None, ["a"]),
        ("!a", {"a": False}, True, ["a"]),
    ],
)
def test_no_more_is_asked_than_decides(text, answers, expected, asked):
    seen: list[str] = []

    def of(atom):
        seen.append(str(atom))
        return answers[str(atom)]

    assert parse(text).truth(of) is expected
    assert seen == asked


@pytest.mark.parametrize(
    ("text", "what", "column"),
    [
        ("", "it is empty", 1),
        ("   ", "it is empty", 4),
        ("a &&", "the end stands where the name of a condition is expected", 5),
        ("a b", "`b` stands where &&, || or the end is expected", 3),
        ("a && isupset", "there is no condition isupset; did you mean is_upset?", 6),
        ("a && zzz", "there is no condition zzz; known: a, b, c, is_upset, 投诉", 6),
        ("a and b", "write && instead", 3),
        ("a || not b", "write ! instead", 6),
        ("a or b", "write || instead", 3),
        ("a & b", "`&` means nothing here; write && instead", 3),
        ("a | b", "`|` means nothing here; write || instead", 3),
        ("(a || b", "the end stands where &&, || or ) is expected", 8),
        ("a)", "`)` stands where &&, || or the end is expected", 2),
        ("()", "`)` stands where the name of a condition is expected", 2),
        ("a && ！b", "`！` is a full-width or curly character; write ! instead", 6),
        ("a && （b）", "write ( instead", 6),
        ("a + b", "`+` means nothing here", 3),
        ("a == b", "`==` stands where &&, || or the end is expected", 3),
        ("a && 'b'", "stands where the name of a condition is expected", 6),
        ("'a", "the text that ' begins has no end", 1),
        ("投诉 && 3", "`3` stands where the name of a condition is expected", 7),
        ("a &&\n  bb", "there is no condition bb", 3),
        ("!" * 51 + "a", "more than 50 parentheses and negations within one another", 51),
        ("(" * 60 + "a", "more than 50 parentheses and negations within one another", 51),
        ("a && " * 1000 + "a", "it has 5001 characters, more than 4000", 4001),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text, what, column):
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert what in str(raised.value)
    assert raised.value.column == column
    assert f"(column {column})" in str(raised.value)


def test_a_caret_stands_under_the_character():
    with pytest.raises(ExpressionError) as raised:
        parse("a && upset")
    assert str(raised.value).splitlines()[1:] == ["    a && upset", "         ^"]


def test_the_caret_counts_ideographs_as_two_columns():
    with pytest.raises(ExpressionError) as raised:
        parse("投诉 & a")
    assert str(raised.value).splitlines()[1:] == ["    投诉 & a", "    \u3000\u3000 ^"]


def test_the_error_pickles():
    with pytest.raises(ExpressionError) as raised:
        parse("a && upset")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.column) == (str(raised.value), 6)


def test_only_the_line_of_the_error_is_shown():
    with pytest.raises(ExpressionError) as raised:
        parse("a &&\nb +\nc")
    assert str(raised.value).splitlines()[1:] == ["    b +", "      ^"]


def test_a_long_line_is_shown_around_the_caret():
    with pytest.raises(ExpressionError) as raised:
        parse("a && " * 300 + "zz && " + "a && " * 300 + "a")
    shown, caret = str(raised.value).splitlines()[1:]
    assert shown[caret.index("^") :].startswith("zz &&")
    assert len(shown) <= 4 + 200


def test_as_deep_as_is_allowed_can_be_read_and_printed():
    text = "!" * 50 + "a"
    assert str(parse(text)) == text


@pytest.mark.parametrize("kind", [All, AnyOf])
def test_what_joins_joins_two_parts_or_more(kind):
    with pytest.raises(ValueError, match="two parts or more, not 1"):
        kind((Name("a"),))


def test_expressions_are_values():
    assert {parse("a && b"), parse("(a) && (b)")} == {parse("a&&b")}
    assert isinstance(parse("a"), Expression)
