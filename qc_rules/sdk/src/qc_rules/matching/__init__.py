"""Words in what was said: all word lists of all rules are looked for at once, in one pass over a turn's text."""

from qc_rules.matching.scanner import CallWords, Said, Scanner, Words

__all__ = ["CallWords", "Said", "Scanner", "Words"]
