"""The rule author's kit: what a rule for customer-service calls is written against.

A rule is a frozen dataclass whose fields are its options and whose `check` looks at one `Call`; a pack is an
installable package whose module registers rules with `@hookimpl`. See the README for a whole pack.
"""

from qc_rules.call import Call, Entity, Event, Turn, lacking
from qc_rules.detectors import Detector
from qc_rules.engine import RuleSet, judge
from qc_rules.errors import PackError, RoleUnknown, Unknown
from qc_rules.hookspecs import hookimpl
from qc_rules.kleene import Truth, all_of, any_of, at_least
from qc_rules.lexicons import Lexicon
from qc_rules.loader import chosen, installed, installed_detectors, load
from qc_rules.outcome import Evidence, Hit, Outcome
from qc_rules.packs import ActiveRule, Pack
from qc_rules.rule import Rule
from qc_rules.text import count_chars, find_words
from qc_rules.vocabulary import known_emotions

__all__ = [
    "ActiveRule",
    "Call",
    "Detector",
    "Entity",
    "Event",
    "Evidence",
    "Hit",
    "Lexicon",
    "Outcome",
    "Pack",
    "PackError",
    "RoleUnknown",
    "Rule",
    "RuleSet",
    "Truth",
    "Turn",
    "Unknown",
    "all_of",
    "any_of",
    "at_least",
    "chosen",
    "count_chars",
    "find_words",
    "hookimpl",
    "installed",
    "installed_detectors",
    "judge",
    "known_emotions",
    "lacking",
    "load",
]
