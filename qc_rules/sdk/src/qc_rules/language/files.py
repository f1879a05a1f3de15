"""YAML files of rules: read, built, and refused with the file, the line, the rule and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qc_rules.errors import PackError
from qc_rules.language.building import Kit
from qc_rules.language.declared import DeclaredRule, rule_class
from qc_rules.language.document import CONDITION_KEYS, Operators, RuleDocument, document_of
from qc_rules.language.faults import Fault, Path
from qc_rules.language.reading import Lines, YamlFault, read
from qc_rules.language.values import parameters, shown
from qc_rules.lexicons import Lexicon
from qc_rules.rule import Rule


def parse_rules(
    text: str, origin: str, operators: Operators, lexicons: Mapping[str, Lexicon] | None = None
) -> list[type[Rule]]:
    """The rules of a YAML file, in the order of the file: one mapping, or several under `rules`.

    Args:
        text: the file.
        origin: its name, for errors.
        operators: by name.
        lexicons: by name.

    Raises:
        PackError: something in it cannot be used; names the file, the line, the rule, the condition and the remedy.
    """
    _check_operators(operators)
    file = RuleFile(text, origin)
    kit = Kit(operators, lexicons or {})
    return [file.built(path, plain, kit) for path, plain in file.rules()]


def parse_documents(text: str, origin: str, operators: Operators) -> list[RuleDocument]:
    """The documents of the rules of a file, not built.

    Raises:
        PackError: as `parse_rules`.
    """
    file = RuleFile(text, origin)
    return [file.document(path, plain, operators) for path, plain in file.rules()]


def _check_operators(operators: Operators) -> None:
    """Operators that no condition could be written with are refused before any is tried."""
    for name, kind in operators.items():
        if name in CONDITION_KEYS:
            raise PackError(f"an operator is called {name}, as a key of every condition is", remedy="rename it")
        try:
            parameters(kind)
        except (NameError, TypeError) as error:
            raise PackError(
                f"operator {name} ({kind.__module__}): the types of its parameters cannot be read: {error}",
                remedy="it is to be a dataclass, and its types imported at the top, not for type checkers only",
            ) from error


class RuleFile:
    """One file."""

    def __init__(self, text: str, origin: str) -> None:
        self.origin = origin
        self._lines: Lines = {}
        try:
            self._plain, self._lines = read(text)
        except YamlFault as fault:
            raise PackError(f"{origin}, line {fault.line}: {fault.message}", remedy=fault.remedy) from None

    def rules(self) -> Iterator[tuple[Path, Any]]:
        """Each rule's place in the file and its plain values.

        Raises:
            PackError: the file has no rules, or two of one id.
        """
        found = list(self._listed())
        owners: dict[str, Path] = {}
        for path, plain in found:
            rule_id = plain.get("id") if isinstance(plain, dict) else None
            if isinstance(rule_id, str) and rule_id in owners:
                first = self._line(owners[rule_id])
                fault = Fault(f"the rule of line {first} has this id too", ("id",), "give one of them another id")
                raise self._error(fault, path, plain)
            owners[str(rule_id)] = path
        return iter(found)

    def document(self, path: Path, plain: Any, operators: Operators) -> RuleDocument:
        """One rule's document."""
        try:
            return document_of(plain, operators)
        except Fault as fault:
            raise self._error(fault, path, plain) from fault

    def built(self, path: Path, plain: Any, kit: Kit) -> type[DeclaredRule]:
        """One rule's class."""
        document = self.document(path, plain, kit.operators)
        try:
            return rule_class(document, kit, self.origin, self._line(path))
        except Fault as fault:
            raise self._error(fault, path, plain) from fault

    def _listed(self) -> Iterator[tuple[Path, Any]]:
        if self._plain is None:
            raise self._error(Fault("the file is empty", (), "write a rule, or take the file away"), (), None)
        if not isinstance(self._plain, dict) or "rules" not in self._plain:
            yield (), self._plain
            return
        listed = self._plain["rules"]
        if len(self._plain) > 1:
            other = next(key for key in self._plain if key != "rules")
            raise self._error(
                Fault(f"{other} stands beside rules", (other,), "move it into one of the rules"), (), None
            )
        if not isinstance(listed, list) or not listed:
            fault = Fault(f"{shown(listed)} is not a list of rules", ("rules",), "write each rule after a dash")
            raise self._error(fault, (), None)
        for index, plain in enumerate(listed):
            yield ("rules", index), plain

    def _line(self, path: Path) -> int:
        """Of the place, or of what it stands in."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _error(self, fault: Fault, path: Path, plain: Any) -> PackError:
        place = [f"{self.origin}, line {self._line((*path, *fault.path))}"]
        if isinstance(plain, dict):
            place.append(f"rule {plain['id']}" if isinstance(plain.get("id"), str) else "a rule without id")
        message = ": ".join([*place, str(fault)])
        return PackError(message, remedy=fault.remedy or "correct the value")
