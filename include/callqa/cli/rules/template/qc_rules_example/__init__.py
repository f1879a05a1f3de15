"""A rule pack: what it registers. Rules are imported when asked for, not when the pack is found."""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from qc_rules import Rule, hookimpl

HERE = files("qc_rules_example")


@hookimpl
def register_rules() -> Iterable[type[Rule] | Traversable]:
    """A rule written in Python, and the file of those written in YAML."""
    from qc_rules_example.farewell import MissingFarewell

    return [MissingFarewell, HERE / "rules.yaml"]


@hookimpl
def register_lexicons() -> Iterable[Traversable]:
    """The word lists that rules name with a $."""
    return [HERE / "lexicons.yaml"]
