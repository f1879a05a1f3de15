"""Options: which values fit which types."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pytest

from qc_rules import Rule
from qc_rules.options import check_defaults, configure, defaults


@dataclass(frozen=True)
class Options(Rule):
    """An option of every kind."""

    id = "OP01"
    unit: Literal["turns", "seconds", 1] = "turns"
    words: tuple[str, ...] = ("a",)
    share: float = 0.5
    count: int = 1
    loud: bool = False
    note: str = ""
    limit: int | None = None
    marks: frozenset[int] = frozenset()
    weights: list[float] = field(default_factory=list)
    anything: Any = None
    since: date = date(2026, 1, 5)

    def check(self, call):
        return []


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("unit", "seconds", "seconds"),
        ("unit", 1, 1),
        ("words", [], ()),
        ("words", ["x", "y"], ("x", "y")),
        ("share", 2, 2.0),
        ("share", float("inf"), float("inf")),
        ("count", -3, -3),
        ("loud", True, True),
        ("note", "x", "x"),
        ("limit", 3, 3),
        ("limit", None, None),
        ("marks", [1, 1, 2], frozenset({1, 2})),
        ("weights", (1, 2.5), [1.0, 2.5]),
        ("anything", {"a": 1}, {"a": 1}),
        ("since", date(2026, 2, 1), date(2026, 2, 1)),
    ],
)
def test_a_value_that_fits_is_kept_as_the_options_type(name, given, kept):
    value = getattr(configure(Options, {name: given}), name)
    assert value == kept
    assert type(value) is type(kept)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("unit", "second"),
        ("unit", True),
        ("unit", None),
        ("words", "xy"),
        ("words", ["x", 1]),
        ("share", "2"),
        ("share", True),
        ("share", float("nan")),
        ("count", 1.0),
        ("count", True),
        ("loud", 1),
        ("note", 1),
        ("limit", "3"),
        ("limit", 3.5),
        ("marks", {"a": 1}),
        ("weights", [None]),
        ("since", "2026-02-01"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_option_and_its_type(name, given):
    with pytest.raises(ValueError, match=rf"^option {name} = .* is not ") as caught:
        configure(Options, {name: given})
    assert repr(given) in str(caught.value)


def test_types_are_spelled_as_the_rule_writes_them():
    with pytest.raises(ValueError, match=r"is not tuple\[str, \.\.\.\]$"):
        configure(Options, {"words": 1})
    with pytest.raises(ValueError, match=r"is not int$"):
        configure(Options, {"count": "1"})


def test_a_name_that_is_none_of_the_options_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"^unknown option wrods; did you mean words"):
        configure(Options, {"wrods": ["x"]})


def test_what_nobody_sets_is_as_the_rule_says():
    rule = configure(Options, {"count": 2})
    assert {name: getattr(rule, name) for name in defaults(Options)} == {**defaults(Options), "count": 2}


def test_a_default_must_be_of_the_options_own_type():
    check_defaults(Options)

    @dataclass(frozen=True)
    class Listed(Options):
        words: tuple[str, ...] = field(default_factory=lambda: ["a"])

    @dataclass(frozen=True)
    class Whole(Options):
        share: float = 1

    with pytest.raises(ValueError, match=r"^option words = \['a'\] is not tuple"):
        check_defaults(Listed)
    check_defaults(Whole)
