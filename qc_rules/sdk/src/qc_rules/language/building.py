"""Conditions made of a rule's document: operators and scopes, with the rule's options and the lexicons' words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qc_rules.conditions.anchors import Anchor
from qc_rules.conditions.condition import WHEN_MISSING, Condition
from qc_rules.language.document import CONDITION_KEYS, Operators, RuleDocument
from qc_rules.language.expression import names
from qc_rules.language.faults import Fault, Path
from qc_rules.language.scopes import scope_of
from qc_rules.language.values import Fitting, shown
from qc_rules.lexicons import Lexicon, expand
from qc_rules.vocabulary import did_you_mean

MAX_CHAIN = 20
"""Conditions, each anchored to the next."""
_OPTION = re.compile(r"\$\{([^{}]*)\}")


@dataclass(frozen=True)
class Kit:
    """What rules are built with: the operators and the lexicons of all packs, by name."""

    operators: Operators
    lexicons: Mapping[str, Lexicon]

    def fitting(self) -> Fitting:
        """How values of documents are read with them."""
        return Fitting(self.operators, lambda words: expand(words, self.lexicons))


def build(document: RuleDocument, options: Mapping[str, Any], kit: Kit) -> dict[str, Condition]:
    """The conditions of a rule, by name, with these values of its options.

    Raises:
        Fault: an operator, a parameter, a scope or an anchor that is none; a condition that is never used.
    """
    fitting = kit.fitting()
    built = {
        name: _condition(name, _substituted(keys, options, ("conditions", name)), fitting)
        for name, keys in document.conditions.items()
    }
    _check_anchors(built)
    _check_used(document, built)
    return built


def check_options_used(document: RuleDocument) -> None:
    """Refuse an option that no condition takes: setting it would change nothing.

    Raises:
        Fault: names the option.
    """
    used = set(_options_in(dict(document.conditions)))
    for name in document.options:
        if name not in used:
            raise Fault("the option is never used", ("options", name), f'write "${{{name}}}" where it is to stand')


def _options_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _options_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _options_in(item)
    elif isinstance(value, str) and (found := _OPTION.fullmatch(value)):
        yield found[1]


def _substituted(value: Any, options: Mapping[str, Any], path: Path) -> Any:
    """The value with each `${option}` that stands alone replaced."""
    if isinstance(value, Mapping):
        return {key: _substituted(item, options, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item, options, (*path, index)) for index, item in enumerate(value)]
    found = _OPTION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    if found[1] not in options:
        raise Fault(f"there is no option {found[1]}{did_you_mean(found[1], options)}", path, "add it under options")
    option = options[found[1]]
    return list(option) if isinstance(option, tuple) else option


def _condition(name: str, keys: Mapping[str, Any], fitting: Fitting) -> Condition:
    path = ("conditions", name)
    operator, given = fitting.only_operator(keys, path, CONDITION_KEYS)
    missing = keys.get("when_missing", "unknown")
    if missing not in WHEN_MISSING:
        raise Fault(f"{shown(missing)} is no answer{did_you_mean(str(missing), WHEN_MISSING)}", (*path, "when_missing"))
    return Condition(name, fitting.operator_of(operator, given, path), scope_of(keys, path), str(missing))


def _check_anchors(built: Mapping[str, Condition]) -> None:
    for name, condition in built.items():
        for anchor in condition.scope.anchors:
            _check_anchor(name, anchor, built)
    checked: set[str] = set()
    for name in built:
        _follow(built, [name], checked)


def _check_anchor(name: str, anchor: Anchor, built: Mapping[str, Condition]) -> None:
    path = ("conditions", name, anchor.side)
    if anchor.condition not in built:
        known = did_you_mean(anchor.condition, [other for other in built if other != name])
        raise Fault(f"there is no condition {anchor.condition}{known}", path, "name a condition of this rule")
    operator = built[anchor.condition].operator
    if not operator.has_places:
        what = f"{anchor.condition} is a condition of {operator.name}, which has no places in the call"
        raise Fault(what, path, "anchor to a condition that matches turns, events or stretches of time")


def _follow(built: Mapping[str, Condition], chain: list[str], checked: set[str]) -> None:
    """Go along the anchors of the last of the chain, each condition once."""
    name = chain[-1]
    if name in chain[:-1]:
        circle = " → ".join(chain[chain.index(name) :])
        raise Fault(f"its anchors go round in a circle: {circle}", ("conditions", name), "take one of the anchors out")
    if len(chain) > MAX_CHAIN:
        raise Fault(f"a chain of more than {MAX_CHAIN} anchors", ("conditions", chain[0]), "take some out")
    if name not in checked:
        for anchor in built[name].scope.anchors:
            _follow(built, [*chain, anchor.condition], checked)
        checked.add(name)


def _check_used(document: RuleDocument, built: Mapping[str, Condition]) -> None:
    used = set(names(document.when))
    ahead = list(used)
    while ahead:
        more = {anchor.condition for anchor in built[ahead.pop()].scope.anchors} - used
        used |= more
        ahead += more
    for name in built:
        if name not in used:
            raise Fault("the condition is never used", ("conditions", name), "name it in when, or take it out")
