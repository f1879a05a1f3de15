"""Finds the installed rule packs and makes their rules ready to run.

Strict: whatever is wrong with one pack or with what the settings say stops loading, names the pack and says what to
do. A rule that quietly is not there reads as "all calls pass".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qc_rules.detectors import Detector
from qc_rules.discovery import Found, found, unique
from qc_rules.errors import PackError, described, is_of_a_pack, said_by
from qc_rules.options import configure
from qc_rules.packs import ActiveRule, Pack
from qc_rules.rule import Rule
from qc_rules.vocabulary import did_you_mean

if TYPE_CHECKING:
    from qc_rules.lexicons import Lexicon
    from qc_rules.operators import Operator


def installed(files: Sequence[Path] = ()) -> list[Pack]:
    """Every installed pack with all that it registers, by name.

    Args:
        files: rule files without a package; they make the pack `local`, which comes last.

    Raises:
        PackError: a pack cannot be imported or registers what cannot be used; two packs have one name; two rules,
            operators, word lists, actions, detectors or scorecards are called the same; a scorecard names a rule that
            there is not; a rule file cannot be read.
    """
    from qc_rules import local, registered

    points = found()
    packs = [_with_words(point) for point in points]
    own = local.words_of(files)
    operators, lexicons = _operators(packs), _lexicons([*packs, own])
    packs = [
        replace(
            pack,
            rules=tuple(registered.rules_of(point, operators, lexicons)),
            actions=registered.actions_of(point),
            detectors=tuple(registered.detectors_of(point)),
            scorecards=tuple(registered.scorecards_of(point)),
        )
        for point, pack in zip(points, packs, strict=True)
    ]
    if files:
        packs.append(local.with_rules(own, files, operators, lexicons))
    _refuse_doubles(packs)
    return packs


def installed_detectors() -> list[tuple[Pack, Detector]]:
    """Every installed detector with its pack, by name; no rules are read for it.

    Raises:
        PackError: a pack cannot be imported, or registers a detector that cannot be used; two have one name.
    """
    from qc_rules.registered import detectors_of

    pairs = [(point.pack, detector) for point in found() for detector in detectors_of(point)]
    unique("detector", [(detector.name, pack) for pack, detector in pairs])
    return sorted(pairs, key=lambda pair: pair[1].name)


def load(
    disable: Iterable[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    enable: Iterable[str] = (),
    files: Sequence[Path] = (),
) -> list[ActiveRule]:
    """The rules to run, by id, with their options set.

    Args:
        disable: ids of rules, or names of packs, that do not run.
        options: by rule id.
        enable: ids of rules, or names of packs, that alone run; none: all.
        files: as in `installed`.

    Raises:
        PackError: as `installed`; or a rule or pack named here is not installed, an option is not one, or all that is
            enabled is disabled too.
    """
    return chosen(installed(files), disable, options, enable=enable)


def chosen(
    packs: Sequence[Pack],
    disable: Iterable[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    enable: Iterable[str] = (),
) -> list[ActiveRule]:
    """As `load`, of these packs."""
    options, disabled, enabled = options or {}, frozenset(disable), frozenset(enable)
    owned = {rule.id: (rule, pack) for pack in packs for rule in pack.rules}
    known = {*owned, *(pack.name for pack in packs)}
    _refuse_unknown("disable names", disabled, known)
    _refuse_unknown("enable names", enabled, known)
    _refuse_unknown("options are set for", options, owned)
    operators = {operator: pack for pack in packs for operator in pack.operators}
    ready = [_configured(*owned[rule_id], options.get(rule_id, {}), operators) for rule_id in sorted(owned)]
    wanted = [active for active in ready if not enabled or not enabled.isdisjoint(_names(active))]
    found = [active for active in wanted if disabled.isdisjoint(_names(active))]
    if enabled and wanted and not found:
        raise PackError(
            f"of what is enabled ({', '.join(sorted(enabled))}) all is disabled too: no rule would judge",
            remedy="take one of the two out of the settings ([rules] of qa.toml)",
        )
    return found


def _names(active: ActiveRule) -> tuple[str, str]:
    return active.rule.id, active.pack.name


def _refuse_unknown(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = set(known)
    for name in sorted(names):
        if name not in known:
            raise PackError(
                f"{what} {name}, which no installed pack has or is{did_you_mean(name, known)}",
                remedy="correct the name in the settings ([rules] of qa.toml), or install the pack",
            )


def _configured(
    rule: type[Rule], pack: Pack, values: Mapping[str, Any], operators: Mapping[type[Operator], Pack]
) -> ActiveRule:
    try:
        ready = configure(rule, values)
    except BaseException as error:
        if not is_of_a_pack(error):
            raise
        what = said_by(error) if isinstance(error, (ValueError, TypeError)) else described(error)
        raise PackError(
            f"{pack}: rule {rule.id}: {what}",
            remedy=f"correct the options of {rule.id} in the settings; the rule's page lists them",
        ) from error
    return ActiveRule(ready, pack, _used(ready, operators))


def _used(rule: Rule, operators: Mapping[type[Operator], Pack]) -> tuple[Pack, ...]:
    """The packs whose operators a rule of a YAML file is written with."""
    from qc_rules.language import DeclaredRule
    from qc_rules.language.sources import operators_in

    if not isinstance(rule, DeclaredRule) or not operators:
        return ()
    conditions = rule.plan.conditions.values()
    found = {type(operator) for condition in conditions for operator in operators_in(condition.operator)}
    packs = {operators[kind].name: operators[kind] for kind in found if kind in operators}
    return tuple(packs[name] for name in sorted(packs))


def _with_words(point: Found) -> Pack:
    """The pack with what rules are written with: all of it, of all packs, is there before the first rule is read."""
    from qc_rules import registered

    operators, lexicons = registered.operators_of(point), registered.lexicons_of(point)
    return replace(point.pack, operators=tuple(operators), lexicons=tuple(lexicons))


def _operators(packs: Sequence[Pack]) -> dict[str, type[Operator]]:
    from qc_rules.operators.catalog import BUILT_IN

    built_in = {operator.name: operator for operator in BUILT_IN}
    owned = [(operator, pack) for pack in packs for operator in pack.operators]
    for operator, pack in owned:
        if operator.name in built_in:
            raise PackError(
                f"{pack}: its operator {operator.name} has the name of a built-in one",
                remedy=f"give it another name, for example {pack.name}_{operator.name}",
            )
    unique("operator", [(operator.name, pack) for operator, pack in owned])
    return {**built_in, **{operator.name: operator for operator, _ in owned}}


def _lexicons(packs: Sequence[Pack]) -> dict[str, Lexicon]:
    owned = [(lexicon, pack) for pack in packs for lexicon in pack.lexicons]
    unique("lexicon", [(lexicon.name, pack) for lexicon, pack in owned])
    return {lexicon.name: lexicon for lexicon, _ in owned}


def _refuse_doubles(packs: Sequence[Pack]) -> None:
    unique("scorecard", [(card.id, pack) for pack in packs for card in pack.scorecards])
    unique("action", [(name, pack) for pack in packs for name in pack.actions])
    unique("detector", [(detector.name, pack) for pack in packs for detector in pack.detectors])
    owners: dict[str, tuple[type[Rule], Pack]] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in owners:
                other, owner = owners[rule.id]
                raise PackError(
                    f"two rules have the id {rule.id}: {other.title()} of {owner} and {rule.title()} of {pack}",
                    remedy="give one of them another id, or uninstall one of the packs",
                )
            owners[rule.id] = rule, pack
    for pack in packs:
        for card in pack.scorecards:
            card.check(owners)
