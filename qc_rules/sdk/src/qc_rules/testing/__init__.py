"""For authors of rules: calls written as short lines, YAML cases, and one line that makes pytest run them.

from qc_rules.testing import cases

test_rules = cases("acme")
"""

from qc_rules.testing.calls import call, parse_call
from qc_rules.testing.cases import Case, answered, parse_cases
from qc_rules.testing.collecting import cases, load_cases, pack_cases, packs_own_cases, refuse_gaps
from qc_rules.testing.errors import CaseError
from qc_rules.testing.showing import shown_call, shown_outcome

__all__ = [
    "Case",
    "CaseError",
    "answered",
    "call",
    "cases",
    "load_cases",
    "pack_cases",
    "packs_own_cases",
    "parse_call",
    "parse_cases",
    "refuse_gaps",
    "shown_call",
    "shown_outcome",
]
