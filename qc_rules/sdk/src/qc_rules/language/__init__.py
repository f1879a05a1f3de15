"""The rule language: YAML in, rules out."""

from qc_rules.language.declared import DeclaredRule
from qc_rules.language.document import RuleDocument
from qc_rules.language.files import parse_documents, parse_rules
from qc_rules.language.printing import print_rule, print_rules

__all__ = ["DeclaredRule", "RuleDocument", "parse_documents", "parse_rules", "print_rule", "print_rules"]
