"""Every rule of the standard pack on the cases that it ships: hitting, clear, and unknown where it can be."""

from importlib.resources import files

from qc_rules.language import DeclaredRule
from qc_rules.loader import installed
from qc_rules.testing import cases, load_cases

test_rules = cases("standard")

RULES = {rule.id: rule for pack in installed() if pack.name == "standard" for rule in pack.rules}
CASES = load_cases(files("qc_rules_standard"))
LANGUAGES = {"zh", "yue", "en", "ja", "ko"}
NO_WORDS = {"SA01", "DA02", "IN01", "IN02", "TR01", "NH01", "HU01", "LD01", "LH01"}
"""Rules that hear tones, times and lines; their cases need no words in five languages."""
NEVER_UNKNOWN = {"SH01", "IV01"}


def languages(rule, expected):
    found = (case for case in CASES if case.rule == rule and case.expected == expected)
    return {turn.language for case in found for turn in case.call.turns}


def test_every_rule_of_words_hits_and_is_clear_in_all_five_languages():
    declared = {rule for rule in RULES if issubclass(RULES[rule], DeclaredRule)} - NO_WORDS
    missing = {
        (rule, expected, language)
        for rule in declared
        for expected in ("hit", "clear")
        for language in LANGUAGES - languages(rule, expected)
    }
    # Of these, the words excuse: a hit has none of them.
    assert missing <= {("DA01", "hit", language) for language in LANGUAGES} | {
        ("SR01", "clear", language) for language in LANGUAGES
    }


def test_every_rule_that_can_be_unknown_has_a_case_of_it():
    unknown = {case.rule for case in CASES if case.expected == "unknown"}
    assert set(RULES) - unknown <= NEVER_UNKNOWN | {"DA01"}
