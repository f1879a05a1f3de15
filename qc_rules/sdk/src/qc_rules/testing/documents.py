"""YAML and JSON as authors write them, read as strictly as rules are."""

from __future__ import annotations

from qc_rules.language.reading import Lines, Plain, YamlFault, read
from qc_rules.testing.errors import CaseError


def read_yaml(text: str, origin: str) -> tuple[Plain, Lines]:
    """What a YAML (or JSON) text says, and the lines that its parts stand on.

    Raises:
        CaseError: it is not YAML, or not plain enough to be sure what is meant; with the line.
    """
    try:
        return read(text)
    except YamlFault as fault:
        raise CaseError(f"{origin}:{fault.line}: {fault.message}", remedy=fault.remedy) from fault
