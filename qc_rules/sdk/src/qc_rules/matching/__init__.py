"""Words in what was said: all word lists of all rules are looked for at once, in one pass over a turn's text."""

from qc_rules.matching.confusions import CONFUSIONS, fuzzy_spelling
from qc_rules.matching.scanner import CallWords, Scanner
from qc_rules.matching.words import Said, Words, one_by_one

__all__ = ["CONFUSIONS", "CallWords", "Said", "Scanner", "Words", "fuzzy_spelling", "one_by_one"]
