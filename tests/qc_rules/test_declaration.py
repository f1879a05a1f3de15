"""A rule class that would not do what its author meant is refused when its pack is loaded."""

from dataclasses import dataclass, field

import pytest

from qc_rules import Rule
from qc_rules.declaration import check_declaration
from qc_rules.options import configure, defaults


def rule_class(**attributes):
    """A good rule with these class attributes."""

    @dataclass(frozen=True)
    class Good(Rule):
        id = "AC01"

        def check(self, call):
            return []

    for name, value in attributes.items():
        setattr(Good, name, value)
    return Good


def test_a_rule_needs_no_more_than_an_id_and_a_check():
    check_declaration(rule_class())


@pytest.mark.parametrize("wrong", ["AC1", "ac01", "ACME01", "AC01\n", "", None, 7])
def test_an_id_is_two_letters_and_two_digits(wrong):
    with pytest.raises(ValueError, match="two capital letters and two digits"):
        check_declaration(rule_class(id=wrong))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("version", 0), ("version", "1"), ("severity", "hihg"), ("score", "-5"), ("score", float("nan")), ("score", 5),
        ("name", "High risk"), ("name", {"en": ""}), ("category", None), ("flags", "risk"), ("flags", [1]),
    ],
)  # fmt: skip
def test_a_wrong_attribute_is_named(attribute, value):
    with pytest.raises(ValueError, match=f"^{attribute} is "):
        check_declaration(rule_class(**{attribute: value}))


def test_a_rule_without_a_check_is_refused():
    @dataclass(frozen=True)
    class Lazy(Rule):
        id = "AC01"

    with pytest.raises(ValueError, match="no check"):
        check_declaration(Lazy)


def test_an_annotated_attribute_is_an_option_by_mistake():
    @dataclass(frozen=True)
    class Annotated(Rule):
        id: str = "AC01"

        def check(self, call):
            return []

    with pytest.raises(ValueError, match="id is annotated"):
        check_declaration(Annotated)


def test_a_forgotten_decorator_is_noticed():
    class Bare(Rule):
        id = "AC01"
        turns: int = 3

        def check(self, call):
            return []

    with pytest.raises(ValueError, match="@dataclass"):
        check_declaration(Bare)


def test_an_option_without_a_default_is_refused():
    @dataclass(frozen=True)
    class Demanding(Rule):
        turns: int
        id = "AC01"

        def check(self, call):
            return []

    with pytest.raises(ValueError, match="turns has no default"):
        check_declaration(Demanding)


def test_a_default_of_another_type_than_the_option_is_refused():
    @dataclass(frozen=True)
    class Confused(Rule):
        id = "AC01"
        turns: int = "3"  # type: ignore[assignment]

        def check(self, call):
            return []

    with pytest.raises(ValueError, match="turns = '3' is not int"):
        check_declaration(Confused)


@dataclass(frozen=True)
class Options(Rule):
    """Every type of option."""

    id = "OP01"
    words: frozenset[str] = frozenset({"a"})
    share: float = 1
    limit: int | None = None
    pairs: tuple[float, ...] = ()
    weights: list[int] = field(default_factory=list)

    def check(self, call):
        return []


def test_options_take_what_a_settings_file_can_hold():
    check_declaration(Options)
    rule = configure(Options, {"words": ["x", "y"], "share": 2, "limit": 3, "pairs": [1, 2.5], "weights": [4]})
    assert (rule.words, rule.share, rule.limit, rule.pairs) == (frozenset("xy"), 2.0, 3, (1.0, 2.5))
    assert rule.weights == [4]


def test_the_options_of_a_rule_are_told_with_their_defaults():
    assert defaults(Options) == {"words": {"a"}, "share": 1, "limit": None, "pairs": (), "weights": []}


def test_a_null_is_refused_where_the_option_is_not_optional():
    with pytest.raises(ValueError, match="share = None is not float"):
        configure(Options, {"share": None})


def test_an_option_that_is_not_a_number_is_refused():
    @dataclass(frozen=True)
    class Share(Rule):
        id = "AC01"
        share: float = 0.5

        def check(self, call):
            return []

    with pytest.raises(ValueError, match="share = nan is not float"):
        configure(Share, {"share": float("nan")})
